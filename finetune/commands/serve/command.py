"""finetune serve: a run's model at work, as a page for colleagues and an interface for programs. Trains nothing."""

import json
import socket
from argparse import Namespace
from collections.abc import Callable
from typing import Any

from finetune.cli.plain_parser import PlainParser
from finetune.engines.engine import Engine
from finetune.engines.opened import opened, told_as_ours
from finetune.engines.options import add_engine
from finetune.language.say import say, show, visible
from finetune.plugins import require_all
from finetune.runs.folder import ROOT
from finetune.web.listening import listening
from finetune.web.options import add_place, token_of


def parser() -> PlainParser:
    """Returns what the command line may hold."""
    made = PlainParser(
        prog="finetune serve",
        description=say(
            "Serves a run's model: a page for colleagues, who paste a text or drop a table, and an interface for "
            "programs. It serves this machine alone unless --host says otherwise. Ctrl+C ends it."
        ),
        epilog=say(
            "{examples}. The addresses: / (the page), /predict, /explain, /tables, /model, /health, /ready, /metrics, "
            "/openapi.json.",
            examples="finetune serve; finetune serve --run 3 --port 8080; finetune serve --engine onnx",
        ),
    )
    made.add_argument(
        "--run",
        default="latest",
        metavar=say("RUN"),
        help=say("a run (3, version_3, a path, best, latest), or the folder of an export; latest by default"),
    )
    add_engine(made)
    add_place(made)
    made.add_argument(
        "--contact", help=say("who answers for the model, as the page says it: a name, a number to call")
    )
    made.add_argument(
        "--log_texts",
        action="store_true",
        help=say("write the texts into the log; without it no text is kept or logged"),
    )
    return made


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    chosen = parser().parse_args(argv[1:])
    require_all("fastapi", "uvicorn")
    token = token_of(chosen.token)
    with listening(chosen.host, chosen.port, token=token) as place:
        engine = opened(chosen.run, engine=chosen.engine, answer=chosen.answer, root=ROOT)
        with told_as_ours():
            engine.warm()
        return served(engine, place, chosen, token=token)


def served(engine: Engine, place: socket.socket, chosen: Namespace, *, token: str | None) -> int:
    """Serves until a signal comes; returns the exit status.

    Args:
        engine: What answers.
        place: Where it is listened.
        chosen: What the command line holds.
        token: What every request has to show.
    """
    from finetune.commands.serve.app import made
    from finetune.commands.serve.service import Service
    from finetune.web.counted import Counted
    from finetune.web.leaving import Leaving
    from finetune.web.limits import Limits, connections_here
    from finetune.web.running import guarded, status_of
    from finetune.web.server import address_of

    counted, leaving, limits = Counted(), Leaving(), Limits(connections=connections_here())
    heard = _texts_logged if chosen.log_texts else _unheard
    service = Service(engine, limits, counted, leaving, heard=heard, contact=chosen.contact)
    running = guarded(made(service), chosen, token=token, counted=counted, leaving=leaving, limits=limits)
    show(
        say(
            "{model} answers ({engine}). Open this in a browser; Ctrl+C ends it:\n  {address}",
            model=engine.identity,
            engine=engine.kind,
            address=address_of(place),
        )
    )
    running.run(sockets=[place])
    show(say("The model was asked {n:,} text.", "The model was asked {n:,} texts.", n=counted.texts))
    return status_of(running, service.leave)


def _texts_logged(texts: list[Any]) -> None:
    from finetune.web.running import logged

    for text in texts:
        logged(visible(json.dumps(text, ensure_ascii=False)))


_unheard: Callable[[list[Any]], None] = lambda texts: None  # noqa: E731
