"""Corrections taken from a table into the file beside the run, and written out of it as one; what is told of both."""

from pathlib import Path

from finetune.commands.label.run import Run
from finetune.corrections.identity import FILE, Identity
from finetune.corrections.importing import Imported
from finetune.corrections.reading import REMEDY, first_of
from finetune.corrections.row import Row
from finetune.corrections.store import Store
from finetune.corrections.writing import write_corrections
from finetune.errors import ConfigError
from finetune.files.near import near
from finetune.language.lists import listed
from finetune.language.say import AnyMessage, Message, joined, say, show

NOT_ALL = 2
"""Exit status where something was not taken: it has to be mended by somebody."""


def take(found: Imported, store: Store, *, table: Path) -> int:
    """Takes what is clear in a table of corrections, and tells the rest; returns the exit status.

    Args:
        found: What the table says.
        store: Where to.
        table: It.
    """
    before = {_place(each.row) for each in store.corrections().conflicts}
    added = store.say_each([(said.row, said.label, said.who, said.note) for said in found.said])
    for each in found.notes:
        show(joined([table, each], ": "))
    show(_taken(added, len(found.said) - added, found.unlabelled, found.as_before))
    conflicts = [each for each in store.corrections().conflicts if _place(each.row) not in before]
    if conflicts or found.twice:
        lines: list[AnyMessage] = [
            joined(
                [_where(each.row), listed([f'{who}: "{label}"' for who, label in each.said.items()])], ": "
            )
            for each in conflicts
        ]
        lines += [
            joined(
                [_where(group[0].row), listed([joined([said.place, f'"{said.label}"']) for said in group])],
                ": ",
            )
            for group in found.twice
        ]
        show(
            say(
                "{n:,} row has several answers, and is left open until somebody settles it:\n{rows}",
                "{n:,} rows have several answers, and are left open until somebody settles them:\n{rows}",
                n=len(lines),
                rows=first_of(lines),
            )
        )
    if not found.left:
        return 0
    show(
        say(
            "{n:,} row was not taken:\n{rows}\n{remedy}",
            "{n:,} rows were not taken:\n{rows}\n{remedy}",
            n=len(found.left),
            rows=first_of(found.left),
            remedy=REMEDY,
        )
    )
    return NOT_ALL


def _taken(added: int, again: int, unlabelled: int, as_before: int) -> AnyMessage:
    """How many labels were taken, and what became of all other rows."""
    parts: list[object] = [Message("{n:,} label was taken", "{n:,} labels were taken", n=added)]
    if again:
        parts.append(Message("{n:,} was known already", "{n:,} were known already", n=again))
    if as_before:
        parts.append(
            Message(
                "{n:,} is as in the table of the run", "{n:,} are as in the table of the run", n=as_before
            )
        )
    if unlabelled:
        parts.append(Message("{n:,} row says nothing", "{n:,} rows say nothing", n=unlabelled))
    return joined([joined(parts, "; "), "."], "")


def _place(row: Row) -> tuple[str, int, str]:
    return row.source, row.position, row.key


def _where(row: Row) -> AnyMessage | str:
    """Where a row stands, or its text where nobody knows."""
    if row.source and row.line:
        return Message("{table}, line {line}", table=row.source, line=row.line)
    return Message('"{text}"', text=" | ".join(row.texts))


def write_out(path: Path, run: Run, identity: Identity) -> None:
    """Writes what was said as a table, while others may go on to say more.

    Args:
        path: The file.
        run: What it is of.
        identity: Which training that is.

    Raises:
        UserError: Nothing was said yet, or it cannot be written.
    """
    file = run.path / FILE
    if not file.exists():
        raise ConfigError(
            "{file} is not there: nobody has said anything of the rows of this run yet. Have them labelled:\n"
            "  finetune label --run {run}",
            file=file,
            run=run.path,
        )
    with Store.looked_at(file, of=identity) as store:
        found, columns = store.corrections(), store.identity.columns
    rows = write_corrections(path, found, columns=columns)
    show(say("{n:,} row written: {path}", "{n:,} rows written: {path}", n=rows, path=near(path)))
    if found.conflicts:
        show(
            say(
                "{n:,} row has several answers: each has a line of its own, and the row is left out of training.",
                "{n:,} rows have several answers: each has a line of its own, and the rows are left out of training.",
                n=len(found.conflicts),
            )
        )
