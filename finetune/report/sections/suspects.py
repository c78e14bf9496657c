"""The labels that may be wrong: each with its whole text, the first thing that is told of the data."""

from collections.abc import Iterator, Mapping
from typing import Any

from finetune.data.checks.words_of_cells import header, in_words
from finetune.evaluation.label_errors import not_looked_at
from finetune.language.say import say
from finetune.report.blocks import Block, Fold, Link, Marked, Text, Tone
from finetune.report.facts import Facts
from finetune.report.sections.mistakes import pieces

CODE = "label_errors"
"""Of the finding."""

OPEN = 10
"""Rows that are shown at once; the others are folded."""


def suspects(facts: Facts) -> list[Block]:
    """Returns the labels that may be wrong, the most suspicious first; nothing where there are none."""
    found = [one for one in facts.data_report.get("findings", []) if one.get("code") == CODE]
    n = sum(int(one["count"]) for one in found)
    if not n:
        return []
    lead = say(
        "{n:,} label may be wrong. To look at it and correct it in your table helps the model most.",
        "{n:,} labels may be wrong, the most suspicious first. To look at them and correct them in your table helps "
        "the model most.",
        n=n,
    )
    rows: list[Block] = [_row(row) for one in found for row in one.get("examples") or []]
    # where none is almost sure, it may be that nothing is wrong
    tone: Tone = "lead" if all(one.get("severity") == "note" for one in found) else "warning"
    blocks: list[Block] = [Text(lead, tone), *_table(facts), *rows[:OPEN]]
    more = len(rows) - OPEN
    if more > 0:
        blocks.append(Fold(say("{n:,} more label", "{n:,} more labels", n=more), rows[OPEN:]))
    blocks += [Text(text, "quiet") for text in _left_out(facts, found, more=n - len(rows))]
    return blocks


def _left_out(facts: Facts, found: list[dict[str, Any]], *, more: int) -> Iterator[str]:
    """What is not on this page: labels that stand in the table alone, and rows that were not looked at."""
    if more > 0:
        yield say(
            "{n:,} more label that may be wrong is not shown on this page.",
            "{n:,} more labels that may be wrong are not shown on this page.",
            n=more,
        )
    looked_at = sum(int((one.get("values") or {}).get("looked_at") or 0) for one in found)
    others = sum(int(rows) for rows in (facts.data_report.get("rows") or {}).values()) - looked_at
    if looked_at and others > 0:
        yield str(not_looked_at(others))


def _table(facts: Facts) -> list[Block]:
    """Where all of them stand."""
    if facts.label_errors is None:
        return []
    text = say(
        "All of them with their whole texts, to open in Excel: {file}, in the folder of this training.",
        file=facts.label_errors,
    )
    return [Link(text, facts.label_errors)]


def _row(row: Mapping[str, Any]) -> Marked:
    about = [(header(key), in_words(key, cell)) for key, cell in row.items() if key != "text"]
    return Marked(place="", facts=about, pieces=pieces(str(row.get("text", "")), []))
