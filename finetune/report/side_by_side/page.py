"""Runs side by side as a table of 80 columns and as a page. Compares nothing itself; the sentences are elsewhere."""

import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from finetune.evaluation.score_names import meant, score_name, score_span, score_value
from finetune.language.numbers import NOTHING, count
from finetune.language.parts import part_name
from finetune.language.say import say
from finetune.report.blocks import Block, Columns, Fold, Grid, Marked, Piece, Section, Text
from finetune.report.facts import Facts
from finetune.report.page import render
from finetune.report.sections.asked import shown
from finetune.report.sections.scores import with_interval
from finetune.report.side_by_side.pairs import Compared, Pair, asked
from finetune.report.side_by_side.told import notes, verdict

COLUMNS = 80


def table(compared: Compared) -> str:
    """Returns the runs in lines of at most 80 columns: scores, what differs, and the verdicts."""
    scores = _scores_of(compared)
    lines_of = [_header(scores)]
    for name, facts in zip(compared.names, compared.runs, strict=True):
        part = facts.last_part
        report: dict[str, Any] = facts.parts[part] if part else {}
        first, *others = scores or (facts.score,)
        interval = score_span(first, (report.get("intervals") or {}).get(first))
        best = score_value(first, report.get(first)) + (f" ({interval})" if interval else "")
        values = [score_value(score, report.get(score)) for score in others]
        measured = count(report["rows"]) if report else NOTHING
        best = best if scores or not report else f"{score_name(first)} {best}"
        lines_of.append([_cut(name, 20), part_name(part) if part else NOTHING, best, *values, measured])
    widths = [max(map(len, column)) for column in zip(*lines_of, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in lines_of
    ]
    lines += ["", *textwrap.wrap(say("What differs:") if compared.differing else _same(), COLUMNS)]
    for option, values_of in compared.differing:
        values_text = " | ".join(map(shown, values_of))
        lines += textwrap.wrap(
            f"{option}: {values_text}", COLUMNS, initial_indent="  ", subsequent_indent="    "
        )
    for pair in compared.pairs:
        text = " ".join([verdict(pair, compared.names[0])[0], *notes(pair, compared.names[0])])
        lines += ["", *textwrap.wrap(text, COLUMNS)]
    return "\n".join([*lines, "", *textwrap.wrap(_meant(compared), COLUMNS), ""])


def _scores_of(compared: Compared) -> tuple[str, ...]:
    """The scores of runs that are asked the same; none of others, each of which has its own."""
    tasks = {asked(run) for run in compared.runs}
    return compared.runs[0].compared if len(tasks) == 1 else ()


def _meant(compared: Compared) -> str:
    return " ".join(dict.fromkeys(meant(run.task) for run in compared.runs))


def _header(scores: Sequence[str]) -> list[str]:
    return [say("run"), say("part"), *(map(score_name, scores) if scores else [say("score")]), say("rows")]


def _same() -> str:
    return say("All parameters are the same: only the data, the versions or the machine can differ.")


def _cut(name: str, width: int) -> str:
    return name if len(name) <= width else f"…{name[1 - width :]}"


def comparison_page(compared: Compared, *, version: str) -> str:
    """Returns the page, made by this version."""
    first, n = compared.names[0], len(compared.names)
    sections = [_scores(compared), _differing(compared)]
    for place, pair in enumerate(compared.pairs):
        sections.append(_beside(pair, first, key=f"pair-{place + 1}"))
    told = [verdict(pair, first) for pair in compared.pairs]
    return render(
        sections,
        title=say("{n:,} run side by side", "{n:,} runs side by side", n=n),
        above=say("the others are compared with {first}", first=first),
        verdict=told[0][0],
        tone=told[0][1],
        opening_blocks=[Text(text, tone) for text, tone in told[1:]],
        version=version,
    )


def _scores(compared: Compared) -> Section:
    scores = _scores_of(compared)
    runs = [_row(name, facts, scores) for name, facts in zip(compared.names, compared.runs, strict=True)]
    how = say(
        "Each run on its own rows; below each value the 95% interval. Only the comparison on common rows, further "
        "down, says whether a difference is more than chance."
    )
    grid = Grid(_header(scores), runs, numbers=range(2, 3 + len(scores or [""])))
    return Section("scores", say("Results"), how, [grid, Text(_meant(compared), "quiet")])


def _row(name: str, facts: Facts, scores: Sequence[str]) -> list[str]:
    part = facts.last_part
    if part is None:
        return [name, *[NOTHING] * (len(scores or [""]) + 2)]
    report = facts.parts[part]
    if not scores:
        own = f"{score_name(facts.score)} {with_interval(report, facts.score)}"
        return [name, part_name(part), own, count(report["rows"])]
    values = [with_interval(report, score) for score in scores]
    return [name, part_name(part), *values, count(report["rows"])]


def _differing(compared: Compared) -> Section:
    title = say("What differs")
    if not compared.differing:
        return Section("differing", title, "", [Text(_same(), "quiet")])
    rows = [[name, *map(shown, values)] for name, values in compared.differing]
    how = say("Parameters that are not the same in all runs.")
    return Section("differing", title, how, [Grid([say("option"), *compared.names], rows)])


def _beside(pair: Pair, first: str, *, key: str) -> Section:
    text, tone = verdict(pair, first)
    blocks: list[Block] = [Text(text, tone), *(Text(note, "quiet") for note in notes(pair, first))]
    if pair.gain is not None:
        columns = [
            [_above(run, pair), *_examples(rows, pair.run, first)]
            for run, rows in ((pair.run, pair.gained), (first, pair.lost))
        ]
        blocks.append(Columns(columns))
    score = score_name(pair.score)
    how = (
        say("On the rows that both were tested on: the difference in {score} with its interval.", score=score)
        if pair.gain is not None and pair.mcnemar is None
        else say(
            "On the rows that both were tested on: the difference in {score} with its interval, and how often only one "
            "of the two is right.",
            score=score,
        )
    )
    return Section(key, say("{run} beside {first}", run=pair.run, first=first), how, blocks)


def _above(run: str, pair: Pair) -> Text:
    """What the rows are that one of two answers better."""
    if pair.mcnemar is None:
        return Text(say("Closer in {run}", run=run), "lead")
    return Text(say("Right in {run} alone", run=run), "lead")


OPEN = 4
"""Examples that are shown at once."""


def _examples(rows: Sequence[dict[str, Any]], run: str, first: str) -> list[Block]:
    told: list[Block] = [
        Marked(
            place=say("{file}, line {line}", file=Path(str(row["source"])).name, line=row["line"]),
            facts=[(say("label"), row["label"]), (run, row["this"]), (first, row["first"])],
            pieces=[Piece(textwrap.shorten(row["text"], 500, placeholder=" […]") or row["text"][:500])],
        )
        for row in rows
    ]
    if not told:
        return [Text(say("No row."), "quiet")]
    if len(told) <= OPEN:
        return told
    return [*told[:OPEN], Fold(say("Show {n:,} more", n=len(told) - OPEN), told[OPEN:])]
