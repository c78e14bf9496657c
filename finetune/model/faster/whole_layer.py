"""An encoder layer of BERT's kind trained as one operation on a CPU: its forward and its backward pass, written out.

Of a step's time a third goes to what stands between the matrix products: single operations that read and write all
states. In one piece there are fewer of them: dropout is applied as the residual is added, gradients of what is read
twice are added up by the product that makes them, and of the last layer only the first token asks.
"""

import functools
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensor
from transformers import PreTrainedModel

from finetune.model.faster.attention import NAME, attend, attend_backward
from finetune.model.faster.dropout import keep_mask
from finetune.model.faster.packing import READ_THE_FIRST, Packing
from finetune.model.optim import encoder_layers

LINEAR = (
    *("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense"),
    *("intermediate.dense", "output.dense"),
)
NORMS = ("attention.output.LayerNorm", "output.LayerNorm")
HOOKS = ("_forward_hooks", "_forward_pre_hooks", "_backward_hooks", "_backward_pre_hooks")


@dataclass(frozen=True)
class Shape:
    """What a layer is beside its weights.

    Attributes:
        heads: Of attention.
        scaling: Multiplies attention's scores.
        dropped: Shares of attention that are dropped, and of what each half of the layer adds to its input.
        eps: Of both norms.
        first: Whether it goes on with the first token of each text alone, [B, 1, width] in place of [1, N, width].
    """

    heads: int
    scaling: float
    dropped: tuple[float, ...]
    eps: tuple[float, float]
    first: bool


