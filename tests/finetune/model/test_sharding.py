"""A network that is shared out is the same network, in parts. Two processes: tests/journeys/test_fsdp2.py."""

from types import SimpleNamespace

import pytest
import torch
from torch.distributed.device_mesh import init_device_mesh
from torch.distributed.tensor import DTensor

from finetune.errors import ConfigError
from finetune.model.export.folding import folded, unfold
from finetune.model.network import load_network
from finetune.model.optim import encoder_layers, freeze_embeddings, parameter_groups
from finetune.model.sharding import gathered_bytes, is_sharded, shard, whole_weights
from finetune.tasks.calibration import Calibration, read_calibration, write_calibration
from finetune.tasks.number import number
from finetune.tasks.single_label import single_label
from tests.processes import start

LABELS = ["Clima", "Pecuária", "Preços"]
IDS = torch.tensor([[2, 80, 90, 3], [2, 85, 3, 0]])


@pytest.fixture
def mesh(process_group):
    """The mesh that Lightning makes, of this process alone."""
    return init_device_mesh("cpu", (1, 1), mesh_dim_names=("data_parallel", "tensor_parallel"))


@pytest.fixture
def network(tiny_model):
    network, _ = load_network(str(tiny_model), LABELS, single_label())
    freeze_embeddings(network)
    return network.eval()


def groups(network):
    options = {"learning_rate": 1e-4, "head_learning_rate": 1e-3, "layer_decay": 0.9, "weight_decay": 0.01}
    return [
        (group["name"], group["lr"], [tuple(each.shape) for each in group["params"]])
        for group in parameter_groups(network, new={"classifier.weight", "classifier.bias"}, **options)
    ]


def test_it_answers_and_learns_as_before(network, mesh):
    before = {name: (each.detach().clone(), each.requires_grad) for name, each in network.named_parameters()}
    rates, logits = groups(network), network(input_ids=IDS).logits
    shard(network, mesh)
    after = dict(network.named_parameters())
    assert is_sharded(network)
    assert all(is_sharded(layer) for layer in encoder_layers(network))
    assert all(isinstance(each, DTensor) for each in after.values())
    assert {name: each.requires_grad for name, each in after.items()} == {n: b[1] for n, b in before.items()}
    assert groups(network) == rates
    with torch.no_grad():
        torch.testing.assert_close(network(input_ids=IDS).logits, logits, rtol=0, atol=0)
    assert all(each is after[name] for name, each in network.named_parameters())  # given back, all of them


def test_the_weights_come_together_again(network, mesh):
    before = {name: each.clone() for name, each in whole_weights(network).items()}
    shard(network, mesh)
    together = whole_weights(network)
    assert together.keys() == before.keys()
    assert all(
        type(each) is torch.Tensor and torch.equal(each, before[name]) for name, each in together.items()
    )


def unfolded(folder):
    """Takes out of a network of two processes what was folded into it; a process of two."""
    torch.distributed.init_process_group("gloo")
    mesh = init_device_mesh("cpu", (2, 1), mesh_dim_names=("data_parallel", "tensor_parallel"))
    network, _ = load_network(str(folder), ["preço"], number())
    before = {name: each.clone() for name, each in whole_weights(network).items()}
    known = Calibration(scale=[12.5], shift=[40.0])
    weights, in_them = folded(before, "classifier", known)
    network.load_state_dict(weights)
    write_calibration(network.config, in_them)
    shard(network, mesh)
    unfold(network)
    assert read_calibration(network.config) == known
    for name, each in whole_weights(network).items():  # on the first process alone
        torch.testing.assert_close(each, before[name], msg=name)
    torch.distributed.destroy_process_group()
    return 0


def test_what_an_export_folded_into_one_output_is_taken_out_of_its_parts(tiny_model, tmp_path):
    ended = start(2, unfolded, tiny_model, folder=tmp_path).wait()
    assert [each.status for each in ended] == [0, 0], ended[0].err


def test_what_is_fetched_at_a_time_is_counted(network):
    layers = encoder_layers(network)
    layer, words = (
        sum(each.nbytes for each in part.parameters()) for part in (layers[0], network.get_input_embeddings())
    )
    rest = sum(each.nbytes for each in network.parameters()) - 2 * layer - words
    frozen = sum(each.nbytes for each in network.parameters() if not each.requires_grad) - words
    largest = sum(sorted((layer, layer, words))[-2:])
    assert gathered_bytes(network) == (rest + largest) + (rest - frozen + 2 * layer)


def test_tensor_parallel_is_refused(network):
    mesh = SimpleNamespace(mesh_dim_names=("data_parallel", "tensor_parallel"), shape=(1, 2))
    with pytest.raises(
        ConfigError, match=r"tensor_parallel_size 2 .*data_parallel_size=2, tensor_parallel_size=1"
    ):
        shard(network, mesh)
    assert not is_sharded(network)
