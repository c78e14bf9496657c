"""A pretrained network opened as a classifier in float32, which of its parameters start untrained, its logits."""

import hashlib
import pickle
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import torch
from safetensors import SafetensorError
from torch import Tensor, nn
from transformers import AutoConfig, AutoModelForSequenceClassification, PreTrainedConfig, PreTrainedModel
from transformers.utils import logging as transformers_logging

from finetune.errors import ModelError
from finetune.files.pickled import told_of
from finetune.model.faster.attention import use_short_attention
from finetune.model.faster.dropout import replace_dropout
from finetune.model.faster.fewer_casts import cast_once
from finetune.model.faster.first_token import keep_first_token
from finetune.model.faster.whole_layer import compute_layers_whole
from finetune.model.known_classes import KnownClasses, can_move, known_classes, move_rows
from finetune.model.left_to_right import keep_no_cache
from finetune.model.output_layer import keep_logits_whole, output_layer
from finetune.model.quantize import check_can_quantize, in_4_bits, outside_layers
from finetune.model.sharding import in_one_piece
from finetune.tasks.calibration import write_calibration
from finetune.tasks.task import NUMBER, SINGLE, Task

TASK = "finetune_task"
"""Where the name of the task stands in `config.json`."""

SENSES = ("vision", "audio")
"""What a configuration has one of its own for where a network reads more than texts."""

UNREADABLE = (OSError, ValueError, RuntimeError, ImportError, SafetensorError, pickle.UnpicklingError)
"""What transformers raises where a folder does not hold the model that is asked for."""

MARK = "finetune_mark"
"""Where stands what joined labels in the training table, or stood before its decimals; nowhere where nothing did."""


class Opened(NamedTuple):
    """A model as a classifier.

    Attributes:
        network: Every parameter float32, but those that are kept in 4 bits.
        new: Names of the parameters that start untrained, or of which some rows do.
        known: Which classes its head knows, where these are some of others; None where it knows all, or none.
    """

    network: PreTrainedModel
    new: set[str]
    known: KnownClasses | None


def load_network(
    folder: str,
    labels: Sequence[str],
    task: Task,
    *,
    mark: str | None = None,
    weightless: bool = False,
    quantize: str | None = None,
) -> tuple[PreTrainedModel, set[str]]:
    """Opens a model as `open_classifier` does; returns the network, and the names of what starts untrained."""
    opened = open_classifier(folder, labels, task, mark=mark, weightless=weightless, quantize=quantize)
    return opened.network, opened.new


def open_classifier(
    folder: str,
    labels: Sequence[str],
    task: Task,
    *,
    mark: str | None = None,
    weightless: bool = False,
    quantize: str | None = None,
) -> Opened:
    """Opens the model in `folder` as a classifier of `labels`.

    Of a head that was trained for some of the classes, what it knows of these is kept. One that was trained for others
    alone, for an order of other grades, or for another problem starts anew.

    Args:
        folder: A Hugging Face folder.
        labels: Names of the outputs in order.
        task: What they are.
        mark: What joins several in a cell of the training table, or stands before decimals there.
        weightless: Whether its parameters have a shape and no content, for which the configuration is enough.
        quantize: How the matrices of the encoder's layers are kept, where not in float32: in 4 bits.

    Raises:
        ModelError: The folder cannot be opened, or its weights are not those of its config.json.
        ConfigError: Its matrices cannot be kept so here.
    """
    if quantize is not None and not weightless:
        check_can_quantize(quantize)
    with quiet():
        network, info, is_for_this, known = _open(
            folder, labels, task, weightless=weightless, quantize=quantize
        )
    new = untrained(network, info)
    check_weights(folder, network, new, {key for key, *_ in info["mismatched_keys"]})
    setattr(network.config, TASK, task.name)
    if mark is not None:
        setattr(network.config, MARK, mark)
    elif hasattr(network.config, MARK):  # of an earlier training
        delattr(network.config, MARK)
    if not is_for_this:
        # of the same size it may have another meaning
        new |= move_rows(network, known) if known is not None and known.is_kept else _renew_output(network)
        write_calibration(network.config, None)
    keep_logits_whole(network)
    keep_no_cache(network)
    quicken(network)
    return Opened(network, new, known)


