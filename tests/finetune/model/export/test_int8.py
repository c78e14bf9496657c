"""The recipes, on a small graph made by hand: a table, two matrices that read the same, one whose inputs stand out."""

import subprocess
import sys

import numpy as np
import pytest

from finetune.commands.export.processor import processor
from finetune.model.export.int8 import AT_MOST, LEAST_INPUTS, RECIPES, standing_out

onnx = pytest.importorskip("onnx")
pytest.importorskip("onnx.reference")
onnxruntime = pytest.importorskip("onnxruntime")

WORDS, WIDE, HIDDEN, CLASSES = 500, 128, 256, 3
OUTLIERS = [5, 200]


def constants():
    random = np.random.default_rng(0)
    shapes = {
        "table": (WORDS, WIDE),
        "up": (WIDE, HIDDEN),
        "beside": (WIDE, WIDE),
        "down": (HIDDEN, WIDE),
        "head": (CLASSES, WIDE),
    }
    values = {
        name: random.normal(size=shape).astype(np.float32) / shape[-1] ** 0.5
        for name, shape in shapes.items()
    }
    values["down"][OUTLIERS] *= 50
    values["table"][7] *= 1000  # a word that nobody writes
    return values


@pytest.fixture(scope="module")
def float32(tmp_path_factory):
    make, kinds = onnx.helper.make_node, onnx.TensorProto
    nodes = [
        make("Gather", ["table", "input_ids"], ["x"]),
        make("MatMul", ["x", "up"], ["wide"]),
        make("MatMul", ["x", "beside"], ["side"]),
        make("Relu", ["wide"], ["hidden"]),
        make("MatMul", ["hidden", "down"], ["narrow"]),
        make("Add", ["narrow", "side"], ["all"]),
        make("ReduceMean", ["all", "axis"], ["pooled"], keepdims=0),
        make("Gemm", ["pooled", "head"], ["logits"], transB=1),
    ]
    held = [onnx.numpy_helper.from_array(values, name) for name, values in constants().items()]
    held.append(onnx.numpy_helper.from_array(np.array([1]), "axis"))
    ids = onnx.helper.make_tensor_value_info("input_ids", kinds.INT64, ["batch", "length"])
    logits = onnx.helper.make_tensor_value_info("logits", kinds.FLOAT, ["batch", CLASSES])
    graph = onnx.helper.make_graph(nodes, "small", [ids], [logits], held)
    opset = [onnx.helper.make_opsetid("", 18)]
    file = tmp_path_factory.mktemp("float32") / "model.onnx"
    onnx.save(onnx.helper.make_model(graph, opset_imports=opset, ir_version=10), file)
    return file


def answers(file, ids):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
    return session.run(["logits"], {"input_ids": ids})[0]


def by_definition(file, ids):
    """As `answers`, by what the operators are defined to do."""
    return onnx.reference.ReferenceEvaluator(str(file)).run(["logits"], {"input_ids": ids})[0]


def ids_of(rows, length):
    return np.random.default_rng(1).integers(10, WORDS, (rows, length))


@pytest.fixture(scope="module")
def made(float32, tmp_path_factory):
    """The file of each recipe."""
    folder = tmp_path_factory.mktemp("int8")
    for name, recipe in RECIPES.items():
        recipe(float32, folder / f"{name}.onnx")
    return {name: folder / f"{name}.onnx" for name in RECIPES}


# of the standard deviation of the logits
@pytest.mark.parametrize(
    ("name", "off"),
    [("tokens", 0.05), ("tokens-apart", 0.03), ("blocks", 0.05), ("stored", 0.05), ("stored-apart", 0.03)],
)
def test_the_answers_of_a_recipe_are_nearly_those_of_float32(made, float32, name, off):
    ids = ids_of(20, 9)
    expected = answers(float32, ids)
    # without VNNI sums of products of eight bits overflow, and the proof of an export
    # refuses this recipe: what it says is computed exactly here
    exactly = name.startswith("tokens") and processor()["vnni"] == "no"
    found = np.abs((by_definition if exactly else answers)(made[name], ids) - expected).max() / expected.std()
    assert found < off


def test_every_recipe_is_tested():
    names = {
        case[0] for case in test_the_answers_of_a_recipe_are_nearly_those_of_float32.pytestmark[0].args[1]
    }
    assert names == set(RECIPES)


@pytest.mark.parametrize("name", RECIPES)
def test_a_file_has_a_third_of_the_size_and_stands_alone(made, float32, name):
    assert made[name].stat().st_size < float32.stat().st_size / 3
    assert {each.name for each in made[name].parent.iterdir()} == {f"{each}.onnx" for each in RECIPES}


@pytest.mark.parametrize("name", RECIPES)
def test_a_text_is_answered_alike_alone_and_among_others(made, name):
    ids = ids_of(6, 5)
    alone = np.concatenate([answers(made[name], ids[row : row + 1]) for row in range(len(ids))])
    np.testing.assert_allclose(answers(made[name], ids), alone, atol=1e-4)


@pytest.mark.parametrize("name", RECIPES)
def test_the_head_stays_as_it_is(made, name):
    held = {each.name: onnx.numpy_helper.to_array(each) for each in onnx.load(made[name]).graph.initializer}
    np.testing.assert_array_equal(held["head"], constants()["head"])
    assert not {"table", "up", "beside", "down"} & set(held)


def test_a_token_of_zeros_is_answered(float32, tmp_path):
    model = onnx.load(float32)
    (table,) = [each for each in model.graph.initializer if each.name == "table"]
    table.CopyFrom(onnx.numpy_helper.from_array(np.zeros((WORDS, WIDE), np.float32), "table"))
    onnx.save(model, tmp_path / "zeros.onnx")
    for name, recipe in RECIPES.items():
        recipe(tmp_path / "zeros.onnx", tmp_path / f"{name}.onnx")
        np.testing.assert_array_equal(answers(tmp_path / f"{name}.onnx", ids_of(2, 3)), 0)


def test_the_inputs_that_stand_out_are_found_and_not_too_many():
    assert standing_out(constants()["down"]).tolist() == OUTLIERS
    assert not len(standing_out(constants()["up"]))
    many = np.ones((4096, 4), np.float32)
    many[:1000] = 100
    assert len(standing_out(many)) < LEAST_INPUTS < 4096 * AT_MOST


def test_a_recipe_needs_no_torch_and_leaves_the_log_alone(float32, tmp_path):
    code = "\n".join(
        [
            "import logging, sys",
            "from pathlib import Path",
            "from finetune.model.export.int8 import RECIPES",
            f"for name, recipe in RECIPES.items(): recipe(Path({str(float32)!r}), Path({str(tmp_path)!r}, name))",
            "print({'torch', 'transformers', 'onnxruntime'} & set(sys.modules), logging.root.handlers)",
        ]
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert (done.stdout.strip(), done.stderr) == ("set() []", "")
