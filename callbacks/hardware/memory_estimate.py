"""How much memory training takes, counted by running the real step on tensors without content.

The module is copied with fake parameters (torch's FakeTensorMode: shape and dtype, no memory), its own
`training_loss` is run forward and backward, AdamW takes its step, and every storage that lives is counted, so it
holds for any architecture. Nothing is allocated and the module is left as it is.

What it counts with: the CPU's kernels (a CPU build of torch has no others), except that for a card attention is
taken to be of the kind that keeps no [T, T] probabilities, as torch's kernels there do. What it cannot know, such
as fragmentation, CUDA's own context, and scratch memory within a kernel, is the margin in `plan`.
"""

import copy
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
from lightning.pytorch import LightningModule
from lightning.pytorch.plugins.precision import Precision
from lightning_utilities.core.apply_func import apply_to_collection
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.nn import functional
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from typing_extensions import override


@dataclass(frozen=True)
class Estimate:
    """Bytes at the peak of a training step, from the second step on.

    Attributes:
        weights_bytes: Parameters and buffers.
        gradients_bytes: Gradients of the parameters that learn.
        optimizer_bytes: AdamW's two averages.
        buckets_bytes: Copies of the gradients with which processes exchange them; 0 for a single one.
        activations_bytes: All else at the peak: what the backward pass needs, and temporary tensors.
    """

    weights_bytes: int
    gradients_bytes: int
    optimizer_bytes: int
    buckets_bytes: int
    activations_bytes: int

    @property
    def kept_bytes(self) -> int:
        """What stays in place between the steps, during an evaluation too."""
        return self.weights_bytes + self.gradients_bytes + self.optimizer_bytes + self.buckets_bytes

    @property
    def peak_bytes(self) -> int:
        """What has to fit."""
        return self.kept_bytes + self.activations_bytes


_known: dict[tuple[Any, ...], Estimate] = {}
"""What was counted in this process: folds of a cross-validation and repeated runs ask for the same again."""


def signature(module: LightningModule, batch: Any) -> tuple[Any, ...]:
    """Returns what the memory of a step depends on: the batch's shapes, and all that tells two modules apart.

    Parameters and buffers by shape, and the plain values that each submodule and its `config` hold, such as which kind
    of attention it computes.
    """
    shapes: list[Any] = []
    apply_to_collection(batch, Tensor, lambda tensor: shapes.append((tensor.shape, tensor.dtype)))
    tensors = [
        (tensor.shape, tensor.dtype, tensor.requires_grad)
        for tensor in [*module.parameters(), *module.buffers()]
    ]
    plain = [
        (key, value)
        for part in module.modules()
        for holder in (vars(part), getattr(getattr(part, "config", None), "__dict__", {}))
        for key, value in holder.items()
        if isinstance(value, (bool, int, float, str))
    ]
    return type(module), repr(module), str(dict(module.hparams)), tuple(plain), tuple(tensors), tuple(shapes)


