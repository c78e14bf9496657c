"""Several processes that train together, started as torchrun would, without the seconds that each needs to import.

One server imports all once and is forked for each process: it has no threads yet, which a process that has computed
already would not survive.
"""

import json
import multiprocessing
import os
import socket
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from multiprocessing.context import ForkServerProcess
from pathlib import Path
from typing import Any

SERVER = multiprocessing.get_context("forkserver")
SERVER.set_forkserver_preload(
    [
        "finetune.commands.fit.command",
        "finetune.commands.predict.command",
        "finetune.commands.test",
        "finetune.report.publish",
        "finetune.evaluation.baselines",
        "sklearn.linear_model",
        "torch.distributed",
        "torch.utils.tensorboard",
        "transformers.models.bert.modeling_bert",
        "pytest",
    ]
)


@dataclass(frozen=True)
class Ended:
    """How a process ended.

    Attributes:
        status: Its exit status, minus the signal if one killed it; None where it did not end in time.
        out: What it printed.
        err: What it printed as errors.
        told: What it told torchrun of its end; None where it told nothing.
    """

    status: int | None
    out: str
    err: str
    told: str | None


class Ranks:
    """Processes of one training that run."""

    def __init__(self, processes: list[ForkServerProcess], folder: Path) -> None:
        self.processes = processes
        self.folder = folder

    def printed(self, rank: int) -> str:
        """Returns what a process has printed so far."""
        return "".join(file.read_text() for file in sorted(self.folder.glob(f"rank{rank}.*")))

    def wait(self, seconds: float = 100) -> list[Ended]:
        """Waits for all; kills what has not ended in time, whose status is then None."""
        ended = []
        for rank, process in enumerate(self.processes):
            process.join(seconds)
            status = process.exitcode
            if status is None:
                process.kill()
                process.join()
            out, err = ((self.folder / f"rank{rank}.{kind}").read_text() for kind in ("out", "err"))
            last_words = self.folder / f"last_words{rank}.json"
            told = json.loads(last_words.read_text())["message"] if last_words.exists() else None
            ended.append(Ended(status, out, err, told))
        return ended


def start(
    count: int, function: Callable[..., Any], *arguments: Any, folder: Path, torchrun: bool = True
) -> Ranks:
    """Starts a function of a test module in so many processes; its return value is their exit status.

    Args:
        count: How many.
        function: What each runs; it can be imported by its name.
        arguments: What it gets.
        folder: The current folder of all; what they print is kept in files beside it.
        torchrun: Whether they are told what torchrun tells its processes; else each is alone.
    """
    kept = Path(tempfile.mkdtemp(dir=folder.parent, prefix=f"{folder.name}_printed_"))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    processes = []
    for rank in range(count):
        environment = {
            "RANK": str(rank),
            "LOCAL_RANK": str(rank),
            "GROUP_RANK": "0",
            "WORLD_SIZE": str(count),
            "LOCAL_WORLD_SIZE": str(count),
            "MASTER_ADDR": "127.0.0.1",
            "MASTER_PORT": str(port),
            "TORCHELASTIC_RUN_ID": "test",
            "TORCHELASTIC_ERROR_FILE": str(kept / f"last_words{rank}.json"),
        }
        environment = (environment if torchrun else {}) | {
            # Lightning would give one process more of them than two: sums are then added up in another order
            "OMP_NUM_THREADS": "1",
            "FINETUNE_CACHE": os.environ["FINETUNE_CACHE"],
        }
        process = SERVER.Process(target=_run, args=(function, arguments, environment, folder, kept, rank))
        process.start()
        processes.append(process)
    return Ranks(processes, kept)


def _run(
    function: Callable[..., Any],
    arguments: tuple[Any, ...],
    environment: Mapping[str, str],
    folder: Path,
    kept: Path,
    rank: int,
) -> None:
    for number, kind in ((1, "out"), (2, "err")):
        file = os.open(kept / f"rank{rank}.{kind}", os.O_WRONLY | os.O_CREAT)
        os.dup2(file, number)
    os.environ |= environment
    os.chdir(folder)
    import torch
    from lightning_utilities.core.rank_zero import rank_zero_only

    torch.set_num_threads(1)
    rank_zero_only.rank = rank  # Lightning looks when it is imported, which was in the server
    status = function(*arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    sys.exit(status)


def finetune(*arguments: object) -> int:
    """Runs `finetune ...` in one of the processes; returns the exit status."""
    from finetune.__main__ import main

    sys.argv = ["finetune", *map(str, arguments)]
    return main()
