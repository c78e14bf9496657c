"""`README.md` of the exported model: a Hugging Face model card with results, use and limits. Measures nothing."""

import json
from collections.abc import Sequence
from pathlib import Path

from finetune.evaluation.score_names import meant, score_name, score_span, score_value
from finetune.evaluation.seeds import what_it_is
from finetune.files.whole import write_text
from finetune.language.numbers import NOTHING, count
from finetune.language.say import Message, in_every_language, say, visible
from finetune.report.card_metadata import metadata
from finetune.report.card_use import by_transformers, made_of
from finetune.report.card_words import (
    on_one_line,
    outputs,
    title,
    uncertain_intervals,
    what_it_does,
    what_it_does_not_know,
)
from finetune.report.facts import Facts
from finetune.report.names import points, rows_name, rows_of
from finetune.report.sections.opening import few_rows
from finetune.report.sections.scores import NO_SIMPLE, beside_simple
from finetune.runs.folder import MODEL
from finetune.tasks.task import NUMBER

CARD = "README.md"

MARK = Message("<!-- finetune report writes this card anew; take this line out to keep what you change -->")


def write_card(facts: Facts) -> Path | None:
    """Writes the card into the exported model; returns where.

    None where no model was exported, or its folder is a link to a place that is none of the run's, or the card there is
    no longer ours: who takes out the mark keeps the text.
    """
    folder = facts.folder / MODEL
    file = folder / CARD
    if folder.is_symlink() or not (folder / "config.json").is_file():
        return None
    if file.is_file():
        text = file.read_text(encoding="utf-8", errors="replace")
        if not any(mark in text for mark in in_every_language(MARK).values()):
            return None
    write_text(file, card(facts))
    return file


def card(
    facts: Facts,
    *,
    mark: str | Message = MARK,
    use: Sequence[str] | None = None,
    more: Sequence[str] = (),
    library: str = "transformers",
) -> str:
    """Returns the card: YAML for the hub, then text; without any folder of this machine.

    Args:
        facts: The run.
        mark: Stands above the text.
        use: How the model is used, where plain Transformers does not open it.
        more: Parts that stand behind the results.
        library: What opens it, as the hub calls that.
    """
    embedded = facts.model_name == "embedded"
    base = say("multilingual-e5-small, cut to English and Portuguese") if embedded else facts.model_name
    parts = [
        f"---\n{metadata(facts, library=library)}\n---",
        *([str(mark)] if mark else []),
        f"# {on_one_line(title(facts))}",
        what_it_does(facts, on_one_line(base)),
        *outputs(facts),
        f"## {say('Data')}",
        _sizes(facts),
        f"## {say('Results')}",
        _results(facts),
        *more,
        f"## {say('Use')}",
        *made_of(facts),
        *(by_transformers(facts) if use is None else use),
        f"## {say('Limits')}",
        _limits(facts),
        f"## {say('How it was trained')}",
        _training(facts),
    ]
    return visible("\n\n".join(parts)) + "\n"


def _sizes(facts: Facts) -> str:
    rows = {part: facts.rows_of(part) for part in ("train", "validation", "test")}
    return say(
        "Rows: {train} for training, {validation} for validation, {test} for test, from {source}.",
        source=on_one_line(facts.data_name),
        **{part: NOTHING if n is None else count(n) for part, n in rows.items()},
    )


