"""The addresses of the server, and what stands behind each. Lets nobody in and keeps nobody out: see `guards`."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Body, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response

from finetune import __version__
from finetune.commands.serve import schema
from finetune.commands.serve.about import facts, verdict
from finetune.commands.serve.counted import Counted
from finetune.commands.serve.engine import Engine
from finetune.commands.serve.guards import SHOWN, asked_language
from finetune.commands.serve.leaving import Leaving
from finetune.commands.serve.limits import Limits
from finetune.commands.serve.page.page import rendered, script, style
from finetune.commands.serve.refusal import Refusal, refused
from finetune.commands.serve.tables import DONE, Table, Tables
from finetune.commands.serve.waiting import Full, Unanswered, Waiting
from finetune.commands.serve.weighed import pieces, weights
from finetune.language.say import say
from finetune.language.which import language, speaking
from finetune.runtime.answering.answers import Floats
from finetune.runtime.answering.cells import whole
from finetune.runtime.answering.texts import Texts

HOUSE = "pt"
"""The language of the page where its reader asks for none that we speak."""

SILENT: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI would hand what is asked, texts too, to whatever OpenTelemetry the environment names."""

SHOWN_FAULTS = 5
PAIR = 2


class Service:
    """What the addresses share.

    Args:
        engine: What answers.
        limits: How much is taken.
        counted: The numbers.
        leaving: Whether the server is ending.
        heard: Is told the texts that are asked, where they are to be logged.
    """

    def __init__(
        self,
        engine: Engine,
        limits: Limits,
        counted: Counted,
        leaving: Leaving,
        heard: Callable[[list[Any]], object] = lambda texts: None,
    ) -> None:
        self.engine, self.limits, self.counted, self.leaving = engine, limits, counted, leaving
        self.heard = heard
        self.facts = facts(engine, limits)
        self.waiting = Waiting(
            engine.model.probabilities,
            most=limits.waiting_texts,
            outputs=len(engine.model.labels),
            counted=counted.called,
        )
        self._tables: Tables | None = None
        self._verdict: asyncio.Task[dict[str, str]] | None = None

    @property
    def tables(self) -> Tables:
        """The tables that were sent."""
        assert self._tables is not None
        return self._tables

    @asynccontextmanager
    async def living(self, app: FastAPI) -> AsyncIterator[None]:
        """Has what works beside the requests begin, and end."""
        self._tables = Tables(self.engine, self.waiting, self.limits)
        works = asyncio.create_task(self.waiting.work())
        yield
        self.tables.cancel()
        works.cancel()
        with suppress(asyncio.CancelledError):
            await works
        self.waiting.close()
        await self.tables.close()

    def texts_of(self, asked: schema.Asked) -> list[Texts | None]:
        """Returns what is asked as the model reads it; None for what shows nothing.

        Raises:
            Refusal: A text is too long, or of other columns.
        """
        self.heard(asked.several)
        for each in asked.several:
            cells = each.values() if isinstance(each, dict) else [each] if isinstance(each, str) else each
            if sum(len(cell) for cell in cells if isinstance(cell, str)) > self.limits.characters:
                raise Refusal(
                    413,
                    "too_long",
                    say("A text has more than {most:,} characters.", most=self.limits.characters),
                )
        make: Any = self.engine.of_text if asked.rows is None else self.engine.of_row
        return [make(each) for each in asked.several]

    async def probabilities(self, texts: Sequence[Texts]) -> Floats:
        """Returns the probabilities [N, C] of texts.

        Raises:
            Refusal: Too many wait, it takes too long, or the model cannot answer.
        """
        try:
            async with asyncio.timeout(self.limits.answer_seconds):
                return await self.waiting.asked(texts)
        except Full as error:
            raise Refusal(
                429,
                "busy",
                say("Too many texts are waiting. Ask again in a moment."),
                retry_after=error.seconds,
            ) from error
        except TimeoutError as error:
            raise Refusal(
                503, "late", say("The answer took too long. Ask for fewer texts at once."), retry_after=5
            ) from error
        except Unanswered as error:
            raise Refusal(503, "failed", say("The model could not answer."), retry_after=5) from error

    async def answers(self, asked: schema.Asked) -> list[dict[str, Any]]:
        """Returns the answers to what is asked, in its order."""
        texts = self.texts_of(asked)
        found = await self.probabilities([text for text in texts if text is not None])
        said = iter(self.engine.answers(found, every=asked.probabilities))
        answers = [{"empty": True} if text is None else next(said) for text in texts]
        self.counted.unsure += sum(bool(each.get("abstained")) for each in answers)
        return answers

    async def explained(self, asked: schema.Asked) -> dict[str, Any]:
        """Returns the answer to one text, and which of its words weighed how much."""
        if len(asked.several) != 1:
            raise Refusal(422, "one", say("One text is explained at a time."))
        text = self.texts_of(asked)[0]
        if text is None:
            return {"model": self.engine.identity, "answer": {"empty": True}, "words": []}
        left_out = pieces(text, most=self.limits.explained_pieces)
        found = await self.probabilities([text, *(each.without for each in left_out)])
        said = self.engine.answers(found[:1], every=asked.probabilities)
        words = [
            {"word": whole(piece.word), "weight": weight}
            for piece, weight in zip(left_out, weights(self.engine, found[0], found[1:]), strict=True)
        ]
        return {"model": self.engine.identity, "answer": said[0], "words": words}

    async def about(self) -> dict[str, Any]:
        """Returns what the model is, with the verdict of its report in the language that is spoken."""
        if self.engine.run is None:
            return self.facts
        if self._verdict is None:
            self._verdict = asyncio.create_task(asyncio.to_thread(verdict_or_none, self.engine.run))
        return {**self.facts, "verdict": (await self._verdict).get(language())}


