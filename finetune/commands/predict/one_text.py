"""--text: one text typed on the command line, its answer printed. Reads no table and writes no file."""

import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import yaml

from finetune.data.asked import Reading
from finetune.data.batching.part import cut_at
from finetune.data.reading.invisible import shows_nothing
from finetune.data.reading.template import parsed
from finetune.errors import ConfigError
from finetune.evaluation.answering import Answering
from finetune.evaluation.bars import MOST_BARS, show_answer
from finetune.language.lists import listed, quoted
from finetune.language.say import Message, show
from finetune.tasks.calibration import Calibration
from finetune.tasks.gather import own
from finetune.tasks.task import Floats, Task

if TYPE_CHECKING:  # Lightning, which a run's network that is asked by itself need not wait for
    from finetune.cli.verb import Ready
    from finetune.data.module import TextData

TEXT = "text"
"""The column of the text where the run has found its own by its name."""


def frame_of(reading: Reading, text: str, text_pair: str | None) -> pd.DataFrame:
    """Returns a table of the text that was typed, with the columns that the run reads.

    Args:
        reading: How the run reads tables.
        text: The text; where it is made of several columns, these between braces: `{estado: MG, texto: choveu}`.
        text_pair: The second text, where the run reads two.

    Raises:
        ConfigError: if there is nothing to be seen in a text, it has broken letters, or one too many or too few was
            given.
    """
    _refuse_broken(text=text, text_pair=text_pair)
    names = (reading.text_column or TEXT,) if reading.template is None else parsed(reading.template).columns
    names = tuple(dict.fromkeys(names))
    cells = {names[0]: text} if len(names) == 1 else _cells(names, text, template=str(reading.template))
    if all(map(shows_nothing, cells.values())):
        raise ConfigError("--text holds nothing that can be seen: write the text behind it, between quotes.")
    return pd.DataFrame({name: [cell] for name, cell in (cells | _second(reading, text_pair)).items()})


def _refuse_broken(**given: str | None) -> None:
    """Refuses bytes of another encoding than the terminal's, which Python keeps as letters that nothing can read."""
    for name, text in given.items():
        try:
            (text or "").encode()
        except UnicodeEncodeError as error:
            raise ConfigError(
                "--{name}: letter {place:,} is broken ({letter}): it came in another encoding than UTF-8. Type the "
                "text again, or have the terminal use UTF-8.",
                name=name,
                place=error.start + 1,
                letter=ascii(error.object[error.start]).strip("'"),
            ) from error


def _second(reading: Reading, text_pair: str | None) -> dict[str, str]:
    """The second text by the name of its column, where the run reads two."""
    column = reading.text_pair_column
    if column is None and text_pair is not None:
        raise ConfigError("--text_pair: the model reads one text, and not two. Leave the option away.")
    if column is None:
        return {}
    if text_pair is None:
        raise ConfigError(
            'the model reads two texts, and the second ("{column}" in its table) is missing: add --text_pair "...".',
            column=column,
        )
    return {column: text_pair}


def _cells(names: tuple[str, ...], text: str, *, template: str) -> dict[str, str]:
    """The columns of a template by what was typed between braces; every cell is text, whatever it looks like."""
    try:
        given = yaml.load(text, yaml.BaseLoader) if text.lstrip().startswith("{") else None
    except yaml.YAMLError:
        given = None
    if not isinstance(given, dict) or not all(isinstance(cell, str) for cell in given.values()):
        raise ConfigError(
            "the model reads a text made of {columns} ({template}), so that one text alone is not enough. Give each "
            'between braces, in single quotes where it has a comma or colon:\n  --text "{example}"',
            columns=listed(names, told=lambda name: f'"{name}"'),
            template=template,
            example="{" + ", ".join(f"{name}: '...'" for name in names) + "}",
        )
    missing = [name for name in names if name not in given]
    unknown = [str(name) for name in given if name not in names]
    if missing or unknown:
        raise ConfigError(
            "--text: the model's text is made of {columns}, and what stands between the braces is {given}.",
            columns=listed(names, told=lambda name: f'"{name}"'),
            given=quoted(given),
        )
    return {name: given[name] for name in names}


