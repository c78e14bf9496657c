"""The addresses of the page that labels, and what stands behind each. Who may ask is decided by `guards`."""

from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import HTMLResponse, JSONResponse, Response

from finetune.commands.label import schema
from finetune.commands.label.download import KINDS, kinds, written
from finetune.commands.label.service import Service
from finetune.language.say import say
from finetune.language.which import speaking
from finetune.page.labelling.page import rendered, script, style
from finetune.web.application import HOUSE, add_refusals, application
from finetune.web.guards import SHOWN, asked_language
from finetune.web.refusal import Refusal

LONGEST_SEARCH = 200


def made(service: Service) -> FastAPI:
    """Returns the application."""
    app = application(
        "finetune label",
        say("Labels for rows. What goes wrong is told in the language of Accept-Language."),
        lifespan=service.living,
    )
    add_rows(app, service)
    add_marks(app, service)
    add_all(app, service)
    add_state(app, service)
    add_page(app, service)
    add_refusals(app, other_form)
    return app


def add_rows(app: FastAPI, service: Service) -> None:
    """Adds what shows rows."""

    @app.post("/next", response_model=schema.Rows)
    async def following(wanted: schema.Wanted) -> Response:
        """The next rows for a page, which are its own for some minutes."""
        return JSONResponse(await service.next(wanted))

    @app.post("/open", response_model=schema.Rows)
    async def opened(asked: schema.Opened) -> Response:
        """A row that was searched for."""
        return JSONResponse(await service.opened(asked))

    @app.get("/search")
    async def search(q: str = "") -> Response:
        """The beginnings of rows in which all words stand."""
        if not q.strip() or len(q) > LONGEST_SEARCH:
            raise Refusal(
                422, "search", say("Search for some words, {most} letters at most.", most=LONGEST_SEARCH)
            )
        return JSONResponse(await service.found(q))


def add_marks(app: FastAPI, service: Service) -> None:
    """Adds what is said of rows."""

    @app.post("/marks", response_model=schema.Kept)
    async def mark(said: schema.Said) -> Response:
        """Keeps a label, or that a row was skipped; answered when it is on the disk."""
        return JSONResponse(await service.say(said))

    @app.post("/undo")
    async def undo(back: schema.Undone) -> Response:
        """Takes back the last mark of a person."""
        return JSONResponse(await service.undo(back))


def add_all(app: FastAPI, service: Service) -> None:
    """Adds what is told of all marks together."""

    @app.get("/progress")
    async def progress() -> Response:
        """How far it is, and what more would be worth."""
        return JSONResponse(await service.counts())

    @app.get("/conflicts")
    async def conflicts() -> Response:
        """The rows of which not all say the same."""
        return JSONResponse(await service.conflicts())

    @app.get("/file.{kind}", response_class=Response)
    async def file(kind: str) -> Response:
        """All corrections, as a table."""
        if kind not in kinds():
            raise Refusal(404, "kind", say("Corrections are written as {kinds}.", kinds=", ".join(kinds())))
        named = f'attachment; filename="corrections.{kind}"'
        content = await written(service.store, kind)
        return Response(content, media_type=KINDS[kind], headers={"Content-Disposition": named})

    @app.get("/model")
    async def model() -> Response:
        """What is labelled, and by what."""
        return JSONResponse(service.facts())


def add_state(app: FastAPI, service: Service) -> None:
    """Adds what is asked by those who watch over servers."""

    @app.get("/health")
    @app.head("/health", include_in_schema=False)
    async def health() -> Response:
        """The process answers."""
        return JSONResponse({"status": "alive"})


def add_page(app: FastAPI, service: Service) -> None:
    """Adds the page for people, and the two files that it asks for."""

    @app.get("/", include_in_schema=False)
    @app.head("/", include_in_schema=False)
    async def page(request: Request) -> Response:
        asked = asked_language(request.scope, otherwise=HOUSE)
        with speaking(asked):
            facts = service.facts() if request.scope.get(SHOWN, True) else None
        return HTMLResponse(rendered(facts, asked))

    @app.get("/page.css", include_in_schema=False)
    async def of_style() -> Response:
        return Response(style(), media_type="text/css")

    @app.get("/page.js", include_in_schema=False)
    async def of_script() -> Response:
        return Response(script(), media_type="text/javascript")


def other_form(faults: list[Any]) -> Refusal:
    """Returns what is said of a body that has another form than what can be asked."""
    return Refusal(
        422,
        "form",
        say("The request has not the form that this address takes. See {address}.", address="/openapi.json"),
    )
