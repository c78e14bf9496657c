"""The page at `/`, its style and its script. Answers nothing: the script asks the server, as any program could."""

from collections.abc import Mapping
from html import escape
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent


def style() -> str:
    """Returns the style."""
    return (HERE / "page.css").read_text(encoding="utf-8")


def script() -> str:
    """Returns the script."""
    return '"use strict";'


def rendered(facts: Mapping[str, Any] | None, language: str) -> str:
    """Returns the page.

    Args:
        facts: What `GET /model` answers; None for whoever has not shown the token yet, and is asked for it.
        language: Whose sentences it has, such as `pt`.
    """
    title = "finetune" if facts is None else escape(str(facts["run"]))
    return (
        f'<!doctype html><html lang="{escape(language)}"><head><meta charset="utf-8"><title>{title}</title>'
        f'<link rel="stylesheet" href="page.css"></head><body><h1>{title}</h1></body></html>'
    )