@contextmanager
def _said_of_tables_left_out() -> Iterator[None]:
    """Keeps what is said of a table and its columns from the terminal: there is none."""
    before = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        yield
    finally:
        logging.disable(before)


def refuse_beside_a_text(ready: "Ready", **given: str | None) -> None:
    """Refuses options that have nothing to do where one text is answered.

    Args:
        ready: What the verb works with.
        given: Options of the verb that write or read a file, with their values.

    Raises:
        ConfigError: if one was given.
    """
    others = {"data.predict_path": ready.data.paths["predict"], **given}
    named = [f"--{name}" for name, value in others.items() if value is not None]
    if named:
        raise ConfigError(
            "--text answers one text, and reads and writes no file: leave {options} away, or --text.",
            options=listed(named),
        )


def answer_text(
    ready: "Ready",
    text: str,
    *,
    text_pair: str | None,
    answered: Callable[[], Answering],
    top: int | None,
    all_bars: bool,
) -> int:
    """Prints the answer to one text; returns the exit status.

    Args:
        ready: What the verb works with.
        text: The text.
        text_pair: The second text, where the run reads two.
        answered: Gives how logits become the answer, once the network is there.
        top: Bars, at most; as usual when left out.
        all_bars: Whether there is one for each class.
    """
    from lightning.pytorch.callbacks import ProgressBar

    data, asked = ready.data, ready.trained()
    data.paths["predict"] = frame_of(data.reading, text, text_pair)
    data.reading = replace(data.reading, reader=None, sheet=None, header_line=None)  # which are of files
    ready.trainer.callbacks = [  # type: ignore[attr-defined]
        each
        for each in ready.trainer.callbacks  # type: ignore[attr-defined]
        if not isinstance(each, ProgressBar)
    ]
    with _said_of_tables_left_out():
        outputs = ready.trainer.predict(
            ready.model, datamodule=data, ckpt_path=asked["ckpt_path"], weights_only=asked["weights_only"]
        )
    how, (_, logits) = answered(), own(outputs or [], "logits")
    if not ready.trainer.is_global_zero:
        return 0
    task, labels = ready.model.task, ready.model.hparams["labels"]
    assert data.windows is not None
    said = how.said(next(data.windows.each()).text)
    print_answer(
        task.probabilities(np.asarray(how.logits(logits, said)), how.calibration),
        labels=labels,
        task=task,
        calibration=how.calibration,
        top=top,
        all_bars=all_bars,
        cut=None if how.is_of_words_alone else cut_in(data),
    )
    return 0


def print_answer(
    probabilities: Floats,
    *,
    labels: Sequence[str],
    task: Task,
    calibration: Calibration,
    top: int | None,
    all_bars: bool,
    cut: Message | None,
) -> None:
    """Prints what is answered.

    Args:
        probabilities: [1, C] of each output.
        labels: [C] names of the outputs.
        task: What is asked.
        calibration: How the probabilities become the answer.
        top: Bars, at most; as usual when left out.
        all_bars: Whether there is one for each class.
        cut: What is to be said of a text that is longer than is read.
    """
    show_answer(
        task.answer(probabilities, calibration),
        probabilities,
        labels=labels,
        task=task,
        calibration=calibration,
        most=len(labels) if all_bars else top or MOST_BARS,
    )
    if cut is not None:
        show("\n" + str(cut))


def cut_in(data: "TextData") -> Message | None:
    """Returns that the model has read only the beginning of the text, where that is so."""
    part = data.longest
    assert part is not None
    most = cut_at(
        part, max_length=data.max_length, model_length=data.tokenizer.model_max_length, pad_to=data.pad_to
    )
    return cut_of(int(part.tokens.lengths[0]), most=most)


def cut_of(tokens: int, *, most: int) -> Message | None:
    """Returns that the model has read only so many tokens of the text; None where that is all of it."""
    if tokens <= most:
        return None
    return Message(
        "The text has {tokens:,} tokens, of which the model reads {most:,} and no more.",
        tokens=tokens,
        most=most,
    )
