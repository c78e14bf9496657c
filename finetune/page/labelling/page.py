"""The page of `finetune label`, its style and its script. Answers nothing: the script asks the server."""

from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any

from finetune.language.say import say
from finetune.language.which import languages, name_of, speaking
from finetune.page import said as every_page
from finetune.page.labelling import said
from finetune.page.page import joined, templates, text_of
from finetune.page.page import style as style_of_pages
from finetune.runtime.answering.answers import NUMBER

FOLDER = "labelling/script"
SHARED, LAST = ("shown", "asking", "posting"), ("served",)
SCRIPTS = ("labels", "classes", "number", "row", "saving", "work", "keys", "search", "progress", "person")
"""Files that are one script, between those that other pages have, too."""


def style() -> str:
    """Returns the style: what all pages look like, then what this one has besides."""
    return style_of_pages() + text_of(__package__, "labelling.css")


def script() -> str:
    """Returns the script, which is a module."""
    return "\n".join((joined(SHARED), joined(SCRIPTS, FOLDER), joined(LAST)))


def rendered(facts: Mapping[str, Any] | None, language: str) -> str:
    """Returns the page.

    Args:
        facts: What `GET /model` answers; None for whoever has not shown the token yet, and is asked for it.
        language: Whose sentences it has, such as `pt`.
    """
    known = facts or {}
    of_numbers = known.get("problem_type") == NUMBER
    with speaking(language):
        shown = {
            "body": "labelling/body.html",
            "facts": facts,
            "known": {
                "language": say("en", context="the language's code in HTML"),
                "said": said.by_script(),
                "facts": facts,
            },
            "said": SimpleNamespace(**every_page.of_every_page() | said.of_the_page(known)),
            "orders": [(name, said.order(name)) for name in known.get("orders", ())],
            "keys": said.keys(is_number=of_numbers),
            "of_numbers": of_numbers,
            "spoken": language,
            "languages": [(code, name_of(code).capitalize()) for code in languages()],
            "offline": False,
        }
        return templates().get_template("page.html").render(**shown)
