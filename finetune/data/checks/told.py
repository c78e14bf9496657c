"""How findings are told: a table of 80 columns in the reader's language, and plain values for JSON."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from rich.cells import cell_len
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from finetune.data.checks.examined import PARTS, Examined
from finetune.data.checks.finding import Finding, Grid, Severity
from finetune.data.checks.one_by_one import MOST_LETTERS, one_by_one
from finetune.data.checks.words_of_cells import MEASURES, header, in_words
from finetune.language.console import new_console
from finetune.language.numbers import count
from finetune.language.say import AnyMessage, Message, in_every_language, joined, say
from finetune.language.short import short

COLOURS = {"severe": "bold red", "warning": "yellow", "note": "dim"}
WEIGHTS: dict[Severity, Message] = {
    "severe": Message("severe", context="severity"),
    "warning": Message("warning", context="severity"),
    "note": Message("note", context="severity"),
}
"""What the severities are called."""

SHOWN_LINES = 10
KEPT_LINES = 100_000
"""Lines of a finding in `data_report.json`; the count says how many there are."""

KEPT_WHOLE = 20
"""Rows of a finding whose texts are kept whole there; all of them stand in a table of their own."""

NUMBERS = {
    "count",
    "times",
    "train",
    "validation",
    "test",
    "total",
    "cut",
    "share",
    "sure",
    "of_class",
    "sure_of_label",
    *MEASURES,
}
"""Columns of small tables that stand to the right."""

TEXTS = {"text", "is", "was", "repaired"}
"""Columns of small tables that are cut where there is no room."""

LEAST_LETTERS = 16
"""Of a text that is cut."""

LABELS = {"label", "suggested", "token"}
"""Columns of small tables that take several lines rather than being cut."""


def places_of(finding: Finding, data: Examined) -> list[tuple[int, int]]:
    """Returns the table of each row that a finding is about, and its position there."""
    return [*finding.dropped, *((int(data.table[row]), int(data.row[row])) for row in finding.rows)]


def lines_of(finding: Finding, data: Examined) -> str:
    """Returns where the first rows stand: "lines 4, 9" or "train.csv lines 4, 9; test.csv line 2"; "" for none."""
    by_file: dict[tuple[str, str], list[int]] = {}
    places = places_of(finding, data)
    for number, row in places[:SHOWN_LINES]:
        piece, line = data.tables[number].place(row)
        by_file.setdefault((data.file_of(number, row), piece.unit), []).append(line)
    texts = [
        f"{file} {_numbered(unit, ', '.join(map(str, lines)), len(lines))}".strip()
        for (file, unit), lines in by_file.items()
    ]
    more = len(places) - SHOWN_LINES
    if more > 0:
        texts.append(say("and {n:,} more", "and {n:,} more", n=more))
    return "; ".join(texts)


def _numbered(unit: str, lines: str, n: int) -> str:
    if unit == "line":
        return say("line {lines}", "lines {lines}", n=n, lines=lines)
    return say("row {lines}", "rows {lines}", n=n, lines=lines)


def overview(findings: Sequence[Finding], data: Examined) -> RichTable:
    """Returns the findings in a table: weight, count, and what was found with its lines and what to do."""
    table = RichTable(header_style="bold", show_lines=True, expand=True)
    table.add_column(say("severity"), no_wrap=True)
    table.add_column(say("count", context="column"), justify="right", no_wrap=True)
    table.add_column(say("what was found, and what to do"), overflow="fold")
    for finding in findings:
        cell = Text(str(finding.what))
        lines = lines_of(finding, data)
        if lines:
            cell.append(f"\n{lines}", style="cyan")
        if finding.advice:
            cell.append(f"\n→ {finding.advice}", style="italic")
        weight = Text(str(WEIGHTS[finding.severity]), style=COLOURS[finding.severity])
        table.add_row(weight, count(finding.count), cell)
    return table


def small_table(grid: Grid, width: int) -> RichTable:
    """Returns the examples or figures of a finding, so wide at most: texts are cut, places and labels never are."""
    names = [header(key) for key in grid.header]
    rows = [
        [short(in_words(key, cell), most=MOST_LETTERS) for key, cell in zip(grid.header, row, strict=True)]
        for row in grid.rows
    ]
    widest = [max(map(cell_len, cells)) for cells in zip(names, *rows, strict=True)]
    texts = [place for place, key in enumerate(grid.header) if key in TEXTS]
    left = width - 2 * len(names) - sum(size for place, size in enumerate(widest) if place not in texts)
    table = RichTable(header_style="dim", box=None, pad_edge=False, padding=(0, 2, 0, 0))
    for place, (key, name) in enumerate(zip(grid.header, names, strict=True)):
        cut = max(LEAST_LETTERS, left // len(texts)) if place in texts else None
        table.add_column(
            Text(name),
            justify="right" if key in NUMBERS else "left",
            no_wrap=key not in LABELS,
            overflow="ellipsis" if place in texts else "fold",
            max_width=cut,
            min_width=None if place in texts or key in LABELS else widest[place],
        )
    for row in rows:
        table.add_row(*map(Text, row))
    return table


def show(
    findings: Sequence[Finding],
    data: Examined,
    *,
    where: AnyMessage | str | None,
    details: bool = False,
    console: Console | None = None,
) -> None:
    """Prints what was found.

    Args:
        findings: What was found, the worst first.
        data: The rows that it was found in.
        where: The file with all of it; None where there is none.
        details: Whether notes and the examples of each finding are shown as well.
        console: Where to; the terminal, at most 80 columns, when left out.
    """
    console = console or new_console(most=80)
    shown = [finding for finding in findings if details or finding.severity != "note"]
    if shown:
        console.print(overview(shown, data))
    if details:
        # what has to be read stands last, where the reader's eye is
        for finding in sorted(shown, key=lambda finding: finding.grid is not None and finding.grid.whole):
            show_examples(finding, console=console)
        console.print()
    for line in _ending(findings, where=where, details=details):
        console.print(Text(line))
    if any(finding.severity == "severe" for finding in findings):
        advice = say(
            "What is severe makes the score untrustworthy. --data.on_findings error stops a fit then."
        )
        console.print(Text(advice, style=COLOURS["severe"]))


def _ending(findings: Sequence[Finding], *, where: AnyMessage | str | None, details: bool) -> Iterator[str]:
    """The lines under the table."""
    number = Counter(finding.severity for finding in findings)
    if details or number["severe"] or number["warning"]:
        yield say(
            "Data checked. Severe: {severe:,}, warnings: {warnings:,}, notes: {notes:,}.",
            severe=number["severe"],
            warnings=number["warning"],
            notes=number["note"],
        )
    else:
        yield say("The data were checked: nothing severe, no warnings.")
    if where is not None:
        yield say("All lines are in {where}.", where=where)
    if not details and number["note"]:
        yield say("finetune check shows all.")


def show_examples(finding: Finding, *, console: Console | None = None) -> None:
    """Prints the examples of a finding, or the figures behind it; nothing where there are none."""
    grid = finding.grid
    if grid is None or not grid.rows or grid.header == ("line",):
        return
    console = console or new_console(most=80)
    head = Text(str(finding.told), style="bold")
    if grid.whole:
        console.print(Group(Text(), head, one_by_one(grid, console)))
        return
    console.print(Group(Text(), head, Padding(small_table(grid, console.width - 2), (0, 0, 0, 2))))


def record(findings: Sequence[Finding], data: Examined) -> dict[str, Any]:
    """Returns all that was found as plain values, each sentence in every language."""
    return {
        "tables": [table.source for table in data.tables],
        "rows": {name: data.rows_of(number) for number, name in enumerate(PARTS)},
        "findings": [_record(finding, data) for finding in findings],
    }


def _record(finding: Finding, data: Examined) -> dict[str, Any]:
    lines: dict[str, list[int]] = {}
    places = places_of(finding, data)
    for table, row in places[:KEPT_LINES]:
        piece, line = data.tables[table].place(row)
        lines.setdefault(piece.name if len(data.tables[table].parts) > 1 else data.names[table], []).append(
            line
        )
    left_out = len(places) - KEPT_LINES
    grid = finding.grid
    return {
        "check": finding.check,
        "code": finding.code,
        "severity": finding.severity,
        "count": finding.count,
        "what": in_every_language(joined([finding.what])),
        "advice": in_every_language(joined([finding.advice])),
        "values": finding.values,
        "lines": {name: sorted(numbers) for name, numbers in lines.items()},
        **({"lines_left_out": left_out} if left_out > 0 else {}),
        "examples": []
        if grid is None
        else [
            dict(zip(_unique(grid.header), row, strict=True))
            for row in (grid.rows[:KEPT_WHOLE] if grid.whole else grid.rows)
        ],
    }


def _unique(header: Sequence[str]) -> list[str]:
    """Names of columns, a second one of the same name told apart."""
    return [
        f"{name}_{header[:place].count(name) + 1}" if name in header[:place] else name
        for place, name in enumerate(header)
    ]


def to_text(findings: Sequence[Finding], data: Examined) -> str:
    """Returns the content of `data_report.json`."""
    return json.dumps(record(findings, data), ensure_ascii=False, indent=2, default=_plain) + "\n"


def added(report: str, findings: Sequence[Finding], data: Examined) -> str:
    """Returns the content of `data_report.json` with more findings; those of the same checks are replaced."""
    content = json.loads(report)
    checks = {finding.check for finding in findings}
    kept = [finding for finding in content["findings"] if finding["check"] not in checks]
    content["findings"] = kept + record(findings, data)["findings"]
    return json.dumps(content, ensure_ascii=False, indent=2, default=_plain) + "\n"


def _plain(value: Any) -> Any:
    """A number of NumPy, as checks of the user's own may give it; a count's message as its number, others as told."""
    if isinstance(value, AnyMessage):
        return value.values["n"] if value.values.keys() == {"n"} else in_every_language(value)
    return value.item() if hasattr(value, "item") else str(value)
