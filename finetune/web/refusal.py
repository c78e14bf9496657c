"""What a request is answered that is not taken: a status, a word for programs, a sentence for people."""

from http import HTTPStatus
from typing import Any

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from finetune.language.say import say
from finetune.runtime.answering.cells import whole

LONGEST = 500
"""Letters of a sentence that is sent back: what was asked is part of some."""


class Refusal(HTTPException):
    """Ends a request, wherever it is.

    Args:
        status: Of HTTP.
        code: The word for programs; it never changes.
        message: The sentence, in the language of whoever asked.
        retry_after: Seconds after which it may be asked again.
        headers: More of these.
    """

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        *,
        retry_after: int | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        after = {} if retry_after is None else {"Retry-After": str(retry_after)}
        super().__init__(status, message, {**(headers or {}), **after})
        self.code, self.message = code, message


def refused(error: HTTPException, **more: Any) -> JSONResponse:
    """Returns the response to a request that is refused; `more` stands beside the sentence."""
    if isinstance(error, Refusal):
        code, message = error.code, error.message
    else:
        code, message = usual(error.status_code)
    content = {"error": {"code": code, "message": whole(message[:LONGEST]), **more}}
    return JSONResponse(content, error.status_code, headers=dict(error.headers or {}))


def usual(status: int) -> tuple[str, str]:
    """Returns what is said of a status that the framework itself gives."""
    if status == HTTPStatus.NOT_FOUND:
        return "not_found", say("There is nothing at this address.")
    if status == HTTPStatus.METHOD_NOT_ALLOWED:
        return "method", say("This address does not take this method.")
    if status == HTTPStatus.BAD_REQUEST:
        return "no_json", say("The body is no JSON in UTF-8.")
    return "refused", say("The request cannot be answered.")
