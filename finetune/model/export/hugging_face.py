"""A model as a folder that plain transformers opens. Measures nothing."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from finetune.files.whole import write_folder_through
from finetune.language.capitals import KEY as LOWER_CAPITALS
from finetune.model.network import quiet
from finetune.pretrained.files import MODEL_LENGTH
from finetune.tasks.calibration import Calibration, is_calibrated, read_calibration, write_calibration


def export(
    folder: Path,
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    *,
    weights: Mapping[str, torch.Tensor],
    calibration: Calibration,
    max_length: int | None = None,
    lower_capitals: bool = False,
) -> None:
    """Writes a network as a Hugging Face folder that plain transformers opens; replaces an older one whole.

    Args:
        folder: Where it goes.
        network: The network.
        tokenizer: Its tokenizer.
        weights: Those that are written, in one piece.
        calibration: How the logits of these become an answer.
        max_length: Tokens after which a text is cut; None where the network sets the limit.
        lower_capitals: Whether it was trained to read texts in capitals in lower case.
    """

    def write(new: Path) -> None:
        with as_it_answers(network, tokenizer, calibration, max_length, lower_capitals=lower_capitals):
            write_model(new, network, tokenizer, weights=weights)

    write_folder_through(folder, write)


def write_model(
    folder: Path,
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    *,
    weights: Mapping[str, torch.Tensor],
) -> None:
    """Writes a network and its tokenizer, as they are, into a folder that is there."""
    with quiet():
        network.save_pretrained(folder, state_dict=dict(weights))
        tokenizer.save_pretrained(folder)


@contextmanager
def as_it_answers(
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    calibration: Calibration,
    max_length: int | None,
    *,
    lower_capitals: bool,
) -> Iterator[None]:
    """Has both say for a while how the exported model answers, where it was trained to answer otherwise than it might.

    What the tokenizer may give at most is kept in the network's configuration: a training that goes on from the export
    may cut elsewhere. How texts in capitals are read is kept there, too, where it is not as they are written; what the
    base was trained to do does not count.
    """
    own, side, length = (
        read_calibration(network.config),
        tokenizer.truncation_side,
        tokenizer.model_max_length,
    )
    calibrated = is_calibrated(network.config)
    if calibrated:
        write_calibration(network.config, calibration)
    tokenizer.truncation_side = "right"  # where batches are cut
    if lower_capitals:
        setattr(network.config, LOWER_CAPITALS, True)
    elif hasattr(network.config, LOWER_CAPITALS):
        delattr(network.config, LOWER_CAPITALS)
    if max_length is not None:
        setattr(network.config, MODEL_LENGTH, length)
        tokenizer.model_max_length = min(length, max_length)
    try:
        yield
    finally:
        if calibrated:
            write_calibration(network.config, own)
        tokenizer.truncation_side, tokenizer.model_max_length = side, length
