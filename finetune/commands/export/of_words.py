"""A run of words alone as a folder that answers with numpy and nothing else, proved on its held-out rows."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from finetune.commands.export.apart import ask_apart
from finetune.commands.export.carried import copy_program
from finetune.commands.export.place import files_of, made_by, sizes
from finetune.commands.export.source import asked
from finetune.commands.export.told import MARK, by_itself
from finetune.errors import ConfigError, UserError
from finetune.evaluation.answers import Answers, read_answers
from finetune.evaluation.words_run import WordsRun, open_run
from finetune.files.near import near
from finetune.files.whole import write_folder_through, write_text
from finetune.language.say import reason, say, show
from finetune.language.typed import command_line
from finetune.runs.export_sums import PROOF, SUMS, sums_of
from finetune.runs.exported import PROGRAM
from finetune.runs.folder import DESCRIPTION, PREDICTIONS, WORDS
from finetune.runs.versions import versions
from finetune.tasks.task import NUMBER

FORMAT = "words"

NEEDED = "numpy>=2.0\n"

LARGEST = 1e-5
"""By how much a probability may differ, or a number of about 1: scikit-learn counts in single precision."""


@dataclass(frozen=True)
class Proved:
    """A written folder held against its run.

    Attributes:
        rows: Held-out rows that it was asked.
        equal: Those with the same answer.
        difference: The largest of a probability, or of a number in shares of the largest.
    """

    rows: int
    equal: int
    difference: float


def export_words(run: Path, folder: Path) -> None:
    """Writes the folder, proves it, and says what to do with it; what is refused leaves nothing behind.

    Args:
        run: The run of words.
        folder: Where it goes.

    Raises:
        UserError: if the run is damaged, or the folder answers otherwise or cannot be written.
    """
    opened = open_run(run)
    if not (run / PREDICTIONS).is_file():
        raise ConfigError(
            "{run} has no {file}, by which an export is proved. Put a copy of it back, or make the run anew:\n"
            "  finetune baseline --data.path TABLE",
            run=run,
            file=PREDICTIONS,
        )
    kept, found = read_answers(run / PREDICTIONS), []

    def write(new: Path) -> None:
        copy_program(new)
        for name in (WORDS, DESCRIPTION):
            shutil.copyfile(run / name, new / name)
        write_text(new / "requirements.txt", NEEDED)
        found.append(proved(opened, kept, new))
        write_text(new / "README.md", readme(opened, found[-1]))
        write_proof(new, run, found[-1])

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        write_folder_through(folder, write)
    except OSError as error:
        raise ConfigError(
            "{folder} cannot be written ({why}): nothing of the export was left there. Make room, or give another "
            "folder: --output FOLDER.",
            folder=folder,
            why=reason(error),
        ) from error
    show(told(found[0]))
    show("\n" + say("exported to: {folder}", folder=near(folder)))
    predict = ["finetune", "predict", "--run", near(folder), "--data.predict_path", "novos.csv"]
    show(say("label a table:\n  {command}", command=command_line([*predict, "--output", "saida.csv"])))
    install = command_line(["pip", "install", "-r", near(folder / "requirements.txt")])
    program = command_line(["python", near(folder / PROGRAM), "novos.csv", "saida.csv"])
    show(say("where there is no finetune:\n  {install}\n  {run}", install=install, run=program))


def proved(opened: WordsRun, kept: Answers, folder: Path) -> Proved:
    """Returns a written folder held against what its run has kept of the rows held out.

    Raises:
        UserError: if it answers otherwise.
    """
    words, pairs = opened.words, _described(folder)["pair"]
    rows = asked(kept.frame["text"].tolist(), pairs=pairs)
    said = ask_apart([str((folder / PROGRAM).absolute()), "--answers"], rows, isolated=True)
    size = max(1.0, float(np.abs(kept.probabilities).max())) if words.task.problem_type == NUMBER else 1.0
    answered = words.task.answer(said, words.calibration).predicted
    if words.task.problem_type == NUMBER:
        same = np.abs(answered - kept.predicted) <= LARGEST * size
    else:
        same = answered == kept.predicted
        same = same.all(axis=1) if same.ndim == 2 else same
    found = Proved(len(rows), int(same.sum()), float(np.abs(said - kept.probabilities).max()) / size)
    if found.equal < found.rows or found.difference > LARGEST:
        raise UserError(
            "the export answers otherwise than the run: {equal:,} of {n:,} held-out rows have the same answer, and a "
            "probability differs by {difference:.1e} (at most {most:.0e}). Nothing was written. Was {file} changed? "
            "Make the run anew:\n  finetune baseline --data.path TABLE",
            equal=found.equal,
            n=found.rows,
            difference=found.difference,
            most=LARGEST,
            file=PREDICTIONS,
        )
    return found


def told(found: Proved) -> str:
    """Returns the proof in words."""
    return say(
        "{n:,} held-out row was answered by a process of its own that has numpy alone: the same answer, no probability "
        "or number differing by more than {difference:.1e}.",
        "All {n:,} held-out rows were answered by a process of its own that has numpy alone: the same answers, no "
        "probability or number differing by more than {difference:.1e}.",
        n=found.rows,
        difference=found.difference,
    )


def readme(opened: WordsRun, found: Proved) -> str:
    """Returns the README of the folder."""
    paragraphs = [
        str(MARK),
        f"# {say('A classifier of texts by their words (TF-IDF)')}"
        if opened.words.task.problem_type != NUMBER
        else f"# {say('Numbers of texts by their words (TF-IDF)')}",
        say("It counts words and pieces of words, and needs no network: numpy is all it takes."),
        f"## {say('How to use it')}",
        *by_itself(pair=_described(opened.run)["pair"]),
        f"## {say('Answers')}",
        ", ".join(opened.words.labels),
        f"## {say('Proof')}",
        told(found),
    ]
    return "\n\n".join(paragraphs) + "\n"


def write_proof(folder: Path, run: Path, found: Proved) -> None:
    """Writes `proof.json`, the last of all files: by its sums the folder is known to be as it was proved."""
    content = {
        "made_by": made_by(),
        "run": run.resolve().name,
        "format": FORMAT,
        "passed": True,
        "rows": found.rows,
        "equal_answers": found.equal,
        "largest_difference": found.difference,
        "versions": versions(),
        "files": sizes(folder),
        SUMS: sums_of(folder, files_of(folder)),
    }
    write_text(folder / PROOF, json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n")


def _described(folder: Path) -> dict[str, bool]:
    return dict(json.loads((folder / DESCRIPTION).read_text(encoding="utf-8")))
