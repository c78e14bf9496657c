"""Two processes share a model out: the same training as one process has, and a run folder that any process can use."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import torch
from lightning.fabric.utilities.load import _load_distributed_checkpoint
from lightning.pytorch import Callback
from safetensors.torch import load_file
from torch.distributed.tensor import DTensor
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from callbacks.saving.checksum import damage
from tests.callbacks.test_exact_resume import same
from tests.processes import finetune as finetune_here
from tests.processes import start

RUNS = Path("lightning_logs")


class Look(Callback):
    """Writes what this process keeps of the model, and the loss of each step over all processes."""

    def on_train_start(self, trainer, pl_module):
        self.losses = []
        self.kept = [
            (isinstance(each, DTensor), (each.to_local() if isinstance(each, DTensor) else each).nbytes)
            for each in pl_module.parameters()
        ]

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        self.losses.append(float(trainer.strategy.reduce(outputs["loss"].detach().clone(), reduce_op="mean")))

    def on_train_end(self, trainer, pl_module):
        run = Path(trainer.log_dir).name
        facts = {
            "shared_out": [shared_out for shared_out, _ in self.kept],
            "bytes": sum(size for _, size in self.kept),
            "losses": self.losses,
        }
        Path(f"{run}_{trainer.global_rank}.json").write_text(json.dumps(facts), encoding="utf-8")


class Keep(Callback):
    """Keeps a last.ckpt as it was in the middle of the training."""

    def on_train_batch_end(self, trainer, pl_module, outputs, batch, batch_idx):
        last = Path(trainer.log_dir) / "checkpoints/last.ckpt"  # on every process: it broadcasts
        if trainer.is_global_zero and trainer.global_step == 35:
            shutil.copytree(last, "middle.ckpt")


def one_after_another(*calls):
    """Runs `finetune ...` several times in a process of several; returns the first status that is none of success."""
    return next(filter(None, (finetune_here(*argv) for argv in calls)), 0)


def looked_at(run, rank):
    return json.loads(Path(f"{run}_{rank}.json").read_text(encoding="utf-8"))


@pytest.fixture
def no_dropout(tiny_model, tmp_path):
    """The tiny model without dropout, whose random numbers would be others on each process."""
    folder = tmp_path / "tiny"
    shutil.copytree(tiny_model, folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    config |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    (folder / "config.json").write_text(json.dumps(config), encoding="utf-8")
    return folder


@pytest.mark.slow
def test_two_processes_share_a_model_out(finetune, no_dropout, table, tmp_path):
    options = {
        "--data.path": table,
        "--model.name": no_dropout,
        "--model.learning_rate": "0.0001",
        "--model.layer_decay": "0.9",
        "--model.freeze_embeddings": "false",
        "--data.effective_batch_size": "8",
        "--trainer.max_epochs": "3",
        "--trainer.accelerator": "cpu",
        "--trainer.precision": "32-true",
        "--trainer.callbacks+": "tests.journeys.test_fsdp2.Look",
        "--last_checkpoint.every_n_steps": "10",
        "--baselines": "null",
        "--write_report": "false",
    }
    fit = ["fit", *(f"{key}={value}" for key, value in options.items())]
    two = [*fit, "--trainer.devices=2", "--trainer.strategy=fsdp2"]
    predict = ["predict", "--run", "0", "--data.predict_path", table, "--output"]
    calls = [
        [*two, "--trainer.callbacks+=tests.journeys.test_fsdp2.Keep"],
        [*two, "--ckpt_path=middle.ckpt", "--trust"],  # in no folder of a run
        [*predict, "two.csv"],
    ]
    ended = start(2, one_after_another, *calls, folder=tmp_path).wait(120)
    assert [each.status for each in ended] == [0, 0], ended[0].err[-3000:]
    one = ["--trainer.devices=1", "--trainer.strategy=auto"]
    assert finetune(*fit, *one) == 0
    assert finetune(*predict, "one.csv", *one) == 0
    assert finetune(*predict, "network.csv", *one, "--answer", "network") == 0

    # each keeps its part, and together they learn as one does
    alone, first, second = looked_at("version_2", 0), looked_at("version_0", 0), looked_at("version_0", 1)
    assert not any(alone["shared_out"])
    assert all(first["shared_out"])
    assert all(second["shared_out"])
    assert max(first["bytes"], second["bytes"]) < 0.6 * alone["bytes"]
    assert first["losses"] == second["losses"]
    assert len(alone["losses"]) == 54
    assert first["losses"] == pytest.approx(alone["losses"], abs=1e-4)

    # what went on from the middle ends as what never stopped
    runs = [RUNS / "version_0", RUNS / "version_1"]
    assert first["losses"][-len(looked_at("version_1", 0)["losses"]) :] == looked_at("version_1", 0)["losses"]
    assert 10 < len(looked_at("version_1", 0)["losses"]) < 54 - 20
    whole, resumed = (_load_distributed_checkpoint(run / "checkpoints/last.ckpt") for run in runs)
    for key in ("state_dict", "optimizer_0", "lr_schedulers", "global_step", "loops"):
        assert same(whole[key], resumed[key]), key
    best, other = ((run / "checkpoints/best.ckpt").read_bytes() for run in runs)
    assert best == other
    assert damage(runs[0] / "checkpoints/last.ckpt") is None
    (runs[0] / "checkpoints/last.ckpt/__1_0.distcp").unlink()
    assert "__1_0.distcp" in str(damage(runs[0] / "checkpoints/last.ckpt"))

    # best.ckpt is one file, and what was exported are its weights, for anyone to open
    weights = torch.load(runs[0] / "checkpoints/best.ckpt", weights_only=True)["state_dict"]
    exported = load_file(runs[0] / "model/model.safetensors")
    assert same({name.removeprefix("network."): each for name, each in weights.items()}, exported)
    frame, two_said = (
        pd.read_csv(name, sep=";", decimal=",", encoding="cp1252") for name in ("one.csv", "two.csv")
    )
    pd.testing.assert_frame_equal(frame, two_said, atol=1e-4)
    frame = pd.read_csv("network.csv", sep=";", decimal=",", encoding="cp1252")
    network = AutoModelForSequenceClassification.from_pretrained(runs[0] / "model").eval()
    tokenizer = AutoTokenizer.from_pretrained(runs[0] / "model")
    assert type(network).__name__ == network.config.architectures[0] == "BertForSequenceClassification"
    with torch.no_grad():
        inputs = tokenizer(frame["texto"].tolist(), padding=True, return_tensors="pt")
        sure, number = network(**inputs).logits.softmax(-1).max(dim=-1)
    assert [network.config.id2label[each] for each in number.tolist()] == frame["label"].tolist()
    assert frame["label"].nunique() > 1
    assert frame["confidence"].tolist() == pytest.approx(sure.tolist(), abs=1e-4)
