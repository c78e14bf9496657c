"""The adapted model written into its run's folder, and read again before it counts. Measures nothing."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor
from transformers import PreTrainedTokenizerBase

from finetune.files.whole import write_folder_through
from finetune.model.domain_model import DomainModel
from finetune.model.export.reopened import check_written
from finetune.model.language_network import load_language_network, write_language_network
from finetune.pretrained.folder import model_folder


def keep_model(
    folder: Path, model: DomainModel, tokenizer: PreTrainedTokenizerBase, weights: Mapping[str, Tensor]
) -> None:
    """Writes a folder that a training begins from, as from any pretrained model; replaces an older one whole.

    Args:
        folder: Where it goes.
        model: What was adapted.
        tokenizer: Its tokenizer.
        weights: Those of its network that are written, in one piece.

    Raises:
        ModelError: if what is read again is not what was learned.
    """
    network = model.network
    assert network is not None
    base = model_folder(model.hparams["name"])
    kept: dict[str, Tensor] = {}

    def write(new: Path) -> None:
        kept.update(write_language_network(new, network, tokenizer, weights=weights, base=base))

    write_folder_through(folder, write)
    fills_gaps = model.objective.fills_gaps
    check_written(folder, kept, reopen=lambda: load_language_network(str(folder), fills_gaps=fills_gaps))
