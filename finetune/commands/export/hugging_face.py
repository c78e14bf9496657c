"""The format `hf`: a folder that plain Transformers opens, in single or half precision. Judges nothing."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from finetune.commands.export import plain_transformers
from finetune.commands.export.apart import ask_apart
from finetune.commands.export.source import Row, Source
from finetune.files.whole import write_text
from finetune.model.export.hugging_face import write_model
from finetune.model.network import quiet
from finetune.runs.exported import description
from finetune.runs.folder import DESCRIPTION
from finetune.tasks.calibration import KEY, Calibration, stored
from finetune.tasks.task import Floats

DTYPES = ("float32", "bfloat16", "float16")
"""How exact the weights are."""


def check(source: Source) -> None:
    """Refuses nothing: every run can be written so."""


def write(source: Source, folder: Path, variant: str, scratch: Path) -> None:
    """Writes the run's network as plain Transformers opens it: calibrated already, with its labels and its length.

    Args:
        source: The run.
        folder: An empty one.
        variant: A row of `DTYPES`.
        scratch: Not used.
    """
    with quiet():
        tokenizer = AutoTokenizer.from_pretrained(source.model, trust_remote_code=False)
        network = AutoModelForSequenceClassification.from_pretrained(
            source.model, dtype=torch.float32, trust_remote_code=False
        )
    network = network.to(getattr(torch, variant))
    write_model(folder, network, tokenizer, weights=network.state_dict())
    described = json.dumps(description(source.facts.config), ensure_ascii=False, indent=2)
    write_text(folder / DESCRIPTION, described + "\n")


def keep(folder: Path, calibration: Calibration) -> None:
    """Writes how the logits become an answer into `config.json`."""
    file = folder / "config.json"
    content = json.loads(file.read_text(encoding="utf-8"))
    if Calibration(**(content.get(KEY) or {})) != calibration:
        content[KEY] = stored(calibration)
        write_text(file, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def ask(source: Source, folder: Path, rows: Sequence[Row]) -> tuple[Floats, Floats]:
    """Has plain Transformers, in a process of its own, open the folder and answer rows."""
    logits = ask_apart([plain_transformers.__file__, str(folder.absolute())], rows)
    return logits, logits
