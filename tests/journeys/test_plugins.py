"""A loss, a schedule, a split, a reader and a callback from a file outside the project; and Python without the CLI."""

import json
import subprocess
import sys
from pathlib import Path

from finetune.runs.own import record_file

PLUGIN = """
import lightning.pytorch as pl
import pandas as pd
import torch
from torch.nn.functional import cross_entropy
import numpy as np

calls = {"loss": 0, "schedule": 0, "steps": 0, "split": 0, "reader": 0}

def loss(logits, labels, *, label_smoothing=0.0):
    calls["loss"] += 1
    return cross_entropy(logits, labels, reduction="none")

def schedule(optimizer, *, warmup_steps, total_steps, num_cycles):
    calls["schedule"] = total_steps
    return torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0)

def split(rows, shares, seed):
    calls["split"] += 1
    return np.where(np.arange(len(rows.labels)) < 20, np.arange(len(rows.labels)) // 10 + 1, 0)

def reader(path):
    calls["reader"] += 1
    return pd.read_csv(path, sep="#")

class Count(pl.Callback):
    def on_train_batch_end(self, *a):
        calls["steps"] += 1
"""


def test_everything_can_come_from_the_users_own_file(finetune, tmp_path, capsys):
    name = "meus_plugins_de_teste"
    Path(f"{name}.py").write_text(PLUGIN, encoding="utf-8")
    rows = [f"boi gado {i}#a\nchuva seca {i}#b\n" for i in range(30)]
    Path("d.txt").write_text("texto#rotulo\n" + "".join(rows), encoding="utf-8")
    arguments = ["--data.path", "d.txt", f"--data.reader={name}:reader", f"--data.split={name}:split"]
    arguments += [f"--model.loss={name}:loss", f"--model.schedule={name}:schedule", "--trainer.max_epochs=2"]
    assert finetune("fit", *arguments, f"--trainer.callbacks+={name}.Count") == 0
    calls = sys.modules[name].calls
    assert calls["steps"] == 10
    assert calls["schedule"] == 10
    assert calls["loss"] >= 10
    assert calls["split"] >= 1
    assert calls["reader"] >= 1
    # the run is known as one's own; on another's machine it asks first, and so does its checkpoint without it
    label = ["predict", "--run", "0", "--data.predict_path", "d.txt", "--output", "s.csv"]
    assert finetune(*label) == 0
    record_file().unlink()
    alone = ["predict", "--ckpt_path", "lightning_logs/version_0/checkpoints/best.ckpt", *label[3:]]
    for asked in (label, alone):
        capsys.readouterr()
        assert finetune(*asked) == 2
        assert f"model.loss: {name}:loss" in capsys.readouterr().err
    assert finetune(*alone, "--trust", f"--data.reader={name}:reader") == 0


PYTHON = """
import lightning.pytorch as pl, pandas as pd, json, sys
from finetune import TextClassifier, TextData

pl.seed_everything(1)
rows = [(f"boi gado pasto {i}", "gado") if i % 2 else (f"chuva seca frio {i}", "clima") for i in range(80)]
data = TextData(pd.DataFrame(rows, columns=["texto", "rotulo"]), effective_batch_size=8)
model = TextClassifier(sys.argv[1], learning_rate=0.005, freeze_embeddings=False, layer_decay=1.0)
trainer = pl.Trainer(max_epochs=4, logger=False, enable_checkpointing=False, enable_progress_bar=False)
trainer.fit(model, data)
print(json.dumps(trainer.test(model, data)[0]))
"""


def test_in_python_with_a_plain_trainer_and_a_dataframe(tiny_model, tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PYTHON, str(tiny_model)],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert json.loads(done.stdout.strip().splitlines()[-1])["test/accuracy"] > 0.8
