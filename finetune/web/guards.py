"""What stands before every address: who may ask, from where, how much and in which language; and no error gets out."""

import asyncio
import hmac
import ipaddress
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from starlette.datastructures import Headers, QueryParams
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

from finetune.language.say import say
from finetune.language.which import language, language_of, speaking
from finetune.runtime.answering.said import speak
from finetune.web.counted import Counted
from finetune.web.leaving import Leaving
from finetune.web.limits import Limits
from finetune.web.passing import TABLES, Answer, Body
from finetune.web.refusal import Refusal, refused

ALWAYS = {"localhost", "127.0.0.1", "::1"}

FREE = {"/", "/page.css", "/page.js", "/health", "/ready"}
"""What needs no token: the page, which asks for it, and whether the server is there."""

UNLOGGED = FREE | {"/metrics", "/tables/{number}", "/progress", "/conflicts"}
"""What is asked all the time, and says nothing."""

SHOWN = "finetune.token_shown"
"""Where stands whether a request has shown the token, or needs none: to others the page says nothing of the model."""

WISHES = 10
"""Languages of a reader that are looked at."""


@dataclass(frozen=True)
class Rules:
    """Who may ask.

    Attributes:
        hosts: Names by which the server may be called, besides those of this machine alone.
        token: What every request has to show; None where only this machine can ask.
        limits: How much is taken.
    """

    hosts: frozenset[str] = frozenset()
    token: str | None = None
    limits: Limits = field(default_factory=Limits)


class Guard:
    """The application with all that stands before it.

    Args:
        app: What answers.
        rules: Who may ask.
        counted: Is told of every request.
        leaving: Whether nothing new is taken any more.
        log: Is told of every request in a line, in which nothing stands that was sent.
    """

    def __init__(
        self,
        app: ASGIApp,
        rules: Rules,
        counted: Counted,
        leaving: Leaving,
        log: Callable[[str], object] = lambda line: None,
    ) -> None:
        self.app, self.rules, self.counted, self.leaving, self.log = app, rules, counted, leaving, log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers a request, or refuses it."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        answer, begun = Answer(send, self.leaving), time.monotonic()
        with speaking(asked_language(scope, otherwise=language())):
            speak(language(), language())
            self.counted.under_way += 1
            try:
                self.refuse(scope)
                await self.app(scope, Body(scope, receive, self.rules.limits), answer)
            except Refusal as error:
                await _told(error, answer, scope, receive)
            except ClientDisconnect:
                pass  # nobody is there to be answered
            except asyncio.CancelledError:  # a second signal has come
                await _told(self.leaves(), answer, scope, receive)
                raise
            except Exception as error:  # noqa: BLE001 (whatever it is, who asked gets an answer, and others go on)
                _noted(error)
                failed = Refusal(503, "failed", say("This could not be answered. Others can."), retry_after=5)
                await _told(failed, answer, scope, receive)
            finally:
                self.counted.under_way -= 1
        route, seconds = getattr(scope.get("route"), "path", "other"), time.monotonic() - begun
        self.counted.answered(route, known_method(scope), answer.status, seconds)
        if route not in UNLOGGED:
            self.log(f"{known_method(scope)} {route} {answer.status} {1000 * seconds:.0f} ms")

    def refuse(self, scope: Scope) -> None:
        """Refuses what may not be asked, before anything of it is read.

        Raises:
            Refusal: it may not.
        """
        headers, path = Headers(scope=scope), scope["path"]
        if self.leaving.refuses and path not in ("/health", "/ready", "/metrics"):
            raise self.leaves()
        host = host_of(headers.get("host", ""))
        if host is None or not self._is_called(host):
            raise Refusal(
                403, "host", say("The server is not called so: --allowed_hosts says by which names it is.")
            )
        if scope["method"] in ("POST", "PUT", "PATCH", "DELETE"):
            origin = headers.get("origin")
            if origin is not None and urlsplit_host(origin) != headers.get("host", "").lower():
                raise Refusal(403, "origin", say("A page of another address may not ask this server."))
        scope[SHOWN] = self._shown(headers.get("authorization", ""))
        if path not in FREE and not scope[SHOWN]:
            raise Refusal(
                401, "token", say("The token is missing or wrong."), headers={"WWW-Authenticate": "Bearer"}
            )
        if scope["method"] == "POST" and not path.startswith(TABLES):
            kind, _, rest = headers.get("content-type", "").lower().partition(";")
            if kind.strip() != "application/json" or ("charset" in rest and "utf-8" not in rest):
                raise Refusal(415, "kind", say("Send JSON in UTF-8: Content-Type: application/json."))

    def leaves(self) -> Refusal:
        """Returns that nothing is answered any more."""
        return Refusal(503, "leaving", say("The server is ending. Ask again in a moment."), retry_after=5)

    def _is_called(self, host: str) -> bool:
        """Whether the server is called so: else a page of another's may have its own name lead here (DNS rebinding)."""
        known = host in ALWAYS or host in self.rules.hosts
        return known or (self.rules.token is not None and _is_number(host))

    def _shown(self, authorization: str) -> bool:
        if self.rules.token is None:
            return True
        scheme, _, token = authorization.partition(" ")
        same = hmac.compare_digest(
            token.strip().encode("utf-8", "replace"), self.rules.token.encode("utf-8", "replace")
        )
        return same and scheme.lower() == "bearer"


async def _told(error: Refusal, answer: Answer, scope: Scope, receive: Receive) -> None:
    if not answer.status:
        await refused(error)(scope, receive, answer)


def _noted(error: Exception) -> None:
    """Says in the log what went wrong and where, and nothing of what was asked: a message may quote a text."""
    last = error.__traceback__
    while last is not None and last.tb_next is not None:
        last = last.tb_next
    place = "?" if last is None else f"{last.tb_frame.f_code.co_filename}:{last.tb_lineno}"
    print(say("a request failed: {kind} at {place}", kind=type(error).__name__, place=place), file=sys.stderr)


def known_method(scope: Scope) -> str:
    """Returns the method of a request, one of few: of others anybody could make as many as they like."""
    return scope["method"] if scope["method"] in ("GET", "HEAD", "POST", "DELETE") else "other"


def asked_language(scope: Scope, *, otherwise: str) -> str:
    """Returns the language of a request: what its address asks for, else the first of its reader's that we speak."""
    named = QueryParams(scope["query_string"]).get("language", "")
    wished = Headers(scope=scope).get("accept-language", "")
    for each in (named, *wished.split(",")[:WISHES]):
        found = language_of(each.partition(";")[0].strip()) if each else None
        if found is not None:
            return found
    return otherwise


def host_of(host: str) -> str | None:
    """Returns the name that a Host header has, without its port; None where it has none."""
    try:
        parts = urlsplit(f"//{host}")
        return parts.hostname if parts.netloc == host and parts.username is None and parts.port != 0 else None
    except ValueError:
        return None


def urlsplit_host(origin: str) -> str | None:
    """Returns the host and port that an Origin header has; None where it has none."""
    try:
        return urlsplit(origin).netloc.lower() or None
    except ValueError:
        return None


def _is_number(host: str) -> bool:
    """Whether a host is no name: nobody can have a number lead elsewhere than to itself."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True