def _results(facts: Facts) -> str:
    part = facts.last_part
    if part is None:
        return say("The training has not finished: nothing was measured.")
    report, answer = facts.of_network(part), facts.parts[part]
    measured = say(
        "Measured on {rows}, which the model has never seen; in brackets the 95% interval."
        if part == "test"
        else "Measured on {rows}, by which the best version was chosen (on new texts expect less); in brackets the 95% "
        "interval.",
        rows=rows_of(part, answer["rows"]),
    )
    lines = [measured, "", f"| {say('measure')} | {say('value')} |", "|---|---|"]
    for name in (*facts.compared, "balanced_accuracy", "ece"):
        if report.get(name) is not None:
            interval = score_span(name, (report.get("intervals") or {}).get(name))
            value = score_value(name, report[name]) + (f" ({interval})" if interval else "")
            lines.append(f"| {score_name(name)} | {value} |")
    lines += ["", meant(facts.task)]
    if facts.metrics.get("alone"):
        together = say(
            "This is what the model in this folder reaches. `finetune predict` and `finetune test` answer from the run "
            "folder, where what words alone (TF-IDF) say has {share:.0%} of the answer: together they reach {score} "
            "({name}).",
            share=facts.metrics["mix"]["weight"],
            score=score_value(facts.score, answer[facts.score]),
            name=score_name(facts.score),
        )
        lines += ["", together]
    beside = beside_simple(facts, part)
    lines += ["", str(NO_SIMPLE) if beside is None else beside]
    if beside is not None and facts.metrics.get("alone"):
        lines += ["", say("This comparison is of both together, network and words.")]
    return "\n".join(lines)


def _limits(facts: Facts) -> str:
    train, part = facts.rows_of("train"), facts.last_part
    rough = few_rows(facts)
    error = facts.of_network(part).get("ece") if part else None
    limits = [
        say(
            "It learned from {train} texts like those of {source}. On texts of other kinds it errs more.",
            train=NOTHING if train is None else count(train),
            source=on_one_line(facts.data_name),
        ),
        what_it_does_not_know(facts),
        uncertain_intervals(facts, part)
        if facts.task.problem_type == NUMBER
        else say(
            "Its confidence is no certainty: on the {part}, confidence and accuracy lie {error} apart on average.",
            part=rows_name(str(part)),
            error=points(error),
        )
        if error is not None
        else say("Its confidence is no certainty: how far it can be trusted was not measured."),
        *([rough] if rough is not None else []),
        say(
            "It is not meant for automatic decisions about people: let a human review what has consequences for "
            "somebody."
        ),
    ]
    return "\n".join(f"- {limit}" for limit in limits)


def _training(facts: Facts) -> str:
    if facts.untrained:
        return say(
            "Not at all (--effort quick): the pretrained model is as it was. Its last step alone is new, and was "
            "computed from {n:,} training row, as a regression on what the model gives of it.",
            "Not at all (--effort quick): the pretrained model is as it was. Its last step alone is new, and was "
            "computed from {n:,} training rows, as a regression on what the model gives of them.",
            n=int(facts.untrained["rows"]),
        )
    seen = (facts.metrics.get("training") or {}).get("epochs") or []
    trained = say(
        "Epochs: {epochs}. Rows a step: {batch}. Loss: `{loss}`. Learning rate: `{schedule}`. Seed: {seed}.",
        epochs=str(facts.setting("trainer", "max_epochs") or len(seen) or NOTHING),
        batch=str(facts.setting("data", "effective_batch_size") or NOTHING),
        loss=facts.setting("model", "loss") or facts.task.losses[0],
        schedule=facts.setting("model", "schedule") or NOTHING,
        seed=json.dumps(facts.config.get("seed_everything")),
    )
    return "".join([*_averaged(facts), trained, _adapters(facts)])


def _averaged(facts: Facts) -> list[str]:
    """What the model is of networks of several seeds; nothing where one was trained alone."""
    return [f"{what_it_is(facts.seeds)} "] if facts.seeds else []


def _adapters(facts: Facts) -> str:
    """How the model was trained by adapters, and that none of these is missing; nothing where it was trained whole."""
    lora, merged = facts.metrics.get("lora"), facts.metrics.get("merged")
    if not (isinstance(lora, dict) and isinstance(merged, dict)):
        return ""
    told = say(
        "Trained by adapters (`{kind}`, rank {rank}, alpha {alpha:g}) and a whole head. The adapters are merged into "
        "these weights: with them and merged, the model gave the same answer to all {n:,} rows that both answered "
        "(largest difference of a probability, or of a number in its spread: {apart:.0e}).",
        kind=lora.get("kind"),
        rank=lora.get("rank"),
        alpha=lora.get("alpha"),
        n=merged.get("rows"),
        apart=merged.get("largest_difference"),
    )
    return f"\n\n{told}"
