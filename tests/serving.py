"""A server that runs in a thread of the test, on a free port; and what is said to it, byte for byte where it has to be."""

import contextlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any

from finetune.commands.serve.app import made
from finetune.commands.serve.service import Service
from finetune.engines.engine import Engine
from finetune.web.counted import Counted
from finetune.web.guards import Guard, Rules
from finetune.web.leaving import Leaving
from finetune.web.limits import Limits
from finetune.web.listening import listening
from finetune.web.server import Server, server

PATIENCE = 30


@dataclass(frozen=True)
class Said:
    """A response."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class Client:
    """Speaks with one server."""

    port: int
    counted: Counted
    leaving: Leaving
    running: Server

    def ask(self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> Said:
        connection = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        usual = {"Accept-Language": "en"}
        if body is not None and not isinstance(body, bytes):
            body, usual["Content-Type"] = json.dumps(body).encode(), "application/json"
        connection.request(method, path, body, {**usual, **(headers or {})})
        response = connection.getresponse()
        found = Said(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        connection.close()
        return found

    def get(self, path: str, **headers: str) -> Said:
        return self.ask("GET", path, headers=headers)

    def post(self, path: str, body: Any, **headers: str) -> Said:
        return self.ask("POST", path, body, headers)

    def raw(self, content: bytes, *, cut: bool = False) -> bytes:
        """Sends bytes as they are, and returns what comes until the server ends the connection."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=PATIENCE) as opened:
            opened.sendall(content)
            if cut:
                return b""
            found = b""
            with contextlib.suppress(ConnectionResetError):
                while piece := opened.recv(65536):
                    found += piece
            return found

    def table(self, name: str, content: bytes, **headers: str) -> Said:
        """Sends a table, waits until it is done, and returns how far it is then."""
        number = self.post(f"/tables?name={name}", content, **headers).json["table"]
        until = time.monotonic() + PATIENCE
        while (said := self.get(f"/tables/{number}", **headers)).json["state"] in ("waiting", "running"):
            assert time.monotonic() < until
            time.sleep(0.01)
        return Said(said.status, {"table": number}, said.body)


@contextlib.contextmanager
def serving(
    engine: Engine,
    *,
    limits: Limits | None = None,
    token: str | None = None,
    hosts: tuple[str, ...] = (),
    **how: Any,
) -> Iterator[Client]:
    """Serves an engine for a while."""
    counted, leaving, limits = Counted(), Leaving(), limits or Limits()
    service = Service(engine, limits, counted, leaving, **{k: v for k, v in how.items() if k == "heard"})
    guard = Guard(
        made(service),
        Rules(frozenset(hosts), token, limits),
        counted,
        leaving,
        **{k: v for k, v in how.items() if k == "log"},
    )
    with answering(guard) as client:
        yield client


@contextlib.contextmanager
def answering(guard: Guard, port: int = 0) -> Iterator[Client]:
    """Has an application answer for a while, with all that stands before it."""
    counted, leaving, rules = guard.counted, guard.leaving, guard.rules
    place = listening("127.0.0.1", port, token=rules.token)
    running = server(guard, counted=counted, leaving=leaving, limits=rules.limits)
    thread = threading.Thread(target=running.run, kwargs={"sockets": [place]})
    thread.start()
    try:
        yield Client(place.getsockname()[1], counted, leaving, running)
    finally:
        running.should_exit = True  # at once: what comes of a signal is tested with one
        thread.join(PATIENCE)
        assert not thread.is_alive()