def _linear(states: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.addmm(bias, states, weight.t())


def _add_kept(residual: Tensor, states: Tensor, p: float) -> tuple[Tensor, Tensor | None]:
    """Returns what dropout leaves of states added to the residual, and dropout's mask, scaled."""
    if not p:
        return residual + states, None
    keep = keep_mask(states.shape, p, states.dtype).mul_(1 / (1 - p))
    if residual.dtype == states.dtype:
        return torch.addcmul(residual, states, keep), keep
    return residual + states.mul_(keep), keep


def _kept(gradient: Tensor, keep: Tensor | None, kind: torch.dtype) -> Tensor:
    return gradient.to(kind) if keep is None else torch.mul(gradient.to(kind), keep)


def _of_weights(gradient: Tensor, states: Tensor) -> tuple[Tensor, Tensor]:
    """Returns the gradients of a linear layer's weight and bias, in float32."""
    exact = torch.promote_types(gradient.dtype, torch.float32)
    return (gradient.t() @ states).to(exact), gradient.sum(0).to(exact)


def _add_product(total: Tensor, gradient: Tensor, weight: Tensor) -> None:
    """Adds gradient @ weight to what is in float32."""
    if total.dtype == gradient.dtype:
        total.addmm_(gradient, weight)
    else:
        total.add_(gradient @ weight)


def _by_heads(states: Tensor, heads: int) -> Tensor:
    """Returns [rows, heads, 1, width] of [rows, heads x width]."""
    return states.view(len(states), heads, 1, -1)


class WholeLayer(torch.autograd.Function):
    """A layer of BERT's kind on packed texts [N, width], which answers [1, N, width] or [B, 1, width]: see `Shape`."""

    @staticmethod
    def forward(
        ctx: Any, states: Tensor, packing: Packing, shape: Shape, kind: torch.dtype, *weights: Tensor
    ) -> Tensor:
        """Weights are those of `LINEAR`, weight and bias of each, and then of `NORMS`."""
        linear, norms = [each.to(kind) for each in weights[:12]], weights[12:]
        ctx.packing, ctx.shape, ctx.kind, ctx.learns = packing, shape, kind, states.requires_grad
        heads, width = shape.heads, states.shape[1:]

        def split(each: Tensor) -> Tensor:
            return packing.split(each.view(1, len(each), heads, -1).transpose(1, 2))

        asked = states.to(kind)
        asking = asked.index_select(0, packing.first) if shape.first else asked
        queries = _linear(asking, *linear[0:2])
        query = _by_heads(queries, heads) if shape.first else split(queries)
        key, value = split(_linear(asked, *linear[2:4])), split(_linear(asked, *linear[4:6]))
        found, shares, keep = attend(
            query, key, value, packing.mask, p=shape.dropped[0], scaling=shape.scaling
        )
        context = found.view(len(asking), -1) if shape.first else packing.join(found).view(asked.shape)
        residual = states.index_select(0, packing.first) if shape.first else states
        middle, keep_middle = _add_kept(residual, _linear(context, *linear[6:8]), shape.dropped[1])
        between, *stats_middle = torch.native_layer_norm(middle, width, norms[0], norms[1], shape.eps[0])
        read = between.to(kind)
        hidden = _linear(read, *linear[8:10])
        active = nn.functional.gelu(hidden)
        end, keep_end = _add_kept(between, _linear(active, *linear[10:12]), shape.dropped[2])
        placed = end.unsqueeze(1 if shape.first else 0)  # not the answer: FSDP2 warns of one that is a view
        answer, *stats_end = torch.native_layer_norm(placed, width, norms[2], norms[3], shape.eps[1])
        ctx.save_for_backward(
            *(asked, asking, query, key, value, shares, keep, context, middle, keep_middle, *stats_middle),
            *(read, hidden, active, end, keep_end, *stats_end, *linear[::2], *norms),
        )
        return answer

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor | None, ...]:
        """Returns the gradients of states and weights."""
        asked, asking, query, key, value, shares, keep, context, *more = ctx.saved_tensors
        middle, keep_middle, mean_middle, rstd_middle, read, hidden, active, end, keep_end, *more = more
        mean_end, rstd_end, w_query, w_key, w_value, w_out, w_in, w_back, *norms = more
        packing, shape, kind, width = ctx.packing, ctx.shape, ctx.kind, asked.shape[1:]
        norm_backward, every = torch.ops.aten.native_layer_norm_backward, [True, True, True]
        # the feed-forward half
        total, *of_norm_end = norm_backward(
            gradient.reshape(end.shape),
            end,
            width,
            mean_end.view(-1, 1),
            rstd_end.view(-1, 1),
            *norms[2:],
            every,
        )
        added = _kept(total, keep_end, kind)
        of_back = _of_weights(added, active)
        of_hidden = added @ w_back
        torch.ops.aten.gelu_backward.grad_input(of_hidden, hidden, grad_input=of_hidden)
        of_in = _of_weights(of_hidden, read)
        _add_product(total, of_hidden, w_in)
        # the half of attention
        total, *of_norm_middle = norm_backward(
            total, middle, width, mean_middle, rstd_middle, *norms[:2], every
        )
        added = _kept(total, keep_middle, kind)
        of_out = _of_weights(added, context)
        of_context = added @ w_out
        if shape.first:
            of_found = _by_heads(of_context, shape.heads)
            total = torch.zeros_like(asked, dtype=total.dtype).index_copy_(0, packing.first, total)
        else:
            of_found = packing.split(of_context.view(1, len(asked), shape.heads, -1).transpose(1, 2))
        of_query, of_key, of_value = attend_backward(
            of_found, query, key, value, shares, keep, p=shape.dropped[0], scaling=shape.scaling
        )
        of_key, of_value = (packing.join(each).view(asked.shape) for each in (of_key, of_value))
        of_query = of_query.view(asking.shape) if shape.first else packing.join(of_query).view(asked.shape)
        if ctx.learns:
            if shape.first:
                total.index_add_(0, packing.first, (of_query @ w_query).to(total.dtype))
            else:
                _add_product(total, of_query, w_query)
            _add_product(total, of_key, w_key)
            _add_product(total, of_value, w_value)
        of_linear = (
            *(*_of_weights(of_query, asking), *_of_weights(of_key, asked), *_of_weights(of_value, asked)),
            *(*of_out, *of_in, *of_back),
        )
        return total if ctx.learns else None, None, None, None, *of_linear, *of_norm_middle, *of_norm_end


