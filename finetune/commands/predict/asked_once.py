"""The answer of a run's own network to one text, asked by torch alone. Decides nothing of how it is asked."""

import copy
import sys
from pathlib import Path

from finetune.commands.predict.one_text import cut_of, frame_of, print_answer
from finetune.data.asked import Reading
from finetune.engines.by_torch import of_run
from finetune.engines.opened import told_as_ours
from finetune.evaluation.answers import kept_task
from finetune.evaluation.predicted.more_columns import check_columns
from finetune.runs.folder import RunFolder
from finetune.runtime.answering.network import Tokens
from finetune.runtime.answering.texts import Texts
from finetune.tasks.calibration import Calibration


def asked_once(
    run: Path, text: str, text_pair: str | None, *, answer: str, top: int | None, all_bars: bool
) -> None:
    """Prints the answer to a text.

    Args:
        run: The run folder.
        text: The text; where it is made of several columns, these between braces.
        text_pair: The second text, where the run reads two.
        answer: Who answers, a word of `--answer`.
        top: Bars, at most; as usual when left out.
        all_bars: Whether there is one for each class.

    Raises:
        UserError: if the text is not what the run reads, or a file of the run is missing or damaged.
    """
    folder = RunFolder(run)
    task = kept_task(folder.metrics())
    check_columns(task, top=top, probabilities=all_bars)
    read = folder.config().get("data") or {}
    reading = Reading(
        text_column=read.get("text_column"),
        text_pair_column=read.get("text_pair_column"),
        template=read.get("template"),
    )
    row = {str(name): str(cells.iloc[0]) for name, cells in frame_of(reading, text, text_pair).items()}
    with told_as_ours():
        engine = of_run(run, answer)
        texts = engine.of_row(row)
        assert texts is not None  # one that shows nothing was refused
        probabilities = engine.model.probabilities([texts])
    model = engine.model
    print_answer(
        probabilities,
        labels=model.labels,
        task=task,
        calibration=Calibration(**model.calibration),
        top=top,
        all_bars=all_bars,
        cut=None
        if engine.tokens is None
        else cut_of(length_of(texts, engine.tokens), most=engine.tokens.max_length),
    )


def length_of(texts: Texts, tokens: Tokens) -> int:
    """Returns how many tokens a text has, whatever of it the network reads."""
    whole = copy.copy(tokens)
    whole.max_length = sys.maxsize
    [(ids, _)] = whole.rows([texts])
    return len(ids)
