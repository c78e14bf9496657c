"""Which ways to train were compared before the run, what each reached, and which was taken and why."""

from finetune.evaluation.candidates import NAMES, not_compared, why
from finetune.evaluation.score_names import score_name, score_span, score_value
from finetune.language.numbers import NOTHING, number
from finetune.language.say import say
from finetune.report.blocks import Block, Grid, Section, Text
from finetune.report.facts import Facts


def is_told(facts: Facts) -> bool:
    """Returns whether ways to train were compared to the end."""
    return "chosen" in facts.effort


def section(facts: Facts) -> Section:
    """Returns the table of the ways, and the sentence that says which was taken."""
    content = facts.effort
    score = str(content["ranked_by"])
    rows = [
        (
            str(NAMES[way["name"]]),
            score_value(score, way["score"]["mean"]),
            score_span(score, (way["score"]["low"], way["score"]["high"])),
            score_value(score, way["behind"]["mean"]),
            number(way["seconds"], digits=0) if way["seconds"] else NOTHING,
        )
        for way in content["candidates"]
    ]
    header = (
        say("way", context="to train"),
        score_name(score),
        say("95% interval"),
        say("behind"),
        say("seconds"),
    )
    taken = [place for place, way in enumerate(content["candidates"]) if way["name"] == content["chosen"]]
    blocks: list[Block] = [Text(str(why(content))), Grid(header, rows, numbers=(1, 2, 3, 4), strong=taken)]
    if content["left_out"]:
        blocks.append(Text(str(not_compared(content["left_out"])), "quiet"))
    how = say(
        "Each way was trained on parts of the rows that are not the test's, and measured on the others ({folds} "
        "folds): the mean over them, and the interval in which it may well lie. No test row was read for this.",
        folds=content["folds"],
    )
    return Section("effort", say("Which way was taken (--effort best)"), how, blocks)
