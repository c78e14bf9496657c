"""The head's start: what a regression makes of the frozen encoder, written into layers without training.

Logistic of classes, linear (ridge) of a number.

A head drawn at random has to be learned before the encoder is told anything of use. Of a head with a hidden layer,

    features -> hidden (dense) -> tanh, GELU, ReLU, norm, ... -> output -> logits

the hidden one becomes a scaled identity, shifted to where what follows it is nearly straight, and the output the
regression on what comes through. A head whose output alone is untrained (BERTimbau brings its hidden layer, decoders
have none) gets the regression on what that reads. Either way the network answers as the regression does, less sure of
it, and stays what plain transformers opens.

Source of the idea: Kumar et al., Fine-Tuning can Distort Pretrained Features and Underperform Out-of-Distribution,
arXiv 2202.10054 (linear probing, then fine-tuning).
"""

import time
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from finetune.language.lists import SHOWN, quoted
from finetune.language.say import Message
from finetune.model.held_rows import Held, fit_beside
from finetune.model.kept_reads import Asked
from finetune.model.known_classes import FEW, KnownClasses, held_classes
from finetune.model.layer_values import values_of, write_layer
from finetune.model.logits import logits_of
from finetune.model.output_layer import output_layer
from finetune.model.regression import Floats, Regression, fit_regression, scale_of
from finetune.model.ridge import fit_ridge
from finetune.model.set_regression import fit_sets
from finetune.model.sharding import in_one_piece
from finetune.tasks.batch import Batch
from finetune.tasks.calibration import Calibration
from finetune.tasks.gather import gather
from finetune.tasks.task import NUMBER, Targets, Task

Read = Callable[[PreTrainedModel, "Head", Batch], Tensor]

SPREAD = 0.3
"""Largest standard deviation of what the hidden layer gives: tanh bends values of this size by 3 %."""

SHIFTS = (0.0, 3.0)
"""What is added to it: nothing where the activation is straight about 0 (tanh), else where ReLU and GELU are."""

STRAIGHT = 0.99
"""Correlation of what the hidden layer reads and the output reads from which on the way between counts as straight."""

SURENESS = 0.5
"""What the regression's logits are multiplied by. It is surer of the rows that it learned from than of others: as it
is, it leaves the encoder little to learn from the same rows. Measured: docs/measured/recipes.md."""

UNKNOWN = Calibration()
"""What is answered as it comes."""

SAMPLE_ROWS = 128
"""Rows that tell the scale of what the hidden layer reads, and whether the way is straight."""


@dataclass(frozen=True)
class Head:
    """The layers of a head that start untrained.

    Attributes:
        output: The layer behind the logits.
        hidden: The one before it, where it is untrained too and as wide as what it reads.
    """

    output: nn.Linear
    hidden: nn.Linear | None


def untrained_head(network: PreTrainedModel, new: Collection[str]) -> Head | None:
    """Returns the layers of a head that can be started; None where the output is trained, or no linear layer.

    Args:
        network: The classifier.
        new: Names of the parameters that start untrained.
    """
    found = output_layer(network)
    if found is None or f"{found[0]}.weight" not in new:
        return None
    before = [
        module
        for name, module in network.named_modules()
        if isinstance(module, nn.Linear) and module is not found[1] and f"{name}.weight" in new
    ]
    widths = {
        found[1].in_features,
        *(width for each in before for width in (each.in_features, each.out_features)),
    }
    square = len(before) == 1 and len(widths) == 1 and before[0].bias is not None
    return Head(found[1], before[0] if square else None)


@dataclass(frozen=True)
class Started:
    """What a head began as: with the pretrained encoder it answers as the regression does.

    Attributes:
        rows: Training rows that the regression learned from.
        strength: The inverse strength of its penalty.
        seconds: What it took.
        head: The parameters that were written, by name, in one piece.
        held: Numbers of the classes that stayed as the head knew them.
    """

    rows: int
    strength: float
    seconds: float
    head: dict[str, Tensor]
    held: tuple[int, ...] = ()


