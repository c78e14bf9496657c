"""Checks of damaged letters: those that can be repaired, those that were, and those that are lost."""

from collections.abc import Iterator

from finetune.data.checks.examined import Examined
from finetune.data.checks.finding import Finding, Grid, by_share
from finetune.data.reading.mojibake import LOST, lost_letters, repaired, repairs
from finetune.language.say import Message
from finetune.language.short import short

MANY = 0.05
"""Share of damaged texts from which on the table was read or written in a wrong encoding as a whole."""

LISTED = 10
AROUND = 15
"""Letters shown on both sides of a damaged place."""


def damage(data: Examined) -> Iterator[Finding]:
    """Texts with letters of a wrong encoding, HTML entities, or letters that are lost."""
    found = repairs(data.text)
    if found:
        rows, n = list(found), len(found)
        shown = [(row, *changed(data.text[row].as_py(), found[row])) for row in rows[:LISTED]]
        yield Finding(
            "damaged",
            by_share(n, len(data), severe=MANY),
            n,
            rows,
            what=Message(
                'text with damaged letters: "{broken}" for "{whole}"',
                'texts with damaged letters, such as "{broken}" for "{whole}"',
                n=n,
                broken=shown[0][1],
                whole=shown[0][2],
            ),
            advice=Message(
                "Add --data.fix_encoding true: it is repaired when read, your file stays as it is.",
                "Add --data.fix_encoding true: they are repaired when read, your file stays as it is.",
                n=n,
            ),
            grid=Grid(("line", "is", "repaired"), [(data.marked(row), *pair) for row, *pair in shown]),
        )
    names = {name: repaired(name) for name in data.names_apart if repaired(name) != name}
    if names:
        rows = [
            row for row, label in enumerate(data.label) if not names.keys().isdisjoint(data.task.parts(label))
        ]
        n, some = len(rows), list(names.items())[:LISTED]
        shown_names = [f'"{short(name)}": "{short(whole)}"' for name, whole in some]
        yield Finding(
            "labels_damaged",
            by_share(n, len(data), severe=MANY),
            n,
            rows,
            what=Message(
                "row with a label whose letters are damaged: {names}",
                "rows with a label whose letters are damaged: {names}",
                n=n,
                names="; ".join(shown_names),
            ),
            advice=Message("Add --data.fix_encoding true, or correct the names in your file."),
        )
    mended = _mended(data)
    if mended:
        pairs = [
            (
                row,
                *changed(data.tables[data.table[row]].as_written(int(data.row[row])), data.text[row].as_py()),
            )
            for row in mended[:LISTED]
        ]
        yield Finding(
            "mended",
            "note",
            len(mended),
            mended,
            what=Message(
                'text repaired when read: "{broken}" to "{whole}"',
                'texts repaired when read, such as "{broken}" to "{whole}"',
                n=len(mended),
                broken=pairs[0][1],
                whole=pairs[0][2],
            ),
            advice=Message("Your file stays as it is."),
            grid=Grid(("line", "was", "repaired"), [(data.marked(row), *pair) for row, *pair in pairs]),
        )
    lost = lost_letters(data.text)
    if lost:
        yield Finding(
            "lost_letters",
            by_share(len(lost), len(data), severe=MANY),
            len(lost),
            lost,
            what=Message(
                'text with letters that are lost: "{mark}" stands in their place, mostly of accents',
                'texts with letters that are lost: "{mark}" stands in their place, mostly of accents',
                n=len(lost),
                mark=LOST,
            ),
            advice=Message(
                "Export the table again from where it came, as UTF-8: nothing else brings them back."
            ),
            grid=Grid(("line", "text"), [(data.marked(row), data.excerpt(row)) for row in lost[:LISTED]]),
        )


def _mended(data: Examined) -> list[int]:
    """Positions of the rows that were repaired when the table was read."""
    return [
        position
        for number, table in enumerate(data.tables)
        if any(table.repaired)
        for position in (data.table == number).nonzero()[0].tolist()
        if table.was_repaired(int(data.row[position]))
    ]


def changed(before: str, after: str) -> tuple[str, str]:
    """Returns the first place where two texts differ, in both, with some letters around it."""
    at = next((i for i, (a, b) in enumerate(zip(before, after, strict=False)) if a != b), 0)
    begin = max(0, at - AROUND)
    return tuple(" ".join(text[begin : at + AROUND].split()) for text in (before, after))  # type: ignore[return-value]
