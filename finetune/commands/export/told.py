"""The proof of an export in words: for the terminal, and for the README of its folder. Computes nothing."""

import json
from collections.abc import Iterator
from dataclasses import replace

from finetune.commands.export.held import near
from finetune.commands.export.of_page import sentences
from finetune.commands.export.proof import ENOUGH, Proof
from finetune.evaluation.score_names import score_name, score_value
from finetune.language.numbers import NOTHING, number, percent, significant
from finetune.language.parts import PART_NAMES
from finetune.language.say import Message, say, show, visible
from finetune.report.model_card import card
from finetune.tasks.calibration import KEY, stored
from finetune.tasks.task import NUMBER

MARK = Message("<!-- written by finetune export -->")


def is_of_numbers(proof: Proof) -> bool:
    """Returns whether numbers are answered, which have neither a confidence nor classes."""
    return proof.source.task.problem_type == NUMBER


def compared(proof: Proof) -> Iterator[tuple[str, str, str]]:
    """Gives what was measured, of the run and of the export: a name and two values."""
    score = proof.source.task.score
    for part in proof.parts:
        held, name = proof.of(part), str(PART_NAMES[part])
        yield (
            say("{score}, {part}", score=score_name(score), part=name),
            score_value(score, held.before.score, digits=4),
            score_value(score, held.after.score, digits=4),
        )
        if held.before.error is not None:
            yield (
                say("calibration error, {part}", part=name),
                number(held.before.error, digits=4),
                number(held.after.error, digits=4),
            )
        if not is_of_numbers(proof) or "widest" in proof.own.said.calibration.facts:
            yield (
                say("“don't know”, {part}", part=name)
                if not is_of_numbers(proof)
                else say("intervals wider than asked for, {part}", part=name),
                percent(held.before.unknown),
                percent(held.after.unknown),
            )


def facts_of(proof: Proof) -> Iterator[str]:
    """Gives the sentences of the proof, one after the other."""
    held = proof.of()
    yield say(
        "{n:,} held-out row was answered by a process of its own that knows nothing of finetune.",
        "All {n:,} held-out rows were answered by a process of its own that knows nothing of finetune.",
        n=held.rows,
    )
    if held.rows < ENOUGH:
        yield say(
            "That is fewer than {enough}, and all there are: rare differences do not show in so few.",
            enough=ENOUGH,
        )
    yield from _of_numbers(proof) if is_of_numbers(proof) else _of_logits(proof)
    yield from _of_threshold(proof)
    if proof.form.page:
        yield from sentences(proof)
    if proof.source.unclear:
        yield say(
            "Of {n:,} row it is not certain where the second text begins: what joins both stands in one, too.",
            "Of {n:,} rows it is not certain where the second text begins: what joins both stands in one, too.",
            n=proof.source.unclear,
        )


def _of_logits(proof: Proof) -> Iterator[str]:
    held = proof.of()
    low, high = held.interval
    yield say(
        "The same answer: {equal:,} of {n:,} (95% interval {low:.1%} to {high:.1%}). Largest difference of a logit: "
        "{difference:.1e}.",
        equal=held.equal,
        n=held.rows,
        low=low,
        high=high,
        difference=held.difference,
    )
    (_, short, of_short), (_, middle, of_middle), (_, long, of_long) = proof.of_lengths()
    yield say(
        "Of the shortest text ({short:,} tokens) it is {of_short:.1e}, of the middle one ({middle:,}) {of_middle:.1e}, "
        "of the longest ({long:,}) {of_long:.1e}.",
        short=short,
        of_short=of_short,
        middle=middle,
        of_middle=of_middle,
        long=long,
        of_long=of_long,
    )


def _of_numbers(proof: Proof) -> Iterator[str]:
    held, column = proof.of(), proof.source.labels[0]
    low, high = held.interval
    yield say(
        "The same answer: {equal:,} of {n:,} (95% interval {low:.1%} to {high:.1%}); it counts as the same where it "
        'differs by at most {near}, a tenth of the standard deviation of "{column}" in the training rows. Largest '
        "difference of an answer: {difference}.",
        equal=held.equal,
        n=held.rows,
        low=low,
        high=high,
        near=significant(near(proof.own.said.calibration)),
        column=column,
        difference=significant(held.apart, figures=2),
    )
    (_, short, of_short), (_, middle, of_middle), (_, long, of_long) = proof.of_lengths()
    yield say(
        "Of the shortest text ({short:,} tokens) it is {of_short}, of the middle one ({middle:,}) {of_middle}, of the "
        "longest ({long:,}) {of_long}.",
        short=short,
        of_short=significant(of_short, figures=2),
        middle=middle,
        of_middle=significant(of_middle, figures=2),
        long=long,
        of_long=significant(of_long, figures=2),
    )