@torch.no_grad()
def start_head(
    network: PreTrainedModel,
    head: Head,
    passes: Callable[[int], Iterable[Batch]],
    *,
    most: int,
    seed: int,
    from_first: Callable[[Callable[[], Regression]], Regression],
    known: Calibration = UNKNOWN,
    classes: KnownClasses | None = None,
) -> Started | None:
    """Starts a head; None where all rows have the same label, or the encoder gives no numbers.

    Every process takes part.

    Args:
        network: The classifier, whose encoder is as it was pretrained.
        head: Its untrained layers.
        passes: Gives this process's share of at most so many training rows, each once.
        most: Rows that the regression learns from, at most.
        seed: Of what is drawn.
        from_first: Gives on every process what the first one makes.
        known: How a number in the user's units is made of what the network answers.
        classes: Which of its classes the head knows, where it knows some.
    """
    start = time.perf_counter()

    hidden = names_of(network, [] if head.hidden is None else [head.hidden])
    asked = Asked(network, {*hidden, *names_of(network, [head.output])})

    def read(most: int, by: Read) -> tuple[Targets, Floats]:
        """What a layer reads of at most so many rows, and their targets."""
        found = asked.rows(
            by.__name__,
            lambda batch: by(network, head, batch),
            lambda: passes(most),
            through=hidden if by is read_by_output else (),
        )
        _, values = gather(found, "read")
        _, labels = gather(
            [{"row": batch["row"], "labels": batch["labels"]} for batch in passes(most)], "labels"
        )
        return labels, values

    training = network.training
    network.train(False)
    try:
        if head.hidden is not None:
            keep_straight(head, lambda by: read(SAMPLE_ROWS, by)[1])
        labels, features = read(most, read_by_output)
    finally:
        network.train(training)
    if len(np.unique(labels, axis=0)) < 2 or not np.isfinite(features).all():
        return None
    rows = held_classes(classes, labels)
    held = Held(rows, *values_of(head.output)) if rows else None
    regression = from_first(
        lambda: regression_of(head.output, features, labels, seed=seed, known=known, held=held)
    )
    write_layer(head.output, regression.weight, regression.bias)
    written = [each for each in (head.hidden, head.output) if each is not None]
    seconds = time.perf_counter() - start + asked.spared_seconds
    return Started(len(labels), regression.strength, seconds, parameters_of(network, written), tuple(rows))


def regression_of(
    output: nn.Linear,
    features: Floats,
    targets: Targets,
    *,
    seed: int,
    known: Calibration = UNKNOWN,
    held: Held | None = None,
) -> Regression:
    """Returns the regression that an output layer begins as, of classes less sure than it would be of its rows.

    Args:
        output: The layer.
        features: [N, D] what it reads of training rows.
        targets: [N] or [N, C] of these.
        seed: Of what is drawn.
        known: How a number in the user's units is made of what the network answers.
        held: Classes that stay as they are.
    """
    with_bias = output.bias is not None
    if targets.ndim == 2:
        sets = fit_sets(features, targets, sureness=SURENESS, seed=seed, with_bias=with_bias)
        return sets if held is None else held.within(sets)
    if targets.dtype.kind == "f":
        learned = known.in_the_weights.as_trained(targets[:, None])[
            :, 0
        ]  # half of a number would be another one
        return fit_ridge(features, learned, with_bias=with_bias)
    if held is not None:
        return fit_beside(features, targets, held=held, seed=seed, with_bias=with_bias)
    made = fit_regression(features, targets, num_classes=output.out_features, seed=seed, with_bias=with_bias)
    return Regression(SURENESS * made.weight, SURENESS * made.bias, made.strength)


