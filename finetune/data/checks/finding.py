"""What a check found: how bad, how many, which rows, and in a sentence what it is. Shows nothing."""

from collections.abc import Sequence
from dataclasses import KW_ONLY, dataclass
from typing import Literal

from finetune.language.say import AnyMessage, Message

Severity = Literal["severe", "warning", "note"]
Cell = str | int | float

SEVERITIES: tuple[Severity, ...] = ("severe", "warning", "note")


class Share(float):
    """A share of all, told in percent: what is hardly any or nearly all is not rounded to none or all."""

    def __format__(self, spec: str) -> str:
        for edge, text in ((0.0, "<0.1%"), (1.0, ">99.9%")):
            if self != edge and abs(self - edge) < 0.0005:
                return text
        return f"{float(self):.1%}".replace(".0%", "%")


@dataclass(frozen=True)
class Grid:
    """A small table that shows what a finding is about.

    Attributes:
        header: Keys of the columns' names in `words_of_cells.HEADERS`; one that is no key stands as it is.
        rows: Cells; whole numbers are counts, others are shares.
        whole: Whether each row has a `text` to be read whole: then the rows stand one below the other, not side by
            side in columns.
    """

    header: tuple[str, ...]
    rows: Sequence[tuple[Cell, ...]]
    whole: bool = False


@dataclass(frozen=True)
class Finding:
    """One thing that a check found, with its sentence.

    Attributes:
        code: What it is, for programs that read it.
        severity: `severe` makes the result wrong, `warning` makes it worse, `note` is good to know.
        count: How many rows, texts or classes it is about.
        rows: Their positions in `Examined`, where rows can be named.
        what: What was found, as it goes on behind the count: "rows without text". Its `n` is the count.
        advice: What to do.
        dropped: Table and position in its frame of rows that were left out, and so are none of `Examined`.
        grid: Examples, or the figures behind it.
        check: The row of `CHECKS` that found it; set by `examine`.
    """

    code: str
    severity: Severity
    count: int
    rows: Sequence[int] = ()
    _: KW_ONLY
    what: AnyMessage | str
    advice: AnyMessage | str = ""
    dropped: Sequence[tuple[int, int]] = ()
    grid: Grid | None = None
    check: str = ""

    @property
    def told(self) -> AnyMessage:
        """What was found, with its count: "2 rows without text"."""
        return Message("{n:,} {what}", n=self.count, what=self.what)

    @property
    def values(self) -> dict[str, object]:
        """The values in its sentences, but for the count."""
        said = {
            name: value
            for text in (self.advice, self.what)
            if isinstance(text, AnyMessage)
            for name, value in text.values.items()
        }
        return {name: value for name, value in said.items() if name != "n"}


def with_count(name: object, count: int) -> AnyMessage:
    """Returns a name with how many there are of it: "Portuguese (1,828)"."""
    return Message("{name} ({count:,})", name=name, count=count)


def by_share(count: int, total: int, *, severe: float) -> Severity:
    """Returns `severe` from a share of the rows on, `warning` below it."""
    return "severe" if total and count / total >= severe else "warning"
