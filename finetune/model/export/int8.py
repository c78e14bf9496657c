"""An ONNX classifier in numbers of 8 bits, in several ways. Which of them serves is measured elsewhere.

Needs the package `onnx`, and neither torch nor transformers. Matrices are found by what is done with them (the constant
of a MatMul, the table of a Gather), not by the names of one architecture. The layers of the head, which torch writes as
Gemm, stay as they are: they are small, and every answer hangs on them.

Not here: the usual dynamic quantization, one scale for all that comes in. A text is then answered otherwise alone than
among others: by up to 1.6 in a logit of the demonstration.
"""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from finetune.plugins import require

if TYPE_CHECKING:
    from onnx import ModelProto, NodeProto

Recipe: TypeAlias = Callable[[Path, Path], None]

TOP = 127
"""The largest number of 8 bits with a sign, of which 0 stays 0."""

BLOCK = 128
"""Weights of one output that share a scale, where they are in blocks."""

STANDS_OUT, AT_MOST = 3.0, 1 / 32
"""An input of a matrix stands out if its largest weight is so many times that of the median input; and how many may."""

LEAST_INPUTS = 64
"""Of a matrix that is worth writing smaller."""


class Graph:
    """The nodes and constants of a model, rewritten node by node.

    Args:
        model: Which is changed.
    """

    def __init__(self, model: "ModelProto") -> None:
        self.model = model
        self.constants = {each.name: each for each in model.graph.initializer}

    def matrix(self, name: str) -> NDArray[np.float32] | None:
        """Returns a constant of float32 with two axes; None for all else."""
        numpy_helper = require("onnx.numpy_helper")
        found = self.constants.get(name)
        if found is None or len(found.dims) != 2 or found.data_type != require("onnx").TensorProto.FLOAT:
            return None
        values: NDArray[np.float32] = numpy_helper.to_array(found)
        return values

    def weights(self, node: "NodeProto") -> NDArray[np.float32] | None:
        """Returns the matrix [inputs, outputs] that a node multiplies by; None where it does something else."""
        found = self.matrix(node.input[1]) if node.op_type == "MatMul" else None
        return found if found is not None and len(found) >= LEAST_INPUTS else None

    def constant(self, name: str, values: Any) -> str:
        """Keeps values under a name, once, and returns that."""
        if name not in self.constants:
            self.constants[name] = require("onnx.numpy_helper").from_array(np.asarray(values), name)
        return name

    def rewrite(self, nodes_for: Callable[["NodeProto"], Iterable["NodeProto"]]) -> None:
        """Puts other nodes in the place of each; constants that none reads any more are gone."""
        new = [each for node in self.model.graph.node for each in nodes_for(node)]
        read = {name for node in new for name in node.input}
        del self.model.graph.node[:], self.model.graph.initializer[:]
        self.model.graph.node.extend(new)
        self.model.graph.initializer.extend(each for name, each in self.constants.items() if name in read)


def node(kind: str, inputs: list[str], output: str, **attributes: Any) -> "NodeProto":
    """Makes a node of one output, called by that."""
    made: NodeProto = require("onnx.helper").make_node(kind, inputs, [output], name=output, **attributes)
    return made


def to_float(name: str, output: str) -> "NodeProto":
    """Makes the node that turns whole numbers into float32."""
    return node("Cast", [name], output, to=require("onnx").TensorProto.FLOAT)


