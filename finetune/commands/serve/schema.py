"""What is sent and answered, as OpenAPI tells it, with examples in both languages. Answers nothing."""

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainValidator, model_validator
from pydantic_core import PydanticCustomError

from finetune.language.say import say
from finetune.language.which import languages, speaking
from finetune.runtime.answering.cells import whole
from finetune.web.limits import MOST_COLUMNS, MOST_TEXTS


def _whole(value: Any) -> Any:
    """A text without half an emoji, which JSON may have and no network reads."""
    return whole(value) if isinstance(value, str) else value


def _cell(value: Any) -> Any:
    """A cell as JSON has it: a text, a number, true, false or null."""
    if value is None or isinstance(value, str | int | float):
        return _whole(value)
    raise PydanticCustomError("cell", "a cell is a text, a number, true, false or null")


def _few(most: int) -> BeforeValidator:
    """Refuses what has too many parts before a single one is looked at, each of which may have its own fault."""

    def check(value: Any) -> Any:
        if isinstance(value, dict | list) and len(value) > most:
            raise PydanticCustomError("too_long", "at most {max_length}", {"max_length": most})
        return value

    return BeforeValidator(check)


Text = Annotated[str, BeforeValidator(_whole)]
Pair = Annotated[list[Text], Field(min_length=2, max_length=2)]
# one validator for all kinds: a union tries each, and tells of each that it was none
Cell = Annotated[Any, PlainValidator(_cell, json_schema_input_type=str | int | float | bool | None)]
Row = Annotated[dict[Text, Cell], Field(min_length=1, max_length=MOST_COLUMNS), _few(MOST_COLUMNS)]
Rows = Annotated[list[Row], Field(max_length=MOST_TEXTS, fail_fast=True), _few(MOST_TEXTS)]
Several = Annotated[list[Text | Pair], Field(max_length=MOST_TEXTS, fail_fast=True), _few(MOST_TEXTS)]


class Asked(BaseModel):
    """One text, several, or rows with the columns of the training: one of these."""

    model_config = ConfigDict(extra="forbid")

    text: Text | Pair | None = None
    texts: Several | None = None
    rows: Rows | None = None
    probabilities: bool = False

    @model_validator(mode="after")
    def _one_of_three(self) -> "Asked":
        if sum(each is not None for each in (self.text, self.texts, self.rows)) != 1:
            raise ValueError("give one of text, texts and rows")
        return self

    @property
    def several(self) -> list[Any]:
        """What is asked, one each."""
        if self.rows is not None:
            return list(self.rows)
        return [self.text] if self.text is not None else list(self.texts or [])


class Said(BaseModel):
    """An answer: `label`, or `labels`, or `value` with `low` and `high`; `empty` where the text shows nothing."""

    label: str | None = None
    labels: list[str] | None = None
    value: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    abstained: bool | None = None
    probabilities: dict[str, float] | None = None
    empty: bool | None = None


class Answered(BaseModel):
    """The answers, in the order of the texts."""

    model: str
    answers: list[Said]


class Word(BaseModel):
    """A word, and how much surer the model is of its answer with it than without."""

    word: str
    weight: float


class Explained(BaseModel):
    """An answer, and the words in the order of the text."""

    model: str
    answer: Said
    words: list[Word]


class Sent(BaseModel):
    """Where a table that was sent is found."""

    table: str


class Progress(BaseModel):
    """How far a table is."""

    state: str
    rows: int | None
    done: int
    unsure: int
    without_text: int
    error: str | None
    remarks: list[str]
    name: str


class Wrong(BaseModel):
    """What is wrong: `code` for programs, `message` in the language of whoever asks."""

    code: str
    message: str


class Error(BaseModel):
    """The body of every answer from 400 on."""

    error: Wrong


ERRORS: Any = {status: {"model": Error} for status in (400, 401, 403, 404, 405, 408, 413, 415, 422, 429, 503)}


def examples() -> dict[str, Any]:
    """Returns what may be asked, in every language there is."""
    return {f"{code}-{name}": each for code in languages() for name, each in _examples(code).items()}


def _examples(code: str) -> dict[str, Any]:
    with speaking(code):
        rust, maize = say("There is rust on the leaves of the soybeans."), say("When do I sow the maize?")
        rows = [{say("state"): "MG", say("text"): maize}]
        return {
            "text": {"summary": say("one text"), "value": {"text": rust, "probabilities": True}},
            "texts": {"summary": say("several texts"), "value": {"texts": [rust, maize]}},
            "rows": {"summary": say("rows with the columns of the training"), "value": {"rows": rows}},
        }
