"""What the card of a model says by its task: what it answers, its labels, its limits. The card itself: `model_card`."""

import re

from finetune.language.numbers import percent
from finetune.language.say import Message, say
from finetune.report.facts import Facts
from finetune.report.names import rows_name
from finetune.tasks.task import MULTI, NUMBER


def on_one_line(label: str) -> str:
    """Returns a name on one line, in which Markdown and HTML find nothing to do."""
    line = re.sub(r"([\\`*_<>\[\]#|&])", r"\\\1", " ".join(label.split()))
    return re.sub(r"^(\d*)([.)+-])", r"\1\\\2", line)  # what begins a list


def title(facts: Facts) -> str:
    """Returns what the model is, and of which table."""
    if facts.task.problem_type == NUMBER:
        return say("A number from a text: {data}", data=facts.data_name)
    return say("Text classifier: {data}", data=facts.data_name)


def what_it_does(facts: Facts, base: str) -> str:
    """Returns what the model answers, and what it was made of.

    Args:
        facts: The run.
        base: The model that was trained, as the card shows it.
    """
    made = Message(
        "It is {model}, whose last step was made with `finetune`."
        if facts.untrained
        else "It was fine-tuned from {model} with `finetune`.",
        model=base,
    )
    if facts.task.problem_type == NUMBER:
        named = on_one_line(", ".join(facts.labels))
        return say("This model gives a text a number, {name}. {made}", name=named, made=made)
    if facts.task.problem_type == MULTI:
        return say(
            "This model gives a text {n:,} label or none. {made}",
            "This model gives a text any of {n:,} labels, or none. {made}",
            n=len(facts.labels),
            made=made,
        )
    if facts.task.name == "ordinal":
        return say(
            "This model gives a text one of {n:,} classes that stand in an order. {made}",
            n=len(facts.labels),
            made=made,
        )
    return say(
        "This model gives a text one of {n:,} class. {made}",
        "This model gives a text one of {n:,} classes. {made}",
        n=len(facts.labels),
        made=made,
    )


def outputs(facts: Facts) -> list[str]:
    """Returns the names of the classes or labels; nothing of a number, which has been named."""
    if facts.task.problem_type == NUMBER:
        return []
    if facts.task.name == "ordinal":
        listed = [f"{place}. {on_one_line(label)}" for place, label in enumerate(facts.labels, 1)]
        return [f"## {say('Classes, in their order')}", "\n".join(listed)]
    above = say("Labels") if facts.task.problem_type == MULTI else say("Classes")
    return [f"## {above}", "\n".join(f"- {on_one_line(label)}" for label in facts.labels)]


def what_it_does_not_know(facts: Facts) -> str:
    """Returns what it answers where it should not."""
    if facts.task.problem_type == NUMBER:
        return say(
            "It gives every text a number, also one that has none. Beyond the numbers that it learned from it errs "
            "most."
        )
    if facts.task.problem_type == MULTI:
        return say("It knows these labels alone: of what else a text is about it says nothing.")
    return say("It knows these classes alone: a text of none of them gets one all the same.")


def uncertain_intervals(facts: Facts, part: str | None) -> str:
    """Returns how far the intervals of numbers can be trusted."""
    interval = (facts.of_network(part).get("interval") or {}) if part else {}
    if interval.get("measured") is None:
        return say("It gives one number: how far that may be off from text to text was not measured.")
    return say(
        "Its intervals are no certainty: on the {part}, {measured} of the true numbers lay in theirs; {wanted} were "
        "wanted.",
        part=rows_name(str(part)),
        measured=percent(interval["measured"]),
        wanted=percent(interval.get("wanted"), digits=0),
    )