def in_8_bits(values: NDArray[np.float32], axis: int) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Returns values as numbers of 8 bits, and the scale of each line along an axis."""
    scale = np.abs(values).max(axis=axis, keepdims=True) / np.float32(TOP)
    scale[scale == 0] = 1
    return np.rint(values / scale).astype(np.int8), scale


def embeddings(graph: Graph) -> None:
    """Stores the tables that are looked up in: a scale a line, so that a rare word of large numbers harms no other."""

    def nodes_for(old: "NodeProto") -> Iterable["NodeProto"]:
        table = graph.matrix(old.input[0]) if old.op_type == "Gather" else None
        if table is None or len(table) < LEAST_INPUTS:
            return [old]
        (name, which), out = old.input, old.output[0]
        stored, scale = in_8_bits(table, 1)
        return [
            node("Gather", [graph.constant(f"{name}/int8", stored), which], f"{out}/int8"),
            to_float(f"{out}/int8", f"{out}/whole"),
            node("Gather", [graph.constant(f"{name}/scale", scale), which], f"{out}/scale"),
            node("Mul", [f"{out}/whole", f"{out}/scale"], out),
        ]

    graph.rewrite(nodes_for)


def outliers_apart(graph: Graph) -> None:
    """Multiplies by the few inputs of a matrix that stand out in float32, beside the others.

    The numbers stay the same. In a feed-forward layer one neuron often has weights fifty times those of the others, and
    all of an output's weights would share a scale with it.
    """

    def nodes_for(old: "NodeProto") -> Iterable["NodeProto"]:
        weights = graph.weights(old)
        if weights is None or not len(which := standing_out(weights)):
            return [old]
        (x, name), out = old.input, old.output[0]
        others, these = np.ones(len(weights), np.float32), weights[which]
        others[which] = 0
        return [
            node("Mul", [x, graph.constant(f"{name}/others", others)], f"{out}/others"),
            node(
                "MatMul",
                [f"{out}/others", graph.constant(f"{name}/rest", weights * others[:, None])],
                f"{out}/rest",
            ),
            node("Gather", [x, graph.constant(f"{name}/which", which)], f"{out}/outliers", axis=-1),
            node("MatMul", [f"{out}/outliers", graph.constant(f"{name}/these", these)], f"{out}/apart"),
            node("Add", [f"{out}/rest", f"{out}/apart"], out),
        ]

    graph.rewrite(nodes_for)


def standing_out(weights: NDArray[np.float32]) -> NDArray[np.int64]:
    """Returns the inputs of a matrix whose weights are far larger than those of the others; the largest, if many."""
    largest = np.abs(weights).max(axis=1)
    many = min(int(len(weights) * AT_MOST), LEAST_INPUTS - 1)  # fewer than what is written smaller
    found = np.argsort(-largest, kind="stable")[:many]
    return np.sort(found[largest[found] > STANDS_OUT * np.median(largest)])


def tokens(graph: Graph) -> None:
    """Multiplies in 8 bits: a scale for each output of a matrix, and one for each token that comes in.

    A text is answered alike alone and among others.
    """
    seen: set[str] = set()

    def nodes_for(old: "NodeProto") -> Iterable["NodeProto"]:
        weights = graph.weights(old)
        if weights is None:
            yield old
            return
        (x, name), out = old.input, old.output[0]
        if x not in seen:
            seen.add(x)
            yield from each_token(graph, x)
        stored, scale = in_8_bits(weights, 0)
        zero = graph.constant("int8/zero", np.uint8(TOP + 1))
        stored_name, scale_name = (
            graph.constant(f"{name}/int8", stored),
            graph.constant(f"{name}/scale", scale[0]),
        )
        yield node("MatMulInteger", [f"{x}/tokens/int8", stored_name, zero], f"{out}/int32")
        yield to_float(f"{out}/int32", f"{out}/whole")
        yield node("Mul", [f"{out}/whole", f"{x}/tokens/scale"], f"{out}/scaled")
        yield node("Mul", [f"{out}/scaled", scale_name], out)

    graph.rewrite(nodes_for)


def each_token(graph: Graph, x: str) -> list["NodeProto"]:
    """Returns the nodes that turn what comes in into numbers of 8 bits without a sign, around 128: processors are quick
    with those alone.
    """
    last = graph.constant("int8/last", np.array([-1]))
    top, zero = (
        graph.constant("int8/top", np.float32(TOP)),
        graph.constant("int8/middle", np.float32(TOP + 1)),
    )
    tiny = graph.constant("int8/tiny", np.float32(1e-30))  # in the place of 0, which nothing is divided by
    return [
        node("ReduceMax", [x, last], f"{x}/tokens/largest", keepdims=1),
        node("ReduceMin", [x, last], f"{x}/tokens/least", keepdims=1),
        node("Neg", [f"{x}/tokens/least"], f"{x}/tokens/-least"),
        node("Max", [f"{x}/tokens/largest", f"{x}/tokens/-least", tiny], f"{x}/tokens/reach"),
        node("Div", [f"{x}/tokens/reach", top], f"{x}/tokens/scale"),
        node("Div", [top, f"{x}/tokens/reach"], f"{x}/tokens/steps"),
        node("Mul", [x, f"{x}/tokens/steps"], f"{x}/tokens/stretched"),
        node("Round", [f"{x}/tokens/stretched"], f"{x}/tokens/whole"),
        node("Add", [f"{x}/tokens/whole", zero], f"{x}/tokens/raised"),
        node("Cast", [f"{x}/tokens/raised"], f"{x}/tokens/int8", to=require("onnx").TensorProto.UINT8),
    ]


def blocks(graph: Graph) -> None:
    """Multiplies in 8 bits: a scale for each block of an output's weights, and of what comes in; onnxruntime's own."""
    helper = require("onnx.helper")

    def nodes_for(old: "NodeProto") -> Iterable["NodeProto"]:
        weights = graph.weights(old)
        if weights is None:
            return [old]
        (x, name), (inputs, outputs) = old.input, weights.shape
        padded = np.pad(weights, ((0, -inputs % BLOCK), (0, 0)))
        stored, scale = in_8_bits(padded.T.reshape(outputs, -1, BLOCK), 2)  # [outputs, blocks, BLOCK]
        raised = (stored.astype(np.int16) + TOP + 1).astype(np.uint8)  # the operator takes 128 for 0
        names = [graph.constant(f"{name}/int8", raised), graph.constant(f"{name}/scale", scale.reshape(-1))]
        sizes = {"K": inputs, "N": outputs, "bits": 8, "block_size": BLOCK}
        return [
            node(
                "MatMulNBits",
                [x, *names],
                old.output[0],
                domain="com.microsoft",
                accuracy_level=4,
                **sizes,  # 4: in 8 bits
            )
        ]

    graph.rewrite(nodes_for)
    graph.model.opset_import.append(helper.make_opsetid("com.microsoft", 1))


def stored(graph: Graph) -> None:
    """Stores matrices in 8 bits and multiplies in float32, as fast as before: onnxruntime makes them large as it opens.

    The answers are the same on every processor.
    """
    seen: set[str] = set()

    def nodes_for(old: "NodeProto") -> Iterable["NodeProto"]:
        weights = graph.weights(old)
        if weights is None:
            yield old
            return
        x, name = old.input
        if name not in seen:
            seen.add(name)
            small, scale = in_8_bits(weights, 0)
            yield to_float(graph.constant(f"{name}/int8", small), f"{name}/whole")
            yield node("Mul", [f"{name}/whole", graph.constant(f"{name}/scale", scale[0])], f"{name}/float")
        yield node("MatMul", [x, f"{name}/float"], old.output[0])

    graph.rewrite(nodes_for)


def _made_by(*steps: Callable[[Graph], None]) -> Recipe:
    def recipe(fp32: Path, int8: Path) -> None:
        onnx = require("onnx")
        graph = Graph(onnx.load(fp32))
        for step in steps:
            step(graph)
        onnx.save(graph.model, int8)

    return recipe


RECIPES: dict[str, Recipe] = {
    "tokens": _made_by(embeddings, tokens),
    "tokens-apart": _made_by(outliers_apart, embeddings, tokens),
    "blocks": _made_by(embeddings, blocks),
    "stored": _made_by(embeddings, stored),
    "stored-apart": _made_by(outliers_apart, embeddings, stored),
}
"""Ways to make an int8 file of an fp32 file, by their names. All have about the same size; the fastest stands first."""
