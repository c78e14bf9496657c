"""What a run keeps that was trained anew on the rows of another and on corrections: `corrected.json`, `table.csv`."""

from pathlib import Path
from typing import Any

from finetune.language.say import Message
from finetune.runs.damaged import read_mapping

CORRECTED = "corrected.json"
"""Which run it is made of and of which corrections, what became of their rows, and both runs side by side."""

TABLE = "table.csv"
"""The rows of the run before and the corrections, as one table."""

SIDE_BY_SIDE = "side_by_side"
"""Key of what both runs reach on the same rows, by part; once the new one is trained."""

NOT_COMPARED = "not_compared"
"""Key of why they could not be held side by side, where they could not."""

PARTS = ("validation", "test")


def corrected(run: Path) -> dict[str, Any]:
    """Returns what a run says of the corrections that it was made of; empty where it was made of none.

    Raises:
        ConfigError: if that is damaged.
    """
    remedy = Message("Start anew, in a new run:\n  finetune fit --run RUN --with FILE")
    return read_mapping(run / CORRECTED, remedy, fits=_whole, may_be_empty=False)


def is_corrected(run: Path) -> bool:
    """Returns whether a run was, or will be, made of another and of corrections."""
    return (run / CORRECTED).is_file()


def judged_by(content: dict[str, Any]) -> str | None:
    """Returns the part by which the new run is judged: the test, else the validation; None before both are measured."""
    there = [part for part in PARTS if part in content.get(SIDE_BY_SIDE, {})]
    return there[-1] if there else None


def _whole(content: dict[str, Any]) -> bool:
    """Whether it says what it needs to go on, and of what was measured all that is told."""
    files, options, rows = content["files"], content["options"], content["rows"]
    texts = all(isinstance(each, str) for each in (content["run"], content["from"], *files, *options))
    counts = all(
        isinstance(each, int) for each in (*rows["corrected"].values(), rows["new"], rows["conflicts"])
    )
    return texts and counts and all(_told(each) for each in content.get(SIDE_BY_SIDE, {}).values())


def _told(part: dict[str, Any]) -> bool:
    numbers = (part["rows"], part["corrected"], *part["difference"].values(), *part["score"].values())
    words = (part["outcome"], part["ranked_by"])
    return all(each is None or isinstance(each, int | float) for each in numbers) and all(
        isinstance(each, str) for each in words
    )
