"""A folder that answers by itself, its network a bag of tokens made here: no training, no torch's own exporter."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.commands.export.carried import carry
from finetune.data.batching.pairs import tokenize_rows
from finetune.evaluation.answering import Answering
from finetune.tasks.calibration import Calibration
from finetune.tasks.task import Task

Floats = NDArray[np.float64]

INPUTS = ("input_ids", "attention_mask", "token_type_ids")
TYPES = np.array([[0.0], [0.5]], dtype=np.float32)
"""What a token of either text adds: a row whose texts change places is another one."""


def embedding(tokens: int, outputs: int) -> NDArray[np.float32]:
    """What each token says of each output."""
    return np.random.default_rng(0).normal(size=(tokens, outputs)).astype(np.float32) * 3


def write_network(path: Path, tokens: int, outputs: int) -> None:
    """Writes a network whose logits are the mean over the tokens that are not masked."""
    from onnx import TensorProto, checker, helper, numpy_helper, save

    def constant(name: str, value: NDArray[Any]) -> Any:
        return numpy_helper.from_array(value, name)

    nodes = [
        helper.make_node("Gather", ["words", "input_ids"], ["of_words"]),
        helper.make_node("Gather", ["types", "token_type_ids"], ["of_types"]),
        helper.make_node("Add", ["of_words", "of_types"], ["said"]),
        helper.make_node("Cast", ["attention_mask"], ["seen"], to=TensorProto.FLOAT),
        helper.make_node("Unsqueeze", ["seen", "last"], ["weight"]),
        helper.make_node("Mul", ["said", "weight"], ["weighed"]),
        helper.make_node("ReduceSum", ["weighed", "along"], ["sum"], keepdims=0),
        helper.make_node("ReduceSum", ["seen", "along"], ["count"], keepdims=1),
        helper.make_node("Div", ["sum", "count"], ["logits"]),
    ]
    graph = helper.make_graph(
        nodes,
        "bag",
        [helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "length"]) for name in INPUTS],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", outputs])],
        [
            constant("words", embedding(tokens, outputs)),
            constant("types", np.repeat(TYPES, outputs, axis=1)),
            constant("last", np.array([2], dtype=np.int64)),
            constant("along", np.array([1], dtype=np.int64)),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    checker.check_model(model)
    save(model, path)


def make_folder(
    folder: Path,
    tokenizer: Any,
    *,
    task: Task,
    labels: Sequence[str],
    calibration: Calibration | None = None,
    answering: Answering | None = None,
    words: Path | None = None,
    mark: str | None = None,
    **data: Any,
) -> Path:
    """Makes the folder of an export; `data` are options of the data, such as `text_column`."""
    folder.mkdir()
    how = answering or Answering(calibration or Calibration())
    options = {"max_characters": 1_000_000, **data}
    carry(folder, tokenizer, data=options, task=task, labels=labels, answering=how, words=words, mark=mark)
    write_network(folder / "model.onnx", len(tokenizer), len(labels))
    return folder


def logits_of(
    texts: Sequence[Sequence[str]],
    tokenizer: Any,
    outputs: int,
    cache: Path,
    *,
    lower_capitals: bool = False,
) -> Floats:
    """What the network says of the rows of a table, tokenised as a training does it: one list of texts, or two."""
    tokens, _ = tokenize_rows(texts, tokenizer, cache=cache, lower_capitals=lower_capitals)
    words, most = embedding(len(tokenizer), outputs), tokenizer.model_max_length
    found = []
    for row in range(len(texts[0])):
        of_types = TYPES[tokens.types(row, most)] if len(texts) == 2 else TYPES[0]
        found.append((words[tokens.ids(row, most)] + of_types).mean(axis=0, dtype=np.float64))
    return np.array(found).reshape(-1, outputs)