def verdict_or_none(run: Path) -> dict[str, str]:
    """Returns the verdict of a run's report; none where its files do not tell it any more: it answers all the same."""
    try:
        return verdict(run)
    except (KeyError, ValueError, TypeError, OSError):
        return {}


def made(service: Service) -> FastAPI:
    """Returns the application."""
    app = FastAPI(
        title="finetune serve",
        version=__version__,
        description=say("Labels for texts. What goes wrong is told in the language of Accept-Language."),
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=SILENT,
        lifespan=service.living,
        responses=schema.ERRORS,
    )
    add_answers(app, service)
    add_tables(app, service)
    add_state(app, service)
    add_page(app, service)
    add_refusals(app)
    return app


def add_answers(app: FastAPI, service: Service) -> None:
    """Adds what answers texts."""
    Asked = Annotated[schema.Asked, Body(openapi_examples=schema.examples())]  # noqa: N806 - a type

    @app.post("/predict", response_model=schema.Answered)
    async def predict(asked: Asked) -> Response:
        """Labels texts or rows."""
        return JSONResponse({"model": service.engine.identity, "answers": await service.answers(asked)})

    @app.post("/explain", response_model=schema.Explained)
    async def explain(asked: Asked) -> Response:
        """The words of one text that weighed most."""
        return JSONResponse(await service.explained(asked))

    @app.get("/model")
    async def model() -> Response:
        """What the model is, and how good."""
        return JSONResponse(await service.about())