def quicken(network: PreTrainedModel, *, all_tokens: bool = False) -> None:
    """Has the network compute the same in less time: see each of the functions.

    Args:
        network: The network.
        all_tokens: Whether more of its last layer is read than the first token.
    """
    replace_dropout(network)
    use_short_attention(network)
    if not all_tokens:
        keep_first_token(network)
    cast_once(network)
    compute_layers_whole(network, all_tokens=all_tokens)


def _open(
    folder: str, labels: Sequence[str], task: Task, *, weightless: bool, quantize: str | None
) -> tuple[PreTrainedModel, dict[str, Any], bool, KnownClasses | None]:
    """Returns the network, what loading said of its weights, whether a stored head is for this, and what else it knows.

    One whose head knows some of the classes is as it was stored, with all classes of its own.
    """
    try:
        config = AutoConfig.from_pretrained(folder, trust_remote_code=False)
        refuse_other_kinds(folder, config)
        names = [config.id2label[number] for number in sorted(config.id2label)]
        # one output without a problem is a number: so has transformers it
        problem = config.problem_type or (NUMBER if len(names) == 1 else SINGLE)
        is_for_this = (names, problem) == (list(labels), task.problem_type)
        if weightless:
            config = AutoConfig.from_pretrained(folder, trust_remote_code=False, **_wanted(labels, task))
            return *_without_content(config), is_for_this, None
        settings = {} if quantize is None else {"quantization_config": _in_4_bits(config)}

        def opened(outputs: Sequence[str]) -> tuple[PreTrainedModel, dict[str, Any]]:
            network, info = AutoModelForSequenceClassification.from_pretrained(
                folder,
                dtype=torch.float32,
                **_wanted(outputs, task),
                # a head of another size is dropped; `check_weights` refuses any other difference
                ignore_mismatched_sizes=True,
                output_loading_info=True,
                trust_remote_code=False,
                **settings,
            )
            return network, info

        known = known_classes(names, problem, labels=labels, task=task)
        if known is not None and known.is_kept:
            network, info = opened(names)
            if can_move(network) and not untrained(network, info):
                return network, info, False, known
            known = None
        return *opened(labels), is_for_this, known
    except UNREADABLE as error:
        raise ModelError(
            "the model in {folder} cannot be opened as a text classifier. Give --model.name a folder as "
            "`save_pretrained` writes it, `embedded`, or a hub id. (transformers said: {text})",
            folder=folder,
            text=told_of(error),
        ) from error


def _wanted(labels: Sequence[str], task: Task) -> dict[str, Any]:
    """Returns what transformers is told of the outputs."""
    return {
        "num_labels": len(labels),
        "id2label": dict(enumerate(labels)),
        "label2id": {label: number for number, label in enumerate(labels)},
        # what plain transformers goes by when it answers, whatever the pretrained model was for
        "problem_type": task.problem_type,
        "return_dict": True,
    }


def untrained(network: PreTrainedModel, info: Mapping[str, Any]) -> set[str]:
    """Returns the names of the parameters that a folder has no weights of, by what loading it said."""
    mismatched = {key for key, *_ in info["mismatched_keys"]}
    return (set(info["missing_keys"]) | mismatched) & {name for name, _ in network.named_parameters()}


def _in_4_bits(config: PreTrainedConfig) -> Any:
    """Returns how transformers is asked for 4 bits: of the encoder's layers alone, and not of the head."""
    return in_4_bits(outside_layers(_without_content(config)[0]))


