"""Classes of an order that are numbers, as the same class however these are written: `1` and `1,0`, `4,5` and `4.5`."""

import re
from collections import Counter
from collections.abc import Collection, Sequence

from finetune.data.reading.dialect import Notes
from finetune.language.lists import SHOWN, quoted
from finetune.language.say import Message

GRADE = re.compile(r"[-+]?[0-9]{1,4}(?:[.,][0-9]{1,2})?")
"""A number that no sign between thousands stands in."""


def grade(name: str) -> float | None:
    """Returns the number that a class is named by; None where its name is none."""
    return float(name.replace(",", ".")) if GRADE.fullmatch(name) else None


def by_grade(classes: Collection[str]) -> dict[float, str]:
    """Returns classes by their numbers; none where one has no number, or two have the same."""
    found = {number: name for name in classes if (number := grade(name)) is not None}
    return found if len(found) == len(classes) else {}


def as_one_class(labels: Sequence[str], classes: Sequence[str]) -> tuple[list[str], Notes]:
    """Returns labels of an order, those of the same number written alike; and what was written otherwise.

    Args:
        labels: [N] "" for none.
        classes: How they are written, where that is known; else as most of the labels of the number are.
    """
    counts = Counter(filter(None, labels))
    known = by_grade(classes) if classes else _usual(counts)
    written = {name: known.get(number, name) for name in counts if (number := grade(name)) is not None}
    others = [name for name, own in written.items() if own != name and name not in classes]
    if not others:
        return list(labels), ()
    now = {name: written[name] for name in others}
    note = Message(
        "labels: {n:,} cell with the number of a class written otherwise ({names}) counts as that class",
        "labels: {n:,} cells with the number of a class written otherwise ({names}) count as that class",
        n=sum(counts[name] for name in others),
        names=quoted(sorted(others), most=SHOWN),
    )
    return [now.get(name, name) for name in labels], (note,)


def _usual(counts: "Counter[str]") -> dict[float, str]:
    """How most labels of each number are written, the shorter way of two; nothing where one is no number."""
    found: dict[float, str] = {}
    for name in sorted(counts, key=lambda name: (-counts[name], len(name), name)):
        number = grade(name)
        if number is None:
            return {}
        found.setdefault(number, name)
    return found
