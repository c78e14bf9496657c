"""A model as a folder that plain transformers opens. Measures nothing."""

import os
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
    umask = os.umask(0)
    os.umask(umask)
    for file in [temporary, *temporary.iterdir()]:  # made in private: as if they were made in the usual way
        file.chmod((0o777 if file.is_dir() else 0o666) & ~umask)
    shutil.rmtree(folder, ignore_errors=True)
    temporary.replace(folder)
