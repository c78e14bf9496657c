"""The addresses of the server, and what stands behind each. Lets nobody in and keeps nobody out: see `guards`."""

from typing import Annotated, Any
from urllib.parse import quote

from fastapi import Body, FastAPI, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, PlainTextResponse, Response

from finetune.commands.serve import schema
from finetune.commands.serve.service import Service
from finetune.commands.serve.table import DONE, Table
from finetune.language.say import say
from finetune.language.which import speaking
from finetune.page.page import rendered, script, style
from finetune.web.application import HOUSE, add_refusals, application
from finetune.web.guards import SHOWN, asked_language
from finetune.web.refusal import Refusal

PAIR = 2


def made(service: Service) -> FastAPI:
    """Returns the application."""
    app = application(
        "finetune serve",
        say("Labels for texts. What goes wrong is told in the language of Accept-Language."),
        lifespan=service.living,
        responses=schema.ERRORS,
    )
    add_answers(app, service)
    add_tables(app, service)
    add_state(app, service)
    add_page(app, service)
    add_refusals(app, other_form)
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
    async def send(request: Request, name: str = "", pasted: bool = False) -> Response:
        """Takes a table: the body is the file, `name` says by its suffix of what kind, `pasted` of no file."""
        table = service.tables.begin(name, pasted=pasted)
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
    @app.head("/health", include_in_schema=False)
    async def health() -> Response:
        """The process answers."""
        return JSONResponse({"status": "alive"})

    @app.get("/ready")
    @app.head("/ready", include_in_schema=False)
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
    @app.head("/", include_in_schema=False)
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


def other_form(faults: list[Any]) -> Refusal:
    """Returns what is said of a body that has another form than what can be asked."""
    if any(each["type"] == "too_long" and each["ctx"]["max_length"] > PAIR for each in faults):
        return Refusal(413, "too_many", say("Those are too many texts or columns for one request."))
    return Refusal(
        422,
        "form",
        say(
            'Give one of "text", "texts" and "rows", and "probabilities" if you like. See {address}.',
            address="/openapi.json",
        ),
    )
