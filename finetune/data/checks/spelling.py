"""Checks of the labels' names: one class spelt in several ways."""

from collections import Counter, defaultdict
from collections.abc import Iterator

from finetune.data.checks.examined import Examined
from finetune.data.checks.finding import Finding, Grid, with_count
from finetune.data.labels.class_names import folded_label
from finetune.data.labels.lookalikes import difference
from finetune.language.say import AnyMessage, Message, joined
from finetune.language.short import short


def label_spelling(data: Examined) -> Iterator[Finding]:
    """Labels that differ by no more than case, accents, spaces or what looks alike; and blanks around them."""
    if data.are_numbers:
        return
    parts = [data.task.parts(label) for label in data.label]
    counts = Counter(name for names in parts for name in names)
    alike = defaultdict(list)
    for name, _ in counts.most_common():
        alike[folded_label(name)].append(name)
    twins = [names for names in alike.values() if len(names) > 1]
    if twins:
        others = {name for names in twins for name in names[1:]}
        rows = [position for position, names in enumerate(parts) if not others.isdisjoint(names)]
        n = len(rows)
        pairs = [joined([_told(name, names[0], counts) for name in names], ", ") for names in twins[:5]]
        yield Finding(
            "label_spelling",
            "severe",
            n,
            rows,
            what=Message(
                "row with a label that differs from another one only by case, accents, spaces or signs that look "
                "alike: {pairs}",
                "rows with a label that differs from another one only by case, accents, spaces or signs that look "
                "alike: {pairs}",
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


def _told(name: str, first: str, counts: Counter[str]) -> AnyMessage:
    """A label with its rows, and where it looks the same as the first one, with what differs."""
    differs = difference(name, first)
    if differs is None:
        return with_count(f'"{short(name)}"', counts[name])
    return Message('"{name}" ({count:,}; {differs})', name=short(name), count=counts[name], differs=differs)


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
