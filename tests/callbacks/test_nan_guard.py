"""NanGuard: stop before the weights change, or leave the step out; which rows; checkpoints; the step that is late."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.callbacks import Callback, ModelCheckpoint
from lightning.pytorch.plugins import MixedPrecision
from torch.utils.data import DataLoader

from callbacks import BestCheckpoint, LastCheckpoint, NanGuard
from callbacks.language.which import speaking
from callbacks.nan_guard import NonFiniteLossError
from tests.processes import start

NAN, INF = float("nan"), float("inf")
Make = Callable[..., Trainer]


class Rows(LightningModule):
    """Learns 12 rows in batches of 3 (4 an epoch), in their order; the loss has `bad` for the rows named.

    Args:
        bad: What is added to the loss, by row.
        optimizer: Makes the optimizer.
    """

    def __init__(self, bad: dict[int, float], optimizer: Any = None) -> None:
        super().__init__()
        self.layer = torch.nn.Linear(4, 1)
        self.bad = bad
        self.optimizer = optimizer or (lambda parameters: torch.optim.AdamW(parameters, lr=0.01))

    def training_step(self, batch: dict[str, torch.Tensor], batch_idx: int) -> torch.Tensor:
        # times, not plus: the gradient is no number either
        spoilt = sum((self.bad.get(row, 0.0) for row in batch["row"].tolist()), 0.0)
        loss: torch.Tensor = (self.layer(batch["x"]) ** 2).mean()
        return loss * spoilt if spoilt else loss

    def validation_step(self, batch: dict[str, torch.Tensor], batch_idx: int) -> None:
        self.log("val/score", 0.5)

    def configure_optimizers(self) -> Any:
        return self.optimizer(self.parameters())

    def train_dataloader(self) -> Any:
        numbers = torch.randn(12, 4, generator=torch.Generator().manual_seed(0))
        return DataLoader([{"x": x, "row": row} for row, x in enumerate(numbers)], batch_size=3)  # type: ignore[arg-type]

    val_dataloader = train_dataloader


class Watch(Callback):
    """Keeps the weights after every step."""

    def __init__(self) -> None:
        self.weights: list[torch.Tensor] = []

    def on_train_batch_end(self, trainer: Trainer, pl_module: Any, *_: Any) -> None:
        self.weights.append(pl_module.layer.weight.detach().clone())


def late(monkeypatch: pytest.MonkeyPatch) -> None:
    """Has the guard treat this processor as a single GPU."""
    monkeypatch.setattr(NanGuard, "_may_be_late", lambda self, *_: self.on_nan == "stop")


def finite(model: LightningModule) -> bool:
    return all(bool(each.isfinite().all()) for each in model.parameters())


def test_a_wrong_argument_is_named() -> None:
    with pytest.raises(ValueError, match=r"NanGuard\(on_nan='ignore'\): on_nan is 'stop' or 'skip'"):
        NanGuard("ignore")  # type: ignore[arg-type]


@pytest.mark.parametrize("value", [NAN, INF])
def test_stop_comes_before_the_weights_change_and_names_the_rows(make_trainer: Make, value: float) -> None:
    model, watch = Rows({7: value}), Watch()
    trainer = make_trainer(NanGuard(), watch)
    message = (
        rf"loss is {value} in optimizer step 3 \(epoch 1, batch 3\): rows 6, 7, 8\. A lower learning rate"
    )
    with pytest.raises(NonFiniteLossError, match=message):
        trainer.fit(model)
    assert trainer.global_step == 2
    assert torch.equal(model.layer.weight, watch.weights[-1])


def test_nothing_is_said_of_a_healthy_run_and_nothing_changes(make_trainer: Make) -> None:
    trained = []
    for guards in ([], [NanGuard()], [NanGuard("skip")]):
        torch.manual_seed(1)
        model = Rows({})
        make_trainer(*guards, max_epochs=2).fit(model)
        trained.append(model.layer.weight)
    assert torch.equal(trained[0], trained[1])
    assert torch.equal(trained[0], trained[2])


def test_the_first_of_a_steps_micro_batches_is_enough(make_trainer: Make) -> None:
    model = Rows({1: NAN})
    trainer = make_trainer(NanGuard(), accumulate_grad_batches=2)
    with pytest.raises(NonFiniteLossError, match=r"step 1 \(epoch 1, batch 1\): rows 0, 1, 2"):
        trainer.fit(model)
    assert trainer.global_step == 0
    assert finite(model)


def test_the_data_module_may_say_where_the_rows_are(make_trainer: Make, rows_data: Any) -> None:
    class Data(rows_data):  # type: ignore[misc]
        def train_dataloader(self) -> Any:
            return Rows({}).train_dataloader()

        val_dataloader = train_dataloader

        def whereabouts(self, batch: Any) -> str:
            return f"herd.csv, lines {[row + 2 for row in batch['row'].tolist()]}"

    with pytest.raises(NonFiniteLossError, match=r"batch 4\): herd\.csv, lines \[11, 12, 13\]\. A lower"):
        make_trainer(NanGuard()).fit(Rows({9: NAN}), datamodule=Data())


def test_a_batch_without_rows_is_told_by_its_number(make_trainer: Make, tiny: Any) -> None:
    class Broken(tiny):  # type: ignore[misc]
        def training_step(self, batch: torch.Tensor, batch_idx: int) -> Any:
            return super().training_step(batch, batch_idx) * (NAN if batch_idx == 2 else 1)

    with pytest.raises(NonFiniteLossError, match=r"\(epoch 1, batch 3\)\. A lower"):
        make_trainer(NanGuard()).fit(Broken())


def test_weights_that_were_broken_before_are_told_from_bad_rows(make_trainer: Make) -> None:
    class Overflows(Rows):
        def on_before_optimizer_step(self, optimizer: Any) -> None:
            if self.trainer.global_step == 1:  # a finite loss with a gradient that is none
                assert self.layer.weight.grad is not None
                self.layer.weight.grad.fill_(NAN)

    with pytest.raises(NonFiniteLossError, match=r"optimizer step 3 .* a step before it broke them"):
        make_trainer(NanGuard()).fit(Overflows({}))


# ---- on a single GPU: one step late, and no checkpoint before it is known -------------------------------------


def test_late_by_one_step(make_trainer: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    late(monkeypatch)
    trainer = make_trainer(NanGuard())
    with pytest.raises(NonFiniteLossError, match=r"optimizer step 2 \(epoch 1, batch 2\): rows 3, 4, 5"):
        trainer.fit(Rows({4: NAN}))
    assert trainer.global_step == 2  # the step after it is not taken


@pytest.mark.parametrize(
    ("checkpoint", "validations"),
    [(LastCheckpoint(), 1), (LastCheckpoint(), 0), (BestCheckpoint("val/score", mode="max"), 1)],
)
def test_no_checkpoint_of_broken_weights(
    make_trainer: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, checkpoint: Any, validations: int
) -> None:
    late(monkeypatch)
    trainer = make_trainer(NanGuard(), checkpoint, limit_val_batches=validations, num_sanity_val_steps=0)
    with pytest.raises(NonFiniteLossError, match="optimizer step 4"):
        trainer.fit(Rows({11: NAN}))  # in the last step, after which both save
    assert list(tmp_path.rglob("*.ckpt")) == []


@pytest.mark.parametrize(
    "when",
    [
        {"every_n_train_steps": 2},
        {"save_weights_only": True, "save_on_train_epoch_end": True},
        {"save_on_exception": True, "every_n_epochs": 9},
    ],
)
def test_no_checkpoint_of_lightnings_own(
    make_trainer: Make, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, when: dict[str, Any]
) -> None:
    late(monkeypatch)
    saves = ModelCheckpoint(dirpath=tmp_path, **when)
    bad = 4 if "every_n_train_steps" in when else 10
    with pytest.raises(NonFiniteLossError, match=f"optimizer step {bad // 3 + 1}"):
        make_trainer(NanGuard(), saves, limit_val_batches=0).fit(Rows({bad: NAN}))
    assert list(tmp_path.rglob("*.ckpt")) == []


def test_after_a_late_error_the_next_stage_is_free(
    make_trainer: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    late(monkeypatch)
    trainer = make_trainer(NanGuard())
    with pytest.raises(NonFiniteLossError):
        trainer.fit(Rows({4: NAN}))
    trainer.validate(Rows({}), verbose=False)


def test_late_at_the_end_of_training(make_trainer: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    late(monkeypatch)
    with pytest.raises(NonFiniteLossError, match="optimizer step 2"):
        make_trainer(NanGuard(), max_steps=2).fit(Rows({4: NAN}))


# ---- skip ----------------------------------------------------------------------------------------------------


def fused(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.AdamW(parameters, lr=0.01, fused=True)


def momentum(parameters: Any) -> torch.optim.Optimizer:
    return torch.optim.SGD(parameters, lr=0.01, momentum=0.9, weight_decay=0.1)


@pytest.mark.parametrize("clipping", [None, "norm"])
@pytest.mark.parametrize("optimizer", [None, fused, momentum])
def test_skip_changes_nothing_in_a_bad_step_and_goes_on(
    make_trainer: Make, optimizer: Any, clipping: str | None
) -> None:
    model, watch, guard = Rows({4: NAN}, optimizer), Watch(), NanGuard("skip")
    clip = 1.0 if clipping else None
    trainer = make_trainer(
        guard, watch, max_epochs=2, gradient_clip_val=clip, gradient_clip_algorithm=clipping
    )
    with pytest.warns(UserWarning, match=r"leaves a step out: the training loss is nan in optimizer step 2"):
        trainer.fit(model)
    changes = [
        not torch.equal(before, after)
        for before, after in zip(watch.weights, watch.weights[1:], strict=False)
    ]
    assert changes == [False, True, True, True, False, True, True]  # the second step of each epoch
    assert finite(model)
    assert (trainer.global_step, guard.skipped) == (8, 2)


def test_skip_with_clipping_by_value_is_refused(make_trainer: Make) -> None:
    clip = {"gradient_clip_val": 1.0, "gradient_clip_algorithm": "value"}
    with pytest.raises(ValueError, match="torch cannot clip none by value: clip by norm"):
        make_trainer(NanGuard("skip"), **clip).fit(Rows({}))
    make_trainer(NanGuard(), **clip).fit(Rows({}))


def test_skip_leaves_out_the_whole_step_of_a_bad_micro_batch(make_trainer: Make) -> None:
    model, watch, guard = Rows({4: NAN}), Watch(), NanGuard("skip")
    start = model.layer.weight.detach().clone()
    with pytest.warns(UserWarning, match=r"optimizer step 1 \(epoch 1, batch 2\): rows 3, 4, 5"):
        make_trainer(guard, watch, accumulate_grad_batches=2).fit(model)
    assert torch.equal(watch.weights[1], start)
    assert not torch.equal(watch.weights[3], start)
    assert guard.skipped == 1


def test_skip_tells_five_and_counts_the_rest_also_over_a_resume(make_trainer: Make) -> None:
    guard, last = NanGuard("skip"), LastCheckpoint()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        make_trainer(guard, last, max_epochs=3).fit(Rows({1: NAN, 4: INF}))
    said = [str(warning.message) for warning in caught if "NanGuard" in str(warning.message)]
    assert len(said) == 5
    assert "only counted" in said[-1]
    assert guard.skipped == 6
    again = NanGuard("skip")
    with warnings.catch_warnings(record=True) as caught:
        make_trainer(again, LastCheckpoint(), max_epochs=4).fit(
            Rows({1: NAN}), ckpt_path=last.last_model_path, weights_only=True
        )
    assert again.skipped == 7
    assert not any("NanGuard" in str(warning.message) for warning in caught)


def test_the_end_says_how_many_were_left_out(make_trainer: Make, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO"), pytest.warns(UserWarning, match="leaves a step out"):
        make_trainer(NanGuard("skip"), max_epochs=2).fit(Rows({4: NAN}))
    assert "NanGuard left out 2 of 8 optimizer steps" in caplog.text


def test_it_speaks_the_readers_language(make_trainer: Make, caplog: pytest.LogCaptureFixture) -> None:
    with (
        speaking("pt"),
        caplog.at_level("INFO"),
        pytest.warns(
            UserWarning,
            match=r"pula um passo: no passo 2 .* lote 2\), a perda de treino é nan: linhas 3, 4, 5",
        ),
    ):
        make_trainer(NanGuard("skip"), max_epochs=2).fit(Rows({4: NAN}))
    assert "O NanGuard pulou 2 de 8 passos do otimizador" in caplog.text


def test_skip_ends_a_training_that_learns_nothing_any_more(make_trainer: Make) -> None:
    bad = dict.fromkeys(range(12), NAN)
    trainer = make_trainer(NanGuard("skip"), max_epochs=9)
    with (
        pytest.raises(NonFiniteLossError, match="20 optimizer steps in a row had to be left out"),
        pytest.warns(UserWarning, match="leaves a step out"),
    ):
        trainer.fit(Rows(bad))
    assert trainer.global_step == 19


def test_twenty_steps_left_out_between_good_ones_are_no_end(make_trainer: Make) -> None:
    guard = NanGuard("skip")
    with pytest.warns(UserWarning, match="leaves a step out"):
        make_trainer(guard, max_epochs=11).fit(Rows({1: NAN, 4: NAN}))
    assert guard.skipped == 22


def test_another_fit_counts_anew(make_trainer: Make) -> None:
    guard = NanGuard("skip")
    for _ in range(2):
        with pytest.warns(UserWarning, match="leaves a step out"):
            make_trainer(guard).fit(Rows({4: NAN}))
        assert guard.skipped == 1


# ---- other ways to train -------------------------------------------------------------------------------------


@pytest.mark.parametrize("on_nan", ["stop", "skip"])
def test_a_module_that_optimises_by_hand(make_trainer: Make, on_nan: Any) -> None:
    class ByHand(Rows):
        automatic_optimization = False

        def __init__(self, bad: dict[int, float]) -> None:
            super().__init__(bad)
            self.automatic_optimization = False

        def training_step(self, batch: Any, batch_idx: int) -> Any:
            optimizer: Any = self.optimizers()
            optimizer.zero_grad()
            self.manual_backward(super().training_step(batch, batch_idx))
            optimizer.step()

    make_trainer(NanGuard(on_nan)).fit(ByHand({}))
    model = ByHand({4: NAN})
    if on_nan == "stop":
        with pytest.raises(NonFiniteLossError, match=r"step 2 \(epoch 1, batch 2\)"):
            make_trainer(NanGuard()).fit(model)
    else:
        with pytest.warns(UserWarning, match="leaves a step out"):
            make_trainer(NanGuard("skip")).fit(model)
    assert finite(model)


@pytest.mark.parametrize("on_nan", ["stop", "skip"])
def test_infinite_gradients_are_the_scalers_business(make_trainer: Make, on_nan: Any) -> None:
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0**20)  # overflows in float16
    model, guard, watch = Rows({}), NanGuard(on_nan), Watch()
    plugin = MixedPrecision("16-mixed", "cpu", scaler)
    make_trainer(guard, watch, plugins=plugin, gradient_clip_val=1.0, max_epochs=4).fit(model)
    assert scaler.get_scale() < 2.0**20
    assert torch.equal(watch.weights[0], watch.weights[1])
    assert not torch.equal(watch.weights[0], watch.weights[-1])
    assert guard.skipped == 0


@pytest.mark.parametrize(("optimizer", "clip"), [(None, 1.0), (fused, None)])
def test_skip_beside_a_scaler(make_trainer: Make, optimizer: Any, clip: float | None) -> None:
    plugin = MixedPrecision("16-mixed", "cpu", torch.amp.GradScaler("cpu", init_scale=8.0))
    model, watch = Rows({4: NAN}, optimizer), Watch()
    with pytest.warns(UserWarning, match="leaves a step out"):
        make_trainer(NanGuard("skip"), watch, plugins=plugin, gradient_clip_val=clip).fit(model)
    assert torch.equal(watch.weights[0], watch.weights[1])
    assert not torch.equal(watch.weights[1], watch.weights[2])
    assert finite(model)


class Half(Rows):
    """Of two processes, the second meets a loss that is no number."""

    def training_step(self, batch: dict[str, torch.Tensor], batch_idx: int) -> torch.Tensor:
        self.bad = {0: float("nan")} if self.trainer.global_rank == 1 and batch_idx == 1 else {}
        batch["row"][0] = 0
        return super().training_step(batch, batch_idx)


def train_two(on_nan: str) -> int:
    """Trains in one of two processes, and writes what became of it."""
    warnings.simplefilter("ignore")
    guard, model = NanGuard(on_nan), Half({})  # type: ignore[arg-type]
    trainer = Trainer(
        accelerator="cpu", devices=2, strategy="ddp", max_epochs=2, logger=False, callbacks=[guard],
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
    )  # fmt: skip
    said = "no error"
    try:
        trainer.fit(model)
    except NonFiniteLossError as error:
        said = str(error)
    found = f"{trainer.global_step}|{guard.skipped}|{finite(model)}|{said}"
    Path(f"rank{trainer.global_rank}.txt").write_text(found, encoding="utf-8")
    return 0


@pytest.mark.parametrize("on_nan", ["stop", "skip"])
def test_two_processes_do_the_same(tmp_path: Path, on_nan: str) -> None:
    ended = start(2, train_two, on_nan, folder=tmp_path).wait()
    assert [process.status for process in ended] == [0, 0], ended[1].err
    first, second = ((tmp_path / f"rank{rank}.txt").read_text(encoding="utf-8").split("|") for rank in (0, 1))
    if on_nan == "skip":
        assert first == second == ["4", "2", "True", "no error"]
    else:
        assert first[:3] == second[:3] == ["1", "0", "True"]
        assert first[3].startswith(
            "another process met a training loss that is no number in optimizer step 2"
        )
        assert second[3].startswith("the training loss is nan in optimizer step 2")
