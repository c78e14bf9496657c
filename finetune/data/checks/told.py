"""How findings are told: a table of 80 columns in English or Portuguese, and plain values for JSON."""

import json
from collections.abc import Sequence
from typing import Any

import numpy as np
from rich.cells import cell_len
from rich.console import Console, Group
from rich.padding import Padding
from rich.table import Table as RichTable
from rich.text import Text

from finetune.data.checks.examined import PARTS, Examined
from finetune.data.checks.finding import SEVERITIES, Cell, Finding, Grid, Languages
from finetune.data.checks.sentences import HEADERS, LANGUAGES, SENTENCES, WORDS
from finetune.language.numbers import localized
from finetune.language.which import Language

COLOURS = {"severe": "bold red", "warning": "yellow", "note": "dim"}

SHOWN_LINES = 10
KEPT_LINES = 100_000
"""Lines of a finding in `data_report.json`; the count says how many there are."""

NUMBERS = {
    "count",
    "train",
    "validation",
    "test",
    "total",
    "cut",
    "share",
    "sure",
    "of_class",
    "sure_of_label",
}
"""Columns of small tables that stand to the right."""

TEXTS = {"text", "is", "was", "repaired"}
"""Columns of small tables that are cut where there is no room."""

LEAST_LETTERS = 16
"""Of a text that is cut."""

LABELS = {"label", "suggested", "token"}
"""Columns of small tables that take several lines rather than being cut."""


def written(value: Cell, language: Language) -> str:
    """Returns a value as the language writes it: 16,800 and 1.5% in English, 16.800 and 1,5% in Portuguese."""
    if isinstance(value, str):
        return value
    # NumPy's numbers as well, which checks of the user's own may give
    text = f"{value:,}" if np.issubdtype(type(value), np.integer) else _percent(float(value))
    return localized(text, language)


def _percent(share: float) -> str:
    for edge, text in ((0.0, "<0.1%"), (1.0, ">99.9%")):
        if share != edge and abs(share - edge) < 0.0005:
            return text
    return f"{share:.1%}".replace(".0%", "%")


def sentence(finding: Finding, language: Language) -> tuple[str, str]:
    """Returns what was found and what to do, without the count."""
    if finding.what and not finding.values:
        return finding.what, finding.advice
    what, advice = (finding.what, finding.advice) if finding.what else SENTENCES[language][finding.code]
    values = {
        key: _languages(value, language) if isinstance(value, tuple) else written(value, language)
        for key, value in finding.values.items()
    }
    return what.format_map(values), advice.format_map(values)


def _languages(spoken: Languages, language: Language) -> str:
    names = LANGUAGES[language]
    return ", ".join(
        f"{names.get(code, code)} ({written(count, language)})" if count else names.get(code, code)
        for code, count in spoken
    )


def lines_of(finding: Finding, data: Examined, language: Language) -> str:
    """Returns where the first rows stand: "lines 4, 9" or "train.csv lines 4, 9; test.csv line 2"; "" for none."""
    by_file: dict[tuple[str, str], list[int]] = {}
    for row in finding.rows[:SHOWN_LINES]:
        file, line = data.place(row)
        unit = data.tables[data.table[row]].place(int(data.row[row]))[0].unit
        by_file.setdefault((file, unit), []).append(line)
    words = WORDS[language]
    texts = [
        f"{file} {words[unit if len(lines) == 1 else f'{unit}s']} {', '.join(map(str, lines))}".strip()
        for (file, unit), lines in by_file.items()
    ]
    more = len(finding.rows) - SHOWN_LINES
    if texts and more > 0:
        texts.append(words["more"].format(count=written(more, language)))
    return "; ".join(texts)


def overview(findings: Sequence[Finding], data: Examined, language: Language) -> RichTable:
    """Returns the findings in a table: weight, count, and what was found with its lines and what to do."""
    words = WORDS[language]
    table = RichTable(header_style="bold", show_lines=True, expand=True)
    table.add_column(words["weight"], no_wrap=True)
    table.add_column(words["count"], justify="right", no_wrap=True)
    table.add_column(words["finding"], overflow="fold")
    for finding in findings:
        what, advice = sentence(finding, language)
        cell = Text(what)
        lines = lines_of(finding, data, language)
        if lines:
            cell.append(f"\n{lines}", style="cyan")
        if advice:
            cell.append(f"\n→ {advice}", style="italic")
        style = COLOURS[finding.severity]
        table.add_row(Text(words[finding.severity], style=style), written(finding.count, language), cell)
    return table


