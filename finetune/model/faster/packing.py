"""The texts of a batch one behind the other, without padding, for all but attention. Computes no attention itself.

Of a layer's work only attention looks at several tokens at once; all else takes each by itself, and computes padding
for nothing:

    padded, 2 x 4        packed, N = 16      into (where each place of the padded batch comes from)
    a b c .              a b c d e . . ...   0 1 2 5
    d e . .                                  3 4 5 5      5: the first of those that stand for nothing

N is rounded up, so that few shapes occur, and holds at least one token that stands for nothing: its gradient is 0, for
no text's answer comes from it.
"""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensor
from transformers import PreTrainedConfig

READ_THE_FIRST = frozenset({"bert", "camembert", "electra", "roberta", "xlm-roberta"})
"""Architectures (`model_type`) built as BERT is: each layer has `attention.output`, the head reads the first token."""

POSITIONS_AFTER_PADDING = frozenset({"camembert", "roberta", "xlm-roberta"})
"""Those of them whose first position has the number after that of the padding."""

MULTIPLE = 16
"""Of which the number of packed tokens is one: few shapes occur."""


@dataclass(frozen=True)
class Packing:
    """Where the tokens of a padded batch [B, T] stand in a packed one [N], and back.

    Attributes:
        into: [B x T] For each place of the padded batch, its place in the packed one.
        back: [N] For each place of the packed batch, its place in the padded one.
        first: [B] Where each text begins in the packed batch.
        mask: [B, 1, 1, T] Whether there is a token.
        real: Tokens that stand for something.
    """

    into: Tensor
    back: Tensor
    first: Tensor
    mask: Tensor
    real: int

    def split(self, packed: Tensor) -> Tensor:
        """Gives each text a row of its own again: [1, heads, N, width] to [B, heads, T, width]."""
        _, heads, places, width = packed.shape
        rows = packed.transpose(1, 2).reshape(places, heads * width).index_select(0, self.into)
        return rows.view(len(self.first), -1, heads, width).transpose(1, 2).contiguous()

    def join(self, padded: Tensor) -> Tensor:
        """Puts texts one behind the other: [B, heads, T, width] to [1, N, heads, width]."""
        heads, width = padded.shape[1], padded.shape[-1]
        rows = padded.transpose(1, 2).reshape(-1, heads * width).index_select(0, self.back)
        rows[self.real :] = 0
        return rows.view(1, -1, heads, width)


def packing_of(attention_mask: Tensor) -> Packing:
    """Finds the places of a batch's tokens; `attention_mask` is [B, T], 1 where there is a token."""
    mask = attention_mask.bool().flatten()
    if isinstance(
        mask, FakeTensor
    ):  # content unknown: as if no place were empty, which takes the most memory
        places = torch.arange(mask.numel(), device=mask.device)
    else:
        places = mask.nonzero().squeeze(1)  # [real]
    real = len(places)
    size = -(-(real + 1) // MULTIPLE) * MULTIPLE
    into = torch.full((mask.numel(),), real, device=mask.device)
    into[places] = torch.arange(real, device=mask.device)
    back = torch.zeros(size, dtype=torch.int64, device=mask.device)
    back[:real] = places
    rows, length = attention_mask.shape
    return Packing(into, back, into.view(rows, length)[:, 0], mask.view(rows, 1, 1, length), real)


def can_pack(config: PreTrainedConfig) -> bool:
    """Returns whether `packed_inputs` knows how to call a network of this configuration."""
    return config.model_type in READ_THE_FIRST and not getattr(config, "is_decoder", False)


def packed_inputs(
    config: PreTrainedConfig,
    input_ids: Tensor,
    attention_mask: Tensor,
    token_type_ids: Tensor | None = None,
) -> dict[str, Any]:
    """Returns what to call a network with so that it computes no padding; it answers the same logits. [B, C]

    Args:
        config: Of a network for which `can_pack` holds, and which `use_short_attention` and `keep_first_token` changed.
        input_ids: [B, T]
        attention_mask: [B, T], 1 where there is a token; each row begins with one.
        token_type_ids: [B, T] which of two texts a token is of; all are of the first when left out.
    """
    packing = packing_of(attention_mask)
    ids = input_ids.flatten().index_select(0, packing.back).unsqueeze(0)  # [1, N]
    types = torch.zeros_like(ids)
    if token_type_ids is not None:
        types = token_type_ids.flatten().index_select(0, packing.back).unsqueeze(0)
    places = torch.arange(input_ids.shape[1], device=input_ids.device).expand_as(input_ids)
    if config.model_type in POSITIONS_AFTER_PADDING:  # as they count: also where a text itself has "<pad>"
        there = input_ids.ne(config.pad_token_id).long()
        places = there.cumsum(1) * there + config.pad_token_id
    positions = places.flatten().index_select(0, packing.back).unsqueeze(0)
    return {
        "input_ids": ids,
        "position_ids": positions,
        "token_type_ids": types,
        "packing": packing,
    }
