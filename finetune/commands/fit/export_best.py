"""The best model of a run written into its folder, with what is done with its logits. Measures nothing."""

from pathlib import Path

from torch import Tensor

from finetune.data.module import TextData
from finetune.language.say import note
from finetune.model.adapters import Lora, whole_names
from finetune.model.classifier import TextClassifier
from finetune.model.export.adapter import export_adapter
from finetune.model.export.folding import folded, last_layer
from finetune.model.export.hugging_face import export
from finetune.model.export.reopened import check_reopened
from finetune.pretrained.folder import name_elsewhere
from finetune.runs.folder import ADAPTER, MODEL
from finetune.tasks.calibration import Calibration, is_calibrated


def export_best(
    model: TextClassifier, data: TextData, folder: Path, weights: dict[str, Tensor], *, is_merged: bool
) -> tuple[dict[str, Tensor], Calibration]:
    """Writes `model/`, and `adapter/` where it was asked for; returns the weights, and what is done with their logits.

    Args:
        model: What was trained.
        data: What on.
        folder: Of the run.
        weights: The best ones, in one piece, by the names of the plain network.
        is_merged: Whether adapters were merged into them: then the folder is opened again, and every number compared.
    """
    assert model.network is not None
    if not is_calibrated(model.network.config) and model.calibration != Calibration():
        model.calibrate(model.calibration)  # what the training rows alone have told
    layer = last_layer(model.network)
    if layer is None and not model.calibration.is_applied:
        note(
            "the last layer of {network} is none of those that a temperature can be put into: plain transformers gives "
            "other confidences than predict",
            network=type(model.network).__name__,
        )
    weights, calibration = folded(weights, layer, model.calibration)
    if layer is not None and not calibration.is_applied:
        note(
            "the last layer of {network} has nothing to which a number can be added: plain transformers gives numbers "
            "about 0 in place of those in your unit, which predict gives",
            network=type(model.network).__name__,
        )
    export(
        folder / MODEL,
        model.network,
        data.tokenizer,
        weights=weights,
        calibration=calibration,
        max_length=data.max_length,
        lower_capitals=data.lower_capitals,
    )
    if is_merged:
        check_reopened(folder / MODEL, weights, labels=model.hparams["labels"], task=model.task)
    if model.hparams["keep_adapter"]:
        keep_adapter(folder / ADAPTER, model, data, weights=weights, calibration=calibration)
    return weights, calibration


def keep_adapter(
    folder: Path,
    model: TextClassifier,
    data: TextData,
    *,
    weights: dict[str, Tensor],
    calibration: Calibration,
) -> None:
    """Writes what was learned beside the base by itself.

    Args:
        folder: Where it goes.
        model: With adapters.
        data: What it was trained on.
        weights: Of the merged network, as they are exported.
        calibration: How the logits of these become an answer.
    """
    assert model.network is not None
    export_adapter(
        folder,
        model.network,
        data.tokenizer,
        lora=Lora(**model.hparams["lora"]),
        base=name_elsewhere(model.hparams["name"]),
        weights=weights,
        whole=whole_names(model.network, model.new_parameters),
        calibration=calibration,
        max_length=data.max_length,
        lower_capitals=data.lower_capitals,
    )
    note("the adapters by themselves, for peft: {folder}", folder=folder)
