"""The formats `onnx` and `onnx-int8`: a folder that answers by its own program, without torch. Judges nothing."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from transformers import AutoTokenizer, PreTrainedTokenizerBase

from finetune.commands.export.apart import ask_apart
from finetune.commands.export.carried import carry, check_task
from finetune.commands.export.source import Row, Source
from finetune.model.export.int8 import RECIPES
from finetune.model.export.onnx import PACKAGES, inputs_of, plain_network, write_onnx
from finetune.model.network import MARK, quiet
from finetune.plugins import require_all
from finetune.runs.exported import NETWORK, PROGRAM
from finetune.runs.folder import WORDS
from finetune.tasks.calibration import Calibration
from finetune.tasks.task import MULTI, NUMBER, Floats, ProblemType

FLOAT32 = ("float32",)

LEAST = 1e-300
"""Stands for a probability of 0, of which there is no logarithm."""


def recipes() -> Sequence[str]:
    """Returns the ways to eight bits, which are all of about one size: the fastest first."""
    return tuple(RECIPES)


def check(source: Source) -> None:
    """Refuses a task that the folder's own program does not know, and asks for the packages at once.

    Raises:
        UserError: It does not know it, or one is not installed.
    """
    check_task(source.task)
    require_all(*PACKAGES)


def write(source: Source, folder: Path, variant: str, scratch: Path) -> None:
    """Writes the run's network as one ONNX file, with the program that answers by it.

    Args:
        source: The run.
        folder: An empty one.
        variant: A row of `RECIPES`; another for single precision.
        scratch: Where the network in single precision lies, from which all recipes begin.
    """
    with quiet():
        tokenizer = AutoTokenizer.from_pretrained(source.model, trust_remote_code=False)
    if variant in RECIPES:
        whole = scratch / NETWORK
        if not whole.is_file():
            write_network(source, tokenizer, whole)
        RECIPES[variant](whole, folder / NETWORK)
    else:
        write_network(source, tokenizer, folder / NETWORK)
    carry(
        folder,
        tokenizer,
        data=source.facts.config.get("data") or {},
        task=source.task,
        labels=source.labels,
        answering=source.answering,
        words=source.run / WORDS,
        mark=source.facts.model_config.get(MARK) if source.task.problem_type == MULTI else None,
    )


def write_network(source: Source, tokenizer: PreTrainedTokenizerBase, file: Path) -> None:
    """Writes the run's network in single precision."""
    network = plain_network(source.model)
    inputs = inputs_of(network, tokenizer.model_input_names)
    write_onnx(file, network, inputs=inputs, longest=int(tokenizer.model_max_length))


def ask(source: Source, folder: Path, rows: Sequence[Row]) -> tuple[Floats, Floats]:
    """Has the folder's own program, in a process of its own, answer rows: its network alone, and all together."""
    program = str((folder / PROGRAM).absolute())
    network = ask_apart([program, "--logits"], rows, isolated=True)
    answers = ask_apart([program, "--answers"], rows, isolated=True)
    return network, as_logits(answers, source.task.problem_type, source.answering.calibration)


def as_logits(said: Floats, problem: ProblemType, calibration: Calibration) -> Floats:
    """Returns logits [N, C] that give what was said of each output once all is done that is still to be done."""
    if problem == NUMBER:
        logits = said
    elif problem == MULTI:
        logits = np.log(np.maximum(said, LEAST)) - np.log(np.maximum(1 - said, LEAST))
    else:
        logits = np.log(np.maximum(said, LEAST))
    if calibration.shift is not None:
        logits = logits - np.asarray(calibration.shift)
    if calibration.scale is not None:
        logits = logits / np.asarray(calibration.scale)
    return np.asarray(logits * calibration.temperature)
