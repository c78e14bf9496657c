"""The page: facts of a run to one HTML file that needs no network. Reads no run folder, computes no attribution."""

from collections.abc import Callable, Sequence
from importlib.resources import files
from typing import Any

from jinja2 import Environment
from markupsafe import Markup

from finetune.files.whole import GENERATOR
from finetune.language.which import Language
from finetune.report.attribution import Explained
from finetune.report.blocks import Block, Section, Tone
from finetune.report.facts import Facts
from finetune.report.sections import (
    asked,
    classes,
    confidence,
    data,
    machine,
    mistakes,
    opening,
    repeat,
    scores,
    training,
)
from finetune.report.words import Words

SAYS: Words = {
    "en": {
        "title": "Report of the training {run}",
        "above": "{data} · model {model} · {date}",
        "contents": "Contents",
        "footer": "Made by finetune {version} from the files of the run folder. This page needs no network.",
    },
    "pt": {
        "title": "Relatório do treino {run}",
        "above": "{data} · modelo {model} · {date}",
        "contents": "Conteúdo",
        "footer": "Feito por finetune {version} a partir dos arquivos da pasta do treino. Esta página não usa a rede.",
    },
}

SECTIONS: tuple[Callable[[Facts, Language], Section], ...] = (
    asked.section,
    data.section,
    training.section,
    scores.section,
    classes.confusion_section,
    classes.section,
    confidence.calibration_section,
    confidence.section,
)


def report_page(facts: Facts, language: Language, explained: Explained, *, version: str) -> str:
    """Returns the report of one run.

    Args:
        facts: What the run folder says.
        language: That of the reader.
        explained: What weighed in the errors, or why that is not known.
        version: Of what makes the page.
    """
    says = SAYS[language]
    sections = [make(facts, language) for make in SECTIONS]
    sections.append(mistakes.section(facts, language, explained))
    sections += [machine.section(facts, language), repeat.section(facts, language)]
    verdict, tone = opening.headline(facts, language)
    date = facts.date.strftime("%d/%m/%Y" if language == "pt" else "%Y-%m-%d")
    return render(
        sections,
        language=language,
        title=says["title"].format(run=facts.folder.resolve().name),
        above=says["above"].format(data=facts.data_name, model=facts.model_name, date=date),
        verdict=verdict,
        tone=tone,
        opening_blocks=opening.opening(facts, language),
        version=version,
    )


def unbroken(value: Any) -> Any:
    """Keeps `95 %` on one line."""
    return value.replace("95 %", "95\N{NO-BREAK SPACE}%") if type(value) is str else value


def render(
    sections: Sequence[Section],
    *,
    language: Language,
    title: str,
    above: str,
    verdict: str,
    tone: Tone,
    version: str,
    opening_blocks: Sequence[Block] = (),
) -> str:
    """Returns a page; whatever is text is shown as text, also where it looks like HTML.

    Args:
        sections: Its parts, in order.
        language: That of the reader.
        title: Of the page.
        above: A small line above the title.
        verdict: The sentence below it.
        tone: How that looks.
        version: Of what makes the page.
        opening_blocks: What stands before the first section.
    """
    says = SAYS[language]
    package = files("finetune.report")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=unbroken)
    template = environment.from_string(package.joinpath("template.html").read_text(encoding="utf-8"))
    return template.render(
        lang="pt-BR" if language == "pt" else "en",
        generator=f"{GENERATOR} {version}",
        style=Markup(package.joinpath("style.css").read_text(encoding="utf-8")),
        title=title,
        above=above,
        verdict=verdict,
        tone=tone,
        opening=opening_blocks,
        contents=says["contents"],
        sections=sections,
        footer=says["footer"].format(version=version),
    )
