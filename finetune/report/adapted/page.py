"""The page of a run that adapted a model: facts to one HTML file that needs no network. Reads no run folder."""

from finetune.language.parts import PART_NAMES
from finetune.language.say import Message, joined, say
from finetune.report.adapted import language, texts
from finetune.report.adapted.repeat import section as repeat_section
from finetune.report.blocks import Block, Pictures, Section, Text, Tone
from finetune.report.facts import Facts
from finetune.report.page import line_above, render
from finetune.report.sections import machine, training
from finetune.report.sections.repeat import run_name
from finetune.report.sections.training import LOSS, RATE, Drawn
from finetune.runs.adapted import UNTRAINED, known, sentences

PERPLEXITY: Drawn = (
    "perplexity",
    Message("Perplexity (lower is better)"),
    Message("Among how many pieces of words the model wavers where one was left out."),
    {"val/perplexity": PART_NAMES["validation"]},
)


def adapted_page(facts: Facts, *, version: str) -> str:
    """Returns the report of one run, in the language that is spoken.

    Args:
        facts: What the run folder says.
        version: Of what makes the page.
    """
    verdict, tone = headline(facts)
    return render(
        [
            language.section(facts),
            language.gaps_section(facts),
            texts.section(facts),
            training_section(facts),
            machine.section(facts),
            repeat_section(facts),
        ],
        title=say("Report of the adapted model {run}", run=facts.folder.resolve().name),
        above=line_above(facts),
        verdict=verdict,
        tone=tone,
        opening_blocks=opening(facts),
        version=version,
    )


def headline(facts: Facts) -> tuple[str, Tone]:
    """Returns what was gained and forgotten, and how it looks."""
    held_out = known(facts.metrics, "validation")
    if held_out is None:
        return unfinished(facts), "severe"
    better = held_out.before is not None and held_out.after is not None and held_out.after < held_out.before
    proved = better and not facts.metrics.get(UNTRAINED)
    return str(joined(sentences(facts.metrics))), "good" if proved else "plain" if better else "warning"


def unfinished(facts: Facts) -> str:
    """Returns that there is no result, and how to get one."""
    if facts.resumable:
        return say(
            "This training has not finished: there is no result yet. Below stands what is known so far. To go on with "
            "it:\n  finetune adapt --run {run} --resume",
            run=run_name(facts.folder),
        )
    return say("This training left no result and no state to go on from. Below stands what is known.")


def opening(facts: Facts) -> list[Block]:
    """Returns what is to be known before the numbers are read."""
    text = say(
        "These numbers say how well the model knows the language of the texts, and nothing of labels. Whether a "
        "classifier gains by it shows when one is trained from this run, and one without it, on the same rows."
    )
    return [Text(text, "quiet"), *language.cards(facts)]


def training_section(facts: Facts) -> Section:
    """Returns the curves."""
    pictures = training.drawn(facts, [LOSS, PERPLEXITY, RATE])
    none = say(
        "No curves: the run folder has no TensorBoard files (events.out.tfevents.*). With --trainer.logger false none "
        "are written."
    )
    blocks: list[Block] = [Pictures(pictures)] if pictures else [Text(none, "quiet")]
    how = say(
        "Both losses should fall. Where that of the held-out texts rises again, the model learns the others by heart."
    )
    return Section("training", say("How the training went"), how, blocks)