def _weights_of(layer: nn.Module) -> list[Tensor] | None:
    """Returns what `WholeLayer` computes with; None where a part is not what it was built as, or does not learn."""
    kinds: dict[str, type[Any]] = {
        **dict.fromkeys(LINEAR, nn.Linear),
        **dict.fromkeys(NORMS, nn.LayerNorm),
    }
    found: list[Any] = []
    for name, kind in kinds.items():
        part: Any = layer.get_submodule(name)
        if type(part) is not kind or any(getattr(part, hooks) for hooks in HOOKS):
            return None
        found += [part.weight, part.bias]
    # FakeTensor: a plan counts with it what a step will take
    whole = all(type(each) in (nn.Parameter, FakeTensor) and each.requires_grad for each in found)
    return found if whole and all(each.dtype == torch.float32 for each in found) else None


def _computed(layer: Any, kind: type[nn.Module], states: Tensor, *others: Any, **options: Any) -> Tensor:
    """Computes a layer as one operation while it trains on packed texts; else as transformers has its kind."""
    packing: Packing | None = options.get("packing")
    weights = None
    trains = layer.training and torch.is_grad_enabled() and states.device.type == "cpu"
    # where activations are computed anew, memory is short: single operations let go of theirs one after the other
    if packing is not None and trains and not layer.gradient_checkpointing:
        weights = _weights_of(layer)
    if weights is None:
        answer: Tensor = kind.forward(layer, states, *others, **options)
        return answer
    assert packing is not None
    inner, half = layer.attention.self, layer.attention.output
    shape = Shape(
        heads=inner.num_attention_heads,
        scaling=inner.scaling,
        dropped=tuple(
            each.p if each.training else 0.0 for each in (inner.dropout, half.dropout, layer.output.dropout)
        ),
        eps=(half.LayerNorm.eps, layer.output.LayerNorm.eps),
        first=layer.attends_first,
    )
    autocast = torch.is_autocast_enabled("cpu")
    multiplied = torch.get_autocast_dtype("cpu") if autocast else torch.float32
    with torch.autocast("cpu", enabled=False):
        computed: Tensor = WholeLayer.apply(states.float()[0], packing, shape, multiplied, *weights)  # type: ignore[no-untyped-call]
    return computed


@functools.cache
def whole(kind: type[Any]) -> type[Any]:
    """Returns a kind of layer that computes as one operation where it can, by the name of the one it was."""

    def forward(self: nn.Module, hidden_states: Tensor, *others: Any, **options: Any) -> Tensor:
        return _computed(self, kind, hidden_states, *others, **options)

    def reduced(self: nn.Module, protocol: int) -> tuple[Any, ...]:
        return _rebuilt, (kind,), self.__dict__

    # a class, and not a function in the layer: transformers wraps it to compute activations anew
    return type(kind.__name__, (kind,), {"forward": forward, "__reduce_ex__": reduced})


def _rebuilt(kind: type[Any]) -> Any:
    """Returns a layer without content: a class that is made here is not found by its name when one is unpickled."""
    made: Any = object.__new__(whole(kind))  # type: ignore[arg-type]
    return made


def compute_layers_whole(network: PreTrainedModel, *, all_tokens: bool = False) -> None:
    """Has the layers of an encoder built as BERT is be computed as one operation each.

    Args:
        network: One for which `use_short_attention` was called; another is left alone.
        all_tokens: Whether more of its last layer is read than the first token.
    """
    if network.config.model_type not in READ_THE_FIRST or network.config._attn_implementation != NAME:
        return
    if network.config.hidden_act != "gelu":
        return
    layers: Any = encoder_layers(network)
    for layer in layers:
        layer.attends_first = not all_tokens and layer is layers[-1]
        kind: Any = type(layer)
        layer.__class__ = whole(kind)
