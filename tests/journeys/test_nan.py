"""A loss that is no number in the middle of a fit: which lines of the table, what is left behind, and going on."""

import sys
from pathlib import Path

import pytest
import torch
import yaml
from safetensors.torch import load_file

RUN = Path("lightning_logs/version_0")

PLUGIN = """
import lightning.pytorch as pl
from torch.nn.functional import cross_entropy

lines, spoilt = [], []

def bad(logits, labels, *, label_smoothing=0.0):
    losses = cross_entropy(logits, labels, reduction="none")
    return losses * float("nan") if spoilt else losses

class Spoil(pl.Callback):
    '''Spoils the loss of one micro-batch, and keeps the lines of its rows.'''

    def __init__(self, number: int) -> None:
        self.number = number
        self.seen = 0

    def on_train_batch_start(self, trainer, module, batch, batch_idx):
        self.seen += 1
        if self.seen == self.number:
            spoilt.append(True)
            lines.extend(sorted(row + 2 for row in batch["row"].tolist()))

    def on_train_batch_end(self, *_):
        spoilt.clear()
"""


@pytest.fixture
def spoiling(request, table, tmp_path):
    """Options under which the loss of a micro-batch is NaN, counted from 1 over epochs; and that file as a module."""
    name = f"minhas_{request.node.name.split('[')[0]}"
    (tmp_path / f"{name}.py").write_text(PLUGIN, encoding="utf-8")

    def options(number):
        spoil = [f"--trainer.callbacks+={name}.Spoil", f"--trainer.callbacks.number={number}"]
        return ["--data.path", table.name, f"--model.loss={name}:bad", *spoil]

    yield options, lambda: sys.modules[name]
    sys.modules.pop(name, None)


def in_words(lines):
    *most, last = map(str, lines)
    return f"{', '.join(most)} and {last}"


def test_the_lines_are_named_and_an_untrained_run_leaves_no_folder(finetune, spoiling, capsys):
    options, module = spoiling
    assert finetune("fit", *options(5)) == 2
    error = capsys.readouterr().err
    assert len(module().lines) == 8
    assert (
        f"nan in optimizer step 5 (epoch 1, batch 5): dados.csv, lines {in_words(module().lines)}. " in error
    )
    assert "--on_nan skip" in error
    assert "Traceback" not in error
    assert not list(Path("lightning_logs").glob("version_*"))


def test_what_was_saved_before_is_whole(finetune, spoiling, capsys):
    options, _ = spoiling
    assert finetune("fit", *options(20), "--trainer.max_epochs=2") == 2
    assert "optimizer step 20 (epoch 2, batch 2)" in capsys.readouterr().err
    last = torch.load(RUN / "checkpoints/last.ckpt", weights_only=True)
    assert last["global_step"] == 18
    assert all(weight.isfinite().all() for weight in last["state_dict"].values())
    assert not (RUN / "metrics.json").exists()


def test_skip_trains_to_the_end_also_in_micro_batches(finetune, spoiling, capsys):
    options, module = spoiling
    more = ["--trainer.accumulate_grad_batches=2", "--trainer.max_epochs=2"]
    with pytest.warns(UserWarning, match="NanGuard leaves a step out") as caught:
        assert finetune("fit", *options(5), *more, "--on_nan", "skip") == 0
    said = next(str(each.message) for each in caught if "NanGuard" in str(each.message))
    assert f"step 3 (epoch 1, batch 5): dados.csv, lines {in_words(module().lines)}" in said
    assert "NanGuard left out 1 of 36 optimizer steps" in capsys.readouterr().err
    weights = load_file(RUN / "model/model.safetensors")
    assert all(weight.isfinite().all() for weight in weights.values())
    config = yaml.safe_load((RUN / "config.yaml").read_text(encoding="utf-8"))
    assert config["on_nan"] == "skip"
    assert finetune("test", "--run", "latest") == 0


def test_a_rate_that_is_far_too_high_is_stopped(finetune, table, capsys):
    assert finetune("fit", "--data.path", table, "--model.learning_rate=1e30") == 2
    error = capsys.readouterr().err
    assert "A lower learning rate is the usual cure" in error
    assert "Traceback" not in error


def test_null_does_not_switch_it_off(finetune, table, capsys):
    assert finetune("fit", "--data.path", table, "--on_nan", "null") == 2
    assert "on_nan" in capsys.readouterr().err


def test_a_guard_of_the_users_own_takes_its_place(finetune, spoiling, capsys):
    options, _ = spoiling
    own = ["--trainer.callbacks+=callbacks.NanGuard", "--trainer.callbacks.on_nan=skip"]
    with pytest.warns(UserWarning, match="NanGuard leaves a step out"):
        assert finetune("fit", *options(5), *own, "--trainer.max_epochs=1") == 0
    assert capsys.readouterr().err.count("NanGuard left out") == 1
