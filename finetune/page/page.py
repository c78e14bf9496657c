"""The page at `/`, its style and its script. Answers nothing: the script asks the server, as any program could."""

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from types import SimpleNamespace
from typing import Any

from jinja2 import Environment, FunctionLoader, StrictUndefined

from finetune.language.numbers import percent
from finetune.language.say import say, visible
from finetune.language.scores import SAYS, score_name, score_value
from finetune.language.which import languages, name_of, speaking
from finetune.page import said
from finetune.runtime.answering.answers import NUMBER
from finetune.runtime.answering.reading import FAMILIES

WORKBOOK = "xlsx"

SCRIPTS = ("shown", "asking", "posting", "text", "answer", "weighed", "table", "paste", "start", "served")
"""Files that are one script, those before that others need at once."""


def style() -> str:
    """Returns the style: what all pages look like, then what this one has besides."""
    return text_of("finetune.report", "base.css") + text_of(__package__, "page.css")


def script() -> str:
    """Returns the script, which is a module."""
    return joined(SCRIPTS)


def joined(names: Sequence[str], folder: str = "script") -> str:
    """Returns files of a folder of scripts as one, in the order of their names."""
    return "\n".join(text_of(__package__, f"{folder}/{name}.js") for name in names)


def rendered(facts: Mapping[str, Any] | None, language: str) -> str:
    """Returns the page.

    Args:
        facts: What `GET /model` answers; None for whoever has not shown the token yet, and is asked for it.
        language: Whose sentences it has, such as `pt`.
    """
    with speaking(language):
        return (
            templates()
            .get_template("page.html")
            .render(**shown(facts, language), offline=False, body="body.html")
        )


@cache
def templates() -> Environment:
    """Returns where the templates are found, by their paths within this room."""
    return Environment(
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_only_shown,
        undefined=StrictUndefined,
        loader=FunctionLoader(lambda name: text_of(__package__, name)),
    )


def shown(facts: Mapping[str, Any] | None, language: str) -> dict[str, Any]:
    """Returns what the body shows, in the language that is spoken.

    Args:
        facts: What `GET /model` answers; None for whoever is told nothing of the model.
        language: Its code.
    """
    return {
        "facts": facts,
        "spoken": language,
        "languages": [(code, name_of(code).capitalize()) for code in languages()],
        "number_type": NUMBER,
        **_told(facts),
    }


def _told(facts: Mapping[str, Any] | None) -> dict[str, Any]:
    """What the template shows, and what the script knows: of the model nothing where there are no facts."""
    sentences, language = said.of_every_page(), say("en", context="the language's code in HTML")
    known = {"language": language, "said": said.by_script(), "facts": None}
    if facts is None:
        return {"said": SimpleNamespace(**sentences), "known": known}
    kinds = [kind for kind, family in FAMILIES.items() if family != WORKBOOK or facts["workbooks"]]
    told = ("task", "problem_type", "labels", "columns", "pair", "limits")
    return {
        "said": SimpleNamespace(**sentences, **said.of_the_model(facts)),
        "known": known | {"facts": {name: facts[name] for name in told}, "kinds": kinds},
        "kinds": kinds,
        "fields": fields(facts),
        "columns": said.of_columns(facts),
        "scores": scores(facts),
        "about": said.of_whoever_looks_after(facts),
    }


def fields(facts: Mapping[str, Any]) -> list[str]:
    """Returns what the fields are called: a single one as what it takes, several as the columns."""
    names: list[str] = list(facts["columns"])
    return names if len(names) > 1 else [say("Text")]


def scores(facts: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    """Returns what each score is called, its value, and what it means."""
    return [
        (
            score_name(name),
            percent(value) if name == "accuracy" else score_value(name, value),
            str(SAYS.get(name, "")),
        )
        for name, value in (facts["scores"] or {}).items()
    ]


def _only_shown(value: object) -> object:
    """A value as it goes into the page: no character in it steers what shows it."""
    return visible(value) if type(value) is str else value


@cache
def text_of(package: str, name: str) -> str:
    """Returns the text of a file that stands in a package."""
    return files(package).joinpath(name).read_text(encoding="utf-8")
