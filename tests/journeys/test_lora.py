"""A run whose adapters learn in place of the encoder, from its first step to what answers without them."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import torch
import yaml

from finetune import plugins
from finetune.evaluation import merged as proof
from tests.journeys.conftest import call, write_table

RUN = Path("lightning_logs/version_0")
LORA = (
    "--model.lora={rank: 4, alpha: 8}",
    "--model.freeze_embeddings=true",
    "--model.learning_rate=0.01",
    "--data.validation_fraction=0.3",
    "--trainer.max_epochs=4",
    "--trainer.precision=32-true",
    "--mix=none",
)

PLUGIN = """
import lightning.pytorch as pl
class Killer(pl.Callback):
    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        if trainer.global_step == 22:
            raise RuntimeError("power cut")
"""


@pytest.fixture(scope="session")
def finished_lora(tmp_path_factory, tiny_model):
    """A folder in which one run with adapters was trained: copy it first."""
    folder = tmp_path_factory.mktemp("lora")
    write_table(folder / "dados.csv")
    asked = ("--model.keep_adapter=true", "--write_report=true", "--early_stopping=null")
    assert call(folder, tiny_model, "fit", "--data.path", "dados.csv", *LORA, *asked) == 0
    return folder


@pytest.fixture
def adapted(finished_lora, tmp_path):
    shutil.copytree(finished_lora, tmp_path, dirs_exist_ok=True)
    return RUN


def metrics(run):
    return json.loads((run / "metrics.json").read_text(encoding="utf-8"))


def test_checkpoints_hold_what_learned_and_the_model_is_whole(adapted, tiny_model, finetune, capsys):
    last = torch.load(adapted / "checkpoints/last.ckpt", weights_only=True)
    kept = [name for name in last["state_dict"] if name.startswith("network.")]
    assert len(kept) == 2 * 2 * 6 + 4  # matrices of twelve adapters; pooler and classifier
    assert last["base"]["name"] == str(tiny_model)
    assert last["hyper_parameters"]["lora"]["rank"] == 4
    from transformers import AutoModelForSequenceClassification

    network, info = AutoModelForSequenceClassification.from_pretrained(
        adapted / "model", output_loading_info=True
    )
    assert not any(info[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys"))
    assert not any("lora" in name for name in network.state_dict())
    found = metrics(adapted)
    assert found["merged"]["rows"] == 54 + 18
    assert found["merged"]["largest_difference"] < 1e-4
    card = (adapted / "model" / "README.md").read_text(encoding="utf-8")
    assert "Trained by adapters (`lora`, rank 4, alpha 8)" in card


def test_what_is_exported_answers_as_was_measured_where_there_is_no_peft(adapted, finetune, monkeypatch):
    monkeypatch.setattr(plugins, "have", lambda package: package != "peft")
    out = "said.jsonl"
    assert finetune("predict", "--run", adapted, "--data.predict_path", "dados.csv", "--output", out) == 0
    said = [json.loads(line) for line in Path(out).read_text(encoding="utf-8").splitlines()]
    measured = pd.read_csv(adapted / "predictions.csv")
    assert measured["predicted"].nunique() > 1  # there was something to lose
    by_text = {row["texto"]: row["label"] for row in said}
    assert [by_text[text] for text in measured["text"]] == list(measured["predicted"])


def test_a_checkpoint_answers_as_the_model_does_and_not_on_top_of_it(adapted, finetune, capsys):
    said = []
    for more in ([], ["--ckpt_path", adapted / "checkpoints/best.ckpt"]):
        assert finetune("test", "--run", adapted, "--answer", "network", *more) == 0
        said.append(next(line for line in capsys.readouterr().out.splitlines() if line.startswith("test ")))
    assert said[0] == said[1]


def test_a_run_goes_on_exactly_and_only_with_the_adapters_it_has(adapted, finetune, tmp_path, capsys):
    """Killed in mid-epoch and taken up, it ends bit for bit as the run that was not."""
    (tmp_path / "corte.py").write_text(PLUGIN, encoding="utf-8")
    options = [
        "--data.path",
        "dados.csv",
        *LORA,
        "--early_stopping=null",
        "--last_checkpoint.every_n_steps=5",
    ]
    with pytest.raises(RuntimeError, match="power cut"):
        finetune("fit", *options, "--baselines=null", "--trainer.callbacks+=corte.Killer")
    cut = Path("lightning_logs/version_1")
    config = yaml.safe_load((cut / "config.yaml").read_text(encoding="utf-8"))
    config["trainer"]["callbacks"] = None
    (cut / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    capsys.readouterr()
    assert finetune("fit", "--run", cut, "--resume", "--model.lora.rank", "8") == 2
    assert "model.lora.rank was 4 and is now 8" in capsys.readouterr().err
    assert finetune("fit", "--run", cut, "--resume") == 0
    assert "It goes on after step 19" in capsys.readouterr().err
    one, two = (torch.load(run / "checkpoints/last.ckpt", weights_only=True) for run in (adapted, cut))
    assert one["state_dict"].keys() == two["state_dict"].keys()
    assert all(torch.equal(one["state_dict"][name], two["state_dict"][name]) for name in one["state_dict"])
    assert str(one["optimizer_states"]) == str(two["optimizer_states"])
    files = [(run / "model/model.safetensors").read_bytes() for run in (adapted, cut)]
    assert files[0] == files[1]


def test_another_base_is_named_and_nothing_is_trained(adapted, finetune, tiny_model, tmp_path, capsys):
    other = tmp_path / "other"
    shutil.copytree(adapted / "model", other)
    checkpoint = adapted / "checkpoints/best.ckpt"
    content = torch.load(checkpoint, weights_only=True)
    content["hyper_parameters"]["name"] = str(other)
    (adapted / "checkpoints/SHA256SUMS").unlink()
    torch.save(content, checkpoint)
    assert finetune("test", "--run", adapted, "--answer=network", "--ckpt_path", checkpoint) == 2
    error = capsys.readouterr().err
    assert f"for the weights of {tiny_model} (SHA-256 {content['base']['sum'][:16]})" in error
    assert f"and those of {other} are others" in error
    shutil.rmtree(other)
    assert finetune("test", "--run", adapted, "--answer=network", "--ckpt_path", checkpoint) == 2
    assert f"--model.name {other}: there is no such folder" in capsys.readouterr().err


def test_a_base_that_was_moved_can_be_named_where_it_is(adapted, finetune, tiny_model, tmp_path, capsys):
    moved = tmp_path / "elsewhere"
    shutil.copytree(tiny_model, moved)
    checkpoint = adapted / "checkpoints/best.ckpt"
    assert finetune("test", "--run", adapted, "--answer=network", "--ckpt_path", checkpoint) == 0
    said = capsys.readouterr().out
    for folder in (adapted / "checkpoints").glob("*.ckpt"):
        content = torch.load(folder, weights_only=True)
        content["hyper_parameters"]["name"] = str(tmp_path / "gone")
        torch.save(content, folder)
    (adapted / "checkpoints/SHA256SUMS").unlink()
    config = yaml.safe_load((adapted / "config.yaml").read_text(encoding="utf-8"))
    config["model"]["name"] = str(tmp_path / "gone")
    (adapted / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    test = ("test", "--run", adapted, "--answer=network", "--ckpt_path", checkpoint)
    assert finetune(*test) == 2
    assert "gone: there is no such folder" in capsys.readouterr().err
    assert finetune(*test, "--model.name", moved) == 0
    assert capsys.readouterr().out == said
    on = ("fit", "--run", adapted, "--resume", "--trainer.max_epochs=5")
    other = tmp_path / "other"
    shutil.copytree(adapted / "model", other)
    assert finetune(*on, "--model.name", other) == 2
    assert "those of " + str(other) + " are others" in capsys.readouterr().err
    assert finetune(*on, "--model.name", moved) == 0
    last = torch.load(adapted / "checkpoints/last.ckpt", weights_only=True)
    assert last["hyper_parameters"]["name"] == last["base"]["name"] == str(moved)


def test_a_merge_that_answers_otherwise_writes_no_model_and_says_which_rows(
    finetune, table, monkeypatch, capsys
):
    """As if the head had been lost on the way, which peers have done in silence."""
    real = proof.TextClassifier.merged_network

    def without_the_head(self):
        network = real(self)
        torch.nn.init.normal_(network.classifier.weight)
        return network

    monkeypatch.setattr(proof.TextClassifier, "merged_network", without_the_head)
    asked = ("--trainer.max_epochs=1", "--baselines=null")
    assert finetune("fit", "--data.path", table, *LORA, *asked) == 2
    error = capsys.readouterr().err
    assert "with its adapters merged answers " in error
    assert " of 72 rows otherwise than with its adapters beside it, and no model is written:" in error
    assert "with adapters, " in error
    assert not (RUN / "model").exists()
    assert (RUN / "checkpoints/last.ckpt").exists()
