"""Where the seconds of a whole command go: what its main thread is at, looked at every 20 ms. Tells it to start.py.

The seconds are those of processors, of all threads: another program beside it stretches the others, and not these.
"""

import sys
import threading
import time
from collections import Counter
from types import FrameType

from child import tell

EVERY_SECONDS = 0.02

IMPORTS = "imports"
STARTING = "options, parser, Trainer"

ROWS: tuple[tuple[str, tuple[str, ...]], ...] = (
    (IMPORTS, ("<frozen importlib",)),
    ("labels that may be wrong", ("/evaluation/label_errors",)),
    (
        "simple models beside it",
        ("/evaluation/frozen", "/evaluation/beside_baselines", "/evaluation/baselines"),
    ),
    ("bootstrap", ("/tasks/bootstrap", "/tasks/set_bootstrap")),
    (
        "words, confidence",
        ("/evaluation/choosing", "/evaluation/words", "/evaluation/confidence", "/evaluation/mix"),
    ),
    ("report and card", ("/finetune/report/",)),
    ("export", ("/commands/fit/export_best", "/evaluation/merged")),
    ("checkpoints", ("/callbacks/saving/", "/callbacks/last_checkpoint", "/callbacks/best_checkpoint")),
    ("check of the data", ("/data/checks/",)),
    ("tokenising", ("/data/batching/pairs", "/data/batching/tokens", "/data/batching/tokenizer")),
    (
        "reading and dividing",
        ("/data/reading/", "/data/labels/", "/data/dividing/", "/data/tables", "/data/rows"),
    ),
    ("plan and trial", ("/callbacks/hardware",)),
    ("head start", ("/model/head_start", "/model/ridge")),
    ("test", ("/evaluation/measured",)),
    ("validations", ("/loops/evaluation_loop",)),
    ("steps", ("/loops/training_epoch_loop",)),
    ("opening the model", ("/model/network",)),
    ("what else follows the training", ("/commands/fit/finish", "/commands/fit/result")),
    ("what else the Trainer does", ("/lightning/pytorch/trainer/",)),
    (STARTING, ("/finetune/",)),
)
"""What is done, and names of files by one of which it is known: of several rows that fit, the first counts."""


def row_of(frame: FrameType | None) -> str:
    """Returns the row of what a thread is at."""
    files = set()
    while frame is not None:
        files.add(frame.f_code.co_filename.replace("\\", "/"))
        frame = frame.f_back
    found = (row for row, names in ROWS if any(name in file for file in files for name in names))
    return next(found, "the rest")


class Sampler(threading.Thread):
    """Looks at the main thread until it is told to stop.

    Attributes:
        seconds: Of processors, by row.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.seconds: Counter[str] = Counter()
        self.over = threading.Event()

    def run(self) -> None:
        """Looks, and counts what the process has taken since it last did to what it is at."""
        main, before = threading.main_thread().ident, time.process_time()
        while not self.over.wait(EVERY_SECONDS):
            now = time.process_time()
            self.seconds[row_of(sys._current_frames().get(main or 0))] += now - before
            before = now


def main(argv: list[str]) -> int:
    """Runs a command of ours, and tells the seconds of each row; returns the exit status."""
    sampler = Sampler()
    sampler.start()
    from finetune.__main__ import run

    status = run(argv)
    sampler.over.set()
    sampler.join()
    tell(rows={name: round(each, 3) for name, each in sampler.seconds.most_common()}, all=time.process_time())
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