def refuse_other_kinds(folder: str, config: PreTrainedConfig) -> None:
    """Refuses what reads more than texts, and what reads one text to write another: neither is trained right here."""
    senses = [name for name in SENSES if getattr(config, f"{name}_config", None) is not None]
    if not senses and not config.is_encoder_decoder:
        return
    raise ModelError(
        "the model in {folder} is a {kind}, which reads images or sounds beside texts. Give --model.name a model of "
        "texts alone: one that reads both is often to be had without what sees or hears."
        if senses
        else "the model in {folder} is a {kind}, which reads a text to write another one (an encoder with a decoder). "
        "Give --model.name one that reads alone, such as BERT and its family, or one that writes on, such as Llama or "
        "Qwen.",
        folder=folder,
        kind=config.model_type,
    )


def _without_content(config: PreTrainedConfig) -> tuple[PreTrainedModel, dict[str, Any]]:
    """Returns a classifier whose parameters take no memory, and what loading would say: that its head is missing."""
    with torch.device("meta"):
        network = AutoModelForSequenceClassification.from_config(config, dtype=torch.float32)  # type: ignore[no-untyped-call]
    prefix = f"{network.base_model_prefix}."
    head = [name for name, _ in network.named_parameters() if not name.startswith(prefix)]
    return network, {"missing_keys": head, "mismatched_keys": []}


def is_of_pooler(name: str) -> bool:
    """Returns whether a parameter is of the layer that some heads read the first token through."""
    return ".pooler." in f".{name}"


def check_weights(folder: str, network: PreTrainedModel, new: set[str], mismatched: set[str]) -> None:
    """Refuses weights that leave the encoder itself untrained: the run would be slow and its result poor.

    Raises:
        ModelError: if some are missing or of another shape.
    """
    of_encoder = {id(parameter) for parameter in network.base_model.parameters()}
    # a pooler belongs to the head: encoders are often kept without
    encoder = {
        name
        for name, parameter in network.named_parameters()
        if id(parameter) in of_encoder and not is_of_pooler(name)
    }
    bad = sorted(new & encoder)
    if bad:
        raise ModelError(
            "the weights in {folder} have other shapes than the {network} of its config.json: {bad:,} of {all:,} "
            "encoder parameters would start untrained, such as {first}. Take config.json and weights from the same "
            "model."
            if set(bad) & mismatched
            else "the weights in {folder} are not those of the {network} of its config.json: {bad:,} of {all:,} "
            "encoder parameters would start untrained, such as {first}. Take config.json and weights from the same "
            "model.",
            folder=folder,
            network=type(network).__name__,
            bad=len(bad),
            all=len(encoder),
            first=bad[0],
        )


def _renew_output(network: PreTrainedModel) -> set[str]:
    """Draws the layer behind the logits anew; returns the names of its parameters."""
    found = output_layer(network)
    if found is None:
        return set()
    name, layer = found
    nn.init.normal_(layer.weight, std=getattr(network.config, "initializer_range", 0.02))
    if layer.bias is not None:
        nn.init.zeros_(layer.bias)
    return {f"{name}.{part}" for part, _ in layer.named_parameters()}


def fingerprint(network: PreTrainedModel, weights: Mapping[str, Tensor] | None = None) -> str:
    """Returns a hash of the layer behind the logits, in which two trainings differ.

    Args:
        network: The network.
        weights: Those that are meant, in one piece; the network's own when left out, for which every process must ask.
    """
    found = output_layer(network)
    digest = hashlib.sha256()
    for part, parameter in () if found is None else found[1].named_parameters():
        assert found is not None
        whole = in_one_piece(parameter) if weights is None else weights[f"{found[0]}.{part}"]
        digest.update(whole.float().cpu().numpy().tobytes())
    return digest.hexdigest()


def layers_of(names: Iterable[str]) -> list[str]:
    """Returns the layers that parameters belong to, by name."""
    return sorted({name.rpartition(".")[0] for name in names})


@contextmanager
def quiet() -> Iterator[None]:
    """Keeps transformers from printing progress bars and its table of missing weights."""
    verbosity = transformers_logging.get_verbosity()
    bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        transformers_logging.set_verbosity(verbosity)
        if bars:
            transformers_logging.enable_progress_bar()  # type: ignore[no-untyped-call]
