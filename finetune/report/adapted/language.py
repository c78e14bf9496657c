"""How well the model knows the texts before and after, and what it fills gaps with."""

from finetune.language.numbers import NOTHING, count
from finetune.language.say import Message, say
from finetune.report.blocks import Block, Cards, Grid, Section, Text
from finetune.report.facts import Facts
from finetune.runs.adapted import GAPS, Known, known, measured_by, shown

CALLED = {
    "validation": Message("texts of the domain that were held out"),
    "general": Message("general sentences"),
}
"""The parts that a model was asked of."""


def cards(facts: Facts) -> list[Block]:
    """Returns the numbers that are seen first."""
    items = []
    for part, name in CALLED.items():
        found = known(facts.metrics, part)
        if found is not None:
            below = say("before: {value}", value=_value(found.before))
            items.append((f"{str(measured_by(found)).capitalize()}, {name}", _value(found.after), below))
    return [Cards(items)] if items else []


def _value(value: float | None) -> str:
    return NOTHING if value is None else shown(value)


def section(facts: Facts) -> Section:
    """Returns the numbers of each part; what they say in words stands above all."""
    title = say("What it knows of the language")
    found = {part: known(facts.metrics, part) for part in CALLED}
    held_out = found["validation"]
    if held_out is None:
        none = say("Not known: the run has no metrics.json, which is written when a training has finished.")
        return Section("language", title, "", [Text(none, "quiet")])
    rows = [_row(str(CALLED[part]), each) for part, each in found.items() if each is not None]
    header = [say("texts"), say("how many"), say("measure"), say("before"), say("after")]
    blocks: list[Block] = [Grid(header, rows, numbers=(1, 3, 4))]
    how = say(
        "Words are left out of texts that it did not learn from, and it tells them. Perplexity says among how many "
        "pieces of words it wavers: 1 were certain. The general sentences show whether it forgets the rest of the "
        "language."
        if held_out.measure == "perplexity"
        else "The loss says how badly two readings of a text are told from other texts, of texts that it did not learn "
        "from. The general sentences show whether it forgets the rest of the language."
    )
    return Section("language", title, how, blocks)


def _row(name: str, found: Known) -> list[str]:
    return [name, count(found.texts), str(measured_by(found)), _value(found.before), _value(found.after)]


def gaps_section(facts: Facts) -> Section:
    """Returns texts in which a word was left out, and what was likeliest there before and after."""
    title, gaps = say("Gaps that it fills"), facts.metrics.get(GAPS) or []
    if not gaps:
        none = say(
            "No examples: it fills no gaps, or no word of the held-out texts is one piece to its tokenizer."
        )
        return Section("gaps", title, "", [Text(none, "quiet")])
    rows = [
        [
            f"{gap['text'][0]}[___]{gap['text'][1]}",
            str(gap["word"]),
            ", ".join(map(str, gap["before"])),
            ", ".join(map(str, gap["after"])),
        ]
        for gap in gaps
    ]
    header = [say("text"), say("word"), say("likeliest before"), say("likeliest after")]
    how = say("A word of a held-out text is left out; the three likeliest words, before and after.")
    return Section("gaps", title, how, [Grid(header, rows)])
