"""A network as an ONNX file, which is answered by without torch. Measures nothing, makes nothing smaller."""

import logging
import warnings
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
from torch import Tensor, nn
from transformers import AutoModelForSequenceClassification, PreTrainedModel

from finetune.errors import ModelError
from finetune.model.logits import knows_types
from finetune.model.network import quiet
from finetune.plugins import require_all
from finetune.tasks.batch import TYPES

PACKAGES = ("onnx", "onnxscript", "onnxruntime")
"""What the extra `onnx` brings: the format, what torch writes it by, and what answers by it."""

OPSET = 18
"""The version of ONNX's operators: the one that torch writes itself, of which it makes any other. Those that have one
operator for GELU (20) or for attention (23) answer as fast, and fewer runtimes open them."""

EXPORTED = {
    "albert": "ALBERT",
    "bert": "BERT",
    "camembert": "CamemBERT",
    "deberta": "DeBERTa",
    "deberta-v2": "DeBERTa-v2",
    "distilbert": "DistilBERT",
    "electra": "ELECTRA",
    "eurobert": "EuroBERT",
    "gemma": "Gemma",
    "gemma2": "Gemma 2",
    "gemma3_text": "Gemma 3",
    "gpt2": "GPT-2",
    "llama": "Llama",
    "mistral": "Mistral",
    "modernbert": "ModernBERT",
    "modernbert-decoder": "ModernBERT decoder",
    "mpnet": "MPNet",
    "qwen2": "Qwen2",
    "qwen3": "Qwen3",
    "roberta": "RoBERTa",
    "xlm-roberta": "XLM-RoBERTa",
}
"""Architectures that scripts/prove/onnx_networks.py has written and compared, by their `model_type`."""

EXAMPLE = (2, 7)
"""Texts and tokens of what the network is written by: any but 0 and 1, which torch takes for constants."""

LOGITS = "logits"


class _Logits(nn.Module):
    """A network that takes tensors by name and gives its logits alone."""

    def __init__(self, network: PreTrainedModel) -> None:
        super().__init__()
        self.network = network

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor | None = None
    ) -> Tensor:
        types = {} if token_type_ids is None else {TYPES: token_type_ids}
        logits: Tensor = self.network(input_ids=input_ids, attention_mask=attention_mask, **types).logits
        return logits


def plain_network(folder: Path) -> PreTrainedModel:
    """Opens an exported folder in float32, as plain transformers does: nothing of it is quickened for training."""
    with quiet():
        network: PreTrainedModel = AutoModelForSequenceClassification.from_pretrained(
            folder, dtype=torch.float32, attn_implementation="eager", trust_remote_code=False
        )
    network.train(False)
    return network


def inputs_of(network: PreTrainedModel, given: Collection[str]) -> list[str]:
    """Returns which tensors a network is to be told of those that its tokenizer gives.

    Args:
        network: The network.
        given: The tokenizer's `model_input_names`.
    """
    types = [TYPES] if TYPES in given and knows_types(network) else []
    return ["input_ids", "attention_mask", *types]


def write_onnx(file: Path, network: PreTrainedModel, *, inputs: Collection[str], longest: int) -> None:
    """Writes a network as an ONNX file with the axes `batch` and `length` and the output `logits`.

    The weights lie in FILE.data beside it, and belong to it: what opens the file reads of them what it needs, and does
    not hold them a second time meanwhile. The table of a large vocabulary is hardly read at all.

    Args:
        file: Where it goes.
        network: As `plain_network` opens it.
        inputs: The tensors that it is told, by name: see `inputs_of`.
        longest: Tokens that a text has at most.

    Raises:
        ModelError: The network cannot be written so.
        UserError: A package of the extra `onnx` is not installed.
        OSError: The file cannot be written.
    """
    require_all(*PACKAGES[:2])
    batch, length = torch.export.Dim("batch", min=1), torch.export.Dim("length", min=1, max=longest)
    # a tensor of its own each: torch takes one that is given twice for one input
    example = {name: torch.full(EXAMPLE, int(name != TYPES)) for name in inputs}
    with _silent():
        try:
            program = torch.onnx.export(
                _Logits(network).train(False),
                kwargs=example,
                dynamic_shapes={name: {0: batch, 1: length} for name in example},
                output_names=[LOGITS],
                opset_version=OPSET,
                dynamo=True,
                verbose=False,
            )
        except torch.onnx.errors.OnnxExporterError as error:
            raise _refused(network, error) from error
        assert program is not None
        _forget_where_it_was_made(program.model)
        program.save(file, external_data=True)


def _refused(network: PreTrainedModel, error: Exception) -> ModelError:
    cause = error.__cause__ or error
    return ModelError(
        "{network} ({kind}) cannot be written as ONNX: torch cannot record what it computes. Known to work: "
        "{known}. `--format hf` works for every network. (torch said: {text})",
        network=type(network).__name__,
        kind=network.config.model_type,
        known=", ".join(EXPORTED.values()),
        text=str(cause).strip().split("\n")[0],
    )


def _forget_where_it_was_made(model: object) -> None:
    """Takes out what torch notes of each step: lines of source code and the paths of this machine."""
    graph = model.graph  # type: ignore[attr-defined]
    for thing in [*graph, *graph.inputs, *graph.outputs, *graph.initializers.values()]:
        thing.metadata_props.clear()
        thing.doc_string = None
    for node in graph:
        for output in node.outputs:
            output.metadata_props.clear()
    graph.metadata_props.clear()
    model.metadata_props.clear()  # type: ignore[attr-defined]


@contextmanager
def _silent() -> Iterator[None]:
    """Keeps torch from telling which of its optional parts are missing, and how it names the axes."""
    logger = logging.getLogger("torch.onnx")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)
