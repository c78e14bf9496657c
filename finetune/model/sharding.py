"""A network shared out over processes layer by layer (torch's FSDP2), and its weights brought together again.

Each process keeps a part of every weight, of its gradient and of the optimizer's averages. For its forward and its
backward pass a layer's weights are fetched from all processes, and given back:

    2 processes, 3 layers        embeddings   layer 0    layer 1    layer 2    rest (head, position embeddings)
    process 0 keeps              upper half of each matrix, first half of each bias
    process 1 keeps              lower half of each matrix, second half of each bias
    while layer 1 computes                    (fetched)  whole      (fetched)  whole while any layer computes
"""

from collections.abc import Iterator
from typing import Any

from torch import Tensor, nn
from torch.distributed.checkpoint.state_dict import StateDictOptions, get_model_state_dict
from torch.distributed.device_mesh import DeviceMesh
from torch.distributed.fsdp import FSDPModule, fully_shard
from torch.distributed.tensor import DTensor
from transformers import PreTrainedModel

from finetune.errors import ConfigError
from finetune.language.say import Message
from finetune.model.optim import encoder_layers

NOT_FSDP1 = Message(
    "Lightning's FSDPStrategy (strategy fsdp) wraps a model as a whole in torch's first FSDP, with which the learning "
    "rates by layer and the exact resume of finetune do not go. Give --trainer.strategy fsdp2, in Python "
    "Trainer(strategy=FSDP2Strategy()) of finetune.processes.fsdp2: it shares out weights, gradients and optimizer as "
    "well."
)

NOT_WITH_ADAPTERS = Message(
    "--model.lora does not go with --trainer.strategy fsdp2: checkpoints of a network that is shared out hold all of "
    "its weights, and those of adapters leave out the model that they stand beside. Give --trainer.strategy ddp, or "
    "leave --model.lora away."
)


def shard(network: PreTrainedModel, mesh: DeviceMesh) -> None:
    """Shares a network out; its parameters become DTensors of the same names, and those that learn still do.

    Args:
        network: The same on each process.
        mesh: Lightning's, with the dimensions `data_parallel` and `tensor_parallel`.

    Raises:
        ConfigError: if single matrices were to be split, which is another thing.
    """
    sizes: dict[str, int] = dict(zip(mesh.mesh_dim_names or (), mesh.shape, strict=True))
    if sizes["tensor_parallel"] > 1:
        raise ConfigError(
            "ModelParallelStrategy has tensor_parallel_size {size} (its default, auto, takes all processes of a "
            "machine): that splits the matrices of each layer, and TextClassifier shares layers out instead. Give "
            "--trainer.strategy fsdp2, in Python ModelParallelStrategy(data_parallel_size={processes}, "
            "tensor_parallel_size=1).",
            size=sizes["tensor_parallel"],
            processes=sizes["data_parallel"] * sizes["tensor_parallel"],
        )
    for part in _groups(network):
        fully_shard(part, mesh=mesh["data_parallel"])
    # the rest too is given back after each forward pass: else an evaluation would leave whole tensors in the place of
    # the parameters that the optimizer has
    fully_shard(network, mesh=mesh["data_parallel"], reshard_after_forward=True)


def is_sharded(network: nn.Module | None) -> bool:
    """Whether a network was shared out."""
    return isinstance(network, FSDPModule)


def whole_weights(network: nn.Module) -> dict[str, Tensor]:
    """Returns the weights in one piece; of a network that was shared out every process must ask, rank zero gets them.

    One weight after the other is fetched, into the memory of the CPU.
    """
    if not is_sharded(network):
        return dict(network.state_dict())
    found: dict[str, Any] = get_model_state_dict(
        network, options=StateDictOptions(full_state_dict=True, cpu_offload=True)
    )
    return found


def in_one_piece(parameter: Tensor) -> Tensor:
    """Returns a parameter as one tensor on the CPU; of one that was shared out every process must ask."""
    whole = parameter.full_tensor() if isinstance(parameter, DTensor) else parameter
    return whole.detach().cpu()


def gathered_bytes(network: PreTrainedModel) -> int:
    """Returns the bytes of weights and gradients that lie in one piece at a time once the network is shared out.

    Those outside of the groups, and of two groups: while one computes, the next one is fetched.
    """
    groups = [list(part.parameters()) for part in _groups(network)]
    inside = {id(parameter) for group in groups for parameter in group}
    rest = [parameter for parameter in network.parameters() if id(parameter) not in inside]

    def bytes_of(parameters: list[nn.Parameter], *, learning: bool) -> int:
        return sum(each.nbytes for each in parameters if each.requires_grad or not learning)

    return sum(
        bytes_of(rest, learning=learning)
        + sum(sorted(bytes_of(group, learning=learning) for group in groups)[-2:])
        for learning in (False, True)
    )


def _groups(network: PreTrainedModel) -> Iterator[nn.Module]:
    """What is fetched at a time, from the inputs on; the rest makes one more group."""
    yield network.get_input_embeddings()
    yield from encoder_layers(network)
