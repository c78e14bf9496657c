"""Checks of the labels' names: one class spelt in several ways."""

import unicodedata
from collections import Counter, defaultdict
from collections.abc import Iterator

from finetune.data.checks.examined import Examined
from finetune.data.checks.finding import Finding, Grid, with_count
from finetune.language.say import Message, joined
from finetune.language.short import short


def folded_label(name: str) -> str:
    """Returns a label without case, accents and spaces; other signs stay: C++ is not C."""
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(mark for mark in plain if not unicodedata.combining(mark) and not mark.isspace())


def label_spelling(data: Examined) -> Iterator[Finding]:
    """Labels that differ only by case, accents or spaces; and blanks around labels, which reading takes away."""
    counts = Counter(data.label)
    alike = defaultdict(list)
    for name, _ in counts.most_common():
        alike[folded_label(name)].append(name)
    twins = [names for names in alike.values() if len(names) > 1]
    if twins:
        others = {name for names in twins for name in names[1:]}
        rows = [position for position, name in enumerate(data.label) if name in others]
        n = len(rows)
        pairs = [
            joined([with_count(f'"{short(name)}"', counts[name]) for name in names], ", ")
            for names in twins[:5]
        ]
        yield Finding(
            "label_spelling",
            "severe",
            n,
            rows,
            what=Message(
                "row with a label that differs from another one only by case, accents or spaces: {pairs}",
                "rows with a label that differs from another one only by case, accents or spaces: {pairs}",
                n=n,
                pairs=joined(pairs, "; "),
            ),
            advice=Message("Give each class one name in your file: as it is, they are separate classes."),
            grid=Grid(("label", "count"), [(name, counts[name]) for names in twins for name in names]),
        )
    blanks = _blanks(data)
    if blanks:
        n = len(blanks)
        yield Finding(
            "label_blanks",
            "note",
            n,
            blanks,
            what=Message(
                "label with blanks around it, read without them",
                "labels with blanks around them, read without them",
                n=n,
            ),
            advice=Message("Nothing has to be done."),
        )


def _blanks(data: Examined) -> list[int]:
    rows = []
    for number, table in enumerate(data.tables):
        if table.label_column is None:
            continue
        cells = table.frame[table.label_column].tolist()
        for position in (data.table == number).nonzero()[0].tolist():
            cell = cells[data.row[position]]
            if isinstance(cell, str) and cell != cell.strip():
                rows.append(position)
    return rows
