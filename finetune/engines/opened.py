"""Which model answers: the run, export or words that a name stands for, opened by its engine. Loads no torch itself."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from finetune.engines.engine import ONNX, TORCH, WORDS, Engine, short
from finetune.engines.options import ANSWERS
from finetune.engines.proved import is_proved_of
from finetune.errors import ConfigError
from finetune.language.say import Message
from finetune.language.which import language
from finetune.plugins import require_all
from finetune.runs.export_sums import PROOF, recorded, refuse_changed
from finetune.runs.exported import NETWORK, is_export, is_without_torch
from finetune.runs.find import find
from finetune.runs.finished import unfinished
from finetune.runs.folder import DESCRIPTION, RunFolder, is_run
from finetune.runs.kind import is_of_words, refuse_adapted, refuse_words
from finetune.runs.named import run_named
from finetune.runs.words_run import description_of
from finetune.runtime.answering.model import Model, described
from finetune.runtime.answering.said import Refused, speak
from finetune.runtime.answering.texts import Making

EXPORTED = Path("export") / "onnx"
"""Where `finetune export --format onnx` puts an export of a run."""


def opened(name: str, *, engine: str, answer: str | None, root: Path) -> Engine:
    """Returns the model that a name stands for, ready to answer.

    Args:
        name: As `--run` has it: a run, or the folder of an export.
        engine: A word of `--engine`.
        answer: A word of `--answer`; None where nobody asked.
        root: The folder of the runs.

    Raises:
        UserError: if there is none, or it is damaged or not finished.
    """
    with told_as_ours():
        folder = Path(name)
        run_named(name, root)  # which refuses a name that a folder here has, too
        if is_export(folder) and is_without_torch(folder):
            refuse_torch(folder, engine)
            return of_export(folder, answer)
        run = find(name, root)
        if is_of_words(run):
            refuse_torch(run, engine)
            if answer == "network":
                refuse_words(run, Message("--answer network"))
            return of_words(run)
        refuse_adapted(run)
        if not RunFolder(run).finished():
            raise unfinished(run)
        if engine == ONNX:
            return of_export(_export_of(run), answer)
        from finetune.engines.by_torch import of_run

        return of_run(run, answer or ANSWERS[0])


@contextmanager
def told_as_ours() -> Iterator[None]:
    """Has what the program of exports refuses be told as an error of ours, in the language that is spoken."""
    speak(language(), language())
    try:
        yield
    except Refused as error:
        raise ConfigError("The model cannot be opened: {why}", why=str(error)) from error


def refuse_torch(folder: Path, engine: str) -> None:
    """Refuses to ask by torch what has no network for it."""
    if engine == TORCH:
        raise ConfigError(
            "--engine torch: {folder} answers without torch, and has no network for it. Leave --engine away, or name "
            "the run that was trained.",
            folder=folder,
        )


def _export_of(run: Path) -> Path:
    if (run / EXPORTED / DESCRIPTION).is_file():
        return run / EXPORTED
    raise ConfigError(
        "--engine onnx: {run} has no {folder} yet. Export it first:\n  finetune export --run {run} --format onnx",
        run=run,
        folder=EXPORTED,
    )


def of_export(folder: Path, answer: str | None) -> Engine:
    """Returns an export, once its files are known to be those that were proved."""
    if answer is not None:
        raise ConfigError(
            "--answer {answer}: an export answers as it was exported. Export the run so, and leave the option away:\n"
            "  finetune export --format onnx --answer {answer}",
            answer=answer,
        )
    refuse_changed(folder)
    content, run = described(folder), folder.absolute().parent.parent
    if (folder / NETWORK).is_file():
        require_all("onnxruntime", "tokenizers")
    model = Model(folder, content)
    sums = json.dumps(recorded(folder) or content, sort_keys=True)
    return Engine(
        model,
        Making(content),
        WORDS if model.of_words else ONNX,
        _name_of(folder),
        short(sums.encode()),
        run if is_run(run) and is_proved_of(folder, run) else None,
    )


def _name_of(folder: Path) -> str:
    """What the run of an export was called, as its proof has it."""
    try:
        return str(json.loads((folder / PROOF).read_text(encoding="utf-8"))["run"])
    except (OSError, ValueError, KeyError, TypeError):
        return folder.absolute().name


def of_words(run: Path) -> Engine:
    """Returns a run of words alone."""
    content = description_of(run)
    number = short((run / DESCRIPTION).read_bytes())
    return Engine(Model(run, content), Making(content), WORDS, run.absolute().name, number, run)
