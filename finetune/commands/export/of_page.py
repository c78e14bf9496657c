"""What a page says of its model: what it is, how good, examples, its proof. Makes no page."""

from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from finetune.commands.export.held import Held
from finetune.commands.export.in_browser import InBrowser
from finetune.commands.export.proof import Proof
from finetune.commands.export.source import Source
from finetune.evaluation.score_names import score_name, score_value
from finetune.language.numbers import megabytes, number
from finetune.language.say import Message, say
from finetune.language.which import language, languages, speaking
from finetune.page.offline.document import Told
from finetune.report.sections.opening import headline
from finetune.runs.run_name import name_of
from finetune.runtime.answering.columns import parsed
from finetune.tasks.task import NUMBER

TEXT = "texto"
"""The column of the texts where a run has found its own by its name."""

SCORED = "accuracy"
"""Told beside the score that ranks runs, where a task has it: everybody understands it."""

LONGEST_TEXT, LARGEST_TABLE, MOST_TEXTS = 100_000, 25 * 2**20, 1000
"""Letters of a text, bytes of a table, texts asked at once: more holds up a browser, or breaks it."""

LONGEST_EXAMPLE = 300
"""Letters of a text that is shown as an example."""


def told_of(proof: Proof, *, examples: int) -> dict[str, Told]:
    """Returns what a page says, in every language there is, that of the export first.

    Args:
        proof: Of the export.
        examples: How many texts of each label stand in it.
    """
    shown = examples_of(proof, examples)
    told: dict[str, Told] = {}
    for each in sorted(languages(), key=lambda code: code != language()):
        with speaking(each):
            told[each] = Told(facts_of_page(proof, shown), tuple(sentences(proof)))
    return told


def facts_of_page(proof: Proof, examples: Mapping[str, list[str]]) -> dict[str, Any]:
    """Returns what is known of the model, by the names that a server's page has for it."""
    source, facts = proof.source, proof.source.facts
    calibration, data = proof.said.calibration, facts.config.get("data") or {}
    part = facts.last_part
    whole = source.answering.words is not None or not facts.metrics.get("alone")
    reached = {} if part is None else facts.parts[part] if whole else facts.of_network(part)
    run = name_of(source.run) or source.run.resolve().name
    return {
        "model": f"{run} ({proof.form.name}, {proof.variant})",
        "run": run,
        "engine": "ONNX Runtime Web",
        "task": source.task.name,
        "problem_type": source.task.problem_type,
        "labels": source.labels,
        "columns": columns_of(data),
        "pair": source.is_of_pairs,
        "trained_on": facts.date.date().isoformat(),
        "rows": facts.rows_of("train"),
        "scores": {name: reached[name] for name in (facts.score, SCORED) if reached.get(name) is not None}
        or None,
        "verdict": headline(facts)[0] if whole else None,
        "knows_when_unsure": bool(calibration.abstain_below) or "widest" in calibration.facts,
        "limits": {"texts": MOST_TEXTS, "characters": LONGEST_TEXT, "file_bytes": LARGEST_TABLE},
        "workbooks": True,
        "contact": None,
        "examples": examples,
    }


def columns_of(data: Mapping[str, Any]) -> list[str]:
    """Returns names of the columns that a row has, in the order of a template."""
    template, second = data.get("template"), data.get("text_pair_column")
    first = [data.get("text_column") or TEXT] if template is None else parsed(str(template)).columns
    return list(dict.fromkeys(map(str, [*first, *([] if second is None else [second])])))


def no_examples(source: Source) -> Message | None:
    """Returns why no kept text can be shown as an example; None where they can."""
    if source.facts.setting("data", "template") is not None:
        return Message("a template makes its texts of several columns, and they are kept as it made them")
    if source.is_of_pairs:
        return Message("a row has two texts")
    if source.task.right is None or source.truth.ndim != 1:
        return Message("a row has not one label")
    return None