def add_tables(app: FastAPI, service: Service) -> None:
    """Adds what labels tables."""

    @app.post("/tables", status_code=202, response_model=schema.Sent)
    async def send(request: Request, name: str = "") -> Response:
        """Takes a table: the body is the file, `name` says by its suffix of what kind."""
        table = service.tables.begin(name)
        try:
            await received(request, table)
            service.tables.start(table)
        except BaseException:
            service.tables.remove(table)
            raise
        return JSONResponse({"table": table.number}, 202)

    @app.get("/tables/{number}", response_model=schema.Progress)
    async def progress(number: str) -> Response:
        """How far a table is."""
        return JSONResponse(service.tables.find(number).progress())

    @app.get("/tables/{number}/file", response_class=FileResponse)
    async def fetch(number: str) -> Response:
        """The labelled table."""
        table = service.tables.find(number)
        if table.state != DONE:
            raise Refusal(404, "not_done", say("The table is not labelled yet."))
        table.fetched = True
        named = f"attachment; filename=\"predicted{table.suffix}\"; filename*=UTF-8''{quote(table.name)}"
        return FileResponse(
            table.output, media_type="application/octet-stream", headers={"Content-Disposition": named}
        )

    @app.delete("/tables/{number}", status_code=204)
    async def remove(number: str) -> Response:
        """Cancels and removes a table."""
        service.tables.remove(service.tables.find(number))
        return Response(status_code=204)


async def received(request: Request, table: Table) -> None:
    """Writes what is sent into the file of a table.

    Raises:
        Refusal: The disk is full.
    """
    try:
        with table.source.open("wb") as file:
            async for piece in request.stream():
                file.write(piece)
    except OSError as error:
        raise Refusal(503, "disk", say("The server has no room for the table."), retry_after=60) from error


def add_state(app: FastAPI, service: Service) -> None:
    """Adds what is asked by those who watch over servers."""

    @app.get("/health")
    async def health() -> Response:
        """The process answers."""
        return JSONResponse({"status": "alive"})

    @app.get("/ready")
    async def ready() -> Response:
        """The model answers; 503 while the server ends."""
        if service.leaving.begun:
            raise Refusal(503, "leaving", say("The server is ending. Ask again in a moment."), retry_after=5)
        return JSONResponse({"status": "ready"})

    @app.get("/metrics", response_class=PlainTextResponse)
    async def metrics() -> Response:
        """Numbers for Prometheus."""
        told = service.counted.exposition(
            service.engine.identity, waiting=service.waiting.texts, tables=len(service.tables.kept)
        )
        return PlainTextResponse(told, media_type="text/plain; version=0.0.4")


def add_page(app: FastAPI, service: Service) -> None:
    """Adds the page for people, and the two files that it asks for."""

    @app.get("/", include_in_schema=False)
    async def page(request: Request) -> Response:
        asked = asked_language(request.scope, otherwise=HOUSE)
        with speaking(asked):
            facts = await service.about() if request.scope.get(SHOWN, True) else None
        return HTMLResponse(rendered(facts, asked))

    @app.get("/page.css", include_in_schema=False)
    async def of_style() -> Response:
        return Response(style(), media_type="text/css")

    @app.get("/page.js", include_in_schema=False)
    async def of_script() -> Response:
        return Response(script(), media_type="text/javascript")


def add_refusals(app: FastAPI) -> None:
    """Adds what is said where a request cannot be answered, whoever finds that out."""

    @app.exception_handler(HTTPException)
    async def of_ours(request: Request, error: HTTPException) -> Response:
        return refused(error)

    @app.exception_handler(RequestValidationError)
    async def of_another_form(request: Request, error: RequestValidationError) -> Response:
        faults = error.errors()
        if any(each["type"] == "json_invalid" for each in faults):
            return refused(HTTPException(400))
        if any(each["type"] == "too_long" and each["ctx"]["max_length"] > PAIR for each in faults):
            return refused(
                Refusal(413, "too_many", say("Those are too many texts or columns for one request."))
            )
        wrong = Refusal(
            422,
            "form",
            say(
                'Give one of "text", "texts" and "rows", and "probabilities" if you like. See {address}.',
                address="/openapi.json",
            ),
        )
        where = [".".join(map(str, each["loc"]))[:100] for each in faults[:SHOWN_FAULTS]]
        return refused(wrong, where=[whole(each) for each in where])

    @app.exception_handler(Exception)
    async def of_nobody(request: Request, error: Exception) -> Response:
        return refused(Refusal(503, "failed", say("This could not be answered. Others can."), retry_after=5))
