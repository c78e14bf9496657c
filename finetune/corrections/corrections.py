"""What counts of all that was said of rows: what people agree on, and what they do not. Opens no file."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from finetune.corrections.mark import Mark
from finetune.corrections.row import Row
from finetune.language.say import AnyMessage


@dataclass(frozen=True)
class Correction:
    """A row of which all who said something say the same.

    Attributes:
        row: The row.
        label: What they say, as its task writes it.
        who: They, in the order in which they said it.
        at: When the last of them did, as ISO 8601 in UTC; "" where nobody knows.
        note: What they wrote beside it.
        reason: Why the row was shown: a row of `ORDERS`; "" where it was not.
    """

    row: Row
    label: str
    who: tuple[str, ...] = ()
    at: str = ""
    note: str = ""
    reason: str = ""

    @property
    def changes(self) -> bool:
        """Whether the table has another label, or none."""
        return self.label != self.row.given


@dataclass(frozen=True)
class Conflict:
    """A row of which not all say the same.

    Attributes:
        row: The row.
        said: What each says last, by who says it.
        reason: Why the row was shown.
        note: What they wrote beside it.
    """

    row: Row
    said: Mapping[str, str]
    reason: str = ""
    note: str = ""


@dataclass(frozen=True)
class Corrections:
    """All that counts.

    Attributes:
        agreed: Rows with one label, in the order in which they were first spoken of.
        conflicts: Rows with several.
        skipped: How many rows were passed over by all who saw them.
        source: Where all this stands, as the user names it.
        notes: What the user should know of how it was read.
    """

    agreed: list[Correction] = field(default_factory=list)
    conflicts: list[Conflict] = field(default_factory=list)
    skipped: int = 0
    source: str = ""
    notes: Sequence[AnyMessage] = ()


def counted(
    marks: Iterable[Mark], rows: Mapping[int, Row], *, reasons: Mapping[int, str], source: str
) -> Corrections:
    """Returns what counts of marks.

    Of each person the last label that was not taken back counts; what settles a row ends all that was said before it.

    Args:
        marks: All of them, in the order in which they were made.
        rows: The rows by their numbers.
        reasons: Why each was shown.
        source: Where they stand.
    """
    by_row: dict[int, list[Mark]] = {}
    for mark in marks:
        if not mark.undone:
            by_row.setdefault(mark.row, []).append(mark)
    found = Corrections(source=source)
    skipped = 0
    for number, said in by_row.items():
        labels = last_labels(said)
        if not labels:
            skipped += 1
            continue
        row, reason = rows[number], reasons.get(number, "")
        note = "; ".join(dict.fromkeys(mark.note for mark in labels if mark.note))
        if len({mark.label for mark in labels}) == 1:
            who = tuple(mark.who for mark in labels)
            found.agreed.append(
                Correction(row, labels[-1].label or "", who, labels[-1].at, note=note, reason=reason)
            )
        else:
            opinions = {mark.who: mark.label or "" for mark in labels}
            found.conflicts.append(Conflict(row, opinions, reason, note))
    return Corrections(found.agreed, found.conflicts, skipped, source)


def last_labels(said: Iterable[Mark]) -> list[Mark]:
    """Returns of all that stands of one row the marks that count: each person's last label, oldest first."""
    by_person: dict[str, Mark] = {}
    for mark in said:
        if mark.label is None:
            continue
        if mark.settles:
            by_person.clear()
        by_person.pop(mark.who, None)
        by_person[mark.who] = mark
    return list(by_person.values())
