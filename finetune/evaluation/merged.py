"""The network whose adapters are merged, held against the one that has them beside it, row by row. Writes nothing.

Both answer in float32, whatever was trained in. It costs two passes over the rows held out.
"""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedModel

from finetune.data.module import TextData
from finetune.errors import ModelError
from finetune.evaluation.measured import Measured
from finetune.language.parts import PART_NAMES
from finetune.language.say import AnyMessage, Message, joined, note
from finetune.model.classifier import TextClassifier
from finetune.model.logits import logits_of
from finetune.model.quantize import multiplied_in_float32
from finetune.tasks.calibration import Calibration
from finetune.tasks.gather import gather
from finetune.tasks.task import NUMBER, Booleans, Floats, Task

MOST_APART = 1e-4
"""By how much a probability may differ, or a number that is learned, in its own spread."""

TIE = 1e-5
"""A row whose probabilities differ by less, and its label all the same, stands between two labels: neither is wrong."""

OF_TRAINING = 200
"""Rows of the training that are answered where none were held out."""

TOLD = 3
"""Rows that an error tells."""


@dataclass(frozen=True)
class Merged:
    """How the merged network stands to the one with adapters.

    Attributes:
        rows: Rows that both answered.
        largest_difference: Of a probability, or of a number in its own spread.
        seconds: What it took.
    """

    rows: int
    largest_difference: float
    seconds: float


@dataclass(frozen=True)
class Said:
    """What both said of the rows of a part.

    Attributes:
        part: Its name.
        rows: [N] where each row stands in its table.
        adapted: [N, C] logits of the network with adapters.
        merged: [N, C] those of the merged one.
    """

    part: str
    rows: NDArray[np.int64]
    adapted: Floats
    merged: Floats


def check_merged(
    model: TextClassifier, data: TextData, merged: PreTrainedModel, found: Sequence[Measured]
) -> Merged:
    """Lets both networks answer the rows that were measured; every process takes part.

    Args:
        model: What was trained, with adapters.
        data: What on.
        merged: Its network with the adapters merged, as it will be written.
        found: The parts that were measured.

    Raises:
        ModelError: if a label differs, or a probability by more than rounding; on every process.
    """
    begun = time.perf_counter()
    assert model.network is not None
    wanted = {each.part: None if each.complete else len(each.index) for each in found}
    of_parts = []
    with in_float32(), multiplied_in_float32(model.network):
        for part, most in (wanted or {"train": OF_TRAINING}).items():
            rows, adapted = answers(model, model.network, part, most)
            _, plain = answers(model, merged, part, most)
            of_parts.append(Said(part, rows, adapted, plain))
    largest = [differences(model.task, each, model.calibration) for each in of_parts]
    wrong = [
        otherwise(model.task, each, apart, model.calibration)
        for each, apart in zip(of_parts, largest, strict=True)
    ]
    if any(each.any() for each in wrong):
        raise _refusal(model, of_parts, wrong)
    told = Merged(
        sum(len(each.rows) for each in of_parts),
        max((float(each.max()) for each in largest if len(each)), default=0.0),
        time.perf_counter() - begun,
    )
    note(_told_of(told, model.task))
    return told


def _told_of(merged: Merged, task: Task) -> Message:
    if task.problem_type == NUMBER:
        return Message(
            "the adapters are merged: {n} row answered with them and without in float32, the numbers at most "
            "{apart:.1e} of their spread apart ({seconds:.1f} s)",
            "the adapters are merged: {n:,} rows answered with them and without in float32, the numbers at most "
            "{apart:.1e} of their spread apart ({seconds:.1f} s)",
            n=merged.rows,
            apart=merged.largest_difference,
            seconds=merged.seconds,
        )
    return Message(
        "the adapters are merged: {n} row answered with them and without in float32, the same label, probabilities at "
        "most {apart:.1e} apart ({seconds:.1f} s)",
        "the adapters are merged: {n:,} rows answered with them and without in float32, the same label for all, "
        "probabilities at most {apart:.1e} apart ({seconds:.1f} s)",
        n=merged.rows,
        apart=merged.largest_difference,
        seconds=merged.seconds,
    )


def answers(
    model: TextClassifier, network: PreTrainedModel, part: str, most: int | None
) -> tuple[NDArray[np.int64], Floats]:
    """Returns the logits of a part's rows [N, C] and where these stand; one network at a time lies on the card."""
    network.to(model.trainer.strategy.root_device)  # type: ignore[arg-type]
    training = network.training
    network.train(False)
    with torch.inference_mode():
        found = [
            {"row": batch["row"], "logits": logits_of(network, batch)}
            for batch in model.batches_of(part, most=most)
        ]
    network.train(training)
    network.to("cpu")  # type: ignore[arg-type]
    rows, logits = gather(found, "logits")
    return rows, logits


@contextmanager
def in_float32() -> Iterator[None]:
    """Has matrices multiplied in float32, and not in what a card takes for it to be faster."""
    before = torch.get_float32_matmul_precision()
    torch.set_float32_matmul_precision("highest")
    try:
        yield
    finally:
        torch.set_float32_matmul_precision(before)


def differences(task: Task, said: Said, calibration: Calibration) -> Floats:
    """Returns by how much each row's answers differ at most. [N]"""
    # a number as it was learned: in the user's unit it may be as large as it likes
    before, after = (
        logits if task.problem_type == NUMBER else task.probabilities(logits, calibration)
        for logits in (said.adapted, said.merged)
    )
    both = np.isnan(before) & np.isnan(after)
    found: Floats = np.where(both, 0.0, np.abs(before - after)).max(axis=1, initial=0.0)
    return np.where(np.isnan(found), np.inf, found)


def otherwise(task: Task, said: Said, apart: Floats, calibration: Calibration) -> Booleans:
    """Returns which rows are answered otherwise once merged. [N]"""
    wrong: Booleans = apart > MOST_APART
    if task.problem_type == NUMBER:
        return wrong
    before, after = (
        task.answer(task.probabilities(logits, calibration), calibration).predicted
        for logits in (said.adapted, said.merged)
    )
    other: Booleans = (before != after).reshape(len(before), -1).any(axis=1)
    return wrong | (other & (apart > TIE))


def _refusal(model: TextClassifier, of_parts: Sequence[Said], wrong: Sequence[Booleans]) -> ModelError:
    lines = [
        _told(model, each, int(place))
        for each, those in zip(of_parts, wrong, strict=True)
        for place in np.flatnonzero(those)
    ]
    return ModelError(
        "the network {network} with its adapters merged answers {n:,} of {all:,} rows otherwise than with its adapters "
        "beside it, and no model is written:\n{rows}\nThe checkpoints have all that was learned. Train without "
        "--model.lora, or with another --model.lora.kind.",
        network=type(model.network).__name__,
        n=len(lines),
        all=sum(len(each.rows) for each in of_parts),
        rows=joined(lines[:TOLD], "\n"),
    )


def _told(model: TextClassifier, said: Said, place: int) -> AnyMessage:
    before, after = (
        " ".join(
            f"{number:.5f}" for number in model.task.probabilities(logits[[place]], model.calibration)[0][:8]
        )
        for logits in (said.adapted, said.merged)
    )
    return Message(
        "  {part} row {row}: {before} with adapters, {after} merged",
        part=PART_NAMES[said.part],
        row=int(said.rows[place]) + 1,
        before=before,
        after=after,
    )
