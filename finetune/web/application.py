"""What every application of ours has: nothing handed on, and a sentence where a request cannot be answered."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.telemetry import TelemetryConfig
from starlette.exceptions import HTTPException
from starlette.responses import Response

from finetune import __version__
from finetune.language.say import say
from finetune.runtime.answering.cells import whole
from finetune.web.refusal import Refusal, refused

SILENT: TelemetryConfig = {"tracing": False, "metrics": False, "logs": False, "auto_configure": False}
"""FastAPI would hand what is asked, texts too, to whatever OpenTelemetry the environment names."""

HOUSE = "pt"
"""The language of a page where its reader asks for none that we speak."""

SHOWN_FAULTS = 5


def application(
    title: str,
    description: str,
    *,
    lifespan: Callable[[FastAPI], AbstractAsyncContextManager[None]],
    responses: dict[int | str, dict[str, Any]] | None = None,
) -> FastAPI:
    """Returns an application that has no address yet, shows no page of FastAPI's and hands nothing on.

    Args:
        title: What it is called.
        description: What it is for.
        lifespan: What lives as long as it does.
        responses: What any address may answer besides, for those who read its description.
    """
    return FastAPI(
        title=title,
        version=__version__,
        description=description,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        telemetry=SILENT,
        lifespan=lifespan,
        responses=responses,
    )


def add_refusals(app: FastAPI, other_form: Callable[[list[Any]], Refusal]) -> None:
    """Adds what is said where a request cannot be answered, whoever finds that out.

    Args:
        app: The application.
        other_form: Gives what is said of a body whose faults are these.
    """

    @app.exception_handler(HTTPException)
    async def of_ours(request: Request, error: HTTPException) -> Response:
        return refused(error)

    @app.exception_handler(RequestValidationError)
    async def of_another_form(request: Request, error: RequestValidationError) -> Response:
        faults = list(error.errors())
        if any(each["type"] == "json_invalid" for each in faults):
            return refused(HTTPException(400))
        wrong = other_form(faults)
        if wrong.status_code != 422:
            return refused(wrong)
        where = [".".join(map(str, each["loc"]))[:100] for each in faults[:SHOWN_FAULTS]]
        return refused(wrong, where=[whole(each) for each in where])

    @app.exception_handler(Exception)
    async def of_nobody(request: Request, error: Exception) -> Response:
        return refused(Refusal(503, "failed", say("This could not be answered. Others can."), retry_after=5))
