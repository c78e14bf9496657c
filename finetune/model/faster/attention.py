"""Attention for texts of up to 512 tokens on a CPU. Elsewhere transformers' own, with torch's kernels.

torch has two kernels for a CPU: one without dropout, whose backward pass is slow, and a composition of simple
operations for all else, which spends most of its time on dropout's random numbers and on converting. `ShortAttention`
is such a composition made for training: matrix products in the precision at hand, softmax in float32, dropout by
`keep_mask`, and a backward pass of its own, that keeps less.
"""

from typing import Any

import torch
from torch import Tensor, nn
from transformers import AttentionInterface, PreTrainedModel
from transformers.integrations.sdpa_attention import sdpa_attention_forward
from transformers.masking_utils import AttentionMaskInterface, sdpa_mask

from finetune.model.faster.dropout import keep_mask
from finetune.model.faster.packing import Packing, can_pack

NAME = "short_attention"
"""Under which transformers knows `attention`."""

TORCH = "sdpa"
"""Under which it knows torch's kernels."""

LONGEST = 512
"""Tokens up to which `ShortAttention` was measured never to be slower; its memory grows with their square."""


def probabilities(query: Tensor, key: Tensor, mask: Tensor | None, scaling: float) -> Tensor:
    """Returns the share of each key in each query's answer. [B, heads, T, T], in the precision of the query

    Args:
        query: [B, heads, T, width]
        key: [B, heads, T, width]
        mask: None, or what broadcasts to [B, heads, T, T]: where it is False, or numbers to add.
        scaling: Multiplies the scores.
    """
    scores = query @ key.transpose(-1, -2)
    exact = torch.promote_types(scores.dtype, torch.float32)
    if mask is None:
        scores = scores.to(exact).mul_(scaling)
    else:
        if mask.dtype == torch.bool:
            # finite, so that a row without any key is not NaN
            mask = torch.zeros(mask.shape, dtype=exact).masked_fill_(~mask, torch.finfo(exact).min)
        scores = torch.add(mask.to(exact), scores, alpha=scaling)
    return scores.softmax(-1).to(query.dtype)


def attend(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, *, p: float, scaling: float
) -> tuple[Tensor, Tensor, Tensor | None]:
    """Returns softmax(scaling x query key^T + mask), with dropout, times value; the shares; and dropout's mask.

    Args:
        query: [B, heads, T, width], or of some tokens.
        key: [B, heads, T, width]
        value: Likewise.
        mask: As for `probabilities`.
        p: Probability that a share is dropped.
        scaling: Multiplies the scores.
    """
    shares = probabilities(query, key, mask, scaling)
    keep = keep_mask(shares.shape, p, shares.dtype) if p else None
    return (shares if keep is None else shares * keep) @ value.mul(1 / (1 - p)), shares, keep


def attend_backward(
    gradient: Tensor,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    shares: Tensor,
    keep: Tensor | None,
    *,
    p: float,
    scaling: float,
) -> tuple[Tensor, Tensor, Tensor]:
    """Returns the gradients of query, key and value, given that of what `attend` answered."""
    gradient = gradient.mul(1 / (1 - p))
    kept = shares if keep is None else shares * keep
    of_value = kept.transpose(-1, -2) @ gradient
    of_shares = gradient @ value.transpose(-1, -2)
    if keep is not None:
        of_shares.mul_(keep)
    exact = torch.promote_types(shares.dtype, torch.float32)
    of_scores = torch._softmax_backward_data(of_shares.to(exact), shares.to(exact), -1, exact)
    of_scores = of_scores.mul_(scaling).to(query.dtype)
    return of_scores @ key, of_scores.transpose(-1, -2) @ query, of_value


