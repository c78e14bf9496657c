"""What passes between a request and its answer: bodies within bounds, headers that all have. Knows no address."""

import asyncio
import time

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import Message, Receive, Scope, Send

from finetune.language.say import say
from finetune.web.leaving import Leaving
from finetune.web.limits import Limits
from finetune.web.refusal import Refusal

TABLES = "/tables"
"""Where bodies are files, which may be larger and take longer."""

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)

HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class Answer:
    """Sends an answer with the headers that all have, and knows whether it has begun."""

    def __init__(self, send: Send, leaving: Leaving) -> None:
        self._send, self._leaving = send, leaving
        self.status = 0

    async def __call__(self, message: Message) -> None:
        """Sends a piece of it."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            headers = MutableHeaders(raw=list(message.get("headers", [])))
            for name, value in HEADERS.items():
                headers.setdefault(name, value)
            if self._leaving.begun:
                headers["Connection"] = "close"
            message = {**message, "headers": headers.raw}
        await self._send(message)


class Body:
    """Reads what a request sends, no more of it and no longer than is taken.

    Raises:
        Refusal: There is more, or it takes longer.
    """

    def __init__(self, scope: Scope, receive: Receive, limits: Limits) -> None:
        of_table = scope["path"].startswith(TABLES)
        self._receive = receive
        self._most = limits.file_bytes if of_table else limits.body_bytes
        self._seconds = limits.file_seconds if of_table else limits.body_seconds
        self._until = time.monotonic() + self._seconds
        self._read, self._whole = 0, False
        length = Headers(scope=scope).get("content-length", "")
        self._announced = int(length) if length.isdecimal() and len(length) < 20 else 0

    async def __call__(self) -> Message:
        """Returns the next piece."""
        if self._whole:  # then it is waited for the end of the connection
            return await self._receive()
        if self._announced > self._most:
            raise self._too_large()
        try:
            async with asyncio.timeout(max(0.0, self._until - time.monotonic())):
                message = await self._receive()
        except TimeoutError as error:
            raise Refusal(
                408, "slow", say("The request took too long to come in."), headers={"Connection": "close"}
            ) from error
        self._read += len(message.get("body", b""))
        self._whole = message["type"] != "http.request" or not message.get("more_body", False)
        if self._read > self._most:
            raise self._too_large()
        return message

    def _too_large(self) -> Refusal:
        return Refusal(
            413,
            "too_large",
            say("That is too much at once: {most:,} KB are taken at most.", most=self._most // 1024),
        )
