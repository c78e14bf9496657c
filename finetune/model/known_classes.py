"""Classes that a trained head knows already: its rows of them are moved to where they are asked for. Trains nothing.

A class is known by its name alone, letter for letter, as the classes of a table are told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import nn
from transformers import PreTrainedModel

from finetune.language.lists import SHOWN, quoted
from finetune.language.say import AnyMessage, Message, joined
from finetune.model.export.folding import unfold
from finetune.model.output_layer import output_layer
from finetune.tasks.ordinal import ORDINAL
from finetune.tasks.task import NUMBER, Targets, Task

FEW = 5
"""Training rows from which on a known class is learned from them, as a new one is: a regression on them is then as good
as what the head knows, and better with what the others have. Measured: docs/measured/recipes.md."""


@dataclass(frozen=True)
class KnownClasses:
    """Classes that are asked for, of which a trained head knows some.

    Attributes:
        labels: Those that are asked for, in order.
        stored: Those that the head was trained for, in order.
        is_kept: Whether what it knows of them is of use.
    """

    labels: tuple[str, ...]
    stored: tuple[str, ...]
    is_kept: bool

    @property
    def kept(self) -> tuple[str, ...]:
        """Those that it goes on with."""
        return tuple(label for label in self.labels if self.is_kept and label in self.stored)

    @property
    def new(self) -> tuple[str, ...]:
        """Those that have to be started."""
        return tuple(label for label in self.labels if label not in self.kept)

    @property
    def gone(self) -> tuple[str, ...]:
        """Those that nobody asks for any more."""
        return tuple(label for label in self.stored if label not in self.labels)


def known_classes(
    stored: Sequence[str], problem: str, *, labels: Sequence[str], task: Task
) -> KnownClasses | None:
    """Returns which classes a head knows; None where it knows none, or is for all of them as they stand.

    Args:
        stored: Names of the outputs that it was trained for.
        problem: What they were.
        labels: Names of those that are asked for.
        task: What they are.
    """
    if problem != task.problem_type or problem == NUMBER or [*stored] == [*labels]:
        return None
    if not set(stored) & set(labels) or len(set(stored)) < len(stored):
        return None
    # how far a grade reaches was learned beside its neighbours
    is_kept = task.name != ORDINAL or set(stored) == set(labels)
    return KnownClasses(tuple(labels), tuple(stored), is_kept)


def can_move(network: PreTrainedModel) -> bool:
    """Returns whether the layer behind the logits is one whose rows are the classes."""
    found = output_layer(network)
    return found is not None and type(found[1]) is nn.Linear


@torch.no_grad()
def move_rows(network: PreTrainedModel, known: KnownClasses) -> set[str]:
    """Makes a network that was trained for some classes one for others; returns the parameters with rows to start.

    What it knows of a class stays as it was trained, without what was folded into it; new rows are drawn at random.

    Args:
        network: As it was trained.
        known: Its classes, and those that are asked for.
    """
    unfold(network)
    found = output_layer(network)
    assert found is not None
    name, layer = found
    there = [known.labels.index(label) for label in known.kept]
    rows = [known.stored.index(label) for label in known.kept]
    weight = layer.weight.new_empty(len(known.labels), layer.in_features)
    nn.init.normal_(weight, std=getattr(network.config, "initializer_range", 0.02))
    weight[there] = layer.weight[rows]
    bias = None if layer.bias is None else layer.bias.new_zeros(len(known.labels))
    if bias is not None:
        bias[there] = layer.bias[rows]
        layer.bias = nn.Parameter(bias)
    layer.weight, layer.out_features = nn.Parameter(weight), len(known.labels)
    network.config.id2label = dict(enumerate(known.labels))
    network.config.label2id = {label: number for number, label in enumerate(known.labels)}
    network.num_labels = len(known.labels)  # type: ignore[assignment]  # which nn.Module takes for a layer
    return {f"{name}.{part}" for part, _ in layer.named_parameters()} if known.new else set()


def held_classes(known: KnownClasses | None, targets: Targets) -> list[int]:
    """Returns the numbers of known classes that have few training rows: what the head knows of them stays.

    Args:
        known: What the head knows.
        targets: [N] or [N, C] of the training rows.
    """
    if known is None:
        return []
    of_each = targets.sum(axis=0) if targets.ndim == 2 else np.bincount(targets, minlength=len(known.labels))
    return [
        number for number, label in enumerate(known.labels) if label in known.kept and of_each[number] < FEW
    ]


def told(known: KnownClasses) -> AnyMessage:
    """Returns which classes are kept, which are new and which are gone, in a sentence."""
    if not known.is_kept:
        return Message(
            "the order has other grades than the head was trained for ({stored}): it starts anew, for it has learned "
            "each grade beside its neighbours",
            stored=quoted(known.stored, most=SHOWN),
        )
    parts: list[object] = [Message("the head knows {names} already", names=quoted(known.kept, most=SHOWN))]
    if known.new:
        parts.append(Message("new: {names}", names=quoted(known.new, most=SHOWN)))
    if known.gone:
        parts.append(Message("no longer asked for: {names}", names=quoted(known.gone, most=SHOWN)))
    if len(parts) == 1:
        parts.append(Message("they stood in another order"))
    return joined(parts, "; ")
