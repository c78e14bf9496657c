"""Which column holds the text and which the label. Looks at names and kinds of columns, never at rows."""

import difflib
import re
import unicodedata
from collections import Counter
from collections.abc import Hashable, Sequence
from itertools import count

import pandas as pd

from finetune.data.reading.dialect import Notes
from finetune.data.reading.invisible import as_seen
from finetune.errors import DataError
from finetune.language.lists import quoted
from finetune.language.say import AnyMessage, Message

# fmt: off
TEXT_NAMES = frozenset(
    {
        "texto", "text", "textos", "texts", "sentence", "sentenca", "frase", "frases", "mensagem",
        "message", "comentario", "comment", "conteudo", "content", "tweet", "review", "resenha",
        "descricao", "description", "pergunta", "question", "documento", "document", "utterance", "relato",
    }
)
PLAIN_NAMES = frozenset({"texto", "text", "textos", "texts"})
LABEL_NAMES = frozenset(
    {
        "rotulo", "rotulos", "label", "labels", "classe", "class", "categoria", "category", "target",
        "alvo", "intent", "intencao", "etiqueta",
    }
)
# fmt: on

KINDS = {
    "text": Message("text", context="kind of column"),
    "label": Message("label", context="kind of column"),
}
"""What a column can hold: --data.text_column, --data.label_column."""

Told = AnyMessage | str
"""A table's name, for messages."""


def fold(name: str) -> str:
    """A name without case, accents and outer blanks; what is no letter or digit becomes one underscore."""
    plain = unicodedata.normalize("NFKD", as_seen(name).strip().casefold())
    return re.sub(r"[\W_]+", "_", "".join(mark for mark in plain if not unicodedata.combining(mark)))


def known(name: str) -> bool:
    """Whether a column's name says that it holds the text or the label."""
    return fold(name) in TEXT_NAMES | LABEL_NAMES


def refuse_twins(names: Sequence[Hashable], source: str) -> None:
    """Refuses a header that has the same name twice."""
    twins = [str(name) for name, times in Counter(names).items() if times > 1]
    if twins:
        raise DataError(
            "{source}: the column {twins} stands more than once in the header ({names}): rename or delete one",
            "{source}: the columns {twins} stand more than once in the header ({names}): rename or delete some",
            n=len(twins),
            source=source,
            twins=quoted(twins),
            names=quoted(names),
        )


def header_names(cells: Sequence[str], source: str) -> list[str]:
    """The names in a header line: blanks to its right are no columns, one between names is "column 2" if none is."""
    cells = list(cells)
    while cells and not cells[-1].strip():
        cells.pop()
    refuse_twins([cell for cell in cells if cell.strip()], source)
    return [cell if cell.strip() else _free(f"column {place}", cells) for place, cell in enumerate(cells, 1)]


def _free(name: str, taken: Sequence[str]) -> str:
    """A name that none of those taken looks like."""
    folded = {fold(each) for each in taken}
    numbered = (f"{name} ({number})" for number in count(2))
    return name if fold(name) not in folded else next(each for each in numbered if fold(each) not in folded)


NOT, WELL, BEST = range(3)
"""How well a header has the columns of a table."""


def has_columns(
    names: Sequence[str], *, text_column: str | None, label_column: str | None, need_labels: bool
) -> int:
    """How well a header has the columns of a table: those that the user named, or some that are known by name.

    Best where a text column has the user's name or plainly that of one: a "descrição" is often of something else.
    """
    text, label = (
        [name for name in names if fold(name) in known_names]
        if wanted is None
        else matches(list(names), wanted)
        for wanted, known_names in ((text_column, TEXT_NAMES), (label_column, LABEL_NAMES))
    )
    if not text or (need_labels and all(name in text for name in label)):
        return NOT
    return BEST if text_column is not None or any(fold(name) in PLAIN_NAMES for name in text) else WELL


def unnamed(cells: Sequence[str], names: Sequence[str]) -> frozenset[str]:
    """The names that `header_names` gave to columns without one."""
    return frozenset(name for name, cell in zip(names, cells, strict=False) if not cell.strip())


def find_columns(
    frame: pd.DataFrame, source: Told, *, text_column: str | None, label_column: str | None, need_labels: bool
) -> tuple[str, str | None, Notes]:
    """Finds the text column and the label column.

    Args:
        frame: The table; the names of its columns are strings.
        source: The table's name, for messages.
        text_column: The text column's name, if the user gave one.
        label_column: The label column's name, if the user gave one.
        need_labels: Whether it is an error to find no label column.

    Returns:
        Text column, label column or None, and what the user should know about the choice.
    """
    names = [str(name) for name in frame.columns]
    text = given_column(names, text_column, source, "text_column") if text_column is not None else None
    label, notes = _label(names, source, label_column=label_column, text=text, need_labels=need_labels)
    if text is None:
        found = [name for name in names if fold(name) in TEXT_NAMES and name != label]
        only = [] if need_labels else [name for name in names if name != label and _holds_text(frame[name])]
        if not found and len(only) == 1:
            found = only
            note = Message('"{name}" is the only column of texts: taken as the text column', name=only[0])
            notes = (*notes, note)
        text = _one(found, names, source, "text")
    if text == label:
        raise DataError(
            '{source}: "{name}" is named as both the text column and the label column: name two',
            source=source,
            name=text,
        )
    return text, label, notes


def _label(
    names: list[str], source: Told, *, label_column: str | None, text: str | None, need_labels: bool
) -> tuple[str | None, Notes]:
    """The label column; where labels are not needed, one that is missing or unclear is left out and said."""
    if label_column is not None:
        if not need_labels and matches(names, label_column) == []:
            return None, (Message('no column "{name}": read without labels', name=label_column),)
        return given_column(names, label_column, source, "label_column"), ()
    found = [name for name in names if fold(name) in LABEL_NAMES and name != text]
    if not need_labels and len(found) != 1:
        unclear = Message("{names} could each be the label column: read without labels", names=quoted(found))
        return None, (unclear,) if found else ()
    return _one(found, names, source, "label"), ()


def matches(names: list[str], wanted: str) -> list[str]:
    """The columns that a name given by the user may mean: that very one, else those that differ in form."""
    return [wanted] if wanted in names else [name for name in names if fold(name) == fold(wanted)]


def given_column(names: list[str], wanted: str, source: Told, parameter: str) -> str:
    """The column that the user named."""
    found = matches(names, wanted)
    if len(found) == 1:
        return found[0]
    folded = {fold(name): name for name in names}
    near = difflib.get_close_matches(fold(wanted), folded, n=1)
    raise DataError(
        '{source}: "{wanted}" (--data.{parameter}) could be {names}: give the exact name'
        if found
        else '{source}: there is no column "{wanted}" (--data.{parameter}); the columns are {names}{hint}',
        source=source,
        wanted=wanted,
        parameter=parameter,
        names=quoted(found or names),
        hint=Message('; did you mean "{near}"?', near=folded[near[0]]) if near else "",
    )


def _one(found: list[str], names: list[str], source: Told, what: str) -> str:
    """The one column found, or an error that lists what there is."""
    if len(found) == 1:
        return found[0]
    raise DataError(
        "{source}: {names} could each be the {what} column: choose one with {option}"
        if found
        else "{source}: no {what} column found among {names} (if these are not the names of the columns, give the line "
        "that holds them with --data.header_line): name it with {option}",
        source=source,
        names=quoted(found or names),
        what=KINDS[what],
        option=f"--data.{what}_column",
    )


def _holds_text(column: "pd.Series[str]") -> bool:
    return pd.api.types.is_string_dtype(column.dtype) or column.dtype == object
