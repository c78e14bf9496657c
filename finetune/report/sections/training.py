"""How the training went: curves of loss, score and rate, and whether it learned by heart."""

from collections.abc import Sequence

from markupsafe import Markup

from finetune.evaluation import seeds
from finetune.evaluation.score_names import score_name
from finetune.language.parts import PART_NAMES
from finetune.language.say import AnyMessage, Message, joined, say
from finetune.report.blocks import Block, Bullets, Grid, Pictures, Section, Text
from finetune.report.events import Curve
from finetune.report.facts import Facts, in_language
from finetune.report.figures import curves
from finetune.report.figures.drawing import to_svg
from finetune.report.sections.asked import shown
from finetune.runs.adapted import sentences as known_of
from finetune.tasks.task import MULTI

Drawn = tuple[str, Message, Message, dict[str, AnyMessage]]

LOSS: Drawn = (
    "loss",
    Message("Loss (lower is better)"),
    Message("What the training makes smaller."),
    {"train/loss": PART_NAMES["train"], "val/loss": PART_NAMES["validation"]},
)
RATE: Drawn = (
    "rate",
    Message("Learning rate"),
    Message("How large the steps were: up at the beginning, then slowly to nothing."),
    {
        "learning_rate/highest": Message("highest", context="learning rate"),
        "learning_rate/lowest": Message("lowest", context="learning rate"),
    },
)
"""Of a figure its name, what stands above and below it, and the legend of each curve."""

SAYS = {
    "f1_macro": Message("Mean over the classes of how well each is found."),
    "kappa": Message("Agreement with the labels, far errors counting more than near ones; 1 is perfect."),
    "r2": Message("Share of the differences between the rows that is explained; 1 is perfect."),
}
"""What stands below the curve of a score."""


def figures(facts: Facts) -> list[Drawn]:
    """Returns what is drawn: the loss, the score by which epochs are ranked, the learning rate."""
    score = facts.score
    name = score_name(score)
    score_of: Drawn = (
        "f1",
        Message("{score} (higher is better)", score=name[:1].upper() + name[1:]),
        Message("Mean over the labels of how well each is found.")
        if score == "f1_macro" and facts.task.problem_type == MULTI
        else SAYS.get(score, Message("By it the best version was chosen.")),
        {f"train/{score}": PART_NAMES["train"], f"val/{score}": PART_NAMES["validation"]},
    )
    return [LOSS, score_of, RATE]


def recorded(facts: Facts) -> dict[str, Curve]:
    """Returns the curves of the TensorBoard files, and what `metrics.json` adds where these lack them.

    TensorBoard counts the steps from 0, `metrics.json` from 1.
    """
    epochs = (facts.metrics.get("training") or {}).get("epochs") or []
    found = dict(facts.curves)
    training = facts.metrics.get("training") or {}
    tags = {
        "training": training.get("training"),
        "validation": training.get("validation"),
        "loss": "val/loss",
    }
    for key, tag in tags.items():
        points = tuple((int(one["step"]) - 1, float(one[key])) for one in epochs if one.get(key) is not None)
        if tag and points:
            found.setdefault(str(tag), points)
    return found


def best_step(facts: Facts) -> float | None:
    """Returns the step of the checkpoint that was kept, counted from 0; None where that is not known."""
    step = facts.metrics.get("best_step")
    return None if step is None else float(step) - 1


def drawn(facts: Facts, wanted: Sequence[Drawn]) -> list[tuple[Markup, str]]:
    """Returns those of the figures that there are curves for, each with what stands below it."""
    found, pictures = recorded(facts), []
    for name, title, line, tags in wanted:
        lines = {str(legend): found[tag] for tag, legend in tags.items() if found.get(tag)}
        if lines:
            best = best_step(facts) if name != "rate" else None
            figure = curves(lines, title=str(title), best=best, zero=name == "loss")
            pictures.append((to_svg(figure, f"curve-{name}", alt=str(title)), str(line)))
    return pictures


def adapted(facts: Facts) -> list[Block]:
    """Returns what the model learned of the language before its labels; nothing where it was not adapted."""
    kept = facts.metrics.get("adapted")
    if not isinstance(kept, dict):
        return []
    begins = Message(
        "The training began from a model that had learned the language of texts without labels before ({run}).",
        run=shown(kept.get("run")),
    )
    return [Text(str(joined([begins, *known_of(kept)])))]


def untrained(facts: Facts) -> Section | None:
    """Returns that nothing of the network was trained; None where it was."""
    if not facts.untrained:
        return None
    told = say(
        "Nothing of the network was trained (--effort quick): the pretrained model stayed as it is, so that there are "
        "no curves. Its last step alone is new, and was computed at once from {n:,} training row.",
        "Nothing of the network was trained (--effort quick): the pretrained model stayed as it is, so that there are "
        "no curves. Its last step alone is new, and was computed at once from {n:,} training rows.",
        n=int(facts.untrained["rows"]),
    )
    more = say(
        "A training of the whole network takes longer and mostly reaches more: the same command without --effort quick."
    )
    return Section("training", say("How the training went"), "", [*adapted(facts), Text(told), Text(more)])


def averaged(facts: Facts) -> Section | None:
    """Returns what each network of several seeds reaches, and their mean; None where one was trained alone."""
    content = facts.seeds
    if not content:
        return None
    header = (say("network"), score_name(content["ranked_by"]), score_name(content["compared_by"]))
    table = Grid(header, seeds.rows(content), numbers=(1, 2), strong=[seeds.taken(content)])
    where = say("The curves of each network are in the folder of its run, in seeds/.")
    how = say(
        "Networks that began alike and saw the rows in another order each err in other places: the mean of their "
        "weights is one network, which mostly errs less. All were measured on the validation rows."
    )
    blocks = [*adapted(facts), Text(str(seeds.what_it_is(content))), table, Text(where, "quiet")]
    return Section("training", say("How the training went"), how, blocks)


def section(facts: Facts) -> Section:
    """Returns the curves and the sentences about overfitting; of a run that took no step, that it took none."""
    without = untrained(facts) or averaged(facts)
    if without is not None:
        return without
    blocks = adapted(facts)
    sentences = in_language((facts.metrics.get("training") or {}).get("sentences") or {}) or []
    if sentences:
        blocks.append(Bullets(sentences) if len(sentences) > 1 else Text(sentences[0]))
    pictures = drawn(facts, figures(facts))
    if pictures:
        blocks.append(Pictures(pictures))
    if not facts.curves:
        text = (
            Message(
                "Only what metrics.json knows of the epochs: the folder has no TensorBoard files "
                "(events.out.tfevents.*)."
            )
            if pictures
            else Message(
                "No curves: the run folder has no TensorBoard files (events.out.tfevents.*). With --trainer.logger "
                "false none are written."
            )
        )
        blocks.append(Text(str(text), "quiet"))
    how = say(
        "The loss should fall and the {score} rise. Where the training curve goes on getting better and the "
        "validation curve does not, the model learns the training rows by heart (overfitting).",
        score=score_name(facts.score),
    )
    return Section("training", say("How the training went"), how, blocks)