def told(started: Started | None, task: Task, *, classes: KnownClasses | None = None) -> Message:
    """Returns how the head begins, in a sentence."""
    if started is None:
        return Message("the new layers could not be started from the training rows: they begin at random")
    if task.problem_type == NUMBER:
        return Message(
            "the new layers begin as a linear regression on what the pretrained model gives of {n:,} training row",
            "the new layers begin as a linear regression on what the pretrained model gives of {n:,} training rows",
            n=started.rows,
        )
    if classes is not None and started.held:
        return Message(
            "what the head knows of {held} stays, with fewer than {few} training rows each; all else in it begins "
            "as a logistic regression on what the trained model gives of {n:,} training row",
            "what the head knows of {held} stays, with fewer than {few} training rows each; all else in it begins "
            "as a logistic regression on what the trained model gives of {n:,} training rows",
            held=quoted([classes.labels[number] for number in started.held], most=SHOWN),
            few=FEW,
            n=started.rows,
        )
    if classes is not None and classes.kept:
        return Message(
            "each class that the head knows has {few} training rows or more: all of it begins as a logistic regression "
            "on what the trained model gives of {n:,} training row",
            "each class that the head knows has {few} training rows or more: all of it begins as a logistic regression "
            "on what the trained model gives of {n:,} training rows",
            few=FEW,
            n=started.rows,
        )
    return Message(
        "the new layers begin as a logistic regression on what the pretrained model gives of {n:,} training row",
        "the new layers begin as a logistic regression on what the pretrained model gives of {n:,} training rows",
        n=started.rows,
    )


def parameters_of(network: PreTrainedModel, layers: Sequence[nn.Module]) -> dict[str, Tensor]:
    """Returns the parameters of layers by their names in the network, in one piece, on the CPU; all processes ask."""
    held = dict(network.named_parameters())
    return {name: in_one_piece(held[name]).clone() for name in names_of(network, layers)}


def names_of(network: PreTrainedModel, layers: Sequence[nn.Module]) -> list[str]:
    """Returns the names of the parameters of layers in the network."""
    chosen = {id(parameter) for layer in layers for parameter in layer.parameters()}
    return [name for name, each in network.named_parameters() if id(each) in chosen]


def read_by_output(network: PreTrainedModel, head: Head, batch: Batch) -> Tensor:
    """Returns what the output layer reads of each text. [B, D]"""
    # in place of the logits: of those a network takes the token that counts, where it reads many
    hook = head.output.register_forward_hook(lambda _, inputs, __: inputs[0])
    try:
        return logits_of(network, batch)
    finally:
        hook.remove()


def read_by_hidden(network: PreTrainedModel, head: Head, batch: Batch) -> Tensor:
    """Returns what the hidden layer reads of each text. [B, D]"""
    assert head.hidden is not None
    found: list[Tensor] = []
    hook = head.hidden.register_forward_pre_hook(lambda _, inputs: found.append(inputs[0].float()))
    try:
        logits_of(network, batch)
    finally:
        hook.remove()
    read = found[-1]
    if read.ndim == 3:  # of every token (EuroBERT): a text's answer is the mean of theirs
        there = batch["attention_mask"].unsqueeze(-1)
        read = (read * there).sum(dim=1) / there.sum(dim=1)
    return read


def keep_straight(head: Head, read: Callable[[Read], Floats]) -> None:
    """Makes the hidden layer a scaled identity that what follows it bends as little as can be.

    Args:
        head: Of the network.
        read: Gives of some rows what a layer reads. [N, D]
    """
    assert head.hidden is not None
    inputs = read(read_by_hidden)
    if not np.isfinite(inputs).all():
        return
    mean = inputs.mean(axis=0)
    scale = SPREAD / scale_of(inputs - mean)
    kept: dict[float, float] = {}
    for shift in SHIFTS:
        write_layer(head.hidden, np.diag(scale), shift - scale * mean)
        kept[shift] = straightness(inputs, read(read_by_output))
        if kept[shift] >= STRAIGHT:
            return
    best = max(kept, key=kept.__getitem__)
    write_layer(head.hidden, np.diag(scale), best - scale * mean)


def straightness(inputs: Floats, outputs: Floats) -> float:
    """Returns the mean correlation of what goes in and what comes out, place by place. [N, D], [N, D]"""
    a, b = inputs - inputs.mean(axis=0), outputs - outputs.mean(axis=0)
    size = np.sqrt(np.square(a).sum(axis=0) * np.square(b).sum(axis=0))
    return float(np.mean((a * b).sum(axis=0)[size > 0] / size[size > 0])) if size.any() else 0.0
