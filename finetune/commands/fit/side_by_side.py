"""A run that was made of corrections beside the one before: both measured on the same rows, kept and told."""

import json
from pathlib import Path
from typing import Any

from rich.table import Table as RichTable
from rich.text import Text

from finetune.errors import UserError
from finetune.evaluation.answers import Answers, read_answers
from finetune.evaluation.old_and_new import rows_of, side_by_side, verdict, what_is_compared
from finetune.evaluation.score_names import score_name
from finetune.files.whole import write_text
from finetune.language.console import new_console
from finetune.language.parts import part_name
from finetune.language.say import note, say
from finetune.runs.corrected import CORRECTED, NOT_COMPARED, SIDE_BY_SIDE, corrected, judged_by
from finetune.runs.folder import PREDICTIONS


def hold_side_by_side(folder: Path, answers: Answers, *, seed: int) -> None:
    """Measures both runs on the same rows, keeps what they reach in `corrected.json` and shows it.

    Args:
        folder: Of the new run.
        answers: What it answers to its held-out rows.
        seed: Of what is drawn.
    """
    try:
        content = corrected(folder)
    except UserError as error:  # what was trained is worth more than what is told of it
        note("the run is not held against the one that it was made of: {why}", why=error.message)
        return
    run = Path(content["run"])
    for key in (SIDE_BY_SIDE, NOT_COMPARED):
        content.pop(key, None)
    try:
        content[SIDE_BY_SIDE] = side_by_side(read_answers(run / PREDICTIONS), answers, seed=seed)
    except (OSError, UserError) as error:
        content[NOT_COMPARED] = str(error.message) if isinstance(error, UserError) else str(error)
    write_text(folder / CORRECTED, json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False) + "\n")
    show(content, folder)


def show(content: dict[str, Any], folder: Path) -> None:
    """Prints what both reach, and which is the better one.

    Args:
        content: Of `corrected.json`.
        folder: Of the new run.
    """
    console, part, run = new_console(most=80), judged_by(content), Path(content["run"])
    if part is None:
        why = content.get(NOT_COMPARED) or say("no row was measured")
        text = say("{run} and the new run could not be held side by side: {why}", run=run, why=why)
        console.print(Text(text, style="bold yellow"))
        return
    measured = content[SIDE_BY_SIDE][part]
    table = RichTable(title=part_name(part), title_justify="left", header_style="bold")
    table.add_column(say("run", context="heading"), overflow="fold")
    for name in (score_name(measured["ranked_by"]), say("95% interval")):
        table.add_column(name, justify="right")
    for (name, *values), called in zip(rows_of(measured), (run.name, folder.name), strict=True):
        table.add_row(Text(called, style="bold" if name == "new" else ""), *values)
    console.print(table)
    console.print(Text(str(what_is_compared(measured, part))))
    style = "bold yellow" if measured["outcome"] == "worse" else "bold"
    console.print(Text(str(verdict(measured, part, old=run.name)), style=style))
