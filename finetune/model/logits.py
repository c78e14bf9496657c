"""A batch as a network reads it, and its logits: texts one behind the other where it can read them so."""

import inspect
from typing import Any

from torch import Tensor
from transformers import PreTrainedModel

from finetune.model.faster.attention import packable
from finetune.model.faster.packing import Packing, packed_inputs
from finetune.model.left_to_right import reads_to_the_right
from finetune.tasks.batch import TYPES, Batch


def logits_of(network: PreTrainedModel, batch: Batch) -> Tensor:
    """Returns the logits of a batch, its texts one behind the other where the network can read them so. [B, C]"""
    inputs, _ = network_inputs(network, batch)
    logits: Tensor = network(**inputs).logits
    return logits.float()


def network_inputs(network: PreTrainedModel, batch: Batch) -> tuple[dict[str, Any], Packing | None]:
    """Returns what to call a network with, and where each text is then; None where each has a row of its own."""
    inputs = {name: batch[name] for name in ("input_ids", "attention_mask")}
    if TYPES in batch and knows_types(network):
        inputs[TYPES] = batch[TYPES]
    if not packable(network, batch["input_ids"]):
        return inputs, None
    packed = packed_inputs(network.config, **inputs)
    return packed, packed["packing"]


def knows_types(network: PreTrainedModel) -> bool:
    """Returns whether a network can be told of each token which of two texts it is of."""
    asks = TYPES in inspect.signature(network.forward).parameters
    # GPT-2 would take the types for words
    return asks and getattr(network.config, "type_vocab_size", 2) > 1 and not reads_to_the_right(network)