def small_table(grid: Grid, language: Language, width: int) -> RichTable:
    """Returns the examples or figures of a finding, so wide at most: texts are cut, places and labels never are."""
    headers = HEADERS[language]
    names = [headers.get(key, key) for key in grid.header]
    rows = [
        [_cell(key, cell, language) for key, cell in zip(grid.header, row, strict=True)] for row in grid.rows
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


def _cell(key: str, cell: Cell, language: Language) -> str:
    if key == "part" and cell in PARTS:
        return HEADERS[language][str(cell)]
    if key == "language":
        return LANGUAGES[language].get(str(cell), str(cell))
    return written(cell, language)


def show(
    findings: Sequence[Finding],
    data: Examined,
    *,
    language: Language,
    where: str | None,
    details: bool = False,
    console: Console | None = None,
) -> None:
    """Prints what was found.

    Args:
        findings: What was found, the worst first.
        data: The rows that it was found in.
        language: That of the reader.
        where: The file with all of it; None where there is none.
        details: Whether notes and the examples of each finding are shown as well.
        console: Where to; the terminal, at most 80 columns, when left out.
    """
    console = console or Console(width=min(80, Console().width))
    words = WORDS[language]
    shown = [finding for finding in findings if details or finding.severity != "note"]
    if shown:
        console.print(overview(shown, data, language))
    if details:
        for finding in shown:
            show_examples(finding, language=language, console=console)
        console.print()
    counts = {
        severity: written(sum(finding.severity == severity for finding in findings), language)
        for severity in SEVERITIES
    }
    console.print(Text(words["summary"].format(**counts) if shown else words["clean"]))
    if where is not None:
        console.print(Text(words["where"].format(where=where)))
    if not details and any(finding.severity == "note" for finding in findings):
        console.print(Text(words["all"]))
    if counts["severe"] != "0":
        console.print(Text(words["severe_advice"], style=COLOURS["severe"]))


def show_examples(finding: Finding, *, language: Language, console: Console | None = None) -> None:
    """Prints the examples of a finding, or the figures behind it; nothing where there are none."""
    grid = finding.grid
    if grid is None or not grid.rows or grid.header == ("line",):
        return
    console = console or Console(width=min(80, Console().width))
    head = Text(f"{written(finding.count, language)} {sentence(finding, language)[0]}", style="bold")
    console.print(Group(Text(), head, Padding(small_table(grid, language, console.width - 2), (0, 0, 0, 2))))


def record(findings: Sequence[Finding], data: Examined) -> dict[str, Any]:
    """Returns all that was found as plain values, each sentence in both languages."""
    return {
        "tables": [table.source for table in data.tables],
        "rows": {name: data.rows_of(number) for number, name in enumerate(PARTS)},
        "findings": [_record(finding, data) for finding in findings],
    }


def _record(finding: Finding, data: Examined) -> dict[str, Any]:
    english, portuguese = (sentence(finding, language) for language in ("en", "pt"))
    lines: dict[str, list[int]] = {}
    for table, row in [*finding.dropped, *((data.table[row], data.row[row]) for row in finding.rows)][
        :KEPT_LINES
    ]:
        piece, line = data.tables[table].place(int(row))
        lines.setdefault(piece.name if len(data.tables[table].parts) > 1 else data.names[table], []).append(
            line
        )
    left_out = len(finding.rows) + len(finding.dropped) - KEPT_LINES
    grid = finding.grid
    return {
        "check": finding.check,
        "code": finding.code,
        "severity": finding.severity,
        "count": finding.count,
        "what": {"en": english[0], "pt": portuguese[0]},
        "advice": {"en": english[1], "pt": portuguese[1]},
        "values": finding.values,
        "lines": {name: sorted(numbers) for name, numbers in lines.items()},
        **({"lines_left_out": left_out} if left_out > 0 else {}),
        "examples": []
        if grid is None
        else [dict(zip(_unique(grid.header), row, strict=True)) for row in grid.rows],
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
    """A number of NumPy, as checks of the user's own may give it."""
    return value.item() if hasattr(value, "item") else str(value)
