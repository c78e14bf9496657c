"""The data: rows of each part, classes, lengths, and what the check found."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from finetune.data.checks.finding import SEVERITIES, Severity
from finetune.data.checks.told import WEIGHTS
from finetune.data.checks.words_of_cells import header, in_words
from finetune.language.numbers import NOTHING, count, percent, significant
from finetune.language.parts import part_name
from finetune.language.say import say
from finetune.report.blocks import Block, Columns, Fold, Grid, Pictures, Section, Text, Tone
from finetune.report.facts import Facts, in_language
from finetune.report.figures import length_histogram
from finetune.report.figures.drawing import to_svg
from finetune.report.sections.suspects import CODE, suspects
from finetune.tasks.task import MULTI, NUMBER

TONES: dict[str, Tone] = {"severe": "severe", "warning": "warning", "note": "plain"}

SHOWN_LINES, SHOWN_EXAMPLES, FOLDED_CLASSES = 12, 20, 15


def section(facts: Facts) -> Section:
    """Returns rows of each part, classes, findings and lengths."""
    lengths = _lengths(facts)
    first: list[Block] = [_parts(facts)]
    # what the reader can mend comes first
    blocks = suspects(facts)
    blocks += [Columns([first, [lengths]])] if lengths is not None else first
    if facts.data_report:
        blocks += findings(facts)
    else:
        none = say(
            "Not known: the run folder has no data_report.json. The check was switched off, or the version was older."
        )
        blocks.append(Text(none, "quiet"))
    classes = _classes(facts)
    if classes is not None:
        many = len(classes.rows) > FOLDED_CLASSES
        several = facts.task.problem_type == MULTI
        above = say("Rows of each label") if several else say("Rows of each class")
        blocks.append(Fold(above, [classes]) if many else classes)
    how = (
        say(
            "The model learns from the training rows, how sure it may be is found on the validation rows, and the "
            "score comes from the test rows, which it has never seen."
        )
        if facts.of_words or facts.untrained  # of which there is one version
        else say(
            "The model learns from the training rows, the best version is chosen by the validation rows, and the score "
            "comes from the test rows, which it has never seen."
        )
        if "test" in facts.parts or not facts.parts
        else say(
            "The model learns from the training rows. There are no test rows: the score comes from the validation "
            "rows, by which the best version was chosen, and is likely too good."
        )
    )
    return Section("data", say("The data"), how, blocks)


def _lengths(facts: Facts) -> Pictures | None:
    if facts.answers is None or facts.answers.frame.empty:
        return None
    lengths = np.array([len(text.split()) for text in facts.answers.frame["text"]])
    figure = length_histogram(lengths)
    line = say("Texts of the rows that were not trained on.")
    return Pictures([(to_svg(figure, "lengths", alt=line), line)])


def _parts(facts: Facts) -> Grid:
    known = {part: facts.rows_of(part) for part in ("train", "validation", "test")}
    total = sum(rows or 0 for rows in known.values())
    rows = [
        (
            part_name(part),
            NOTHING if number is None else count(number),
            percent(number / total, digits=0) if number and total else NOTHING,
        )
        for part, number in known.items()
    ]
    if total:
        rows.append((say("all", context="rows"), count(total), ""))
    return Grid((say("part"), say("rows"), say("share")), rows, numbers=(1, 2))


def findings(facts: Facts) -> list[Block]:
    """Returns what the check found, the worst first, with its first lines; notes are folded.

    The labels that may be wrong are told before: see `suspects`.
    """
    every = facts.data_report.get("findings", [])
    found = [one for one in every if one.get("code") != CODE]
    told: dict[str, list[Block]] = {severity: [] for severity in SEVERITIES}
    for one in found:
        told.setdefault(str(one.get("severity", "note")), []).extend(_finding(one))
    shown = [*told["severe"], *told["warning"]]
    if all(one.get("severity") == "note" for one in every):
        shown.append(Text(say("The check found nothing severe and no warnings."), "good"))
    return [*shown, Fold(say("Notes"), told["note"])] if told["note"] else shown


def _finding(one: Mapping[str, Any]) -> list[Block]:
    severity: Severity = one.get("severity", "note")
    text = f"{count(int(one['count']))} {in_language(one['what'])}"
    if severity != "note":
        text = f"{str(WEIGHTS[severity]).capitalize()}: {text}"
    advice = in_language(one.get("advice") or {}) or ""
    blocks: list[Block] = [Text(f"{text.removesuffix('.')}. {advice}".strip(), TONES[severity])]
    lines, grid = lines_of(one), examples(one)
    if lines:
        blocks.append(Text(lines, "quiet"))
    if grid is not None:
        blocks.append(Fold(say("Examples"), [grid]))
    return blocks


def lines_of(finding: Mapping[str, Any]) -> str:
    """Returns where the first rows stand, with the names of the files alone; "" where there are no lines."""
    texts = []
    for file, lines in (finding.get("lines") or {}).items():
        values = {"file": Path(file).name, "lines": ", ".join(map(str, lines[:SHOWN_LINES]))}
        more = len(lines) - SHOWN_LINES + int(finding.get("lines_left_out", 0))
        if more > 0:
            texts.append(say("{file}, lines {lines} and {more:,} more", more=more, **values))
        else:
            texts.append(say("{file}, line {lines}", "{file}, lines {lines}", n=len(lines), **values))
    return "; ".join(texts)


def examples(finding: Mapping[str, Any]) -> Grid | None:
    """Returns the examples of a finding, or the figures behind it; the counts of classes stand elsewhere."""
    rows = finding.get("examples") or []
    if not rows or finding.get("code") == "class_counts" or list(rows[0]) == ["line"]:
        return None
    names = [header(key) for key in rows[0]]
    cells = [[in_words(key, value) for key, value in row.items()] for row in rows[:SHOWN_EXAMPLES]]
    first: Mapping[str, Any] = rows[0]
    numbers = [place for place, value in enumerate(first.values()) if isinstance(value, int | float)]
    return Grid(names, cells, numbers=numbers)


def _classes(facts: Facts) -> Grid | None:
    counted = next(
        (one for one in facts.data_report.get("findings", []) if one.get("code") == "class_counts"), None
    )
    if counted is not None and counted.get("examples"):
        columns = [key for key in counted["examples"][0] if key != "label"]
        rows = [
            [in_words("label", row["label"]), *(count(int(row.get(key, 0))) for key in columns)]
            for row in counted["examples"]
        ]
        kind = say("label") if facts.task.problem_type == MULTI else say("class")
        names = [kind, *(header(key) for key in columns)]
        return Grid(names, rows, numbers=range(1, len(names)))
    if not facts.parts:
        return None
    if facts.task.problem_type == NUMBER:
        return _numbers(facts)
    rows = [
        [
            label,
            *(
                count(int(part["per_class"].get(label, {}).get("support", 0)))
                for part in facts.parts.values()
            ),
        ]
        for label in facts.labels
    ]
    kind = say("label") if facts.task.problem_type == MULTI else say("class")
    names = [kind, *(part_name(part) for part in facts.parts)]
    return Grid(names, rows, numbers=range(1, 1 + len(facts.parts)))


def _numbers(facts: Facts) -> Grid | None:
    """How small and how large the numbers of each part that was measured are."""
    if facts.answers is None:
        return None
    shares = {
        say("smallest"): 0.0,
        say("a quarter below"): 0.25,
        say("half below"): 0.5,
        say("three quarters below"): 0.75,
        say("largest"): 1.0,
    }
    parts = {part: facts.answers.part(part).truth for part in facts.parts}
    there = {part: truth for part, truth in parts.items() if len(truth)}
    rows = [
        [
            name,
            *(
                significant(float(np.quantile(truth, share)), figures=4, zeros=False)
                for truth in there.values()
            ),
        ]
        for name, share in shares.items()
    ]
    return Grid([say("number"), *map(part_name, there)], rows, numbers=range(1, 1 + len(there)))
