"""The page for people: what the model is, into HTML that asks nothing of elsewhere. Asks no model."""

from collections.abc import Mapping
from html import escape
from typing import Any


def rendered(engine_facts: Mapping[str, Any], language: str) -> str:
    """Returns the page.

    Args:
        engine_facts: What is known of the model: the content of `/model`.
        language: In which it is told.
    """
    title = escape(str(engine_facts["run"]))
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8"><title>{title}</title>'
        '<link rel="stylesheet" href="/page.css"><script src="/page.js" defer></script></head>'
        f"<body><h1>{title}</h1></body></html>"
    )
