"""Runs side by side as a table of 80 columns and as a page. Compares nothing itself; the sentences are elsewhere."""

import textwrap
from pathlib import Path
from typing import Any

from finetune.evaluation.score_names import score_name
from finetune.language.numbers import NOTHING, count, number, span
from finetune.language.which import Language
from finetune.report.blocks import Block, Columns, Fold, Grid, Marked, Piece, Section, Text
from finetune.report.facts import Facts
from finetune.report.page import render
from finetune.report.sections.asked import shown
from finetune.report.sections.scores import COMPARED, with_interval
from finetune.report.side_by_side.pairs import Compared, Pair
from finetune.report.side_by_side.told import SAYS, notes, verdict
from finetune.report.words import WORDS

COLUMNS = 80


def table(compared: Compared, language: Language) -> str:
    """Returns the runs in lines of at most 80 columns: scores, what differs, and the verdicts."""
    says, words = SAYS[language], WORDS[language]
    header = [says["run"], says["part"], *(score_name(name, language) for name in COMPARED), words["rows"]]
    rows = [header]
    for name, facts in zip(compared.names, compared.runs, strict=True):
        part = facts.last_part
        report: dict[str, Any] = facts.parts[part] if part else {}
        interval = span((report.get("intervals") or {}).get("f1_macro"), language)
        f1 = number(report.get("f1_macro"), language) + (f" ({interval})" if interval else "")
        values = [number(report.get(score), language) for score in COMPARED[1:]]
        measured = count(report["rows"], language) if report else NOTHING
        rows.append([_cut(name, 20), words[part] if part else NOTHING, f1, *values, measured])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    differ = f"{says['differ']}:" if compared.differing else says["same"]
    lines += ["", *textwrap.wrap(differ, COLUMNS)]
    for option, values_of in compared.differing:
        values_text = " | ".join(shown(value, language) for value in values_of)
        lines += textwrap.wrap(
            f"{option}: {values_text}", COLUMNS, initial_indent="  ", subsequent_indent="    "
        )
    for pair in compared.pairs:
        text = " ".join(
            [verdict(pair, compared.names[0], language)[0], *notes(pair, compared.names[0], language)]
        )
        lines += ["", *textwrap.wrap(text, COLUMNS)]
    return "\n".join([*lines, ""])


def _cut(name: str, width: int) -> str:
    return name if len(name) <= width else f"…{name[1 - width :]}"


def comparison_page(compared: Compared, language: Language, *, version: str) -> str:
    """Returns the page, made by this version."""
    says, first = SAYS[language], compared.names[0]
    sections = [_scores(compared, language), _differing(compared, language)]
    for place, pair in enumerate(compared.pairs):
        sections.append(_beside(pair, first, language, key=f"pair-{place + 1}"))
    told = [verdict(pair, first, language) for pair in compared.pairs]
    return render(
        sections,
        language=language,
        title=says["title"].format(count=count(len(compared.names), language)),
        above=says["above"].format(first=first),
        verdict=told[0][0],
        tone=told[0][1],
        opening_blocks=[Text(text, tone) for text, tone in told[1:]],
        version=version,
    )


def _scores(compared: Compared, language: Language) -> Section:
    says, words = SAYS[language], WORDS[language]
    rows = [_row(name, facts, language) for name, facts in zip(compared.names, compared.runs, strict=True)]
    names = [score_name(score, language) for score in COMPARED]
    grid = Grid([says["run"], says["part"], *names, words["rows"]], rows, numbers=(2, 3, 4, 5))
    return Section("scores", says["scores"], says["scores_how"], [grid])


def _row(name: str, facts: Facts, language: Language) -> list[str]:
    part = facts.last_part
    if part is None:
        return [name, *[NOTHING] * (len(COMPARED) + 2)]
    report = facts.parts[part]
    scores = [with_interval(report, score, language) for score in COMPARED]
    return [name, WORDS[language][part], *scores, count(report["rows"], language)]


def _differing(compared: Compared, language: Language) -> Section:
    says = SAYS[language]
    if not compared.differing:
        return Section("differing", says["differ"], "", [Text(says["same"], "quiet")])
    rows = [[name, *(shown(value, language) for value in values)] for name, values in compared.differing]
    return Section(
        "differing", says["differ"], says["differ_how"], [Grid([says["option"], *compared.names], rows)]
    )


def _beside(pair: Pair, first: str, language: Language, *, key: str) -> Section:
    says = SAYS[language]
    text, tone = verdict(pair, first, language)
    blocks: list[Block] = [Text(text, tone), *(Text(note, "quiet") for note in notes(pair, first, language))]
    if pair.macro_f1 is not None:
        columns = [
            [
                Text(says[which].format(run=pair.run, first=first), "lead"),
                *_examples(rows, pair.run, first, language),
            ]
            for which, rows in (("gained", pair.gained), ("lost", pair.lost))
        ]
        blocks.append(Columns(columns))
    return Section(key, says["beside"].format(run=pair.run, first=first), says["beside_how"], blocks)


OPEN = 4
"""Examples that are shown at once."""


def _examples(rows: Any, run: str, first: str, language: Language) -> list[Block]:
    says, words = SAYS[language], WORDS[language]
    told: list[Block] = [
        Marked(
            place=f"{Path(str(row['source'])).name}, {words['line']} {row['line']}",
            facts=[(says["truth"], row["label"]), (run, row["this"]), (first, row["first"])],
            pieces=[Piece(textwrap.shorten(row["text"], 500, placeholder=" […]") or row["text"][:500])],
        )
        for row in rows
    ]
    if not told:
        return [Text(says["none"], "quiet")]
    return (
        [*told[:OPEN], Fold(says["more"].format(count=len(told) - OPEN), told[OPEN:])]
        if len(told) > OPEN
        else told
    )
