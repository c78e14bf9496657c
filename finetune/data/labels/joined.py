"""Several labels in one cell, joined by a mark: which mark that is, and the names in each cell. Reads no table."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

from finetune.language.lists import SHOWN, listed, quoted
from finetune.language.say import Message
from finetune.tasks.multi_label import MARK

MARKS = ("|", ";", ",")
"""What may join labels, the surest sign first."""

LOOKED_AT = 20_000
"""Different cells that are looked at: a million of them, as texts in place of labels are, take minutes."""

LEAST_TOGETHER = 3
"""Different combinations from which on labels are known to stand together."""


@dataclass(frozen=True)
class Joining:
    """What different cells hold, cut at a mark.

    Attributes:
        mark: The mark.
        names: All names.
        together: The combinations of several names, whatever their order.
        joined: The names in them.
        alone: The names that also stand alone in a cell.
        free: The names that stand first in some cell, and behind another one in some.
    """

    mark: str
    names: frozenset[str]
    together: frozenset[frozenset[str]]
    joined: frozenset[str]
    alone: frozenset[str]
    free: frozenset[str]

    @property
    def is_sure(self) -> bool:
        """Whether the cells cannot be names that only hold the mark.

        Names with a place of their own do not move: a city and its state, a crop and its region, a group and what is
        in it. Decimals do, and are none.
        """
        moving = self.free & self.joined
        return (
            len(self.together) >= LEAST_TOGETHER
            and len(self.names) < len(self.together)
            and 2 * len(moving) >= len(self.joined)
            and bool(self.alone & moving)
            and not self._may_be_decimals
        )

    @property
    def is_likely(self) -> bool:
        """Whether it is worth a question: some names stand in several combinations, and at no place of their own."""
        times = Counter(name for names in self.together for name in names)
        several = sum(times[name] > 1 or name in self.alone for name in self.joined)
        return (
            len(self.together) > 1
            and 2 * several >= len(self.joined)
            and bool(self.free)
            and not self._may_be_decimals
        )

    @property
    def _may_be_decimals(self) -> bool:
        return self.mark == "," and all(name.lstrip("-+").isdecimal() for name in self.joined)


def parts_at(label: str, mark: str) -> tuple[str, ...]:
    """Returns the names in a cell, in their order and each once, without the blanks around them."""
    return tuple(dict.fromkeys(name for name in map(str.strip, label.split(mark)) if name))


def joining(labels: Iterable[str], mark: str) -> Joining:
    """Returns what different cells hold, cut at a mark."""
    cells = {parts_at(label, mark) for label in set(labels)} - {()}
    several = [cell for cell in cells if len(cell) > 1]
    return Joining(
        mark,
        frozenset(name for cell in cells for name in cell),
        frozenset(map(frozenset, several)),
        frozenset(name for cell in several for name in cell),
        frozenset(cell[0] for cell in cells if len(cell) == 1),
        frozenset(cell[0] for cell in cells) & frozenset(name for cell in several for name in cell[1:]),
    )


def _joinings(labels: Collection[str]) -> Iterator[Joining]:
    """What cells hold, cut at each mark that stands in any of them."""
    some = list(islice(labels, LOOKED_AT))
    return (joining(some, mark) for mark in MARKS if any(mark in label for label in some))


def sure_mark(labels: Collection[str]) -> str | None:
    """Returns the mark that surely joins several labels; None where none does."""
    return next((each.mark for each in _joinings(labels) if each.is_sure), None)


def likely_mark(labels: Collection[str]) -> str | None:
    """Returns the mark that may join several labels; None where none does."""
    return next((each.mark for each in _joinings(labels) if each.is_likely), None)


def best_mark(labels: Collection[str]) -> str | None:
    """Returns the mark by which to cut where labels are known to be several: a sure one, a likely one, or any."""
    some = next((each.mark for each in _joinings(labels) if each.together), None)
    return sure_mark(labels) or likely_mark(labels) or some


def known_marks(labels: Collection[str], classes: Collection[str]) -> list[str | None]:
    """Returns the marks at which cells are cut into known classes only; first None, where whole cells are such."""
    return [
        mark
        for mark in (None, *MARKS)
        if all(set(parts_at(label, mark) if mark else [label]).issubset(classes) for label in labels)
    ]


def canonical(labels: Sequence[str], mark: str | None) -> list[str]:
    """Returns labels whose names are joined by the mark of all tables, in one order. [N]"""
    made = {
        label: MARK.join(sorted(parts_at(label, mark) if mark else [label] * bool(label)))
        for label in set(labels)
    }
    return [made[label] for label in labels]


def holding_the_mark(labels: Iterable[str], mark: str | None) -> list[str]:
    """Returns the names that hold the mark by which names are joined in memory."""
    if mark == MARK:
        return []
    names = {name for label in set(labels) for name in (parts_at(label, mark) if mark else [label])}
    return sorted(name for name in names if MARK in name)


def joined_otherwise(labels: Iterable[str], mark: str) -> list[Message]:
    """Returns that names hold another mark, and that all they hold are names too, so that they are several."""
    names = {name for label in set(labels) for name in parts_at(label, mark)}
    holding = {
        other: sorted(
            name for name in names if len(pieces := parts_at(name, other)) > 1 and names.issuperset(pieces)
        )
        for other in MARKS
        if other != mark
    }
    return [
        Message(
            '{n:,} label holds "{other}", though labels are joined by "{mark}", such as {cells}: write one sign '
            "everywhere",
            '{n:,} labels hold "{other}", though labels are joined by "{mark}", such as {cells}: write one sign '
            "everywhere",
            n=len(found),
            other=other,
            mark=mark,
            cells=listed([quoted([name]) for name in found[:3]]),
        )
        for other, found in holding.items()
        if found
    ]


def never_apart(labels: Sequence[str], mark: str) -> Message | None:
    """Returns that some names only ever stand one behind the other, and so may be one name that holds the mark."""
    where: dict[str, set[str]] = defaultdict(set)
    behind: dict[str, set[str | None]] = defaultdict(set)
    times = Counter(labels)
    for label in times:
        names = parts_at(label, mark)
        for name, following in zip(names, (*names, None)[1:], strict=True):
            where[name].add(label)
            behind[name].add(following)
    pairs = [
        quoted((name, following))
        for name, (following, *others) in ((name, tuple(found)) for name, found in behind.items())
        if following is not None and not others and where[name] == where[following]
        if sum(times[label] for label in where[name]) > 1
    ]
    if not pairs:
        return None
    return Message(
        'names that never stand apart: {pairs}. If that is one name that holds "{mark}", join the labels by another '
        'sign, such as "|"',
        pairs=listed(pairs, most=SHOWN),
        mark=mark,
    )
