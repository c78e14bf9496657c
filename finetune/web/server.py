"""uvicorn as we need it: who says nothing is sent away, a signal lets all be answered first. Knows no address."""

import asyncio
import logging
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import uvicorn
from starlette.types import ASGIApp
from uvicorn.protocols.http.h11_impl import H11Protocol

from finetune.web.counted import Counted
from finetune.web.leaving import Leaving
from finetune.web.limits import Limits

SIGNALS = (signal.SIGINT, signal.SIGTERM)
LONGEST_HEAD = 16 * 1024
BACKLOG = 64
"""Connections that the system holds until they are taken: each that cannot be is told in the log."""

LONGEST_LEAVING = 120
"""Seconds after which even what is under way is ended: of clients that do not read their answers."""


class Server(uvicorn.Server):
    """A server that answers what is under way when it is to end.

    Attributes:
        ended_by: The signal that it was ended by.
    """

    def __init__(self, config: uvicorn.Config, counted: Counted, leaving: Leaving) -> None:
        super().__init__(config)
        self.counted, self.leaving = counted, leaving
        self.ended_by: int | None = None

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Hears the signals, and lets what is said of them be said by the command: uvicorn raises them again."""
        here = threading.current_thread() is threading.main_thread()  # no other thread hears signals
        before = {each: signal.signal(each, self.handle_exit) for each in SIGNALS if here}
        try:
            yield
        finally:
            for each, handler in before.items():
                signal.signal(each, handler)

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Takes a signal down; a second one waits for nobody."""
        if self.leaving.begun:
            self.should_exit = self.force_exit = True
        self.ended_by = self.ended_by or sig
        self.leaving.begin()

    async def on_tick(self, counter: int) -> bool:
        """Returns whether to end: once nothing new is taken, and all that was is answered."""
        ending = await super().on_tick(counter)
        late = self.leaving.seconds > LONGEST_LEAVING
        return ending or late or (self.leaving.refuses and not self.counted.under_way)


def bounded(limits: Limits) -> type[H11Protocol]:
    """Returns how a connection is spoken with, of which nothing is waited for endlessly."""

    class Bounded(H11Protocol):
        """A connection that is ended where a request does not come within its time, or an answer is not read."""

        patience: asyncio.TimerHandle | None = None
        reading: asyncio.TimerHandle | None = None

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
            super().connection_made(transport)
            if len(self.connections) > limits.connections:  # an answer would be one more that is held
                transport.abort()
            else:
                self._wait()

        def data_received(self, data: bytes) -> None:
            super().data_received(data)
            self._wait()

        def on_response_complete(self) -> None:
            super().on_response_complete()
            self._wait()

        def pause_writing(self) -> None:
            super().pause_writing()
            self._wait_for_reader()

        def resume_writing(self) -> None:
            super().resume_writing()
            if self.reading is not None:
                self.reading.cancel()

        def connection_lost(self, exc: Exception | None) -> None:
            for timer in (self.patience, self.reading):
                if timer is not None:
                    timer.cancel()
            super().connection_lost(exc)

        def _wait(self) -> None:
            """Waits for a request, from when the last one was answered; while one is under way its reader does."""
            under_way = self.cycle is not None and not self.cycle.response_complete
            if under_way and self.patience is not None:
                self.patience.cancel()
                self.patience = None
            elif not under_way and self.patience is None:
                self.patience = self.loop.call_later(limits.head_seconds, self._end)

        def _end(self) -> None:
            """Ends the connection, once what was answered is read: of whoever reads nothing, without that."""
            self.transport.close()
            self._wait_for_reader()

        def _wait_for_reader(self) -> None:
            if self.reading is not None:
                self.reading.cancel()
            unread = self.transport.get_write_buffer_size()
            self.reading = self.loop.call_later(limits.read_seconds, self._let_go, unread)

        def _let_go(self, unread: int) -> None:
            """Waits on for a reader that has read something: a long answer takes its time on a thin line."""
            if self.transport.get_write_buffer_size() < unread:
                self._wait_for_reader()
            else:
                self.transport.abort()

    return Bounded


def server(app: ASGIApp, *, counted: Counted, leaving: Leaving, limits: Limits) -> Server:
    """Returns the server of an application, which listens where `run` is told."""
    quiet = logging.getLogger("uvicorn")  # what was sent is no news for the log, and may be anything
    quiet.addHandler(logging.NullHandler())
    quiet.propagate = False
    config = uvicorn.Config(
        app,
        http=bounded(limits),
        ws="none",
        lifespan="on",
        loop="asyncio",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        backlog=BACKLOG,
        timeout_keep_alive=int(limits.head_seconds),
        timeout_graceful_shutdown=LONGEST_LEAVING,
        h11_max_incomplete_event_size=LONGEST_HEAD,
    )
    return Server(config, counted, leaving)


def address_of(listening: socket.socket) -> str:
    """Returns where a listening socket is found, as a browser is told."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
