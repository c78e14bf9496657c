"""The page: facts of a run to one HTML file that needs no network. Reads no run folder, computes no attribution."""

import re
from collections.abc import Callable, Sequence
from importlib.resources import files

from jinja2 import Environment
from markupsafe import Markup, escape

from finetune.files.whole import GENERATOR
from finetune.language.numbers import day
from finetune.language.say import say, visible
from finetune.report.attribution import Explained
from finetune.report.blocks import Block, Section, Tone
from finetune.report.facts import Facts
from finetune.report.sections import (
    asked,
    classes,
    confidence,
    corrected,
    data,
    effort,
    machine,
    mistakes,
    number,
    opening,
    order,
    repeat,
    scores,
    several,
    training,
)

FIRST = (asked.section, data.section, training.section, scores.section)

SECTIONS: dict[str, tuple[Callable[[Facts], Section], ...]] = {
    "single_label": (
        *FIRST,
        classes.confusion_section,
        classes.section,
        confidence.calibration_section,
        confidence.section,
    ),
    "multi_label": (
        *FIRST,
        several.section,
        several.wrong_section,
        several.amount_section,
        confidence.calibration_section,
        confidence.section,
    ),
    "ordinal": (
        *FIRST,
        order.section,
        classes.confusion_section,
        classes.section,
        confidence.calibration_section,
        confidence.section,
    ),
    "number": (
        *FIRST,
        number.section,
        number.size_section,
        number.interval_section,
        number.abstention_section,
    ),
}
"""What a page tells, by the task; errors, machine and how to repeat it follow."""

STYLES = ("base.css", "style.css")
"""What all pages look like, then what this one has besides."""

OF_A_NETWORK = (training.section, machine.section)
"""What there is nothing to tell of where words alone have learned."""


def report_page(facts: Facts, explained: Explained, *, version: str) -> str:
    """Returns the report of one run, in the language that is spoken.

    Args:
        facts: What the run folder says.
        explained: What weighed in the errors, or why that is not known.
        version: Of what makes the page.
    """
    left_out = OF_A_NETWORK if facts.of_words else ()
    sections = [make(facts) for make in SECTIONS[facts.task.name] if make not in left_out]
    if effort.is_told(facts):
        sections.insert(1, effort.section(facts))
    if facts.corrected:
        sections.insert(1, corrected.section(facts))
    sections.append(mistakes.section(facts, explained))
    sections += [make(facts) for make in (machine.section, repeat.section) if make not in left_out]
    verdict, tone = opening.headline(facts)
    return render(
        sections,
        title=say("Report of the training {run}", run=facts.folder.resolve().name),
        above=line_above(facts),
        verdict=verdict,
        tone=tone,
        opening_blocks=opening.opening(facts),
        version=version,
    )


def line_above(facts: Facts) -> str:
    """Returns what stands above the title: which data, which model, and when."""
    return say(
        "{data} · model {model} · {date}",
        data=facts.data_name,
        model=facts.model_name,
        date=day(facts.date),
    )


OPTION = re.compile(r"(?<!\S)--[\w.+]+")


def whole_options(text: str) -> Markup:
    """Returns a text as HTML whose lines do not end within the name of an option, as on a phone."""
    return Markup(OPTION.sub(r'<span class="option">\g<0></span>', str(escape(visible(text)))))


def _only_shown(value: object) -> object:
    """A value as it goes into the page: no character in it steers what shows it."""
    if isinstance(value, Markup):
        return Markup(visible(value))
    return visible(value) if isinstance(value, str) else value


def render(
    sections: Sequence[Section],
    *,
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
        title: Of the page.
        above: A small line above the title.
        verdict: The sentence below it.
        tone: How that looks.
        version: Of what makes the page.
        opening_blocks: What stands before the first section.
    """
    package = files("finetune.report")
    environment = Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True, finalize=_only_shown)
    environment.filters["whole_options"] = whole_options
    template = environment.from_string(package.joinpath("template.html").read_text(encoding="utf-8"))
    return template.render(
        lang=say("en", context="the language's code in HTML"),
        generator=f"{GENERATOR} {version}",
        style=Markup("".join(package.joinpath(name).read_text(encoding="utf-8") for name in STYLES)),
        title=title,
        above=above,
        verdict=verdict,
        tone=tone,
        opening=opening_blocks,
        contents=say("Contents"),
        sections=sections,
        footer=say(
            "Made by finetune {version} from the files of the run folder. This page needs no network.",
            version=version,
        ),
    )
