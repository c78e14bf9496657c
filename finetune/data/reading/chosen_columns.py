"""Which column holds the text and which the label: as the user says, or by the names. What they may be: `columns`."""

from collections.abc import Collection

import pandas as pd

from finetune.data.reading.column_hints import example, holds_amounts, holds_numbers, holds_text, meant
from finetune.data.reading.columns import LIKELY, PERHAPS, SURE, Kind, how_surely, matches
from finetune.data.reading.dialect import Notes
from finetune.errors import DataError
from finetune.language.lists import one_of, quoted
from finetune.language.say import AnyMessage, Message, joined

KINDS: dict[Kind, Message] = {
    "text": Message("text", context="kind of column"),
    "label": Message("label", context="kind of column"),
}
"""What a column can hold: --data.text_column, --data.label_column."""

Told = AnyMessage | str
"""A table's name, for messages."""


def find_columns(
    frame: pd.DataFrame,
    source: Told,
    *,
    text_column: str | None,
    label_column: str | None,
    need_labels: bool,
    header_line: bool = False,
    taken: Collection[str] = (),
) -> tuple[str, str | None, Notes]:
    """Finds the text column and the label column.

    Args:
        frame: The table; the names of its columns are strings.
        source: The table's name, for messages.
        text_column: The text column's name, if the user gave one.
        label_column: The label column's name, if the user gave one.
        need_labels: Whether it is an error to find no label column.
        header_line: Whether the names stand in a line of the table, so that it could be another one.
        taken: Columns that are something else already, and found to be neither by their names.

    Returns:
        Text column, label column or None, and what the user should know about the choice.

    Raises:
        DataError: if a column is not there, or it is not clear which it is.
    """
    names = [str(name) for name in frame.columns]
    text = given_column(names, text_column, source, "text_column") if text_column is not None else None
    free = frame.drop(columns=list(taken)) if taken else frame
    if label_column is not None:
        labels, notes = _given_label(names, label_column, source, need_labels=need_labels)
    else:
        labels, notes = _labels(free, text, need_labels=need_labels)
    label = labels[0] if len(labels) == 1 else None
    texts, more = ([text], ()) if text is not None else _texts(free, label, need_labels=need_labels)
    found: dict[Kind, list[str]] = {"label": labels, "text": texts}
    unclear = {kind: those for kind, those in found.items() if len(those) != 1}
    if not need_labels:
        unclear.pop("label", None)
    if unclear:
        other = label or (texts[0] if len(texts) == 1 else None)
        raise _unclear(free, source, unclear, taken=other, header_line=header_line)
    if texts[0] == label:
        raise DataError(
            '{source}: "{name}" is named as both the text column and the label column: name two',
            source=source,
            name=label,
        )
    return texts[0], label, (*notes, *more)


def given_column(names: list[str], wanted: str, source: Told, parameter: str) -> str:
    """The column that the user named.

    Raises:
        DataError: if there is none of that name, or several look like it.
    """
    found = matches(names, wanted)
    if len(found) == 1:
        return found[0]
    near = meant(names, wanted)
    raise DataError(
        '{source}: "{wanted}" (--data.{parameter}) could be {names}: give the exact name'
        if found
        else '{source}: there is no column "{wanted}" (--data.{parameter}); the columns are {names}{hint}',
        source=source,
        wanted=wanted,
        parameter=parameter,
        names=quoted(found or names),
        hint=Message("; did you mean {near}?", near=one_of(near)) if near else "",
    )


def _given_label(
    names: list[str], wanted: str, source: Told, *, need_labels: bool
) -> tuple[list[str], Notes]:
    """The label column that the user named; where labels are not needed, one that is missing is said."""
    if not need_labels and matches(names, wanted) == []:
        return [], (Message('no column "{name}": read without labels', name=wanted),)
    return [given_column(names, wanted, source, "label_column")], ()


def _labels(frame: pd.DataFrame, text: str | None, *, need_labels: bool) -> tuple[list[str], Notes]:
    """The columns that may be the label; where none is needed, only one whose name leaves no doubt, and one alone."""
    found, sure = _by_name(frame, "label", taken=text)
    if need_labels:
        return found, () if sure or len(found) != 1 else (_doubt(found[0], "label"),)
    if not sure or len(found) < 2:
        return found if sure else [], ()
    return [], (Message("{names} could each be the label column: read without labels", names=quoted(found)),)


def _texts(frame: pd.DataFrame, label: str | None, *, need_labels: bool) -> tuple[list[str], Notes]:
    """The columns that may be the text; where no label is needed, the only one of texts, whatever it is called."""
    found, sure = _by_name(frame, "text", taken=label)
    if found and sure:
        return found, ()
    all_others = [] if need_labels else [name for name in map(str, frame.columns) if name != label]
    only = [name for name in all_others if holds_text(frame[name])]
    if len(only) == 1:
        return only, (
            Message('"{name}" is the only column of texts: taken as the text column', name=only[0]),
        )
    return found, (_doubt(found[0], "text"),) if len(found) == 1 else ()


def _by_name(frame: pd.DataFrame, kind: Kind, *, taken: str | None) -> tuple[list[str], bool]:
    """The columns whose names say most surely that they are of a kind; and whether there is no doubt.

    Where there is one, the cells must not speak against it: an "área" of numbers is no class.
    """
    surely = {name: how_surely(name, kind) for name in map(str, frame.columns) if name != taken}
    sure = [name for name in surely if surely[name] == SURE]
    if sure:
        return sure, True
    fitting = [name for name in surely if surely[name] and _fits(frame[name], kind)]
    likely = [name for name in fitting if surely[name] == LIKELY]
    return likely or [name for name in fitting if surely[name] == PERHAPS], False


def _fits(column: "pd.Series[str]", kind: Kind) -> bool:
    return not holds_amounts(column) if kind == "label" else holds_text(column) and not holds_numbers(column)


def _doubt(name: str, kind: Kind) -> Message:
    return Message(
        'the column "{name}" is taken as the {what}: name another one with {option}',
        name=name,
        what=KINDS[kind],
        option=f"--data.{kind}_column",
    )


def _unclear(
    frame: pd.DataFrame,
    source: Told,
    unclear: dict[Kind, list[str]],
    *,
    taken: str | None,
    header_line: bool,
) -> DataError:
    """The error that lists what there is, of both columns at once, with options to copy."""
    names: AnyMessage = quoted(map(str, frame.columns))
    if header_line:
        names = Message(
            "{names} (if these are not the names of the columns, give the line that holds them with "
            "--data.header_line)",
            names=names,
        )
    options = example(frame, unclear, taken=taken)
    if len(unclear) == 1:
        [(kind, found)] = unclear.items()
        return DataError(
            "{source}: {names} could each be the {what} column: choose one with {option}{example}"
            if found
            else "{source}: no {what} column found among {names}: name it with {option}{example}",
            source=source,
            names=quoted(found) if found else names,
            what=KINDS[kind],
            option=f"--data.{kind}_column",
            example=options,
        )
    if not any(unclear.values()):
        return DataError(
            "{source}: no label column found among {names}, and no text column either: name both with "
            "--data.text_column and --data.label_column{example}",
            source=source,
            names=names,
            example=options,
        )
    problems = [
        Message("{names} could each be the {what} column", names=quoted(found), what=KINDS[kind])
        if found
        else Message("there is no {what} column", what=KINDS[kind])
        for kind, found in unclear.items()
    ]
    return DataError(
        "{source}: {problems}. The columns are {names}: name both with --data.text_column and --data.label_column"
        "{example}",
        source=source,
        problems=joined(problems, "; "),
        names=names,
        example=options,
    )