def examples_of(proof: Proof, most: int) -> dict[str, list[str]]:
    """Returns held-out texts that the model answers rightly and surely, by their labels; nothing where none are wanted.

    They are texts of the table: whoever gets the page reads them.
    """
    source = proof.source
    if not most or source.task.right is None or no_examples(source) is not None:
        return {}
    answer = proof.said.answer(source.task)
    right = np.asarray(source.task.right(source.truth, answer.predicted)) & ~answer.abstained
    surest = np.argsort(-answer.confidence, kind="stable")
    found: dict[str, list[str]] = {}
    for place, label in enumerate(source.labels):
        texts = [
            source.rows[row]["text"]
            for row in surest
            if right[row]
            and answer.predicted[row] == place
            and len(source.rows[row]["text"]) <= LONGEST_EXAMPLE
        ]
        found[label] = texts[:most]
    return found


def sentences(proof: Proof) -> Iterator[str]:
    """Gives how the page was proved."""
    found = proof.in_browser
    if proof.source.facts.metrics.get("alone") and proof.source.answering.words is None:
        yield say(
            "Words (TF-IDF) have a part in the run's own answers, and none here: this is its network alone."
        )
    if found is None:
        yield untried(proof.of())
        return
    yield tried_in(found)
    yield scored(found, proof.source.task.score)
    if proof.source.task.problem_type != NUMBER and found.run.after.error is not None:
        yield calibrated(found)
    yield from timed(found)


def calibrated(found: InBrowser) -> str:
    """Returns the calibration error of the rows that the page was asked."""
    return say(
        "Calibration error of the same rows: {page} in this page, {python} in Python, {run} of the run.",
        page=number(found.run.after.error, digits=4),
        python=number(found.python.before.error, digits=4),
        run=number(found.run.before.error, digits=4),
    )


def timed(found: InBrowser) -> Iterator[str]:
    """Gives how fast a page is, and how much room it takes."""
    yield say(
        "It was ready after {ready:.1f} s, took {text:.2f} s a text, and {memory} MB of memory.",
        ready=found.speed.ready,
        text=found.speed.text,
        memory=megabytes(found.memory, digits=0),
    )
    if found.slowed is not None:
        yield say(
            "With a processor four times as slow it was ready after {ready:.1f} s, and took {text:.2f} s a text.",
            ready=found.slowed.ready,
            text=found.slowed.text,
        )


def untried(held: Held) -> str:
    """Returns how the model answers of a page that no browser has tried."""
    low, high = held.interval
    return say(
        "No browser has tried this page. The same model, asked in Python, gave {equal:,} of {n:,} held-out row the "
        "answer of the run (95% interval {low:.1%} to {high:.1%}).",
        "No browser has tried this page. The same model, asked in Python, gave {equal:,} of {n:,} held-out rows the "
        "answer of the run (95% interval {low:.1%} to {high:.1%}).",
        n=held.rows,
        equal=held.equal,
        low=low,
        high=high,
    )


def tried_in(found: InBrowser) -> str:
    """Returns how a page answers in a browser."""
    low, high = found.run.interval
    return say(
        "Tried in {browser} {how}: of {n:,} held-out row this page gave {equal:,} the answer of the run (95% interval "
        "{low:.1%} to {high:.1%}), and {same:,} that of the same model in Python.",
        "Tried in {browser} {how}: of {n:,} held-out rows this page gave {equal:,} the answer of the run (95% interval "
        "{low:.1%} to {high:.1%}), and {same:,} that of the same model in Python.",
        browser=found.name,
        how=Message("with the network cut once a server had given it")
        if found.served
        else Message("with the network cut"),
        n=found.run.rows,
        equal=found.run.equal,
        low=low,
        high=high,
        same=found.python.equal,
    )


def scored(found: InBrowser, score: str) -> str:
    """Returns the score of the rows that the page was asked: those of validation and test together, or some of them."""
    return say(
        "{score} over this {n:,} row: {page} in this page, {python} in Python, {run} of the run.",
        "{score} over these {n:,} rows: {page} in this page, {python} in Python, {run} of the run.",
        score=score_name(score),
        n=found.run.rows,
        page=score_value(score, found.run.after.score, digits=4),
        python=score_value(score, found.python.before.score, digits=4),
        run=score_value(score, found.run.before.score, digits=4),
    )