class ShortAttention(torch.autograd.Function):
    """`attend`, and its backward pass.

    Inputs are [B, heads, T, width] and the result [B, T, heads, width]; packed, [1, heads, N, width] and [1, N, heads,
    width].
    """

    @staticmethod
    def forward(
        ctx: Any,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        mask: Tensor | None,
        p: float,
        scaling: float,
        packing: Packing | None,
    ) -> Tensor:
        """Keeps the inputs, the probabilities and dropout's mask."""
        ctx.packing, ctx.p, ctx.scaling = packing, p, scaling
        query, key, value = (_split(states, packing) for states in (query, key, value))
        seen = mask if packing is None else packing.mask
        answer, shares, keep = attend(query, key, value, seen, p=p, scaling=scaling)
        ctx.save_for_backward(query, key, value, shares, keep)
        return _join(answer, packing)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Returns the gradients of query, key and value."""
        gradient = _split(gradient.transpose(1, 2), ctx.packing)
        found = attend_backward(gradient, *ctx.saved_tensors, p=ctx.p, scaling=ctx.scaling)
        return *(_join(states, ctx.packing).transpose(1, 2) for states in found), None, None, None, None


def _split(states: Tensor, packing: Packing | None) -> Tensor:
    """Returns [B, heads, T, width] in one piece, as batched products want their operands."""
    return states.contiguous() if packing is None else packing.split(states)


def _join(states: Tensor, packing: Packing | None) -> Tensor:
    """Returns [B, T, heads, width], or packed [1, N, heads, width]."""
    return states.transpose(1, 2).contiguous() if packing is None else packing.join(states)


def attention(
    module: nn.Module,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attention_mask: Tensor | None,
    dropout: float = 0.0,
    scaling: float | None = None,
    is_causal: bool | None = None,
    packing: Packing | None = None,
    **more: Any,
) -> tuple[Tensor, Tensor | None]:
    """What transformers calls in each layer; returns [B, T, heads, width] and, as its own, no weights.

    Args:
        module: The layer's attention.
        query: [B, heads, T, width], or packed [1, heads, N, width].
        key: Likewise.
        value: Likewise.
        attention_mask: As for `probabilities`.
        dropout: Probability that a share is dropped; 0 when not training.
        scaling: Multiplies the scores; one over the root of the width when left out.
        is_causal: Whether a query sees only the keys before it: left to torch's kernel.
        packing: Where the texts are, when they stand one behind the other.
        more: What some architectures add: left to torch's kernel.
    """
    causal = getattr(module, "is_causal", True) if is_causal is None else is_causal
    plain = query.device.type == "cpu" and not causal and query.shape == key.shape == value.shape
    if not torch.is_autocast_enabled("cpu") and not query.dtype == key.dtype == value.dtype:
        plain = False
    if any(more.get(name) is not None for name in ("position_bias", "softcap", "cache", "s_aux")):
        plain = False
    # with dropout torch's composition takes as much memory
    if packing is None and not (plain and (dropout or query.shape[-2] <= LONGEST)):
        result: tuple[Tensor, Tensor | None] = sdpa_attention_forward(
            module, query, key, value, attention_mask, dropout, scaling, is_causal, **more
        )
        return result
    scaling = query.shape[-1] ** -0.5 if scaling is None else scaling
    if torch.is_autocast_enabled("cpu"):
        # as torch's own kernels do under autocast; rotary positions leave query and key in float32
        kind = torch.get_autocast_dtype("cpu")
        query, key, value = query.to(kind), key.to(kind), value.to(kind)
    with torch.autocast("cpu", enabled=False):
        return ShortAttention.apply(query, key, value, attention_mask, dropout, scaling, packing), None  # type: ignore[no-untyped-call]


def packable(network: PreTrainedModel, input_ids: Tensor) -> bool:
    """Returns whether the network can be called with `packed_inputs` for this batch."""
    ours = network.config._attn_implementation == NAME and can_pack(network.config)
    return ours and input_ids.device.type == "cpu" and input_ids.shape[1] <= LONGEST


def use_short_attention(network: PreTrainedModel) -> None:
    """Has an encoder call `attention`, where it calls torch's kernels by transformers' table of attentions."""
    causal = [module.is_causal for module in network.modules() if hasattr(module, "is_causal")]
    if network.config._attn_implementation != TORCH or not network._supports_attention_backend:
        return
    if not causal or any(causal):
        return  # some decoders ask for torch's attention by its name
    AttentionInterface.register(NAME, attention)
    AttentionMaskInterface.register(NAME, sdpa_mask)
    network.set_attn_implementation(NAME)


def use_torch_attention(network: PreTrainedModel) -> None:
    """Undoes `use_short_attention`."""
    if network.config._attn_implementation == NAME:
        network.set_attn_implementation(TORCH)
