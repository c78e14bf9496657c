"""A network as an ONNX file. All the architectures: scripts/prove/onnx_networks.py."""

import stat
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
import torch

from finetune.errors import ModelError, UserError
from finetune.model.export.onnx import inputs_of, plain_network, write_onnx

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnxscript")
pytest.importorskip("onnxruntime")

ROOT = Path(__file__).parents[4]
NAMES = ["input_ids", "attention_mask", "token_type_ids"]


@pytest.fixture(scope="module")
def prove():
    """The script that makes tiny networks and compares what is written with them."""
    spec = spec_from_file_location("onnx_networks", ROOT / "scripts" / "prove" / "onnx_networks.py")
    script = module_from_spec(spec)
    spec.loader.exec_module(script)
    return script


@pytest.fixture(scope="module", params=["bert", "roberta", "qwen2"])
def written(request, prove, tmp_path_factory):
    """A tiny network, the file that it was written to, and the inputs of that."""
    network = prove.tiny(request.param)
    file = tmp_path_factory.mktemp(request.param) / "model.onnx"
    inputs = inputs_of(network, NAMES)
    write_onnx(file, network, inputs=inputs, longest=prove.LONGEST)
    return network, file, inputs


def test_the_file_answers_as_the_network_does_for_batches_it_was_not_written_by(written, prove):
    network, file, inputs = written
    assert prove.largest_difference(file, network, inputs) <= prove.LIMIT


def test_the_file_has_named_axes_and_the_inputs_that_the_network_takes(written, prove):
    network, file, _ = written
    graph = onnx.load(file).graph
    axes = {
        each.name: [dim.dim_param or dim.dim_value for dim in each.type.tensor_type.shape.dim]
        for each in [*graph.input, *graph.output]
    }
    told = NAMES if network.config.model_type == "bert" else NAMES[:2]
    assert axes == {name: ["batch", "length"] for name in told} | {"logits": ["batch", 3]}


def test_the_weights_lie_beside_so_that_what_opens_them_need_not_hold_them_all(written):
    _, file, _ = written
    weights = file.with_name("model.onnx.data")
    assert sorted(file.parent.iterdir()) == [file, weights]
    inside = {
        each.name: len(each.raw_data) for each in onnx.load(file, load_external_data=False).graph.initializer
    }
    assert sum(inside.values()) < 1000
    assert weights.stat().st_size > 50_000
    assert stat.S_IMODE(weights.stat().st_mode) == stat.S_IMODE(file.stat().st_mode)


def test_nothing_says_where_it_was_made(written):
    _, file, _ = written
    held = b"".join(each.read_bytes() for each in file.parent.iterdir())
    for told in (str(ROOT), sys.prefix, "transformers/models", "forward("):
        assert told.encode() not in held


def test_a_network_that_only_takes_inputs_of_one_kind_is_not_told_the_kind(prove):
    assert inputs_of(prove.tiny("roberta"), NAMES) == NAMES[:2]
    assert inputs_of(prove.tiny("bert"), NAMES[:2]) == NAMES[:2]


def test_a_folder_is_opened_in_float32_and_does_not_learn(tiny_model, tmp_path, prove):
    prove.tiny("bert").bfloat16().save_pretrained(tmp_path)
    network = plain_network(tmp_path)
    assert {each.dtype for each in network.parameters()} == {torch.float32}
    assert not network.training


def test_a_network_that_cannot_be_written_says_which_and_which_can(prove, tmp_path):
    network = prove.tiny("bert")

    def forward(input_ids, attention_mask):
        if input_ids.sum() > 3:  # what torch cannot know before it has the text
            raise AssertionError
        return input_ids

    network.forward = forward
    with pytest.raises(ModelError) as caught:
        write_onnx(tmp_path / "model.onnx", network, inputs=NAMES[:2], longest=prove.LONGEST)
    said = str(caught.value)
    assert said.startswith("BertForSequenceClassification (bert) cannot be written as ONNX")
    assert "ModernBERT" in said
    assert "--format hf" in said
    assert not list(tmp_path.iterdir())


def test_what_is_not_installed_is_named_with_how_to_install_it(prove, tmp_path, monkeypatch):
    monkeypatch.setattr("finetune.plugins.have", lambda package: package != "onnxscript")
    with pytest.raises(UserError, match='"onnxscript" is not installed') as caught:
        write_onnx(tmp_path / "model.onnx", prove.tiny("bert"), inputs=NAMES[:2], longest=8)
    assert "install" in str(caught.value)
