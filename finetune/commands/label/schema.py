"""What the page sends, as OpenAPI tells it. Answers nothing, and knows no row."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from finetune.runtime.answering.cells import whole

MOST_NUMBER = 2**63 - 1
"""Numbers of rows and marks, as SQLite has them."""

MOST_HELD = 200
"""Rows that a page may have at once."""

MOST_LABELS = 2000
LONGEST_NAME = 80
LONGEST_LABEL = 200
LONGEST_NOTE = 2000
LONGEST_ID = 64


def _whole(value: Any) -> Any:
    """A text without half an emoji, which JSON may have and no file does."""
    return whole(value) if isinstance(value, str) else value


Text = Annotated[str, BeforeValidator(_whole)]
Number = Annotated[int, Field(ge=0, le=MOST_NUMBER, strict=True)]
Id = Annotated[Text, Field(min_length=1, max_length=LONGEST_ID)]


class Body(BaseModel):
    """Of a request: nothing in it is unknown."""

    model_config = ConfigDict(extra="forbid")


class Wanted(Body):
    """Rows that a page would show next.

    Attributes:
        order: Which go first; the usual one where left out.
        who: For whom.
        tab: The page, a word of its own making.
        have: Numbers of the rows that it has already.
        count: How many more.
    """

    order: Text = ""
    who: Text
    tab: Id
    have: Annotated[list[Number], Field(max_length=MOST_HELD)] = []
    count: Annotated[int, Field(ge=1, le=20)] = 5


class Opened(Body):
    """A row that was searched for: its place in the table, and the sum of its texts."""

    place: Number
    key: Id
    who: Text
    tab: Id


class Said(Body):
    """What somebody says of a row.

    Attributes:
        id: Made by the page: what is sent twice counts once.
        row: The number of the row.
        key: The sum of its texts: a page that was opened before another table was served has other rows.
        labels: One, or several where the task has several; none where none fits, or the row is skipped.
        skip: Whether nothing is said.
        note: What is written beside it.
        who: Who says it.
        settles: Whether it ends what others have said.
        new: Whether a label that is not known yet is meant so.
        tab: The page.
    """

    id: Id
    row: Number
    key: Id
    labels: Annotated[list[Text], Field(max_length=MOST_LABELS)] = []
    skip: bool = False
    note: Text = ""
    who: Text
    settles: bool = False
    new: bool = False
    tab: Text = ""


class Undone(Body):
    """What somebody takes back: their last mark, which the page may name so that no other is taken back."""

    id: Id
    who: Text
    mark: Number | None = None


class Mark(BaseModel):
    """What stands of a row."""

    number: int
    who: str
    label: str | None
    at: str
    note: str
    settles: bool


class Row(BaseModel):
    """A row, with all that a person may want to know of it."""

    row: int
    key: str
    place: int | None
    texts: list[str]
    cells: dict[str, str]
    source: str
    line: int
    given: str | None
    part: str
    reason: str
    answer: dict[str, Any] | None
    likely: list[tuple[str, float]]
    marks: list[Mark]


class Rows(BaseModel):
    """Rows, how many others have, which of the page's somebody has labelled since, and the labels there are."""

    rows: list[Row]
    elsewhere: int
    done: list[int]
    labels: list[str]


class Kept(BaseModel):
    """That a mark is on the disk."""

    mark: int
    row: int
    label: str | None
    at: str
    labels: list[str]