class LiveStorages(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes of every storage from its first appearance to its end."""

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.now_bytes = 0
        self.peak_bytes = 0
        self._known: set[int] = set()

    def add(self, tensor: Tensor) -> None:
        """Counts a tensor's storage, unless it is counted already."""
        storage = tensor.untyped_storage()
        key, size = storage._cdata, storage.nbytes()
        if key in self._known:
            return
        self._known.add(key)
        self.now_bytes += size
        self.peak_bytes = max(self.peak_bytes, self.now_bytes)
        weakref.finalize(storage, self._remove, key, size)

    def _remove(self, key: int, size: int) -> None:
        self._known.discard(key)
        self.now_bytes -= size

    @override
    def __torch_dispatch__(
        self, func: Any, types: Any, args: Any = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(result):
            if isinstance(leaf, Tensor):
                self.add(leaf)
        return result


@contextmanager
def attention_of_cards() -> Iterator[None]:
    """Takes attention as cards compute it meanwhile: with dropout too, no probabilities are kept.

    On a CPU torch falls back to plain matrix products where there is dropout; without it, its CPU kernel keeps
    just what those of CUDA keep. The function is replaced, and not watched by a mode: modes do not see what a
    backward pass computes anew.
    """
    own = functional.scaled_dot_product_attention

    def without_dropout(
        query: Tensor,
        key: Tensor,
        value: Tensor,
        attn_mask: Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        **options: Any,
    ) -> Tensor:
        return own(query, key, value, attn_mask, 0.0, is_causal, **options)

    functional.scaled_dot_product_attention = without_dropout  # type: ignore[assignment]
    try:
        yield
    finally:
        functional.scaled_dot_product_attention = own


def estimate_training(
    module: LightningModule,
    batch: Any,
    precision: Precision,
    *,
    accumulates: bool,
    processes: int = 1,
    checkpointing: bool = False,
    card: bool = False,
) -> Estimate:
    """Counts the memory of training steps.

    Args:
        module: A built module with `training_loss(batch)`.
        batch: The largest micro-batch.
        precision: The plug-in in whose context the loss is computed.
        accumulates: Whether a micro-batch may find the gradients of another in place.
        processes: How many train together: more than one keep copies of the gradients for their exchange.
        checkpointing: Whether activations are computed anew in the backward pass.
        card: Whether the memory is a card's, where attention keeps no probabilities.

    Raises:
        Exception: The module cannot be copied, or its step looks into its tensors, and says so in its own way.
    """
    key = (*signature(module, batch), precision.precision, accumulates, processes > 1, checkpointing, card)
    if key in _known:
        return _known[key]
    with without_content(module, batch, card=card) as (twin, fake_batch, live):
        weights = live.now_bytes
        if checkpointing:
            twin.checkpoint_activations(True)
        learning = [parameter for parameter in twin.parameters() if parameter.requires_grad]
        gradients = sum(parameter.nbytes for parameter in learning)
        optimizer = torch.optim.AdamW(learning, fused=True)
        for _ in range(2 if accumulates else 1):
            with precision.train_step_context():
                loss = twin.training_loss(fake_batch)
            loss.backward()
            del loss
        before_bytes, peak = live.now_bytes, live.peak_bytes
        live.peak_bytes = before_bytes
        optimizer.step()
        # the first step makes the averages: from the second on they lie beside all that was counted before
        peak = max(peak + live.now_bytes - before_bytes, live.peak_bytes)
        optimizer.zero_grad()
        averages = live.now_bytes - weights
        _known[key] = Estimate(
            weights_bytes=weights,
            gradients_bytes=gradients,
            optimizer_bytes=averages,
            buckets_bytes=gradients if processes > 1 else 0,
            activations_bytes=max(0, peak - weights - gradients - averages),
        )
    return _known[key]


def estimate_evaluation(
    module: LightningModule, batch: Any, precision: Precision, *, card: bool = False
) -> int:
    """Counts the bytes at the peak of an evaluation batch, the weights included; see `estimate_training`."""
    with without_content(module, batch, card=card) as (twin, fake_batch, live):
        twin.eval()
        with torch.no_grad(), precision.val_step_context():
            twin(fake_batch)
        return live.peak_bytes


@contextmanager
def without_content(
    module: LightningModule, batch: Any, *, card: bool
) -> Iterator[tuple[Any, Any, LiveStorages]]:
    """Lends a copy of a module and of a batch without content, and the count of all that lives from now on."""
    fake = FakeTensorMode(allow_non_fake_inputs=True)
    twin = fake_copy(module, fake)
    if card and hasattr(twin, "use_card_kernels"):
        twin.use_card_kernels()
    fake_batch = apply_to_collection(batch, Tensor, lambda tensor: emptied(tensor, fake))
    live = LiveStorages()
    for tensor in [*twin.parameters(), *twin.buffers()]:
        live.add(tensor)
    with torch.random.fork_rng(devices=[]), fake, live, attention_of_cards() if card else nullcontext():
        yield twin, fake_batch, live


def fake_copy(module: LightningModule, fake: FakeTensorMode) -> Any:
    """Copies a module without copying its weights: the copy's parameters and buffers have no content."""
    return copy_with(module, lambda tensor: emptied(tensor, fake))


def adapted_copy(module: LightningModule) -> Any:
    """Copies a module without its weights and puts adapters into the copy; the module stays as it is.

    Raises:
        Exception: It cannot be copied, or takes none, and says so in its own way.
    """
    # on the device without memory: modules that hold fake tensors cannot be moved, as adapters are to their layers
    twin = copy_with(module, lambda tensor: torch.empty_like(tensor, device="meta"))
    with torch.random.fork_rng(devices=[]):
        twin.adapt()
    return twin


def copy_with(module: LightningModule, emptied: Callable[[Tensor], Tensor]) -> Any:
    """Copies a module with other tensors in the place of its own."""
    tensors: dict[int, Any] = {}
    for tensor in [*module.parameters(), *module.buffers()]:
        twin = emptied(tensor)
        if isinstance(tensor, nn.Parameter):
            twin = nn.Parameter(twin, requires_grad=tensor.requires_grad)
        tensors[id(tensor)] = twin
    copied = copy.deepcopy(module, tensors)
    copied._trainer = module._trainer  # a copy has none, and a loss may ask it something
    return copied


def emptied(tensor: Tensor, fake: FakeTensorMode) -> Tensor:
    """Returns a tensor of the same shape and type without content, on the CPU wherever the other lies."""
    with fake:
        return torch.empty_strided(tensor.size(), tensor.stride(), dtype=tensor.dtype, device="cpu")
