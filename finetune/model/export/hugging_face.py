"""A model as a folder that plain transformers opens. Measures nothing."""

import shutil
import tempfile
from pathlib import Path

import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from finetune.model.network import quiet


def export(
    folder: Path,
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    *,
    weights: dict[str, torch.Tensor],
) -> None:
    """Writes a network as a Hugging Face folder that plain transformers opens; replaces an older one whole.

    Args:
        folder: Where it goes.
        network: The network.
        tokenizer: Its tokenizer.
        weights: Of the network, in one piece.
    """
    temporary = Path(tempfile.mkdtemp(dir=folder.parent, prefix=".model."))
    with quiet():
        network.save_pretrained(temporary, state_dict=weights)
    tokenizer.save_pretrained(temporary)
    for file in [temporary, *temporary.iterdir()]:
        file.chmod(0o755 if file.is_dir() else 0o644)  # made in private, meant to be read by others
    shutil.rmtree(folder, ignore_errors=True)
    temporary.replace(folder)
