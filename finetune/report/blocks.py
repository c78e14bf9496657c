"""What a page is made of: sections of texts, tables, figures. Holds values, makes no HTML: the template does."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import ClassVar, Literal

from markupsafe import Markup

FOR, AGAINST = 0.12, -0.3
"""Weights from which a word is marked, the heaviest of its text being 1 or -1."""

Tone = Literal["plain", "lead", "quiet", "good", "warning", "severe"]


@dataclass(frozen=True)
class Text:
    """A paragraph.

    Attributes:
        text: Shown as it is, never as HTML.
        tone: How it looks.
    """

    text: str
    tone: Tone = "plain"
    kind: ClassVar[str] = "text"


@dataclass(frozen=True)
class Link:
    """A paragraph that leads to a file of the run.

    Attributes:
        text: Shown as it is.
        file: Its name in the folder of the page.
    """

    text: str
    file: str
    kind: ClassVar[str] = "link"


@dataclass(frozen=True)
class Bullets:
    """A list of sentences, with one before it where it needs one."""

    items: Sequence[str]
    lead: str = ""
    tone: Tone = "plain"
    kind: ClassVar[str] = "bullets"


@dataclass(frozen=True)
class Grid:
    """A table that scrolls in a box of its own where it is too wide.

    Attributes:
        header: Names of the columns.
        rows: Cells; what stands behind a line end is shown small below.
        numbers: Columns that stand to the right.
        strong: Rows in bold.
    """

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: Sequence[int] = ()
    strong: Sequence[int] = ()
    kind: ClassVar[str] = "grid"


@dataclass(frozen=True)
class Pictures:
    """Figures beside one another where there is room, each an SVG with its line below."""

    items: Sequence[tuple[Markup, str]]
    kind: ClassVar[str] = "pictures"


@dataclass(frozen=True)
class Cards:
    """A few numbers that are seen first: name, value, what stands small below."""

    items: Sequence[tuple[str, str, str]]
    kind: ClassVar[str] = "cards"


@dataclass(frozen=True)
class Pairs:
    """Names and values, as many beside one another as there is room for."""

    items: Sequence[tuple[str, str]]
    kind: ClassVar[str] = "pairs"


@dataclass(frozen=True)
class Columns:
    """Blocks beside one another where there is room, below one another on a phone."""

    columns: Sequence[Sequence["Block"]]
    kind: ClassVar[str] = "columns"


@dataclass(frozen=True)
class Code:
    """Lines to copy."""

    text: str
    kind: ClassVar[str] = "code"


@dataclass(frozen=True)
class Piece:
    """A piece of a text and how it weighed for the answer: from -1, against it, to 1; 0 is not marked."""

    text: str
    weight: float = 0.0

    @property
    def percent(self) -> int:
        """The strength of its mark."""
        return round(min(1.0, abs(self.weight)) * 60)

    @property
    def marked(self) -> bool:
        """Whether it weighed enough to be shown: with every little word marked nothing would stand out."""
        return self.weight >= FOR or self.weight <= AGAINST


@dataclass(frozen=True)
class Marked:
    """A text of the user with its place, its labels, and what weighed most."""

    place: str
    facts: Sequence[tuple[str, str]]
    pieces: Sequence[Piece]
    kind: ClassVar[str] = "marked"


@dataclass(frozen=True)
class Fold:
    """Blocks that are closed until the reader opens them."""

    summary: str
    blocks: Sequence["Block"]
    kind: ClassVar[str] = "fold"


Block = Text | Link | Bullets | Grid | Pictures | Cards | Pairs | Columns | Code | Marked | Fold


@dataclass(frozen=True)
class Section:
    """A part of the page.

    Attributes:
        key: Its anchor.
        title: Above it.
        how: How to read it, in one or two sentences.
        blocks: What is in it.
    """

    key: str
    title: str
    how: str = ""
    blocks: Sequence[Block] = field(default_factory=tuple)
