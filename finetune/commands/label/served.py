"""The page of `finetune label` served until a signal comes: the model is asked about all rows first. Reads no table."""

import socket
from argparse import Namespace
from collections.abc import Sequence
from functools import partial

from finetune.commands.label.app import made
from finetune.commands.label.asked import answers_of
from finetune.commands.label.orders import NAMES, Known, ordered
from finetune.commands.label.pool import Pool
from finetune.commands.label.service import Service
from finetune.commands.label.spread import of_words
from finetune.commands.label.worth import worth_of
from finetune.corrections.row import Row
from finetune.corrections.store import Store
from finetune.engines.engine import Engine
from finetune.language.say import say, show
from finetune.language.typed import quoted
from finetune.runtime.answering.texts import together
from finetune.tasks.task import Task
from finetune.web.counted import Counted
from finetune.web.leaving import Leaving
from finetune.web.limits import Limits, connections_here
from finetune.web.running import guarded, status_of
from finetune.web.server import address_of


def served(
    store: Store,
    rows: Sequence[Row],
    engine: Engine,
    place: socket.socket,
    chosen: Namespace,
    *,
    token: str | None,
    own: Sequence[Row] | None = None,
) -> int:
    """Serves until a signal comes; returns the exit status.

    Args:
        store: The file of marks.
        rows: Those that may be labelled.
        engine: What answers.
        place: Where it is listened.
        chosen: What the command line holds: `order`, `who`, `host` and `allowed_hosts`.
        token: What every request has to show.
        own: The rows of the run, by which it is told what more labels would be worth; `rows` where left out.
    """
    counted, leaving, limits = Counted(), Leaving(), Limits(connections=connections_here())
    worth = worth_of(rows if own is None else own, store.identity.made_task)
    pool = pool_of(rows, engine, task=store.identity.made_task, usual=chosen.order)
    service = Service(store, pool, worth=worth, who=chosen.who or "")
    running = guarded(made(service), chosen, token=token, counted=counted, leaving=leaving, limits=limits)
    show(
        say(
            "{n:,} row can be labelled; what is said of it is kept in {file}. Open this in a browser; Ctrl+C ends it:\n"
            "  {address}",
            "{n:,} rows can be labelled; what is said of them is kept in {file}. Open this in a browser; Ctrl+C ends "
            "it:\n  {address}",
            n=len(rows),
            file=store.file,
            address=address_of(place),
        )
    )
    running.run(sockets=[place])
    tell_end(store)
    return status_of(running, store.close)


def tell_end(store: Store) -> None:
    """Says how many rows have a label, on which people differ, and what to do with them."""
    found = store.corrections()
    if found.conflicts:
        show(
            say(
                "{n:,} row has several answers: it is left out of training until one of you settles it on the page.",
                "{n:,} rows have several answers: they are left out of training until one of you settles them on the "
                "page.",
                n=len(found.conflicts),
            )
        )
    labelled = len(found.agreed)
    if labelled:
        show(
            say(
                "{n:,} row has a label now. Train with it:\n  finetune fit --run {run} --with {file}",
                "{n:,} rows have a label now. Train with them:\n  finetune fit --run {run} --with {file}",
                n=labelled,
                run=quoted(str(store.file.parent)),
                file=quoted(str(store.file)),
            )
        )


def pool_of(rows: Sequence[Row], engine: Engine, *, task: Task, usual: str) -> Pool:
    """Returns rows with what the model says of each, which it is asked first.

    Args:
        rows: The rows.
        engine: The model.
        task: What a label is.
        usual: The order in which they are shown where nobody asks for another.
    """
    answers, model = answers_of(engine, rows), engine.model
    known = Known(
        texts=[together(row.texts) for row in rows],
        given=[row.given for row in rows],
        problem=model.problem,
        labels=model.labels,
        probabilities=answers.probabilities,
        answer=model.answer(answers.probabilities),
        parts=task.parts,
        disagree=answers.disagree,
        vectors=of_words,
    )
    orders = {name: partial(ordered, name, known) for name in NAMES}
    return Pool(rows, answers.probabilities, engine, orders, usual)
