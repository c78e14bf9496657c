"""finetune label: rows get their label from people, on a page, the most useful ones first; kept beside the run."""

import getpass
from argparse import Namespace
from collections.abc import Sequence
from dataclasses import replace

from finetune.cli.plain_parser import PlainParser
from finetune.commands.label.rows import MOST, Rows, drawn, own_rows, rows_to_predict
from finetune.commands.label.run import Run, run_of
from finetune.commands.label.taken import take, write_out
from finetune.corrections.identity import FILE, Identity, identity_of
from finetune.corrections.importing import imported
from finetune.corrections.row import Row
from finetune.corrections.store import Store
from finetune.corrections.writing import corrections_path
from finetune.engines.opened import opened, told_as_ours
from finetune.engines.options import add_engine
from finetune.errors import ConfigError, DataError, UserError
from finetune.files.home import expanded
from finetune.language.say import note, say
from finetune.plugins import require_all
from finetune.runs.folder import ROOT
from finetune.web.listening import listening
from finetune.web.options import add_place, token_of

ORDERS = ("mixed", "unsure", "diverse", "wrong_label", "contradiction", "random")
"""The rows of the table in `orders`, which loads scikit-learn, and what takes turns between them."""


def parser() -> PlainParser:
    """Returns what the command line may hold."""
    made = PlainParser(
        prog="finetune label",
        description=say(
            "Shows rows on a page, where people say what their label is: those first from which the model learns most. "
            "What they say is kept beside the run, in {file}; fit --run RUN --with {file} trains with it. It serves "
            "this machine alone unless --host says otherwise. Ctrl+C ends it.",
            file=FILE,
        ),
        epilog=say(
            "{examples}. --import and --output serve nothing.",
            examples="finetune label; finetune label --run 3 --data.predict_path novos.csv; "
            "finetune label --import revisar.xlsx; finetune label --output corrections.csv",
        ),
    )
    made.add_argument(
        "--run",
        default="latest",
        metavar=say("RUN"),
        help=say("a run (3, version_3, a name, a path, best, latest); latest by default"),
    )
    made.add_argument(
        "--data.predict_path",
        dest="predict_path",
        metavar=say("TABLE"),
        help=say("the table whose rows are labelled; the run's own where it is left out"),
    )
    made.add_argument(
        "--data.path",
        dest="path",
        metavar=say("TABLE"),
        help=say("where the run's own table is now, if it was moved"),
    )
    made.add_argument(
        "--order",
        choices=ORDERS,
        default=ORDERS[0],
        help=say(
            "which rows come first: unsure (the model is), diverse (unlike each other, of the less sure half), "
            "wrong_label (the answer contradicts the label), contradiction (like texts with other labels; network and "
            "words differ), random; mixed takes turns"
        ),
    )
    made.add_argument(
        "--who", help=say("who labels, where the page or the table does not say; you, by default")
    )
    _add_tables(made)
    add_engine(made)
    add_place(made)
    return made


def _add_tables(made: PlainParser) -> None:
    made.add_argument(
        "--import",
        dest="taken",
        metavar=say("TABLE"),
        help=say(
            "take corrections from a table: one of predict --review that was filled in, or any with a column "
            '"correct"; rows are found again by text and line'
        ),
    )
    made.add_argument(
        "--new_labels",
        nargs="+",
        default=[],
        metavar=say("NAME"),
        help=say("labels in that table that are new classes, though they look like one there is"),
    )
    made.add_argument(
        "--output",
        metavar=say("FILE"),
        help=say("write what was said as a table, such as corrections.csv or .xlsx"),
    )
    made.add_argument(
        "--overwrite",
        nargs="?",
        choices=("true", "false"),
        const="true",
        default="false",
        help=say("replace a file that is there"),
    )
    made.add_argument(
        "--trust",
        action="store_true",
        help=say("allow what the run of somebody else names, once you have looked at it"),
    )


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    chosen = parser().parse_args(argv[1:])
    run = run_of(chosen.run, ROOT, trust=chosen.trust)
    if chosen.taken or chosen.output:
        return _without_a_page(run, chosen)
    require_all("fastapi", "uvicorn")
    token = token_of(chosen.token)
    with listening(chosen.host, chosen.port, token=token) as place:
        known = _known(run, chosen)
        rows = _shown(run, chosen, known)
        with Store.opened(run.path / FILE, of=_identity(run, known or rows)) as store:
            engine = opened(chosen.run, engine=chosen.engine, answer=chosen.answer, root=ROOT)
            with told_as_ours():
                engine.warm()
            from finetune.commands.label.served import served  # fastapi, which may not be there

            own: Sequence[Row] = known.rows if known is not None else []
            return served(store, rows.rows, engine, place, chosen, token=token, own=own)


def _without_a_page(run: Run, chosen: Namespace) -> int:
    """Takes corrections from a table, writes them as one, or both."""
    to, status = None, 0
    if chosen.output:
        to = corrections_path(expanded(chosen.output), overwrite=chosen.overwrite == "true")
    if chosen.taken:
        known = _known(run, chosen)
        others = _others(run, chosen, known)
        found = [each for each in (known, others) if each is not None]
        identity = _identity(run, found[0])
        table = expanded(chosen.taken)
        mark = None if known is None else known.mark
        read = imported(
            table,
            of=identity,
            reading=replace(run.asked.reading, mark=mark),
            known=[row for each in found for row in each.rows],
            who=who_of(chosen.who),
            new=chosen.new_labels,
        )
        with Store.opened(run.path / FILE, of=identity) as store:
            status = take(read, store, table=table)
    if to is not None:
        write_out(to, run, _identity(run, None))
    return status


def _known(run: Run, chosen: Namespace) -> Rows | None:
    """The rows of the run's own table; None where it is not there, and another is named."""
    try:
        return own_rows(run, path=chosen.path)
    except UserError as error:
        if chosen.path is not None or (chosen.predict_path is None and not isinstance(error, DataError)):
            raise
        if chosen.predict_path is None:
            raise ConfigError(
                "the run's own table cannot be read: {why}. Say where it is now with --data.path, or name another "
                "whose rows are to be labelled with --data.predict_path.",
                why=error.message,
            ) from error
        note("the run's own table cannot be used: {why}", why=error.message)
        return None


def _others(run: Run, chosen: Namespace, known: Rows | None) -> Rows | None:
    """The rows of the table that is named."""
    if chosen.predict_path is None:
        return None
    return rows_to_predict(run, chosen.predict_path, mark=None if known is None else known.mark)


def _shown(run: Run, chosen: Namespace, known: Rows | None) -> Rows:
    """The rows that people are asked about."""
    found = _others(run, chosen, known) or known
    if found is None or not found.rows:
        raise ConfigError(
            "{table} has no row with a text: there is nothing to label.",
            table=chosen.predict_path or run.path,
        )
    some = drawn(len(found.rows), MOST)
    return replace(found, rows=[found.rows[at] for at in some.tolist()])


def _identity(run: Run, rows: Rows | None) -> Identity:
    """Which training the file beside the run has to be of."""
    columns = () if rows is None else rows.columns
    return identity_of(run.path, task=run.task.name, labels=run.labels, columns=columns)


def who_of(given: str | None) -> str:
    """Returns who labels: as it was said, or the user's name on this machine."""
    if given and given.strip():
        return given.strip()
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError) as error:  # an account without a name, as containers have it
        raise ConfigError("who labels is not known here: say so with --who NAME.") from error