def _of_threshold(proof: Proof) -> Iterator[str]:
    was, now = (each.calibration.abstain_below for each in (proof.own.said, proof.said))
    if was == now:
        return
    shown = [NOTHING if each is None else number(each, digits=4) for each in (was, now)]
    yield say(
        "The confidence below which it does not know was found anew on the validation rows: {now} in place of {was}.",
        now=shown[1],
        was=shown[0],
    )


def alone(proof: Proof) -> str | None:
    """Returns what it costs that words do not go along; None where nothing is left behind."""
    facts = proof.source.facts
    if not facts.metrics.get("alone") or proof.form.by_itself:
        return None
    part, score = str(facts.last_part), facts.score
    return say(
        "This is the network alone; the run itself answers with words, too: {score} on {part} is {together} of both "
        "together and {alone} of the network.",
        score=score_name(score),
        part=PART_NAMES[part],
        together=score_value(score, facts.parts[part].get(score)),
        alone=score_value(score, facts.of_network(part).get(score)),
    )


def show_proof(proof: Proof) -> None:
    """Prints the proof."""
    rows = [("", say("run"), say("export")), *compared(proof)]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for row in rows:
        show(visible(f"{row[0]:<{widths[0]}}  {row[1]:>{widths[1]}}  {row[2]:>{widths[2]}}").rstrip())
    show()
    for sentence in facts_of(proof):
        show(sentence)
    left = alone(proof)
    if left is not None:
        show(left)
    for sentence in of_misses(proof):
        show(sentence)


def of_misses(proof: Proof) -> Iterator[str]:
    """Gives what is said of bounds that are missed by an export which was asked for all the same."""
    if proof.missed:
        yield say(
            "It misses what an export has to reach, and was asked for all the same: {misses}.",
            misses="; ".join(map(str, proof.missed)),
        )


def readme(proof: Proof) -> str:
    """Returns the README of the folder: the card of the model, with the proof behind its results."""
    own = proof.source.facts
    config = {**own.model_config, KEY: stored(proof.said.calibration)}
    if not proof.form.by_itself:
        return card(replace(own, model_config=config), mark=MARK, more=proof_part(proof))
    # what was measured is of all together, and so is what the folder answers
    metrics = {name: each for name, each in own.metrics.items() if name != "alone"}
    facts = replace(own, model_config=config, metrics=metrics)
    use = by_itself(pair=proof.source.is_of_pairs) if not proof.form.page else as_page(proof.form.name)
    return card(facts, mark=MARK, more=proof_part(proof), use=use, library="onnx")


def as_page(name: str) -> list[str]:
    """Returns how a page is used.

    Args:
        name: Of its format.
    """
    if name.endswith("folder"):
        return [
            say(
                "Put the folder on a web server with encryption (https): whoever opens its address has the page, and "
                "from then on without a network, too. It does not open from a disk."
            )
        ]
    return [
        say(
            "Send the file as a document, and open it in a browser of 2024 or newer: it answers there, without a "
            "network, sends nothing and keeps nothing. An iPhone shows files without running them: there the page has "
            "to come from a web server."
        )
    ]


def by_itself(*, pair: bool = False) -> list[str]:
    """Returns how a folder is used that answers by a program of its own.

    Args:
        pair: Whether there are two texts to answer together.
    """
    example = f"--text {_quoted(say('Asian rust in the soya'))}"
    if pair:
        example += f" --text_pair {_quoted(say('Since Monday the lower leaves have had orange spots'))}"
    lines = [
        "pip install -r requirements.txt",
        "python predict.py novos.csv saida.csv",
        f"python predict.py {example}",
    ]
    return [
        say(
            "In this folder, with Python 3.11 or newer and without torch. The second line answers every row of a "
            "table, the third one text; `python predict.py --help` shows more:"
        ),
        "```\n" + "\n".join(lines) + "\n```",
    ]


def _quoted(text: str) -> str:
    """A text as a shell takes it in one piece: none of these has a sign that it reads."""
    return json.dumps(text, ensure_ascii=False)


def proof_part(proof: Proof) -> list[str]:
    """Returns the part of a README that shows the proof."""
    lines = [f"| | {say('run')} | {say('export')} |", "|---|---|---|"]
    lines += [f"| {name} | {run} | {export} |" for name, run, export in compared(proof)]
    told = [
        f"## {say('Proof')}",
        say("Exported as {format}, {variant}.", format=f"`{proof.form.name}`", variant=f"`{proof.variant}`"),
        "\n".join(lines),
        " ".join(facts_of(proof)),
    ]
    told += of_misses(proof)
    told.append(say("All figures are in `proof.json`."))
    return told
