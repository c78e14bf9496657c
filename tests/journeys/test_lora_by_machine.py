"""Adapters where the machine has no room for all: proposed, taken where they were asked for, gone on with. 4 bits."""

import json
from pathlib import Path

import pytest
import torch

from callbacks import hardware_tier
from callbacks.hardware import proof
from callbacks.hardware.machine import Device, Machine
from callbacks.hardware.memory_estimate import estimate_training
from callbacks.hardware.precision import precision_plugin
from callbacks.hardware.workload import Workload
from finetune import TextClassifier

RUN = Path("lightning_logs/version_0")
GIB = 2**30
FROZEN = "--model.freeze_embeddings=true"  # as it is by default


@pytest.fixture
def no_room(monkeypatch):
    """A card that runs out of memory unless the model has adapters."""
    card = Device("cuda", "made up", 8 * GIB, 8 * GIB, (6, 1))
    monkeypatch.setattr(hardware_tier, "this_machine", lambda _: Machine(card, 1, 8, 16 * GIB, 8 * GIB))
    monkeypatch.setattr(proof, "training_fits", lambda module, *_, **__: module.is_adapted)


def test_a_machine_without_room_is_answered_by_adapters_and_the_run_goes_on_with_them(
    finetune, table, no_room, capsys, monkeypatch
):
    monkeypatch.setenv("FINETUNE_LANGUAGE", "en")
    options = ["--data.path", table, "--trainer.max_epochs", "1", FROZEN]
    assert finetune("fit", *options) == 2
    assert "(--model.lora true): 0.0" in capsys.readouterr().err
    for folder in Path("lightning_logs").glob("version_*"):
        assert not (folder / "checkpoints").exists()
    assert finetune("fit", *options, "--hardware_tier.lora", "auto") == 0
    said = capsys.readouterr().err
    assert "adapters (LoRA) are trained in their place" in said
    assert "adapters (LoRA)       yes         HardwareTier: nothing else fits; the result" in said
    run = max(Path("lightning_logs").glob("version_*"))
    saved = torch.load(run / "checkpoints/last.ckpt", weights_only=True)
    assert saved["hyper_parameters"]["lora"]["rank"] == 16
    assert not any(name.endswith("query.base_layer.weight") for name in saved["state_dict"])
    told = json.loads((run / "hardware.json").read_text(encoding="utf-8"))["plan"]["lora"]
    assert told["value"] is True
    assert finetune("fit", "--run", run, "--resume", "--trainer.max_epochs", "2") == 0
    told = json.loads((run / "hardware.json").read_text(encoding="utf-8"))["plan"]["lora"]
    assert told["decided_by"] == "HardwareTier: as the run had it before"
    assert torch.load(run / "checkpoints/last.ckpt", weights_only=True)["epoch"] == 1


def test_what_it_proposes_is_what_adapters_take(tiny_model):
    """The same whether counted of a copy of the plain network, or with the adapters in place."""
    labels = ["a", "b", "c"]
    plain, adapted = (TextClassifier(str(tiny_model), labels=labels, lora=lora) for lora in (None, True))
    for model in (plain, adapted):
        model.configure_model()
    ids = torch.ones(4, 12, dtype=torch.int64)
    batch = {
        "input_ids": ids,
        "attention_mask": ids,
        "labels": torch.zeros(4, dtype=torch.int64),
        "row": torch.arange(4),
    }
    for precision in ("32-true", "bf16-mixed"):
        plugin = precision_plugin(precision, "cpu")
        copy = Workload(plain, None).adapted().module
        proposed, real = (
            estimate_training(each, batch, plugin, accumulates=False) for each in (copy, adapted)
        )
        assert proposed == real
    assert not plain.is_adapted
    assert plain.hparams["lora"] is None


def test_4_bits_without_adapters_are_refused(finetune, table, capsys):
    assert finetune("fit", "--data.path", table, "--model.quantize", "nf4") == 2
    said = capsys.readouterr().err
    assert "add --model.lora true" in " ".join(said.split())
    assert "Traceback" not in said
    assert not Path("lightning_logs").exists()


def test_4_bits_without_a_card_are_refused_before_anything_is_kept(finetune, table, capsys):
    options = ["--data.path", table, FROZEN, "--model.quantize", "nf4", "--model.lora", "true"]
    assert finetune("fit", *options) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert "PyTorch sees no NVIDIA GPU (CUDA)" in said
    assert "the package bitsandbytes is not installed" in said
    assert "Traceback" not in said


@pytest.mark.parametrize("language", ["en", "pt"])
def test_a_plan_for_a_card_counts_4_bits_by_arithmetic(
    finetune, table, tiny_model, capsys, monkeypatch, language
):
    monkeypatch.setenv("FINETUNE_LANGUAGE", language)
    options = [
        "--data.path",
        table,
        "--model.name",
        tiny_model,
        "--gpu",
        "RTX 3060 12GB",
        "--model.lora",
        "true",
    ]
    tables = []
    for more in ([], ["--model.quantize", "nf4"]):
        assert finetune("plan", *options, *more) == 0
        tables.append(capsys.readouterr().out)
    assert tables[0] != tables[1]
    for text in tables:
        assert max(map(len, text.splitlines()[:-1])) <= 80  # the last is a command to copy
    assert "--model.quantize nf4" in tables[1].splitlines()[-1]
