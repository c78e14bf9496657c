"""What a network has learned beside its base, as a folder that `peft` opens: adapters and head. Merges nothing."""

from collections.abc import Mapping
from pathlib import Path

from safetensors.torch import save_file
from torch import Tensor
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from finetune.files.whole import write_folder_through
from finetune.model.adapters import ADAPTER, NAME, POOLER, Lora, adapted_layers, peft_config
from finetune.model.export.hugging_face import as_it_answers
from finetune.pretrained.adapter import ADAPTER_WEIGHTS
from finetune.tasks.calibration import Calibration

PREFIX = "base_model.model."
"""What `peft` has before the names of all weights."""

MAGNITUDE = "lora_magnitude_vector"


def export_adapter(
    folder: Path,
    network: PreTrainedModel,
    tokenizer: PreTrainedTokenizerBase,
    *,
    lora: Lora,
    base: str,
    weights: Mapping[str, Tensor],
    whole: set[str],
    calibration: Calibration,
    max_length: int | None,
    lower_capitals: bool = False,
) -> None:
    """Writes adapters and head, with what tells how they answer; replaces an older folder whole.

    Args:
        folder: Where they go.
        network: With adapters.
        tokenizer: Its tokenizer.
        lora: What adapters.
        base: The model that they go with.
        weights: Of the merged network, of which the head is taken: calibration may be folded into it.
        whole: Names of what was trained whole.
        calibration: How the logits become an answer.
        max_length: Tokens after which a text is cut; None where the network sets the limit.
        lower_capitals: Whether it was trained to read texts in capitals in lower case.
    """
    targets = [name for name, _ in adapted_layers(network)]
    config = peft_config(lora, targets)
    config.task_type, config.inference_mode, config.base_model_name_or_path = "SEQ_CLS", True, base
    config.modules_to_save = modules_of(network, whole)
    kept = {name: each for name, each in network.state_dict().items() if ADAPTER in name} | {
        name: weights[name] for name in whole
    }

    def write(new: Path) -> None:
        tensors = {f"{PREFIX}{name_for_peft(name)}": each.cpu().contiguous() for name, each in kept.items()}
        save_file(tensors, new / ADAPTER_WEIGHTS, metadata={"format": "pt"})
        config.save_pretrained(str(new))
        with as_it_answers(network, tokenizer, calibration, max_length, lower_capitals=lower_capitals):
            network.config.save_pretrained(new)
            tokenizer.save_pretrained(new)

    write_folder_through(folder, write)


def name_for_peft(name: str) -> str:
    """Returns what `peft` calls a weight in a file: without the name of the set, and of a vector without its type."""
    if ADAPTER not in name:
        return name
    return name.replace(f".{NAME}", "", 1).replace(f"{MAGNITUDE}.weight", MAGNITUDE)


def modules_of(network: PreTrainedModel, whole: set[str]) -> list[str]:
    """Returns the modules that were trained whole, as `peft` is to wrap them: each the outermost of its kind."""
    prefix = f"{network.base_model_prefix}."
    found = set()
    for name in whole:
        parts = name.split(".")
        found.add(".".join(parts[: parts.index(POOLER) + 1]) if name.startswith(prefix) else parts[0])
    return sorted(found)
