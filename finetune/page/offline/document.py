"""The page that answers by itself, in every language at once: all but the parts that answer. Writes no file."""

import base64
import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from finetune.language.which import speaking
from finetune.page.offline import said
from finetune.page.offline.marked import GENERATOR
from finetune.page.offline.parts import Part
from finetune.page.offline.tables_said import of_tables
from finetune.page.page import joined, shown, style, templates
from finetune.page.said import offline

SCRIPTS = (
    *("shown", "local", "posting", "text", "answer", "weighed", "table", "paste", "start"),
    *("parts", "keeping", "offline"),
)
"""Files that are one script; it is no module, so that what tries the page can ask as the page does."""

BEYOND = re.compile(r"[^\x00-\x7f]")


@dataclass(frozen=True)
class Told:
    """What a page says of its model in one language.

    Attributes:
        facts: What the server answers to `GET /model`, and `examples`: texts by their labels, or nothing.
        proof: Sentences about how it was proved.
    """

    facts: Mapping[str, Any]
    proof: Sequence[str] = ()


def document(told: Mapping[str, Told], parts: Sequence[Part], *, beside: bool) -> bytes:
    """Returns the page up to where its parts follow, in ASCII alone: whatever else is in it are these parts.

    Args:
        told: What it says of the model, by the language; that which comes first is for readers of other languages.
        parts: What it answers by.
        beside: Whether these are files beside it.
    """
    by_itself, looks = script(), in_css(style())
    made = (
        templates()
        .get_template("offline/offline.html")
        .render(
            pages=[_page(each, language) for language, each in told.items()],
            generator=GENERATOR,
            policy=policy(by_itself, looks, beside=beside),
            script=Markup(by_itself),
            style=Markup(looks),
            parts=[
                {"name": each.name, "length": len(each.content), "size": each.size}
                | ({"file": each.file} if beside else {})
                for each in parts
            ],
        )
    )
    return made.encode("ascii", "xmlcharrefreplace")


def policy(script: str, style: str, *, beside: bool) -> str:
    """Returns what the page may do: run its own script, and ask nobody but the server of its own parts."""
    workers = "worker-src 'self' blob:; connect-src 'self'" if beside else "worker-src blob:"
    return (
        f"default-src 'none'; script-src '{_sum(script)}' 'wasm-unsafe-eval'; style-src '{_sum(style)}'; {workers}; "
        "img-src data:; form-action 'none'; base-uri 'none'"
    )


def script() -> str:
    """Returns the script."""
    return '"use strict";\n' + BEYOND.sub(_escaped, joined(SCRIPTS))


def in_css(text: str) -> str:
    """Returns a style in ASCII."""
    return BEYOND.sub(lambda found: f"\\{ord(found[0]):06x}", text)


def _page(told: Told, language: str) -> dict[str, Any]:
    with speaking(language):
        page = shown(told.facts, language)
        vars(page["said"]).update(said.of_the_page())
        page["known"]["said"].update(said.by_script())
        page["known"]["worker"] = {**offline(), **of_tables()}
        return {**page, "first": said.before_the_script(), "proof": told.proof}


def _escaped(found: re.Match[str]) -> str:
    """A letter as JavaScript writes it, those beyond 16 bits as two."""
    units = found[0].encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))


def _sum(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"
