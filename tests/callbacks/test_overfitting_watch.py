"""What the callback reads of a run and when, what of it outlives a resume, and where it says it."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Trainer
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from callbacks import BestCheckpoint, LastCheckpoint, OverfittingWatch

Make = Callable[..., Trainer]
TRAINING = [0.5, 0.9, 0.95, 0.99]
VALIDATION = [0.6, 0.8, 0.7, 0.65]
LOSSES = [0.5, 0.4, 0.6, 0.8]


@pytest.fixture
def curves(tiny: Any) -> Any:
    """A model that logs as TextClassifier does: training values in its own on_train_epoch_end, last of all."""

    class Curves(tiny):  # type: ignore[misc]
        watched = ("train/f1_macro", "val/f1_macro", "max")

        def on_train_epoch_start(self) -> None:
            self.batches = 0

        def training_step(self, batch: Any, batch_idx: int) -> Any:
            self.batches += 1
            return super().training_step(batch, batch_idx)

        def on_train_epoch_end(self) -> None:
            if getattr(self, "batches", 0):  # a resumed run ends the epoch once more, without a batch
                self.log("train/f1_macro", TRAINING[self.trainer.current_epoch])
            self.batches = 0

        def on_validation_epoch_end(self) -> None:
            epoch = self.trainer.current_epoch
            self.log("val/f1_macro", 0.123 if self.trainer.sanity_checking else VALIDATION[epoch])
            self.log("val/loss", LOSSES[epoch])

    return Curves


def found(watch: OverfittingWatch) -> list[tuple[Any, ...]]:
    def short(value: float | None) -> float | None:
        return value and round(value, 3)

    return [(e.epoch, e.step, short(e.training), short(e.validation), short(e.loss)) for e in watch.history]


EXPECTED = [(n + 1, 4 * (n + 1), TRAINING[n], VALIDATION[n], LOSSES[n]) for n in range(4)]


def test_each_epoch_has_its_own_values(make_trainer: Make, curves: Any) -> None:
    watch = OverfittingWatch()
    make_trainer(watch, max_epochs=4).fit(curves())
    assert found(watch) == EXPECTED


def test_the_last_of_several_validations_of_an_epoch_counts(make_trainer: Make, curves: Any) -> None:
    watch = OverfittingWatch()
    make_trainer(watch, max_epochs=2, val_check_interval=0.5).fit(curves())
    assert found(watch) == EXPECTED[:2]


def test_an_epoch_without_validation_has_no_row(make_trainer: Make, curves: Any) -> None:
    watch = OverfittingWatch()
    make_trainer(watch, max_epochs=4, check_val_every_n_epoch=2).fit(curves())
    assert found(watch) == [EXPECTED[1], EXPECTED[3]]
    judged = watch.judgement()
    assert judged is not None
    assert (judged.epochs, judged.points) == (4, 2)


def test_the_gap_goes_to_every_logger_once_an_epoch(
    make_trainer: Make, curves: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = CSVLogger(tmp_path)
    seen: list[tuple[int, float]] = []
    log = logger.log_metrics

    def note(metrics: dict[str, Any], step: int | None = None) -> None:
        if "overfitting/gap" in metrics:
            assert step is not None
            seen.append((step, round(metrics["overfitting/gap"], 3)))
        log(metrics, step)

    monkeypatch.setattr(logger, "log_metrics", note)
    make_trainer(OverfittingWatch(), max_epochs=4, logger=logger).fit(curves())
    assert seen == [(4, -0.1), (8, 0.1), (12, 0.25), (16, 0.34)]


def test_it_is_said_in_the_language_and_given_to_tensorboard(
    make_trainer: Make, curves: Any, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    trainer = make_trainer(
        OverfittingWatch(language="pt"), max_epochs=4, logger=TensorBoardLogger(tmp_path, name="tb")
    )
    trainer.fit(curves())
    assert "Melhor nota nas linhas de validação: 0,800 (val/f1_macro), na época 2 de 4." in caplog.text
    assert "Depois da época 2, a perda" in caplog.text
    events = EventAccumulator(trainer.log_dir or "").Reload()
    (text,) = events.Tensors("overfitting/text_summary")
    assert text.step == 16
    shown = text.tensor_proto.string_val[0].decode()
    assert shown.startswith("- Melhor nota nas linhas")
    assert shown.count("\n") == 3


def test_it_speaks_as_the_system_does_and_can_be_silent(
    make_trainer: Make, curves: Any, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.INFO)
    make_trainer(OverfittingWatch(verbose=False), max_epochs=2).fit(curves())
    assert "validação" not in caplog.text
    assert "validation rows" not in caplog.text
    monkeypatch.delenv("FINETUNE_LANGUAGE")
    monkeypatch.setenv("LC_ALL", "pt_BR.UTF-8")
    make_trainer(OverfittingWatch(), max_epochs=2).fit(curves())
    assert "linhas de validação" in caplog.text


def test_a_resumed_run_keeps_what_the_first_one_saw(make_trainer: Make, curves: Any) -> None:
    first = make_trainer(OverfittingWatch(), LastCheckpoint(), max_epochs=2)
    first.fit(curves())
    last = Path(first.log_dir or "", "checkpoints", "last.ckpt")
    states = torch.load(last, weights_only=True)["callbacks"]
    assert set(states["OverfittingWatch"]) == {"epochs"}
    watch = OverfittingWatch()
    second = make_trainer(watch, LastCheckpoint(), max_epochs=4)
    second.fit(curves(), ckpt_path=last, weights_only=True)
    # the file was written with the validation, before the training value of that epoch was there
    assert found(watch) == [EXPECTED[0], (*EXPECTED[1][:2], None, *EXPECTED[1][3:]), *EXPECTED[2:]]
    record = watch.record()
    assert record["epochs"][1]["training"] is None
    assert record["gap"] is None
    assert record["gap_at_end"] == pytest.approx(0.34)


def test_what_best_checkpoint_keeps_is_judged_after_a_resume_too(
    make_trainer: Make, curves: Any, tmp_path: Path
) -> None:
    def callbacks() -> list[Any]:
        best = BestCheckpoint("val/loss", margin=0.25, dirpath=str(tmp_path))
        return [best, LastCheckpoint(dirpath=str(tmp_path)), OverfittingWatch()]

    make_trainer(*(given := callbacks()), max_epochs=3).fit(curves())
    record = given[-1].record()
    assert (record["best_epoch"], record["kept_epoch"]) == (2, 3)
    assert record["gap"] == pytest.approx(TRAINING[2] - VALIDATION[2])
    for epochs in (3, 4):  # nothing is left to train, or an epoch that is not kept
        again = make_trainer(*(given := callbacks()), max_epochs=epochs)
        again.fit(curves(), ckpt_path=tmp_path / "last.ckpt", weights_only=True)
        assert given[-1].record()["kept_epoch"] == 3


def test_settings_come_from_the_new_command_line(make_trainer: Make, curves: Any) -> None:
    watch = OverfittingWatch("train/a", "val/a", mode="min", loss=None, language="en")
    watch.load_state_dict(OverfittingWatch().state_dict())
    assert (watch.training, watch.validation, watch.mode, watch.loss) == ("train/a", "val/a", "min", None)


def test_a_later_epoch_lends_its_training_value_to_no_other(make_trainer: Make, curves: Any) -> None:
    settings: dict[str, Any] = {"check_val_every_n_epoch": 2}
    first = make_trainer(OverfittingWatch(), LastCheckpoint(), max_epochs=2, **settings)
    first.fit(curves())
    last = Path(first.log_dir or "", "checkpoints", "last.ckpt")
    watch = OverfittingWatch()
    second = make_trainer(watch, max_epochs=4, **settings)
    second.fit(curves(), ckpt_path=last, weights_only=True)
    assert found(watch) == [(*EXPECTED[1][:2], None, *EXPECTED[1][3:]), EXPECTED[3]]


def test_another_run_begins_with_nothing_and_a_longer_one_goes_on(
    make_trainer: Make, curves: Any, tiny: Any
) -> None:
    watch = OverfittingWatch()
    trainer = make_trainer(watch, max_epochs=2)
    trainer.fit(curves())
    trainer.fit_loop.max_epochs = 3
    trainer.fit(trainer.lightning_module)
    assert found(watch) == EXPECTED[:3]
    make_trainer(watch, max_epochs=1).fit(curves())
    assert found(watch) == EXPECTED[:1]
    make_trainer(watch, max_epochs=1).fit(tiny())  # which does not log these metrics
    assert watch.history == []


def test_the_record_is_plain_json(make_trainer: Make, curves: Any) -> None:
    watch = OverfittingWatch()
    assert watch.record() == {}
    make_trainer(watch, max_epochs=4).fit(curves())
    record = json.loads(json.dumps(watch.record(), allow_nan=False))
    assert list(record) == [
        "training",
        "validation",
        "mode",
        "epochs",
        "best_epoch",
        "kept_epoch",
        "gap",
        "gap_at_end",
        "still_improving",
        "loss_rising_since",
        "overfitting",
        "sentences",
    ]
    assert (record["training"], record["validation"], record["mode"]) == (
        "train/f1_macro",
        "val/f1_macro",
        "max",
    )
    assert list(record["epochs"][0]) == ["epoch", "step", "training", "validation", "loss"]
    assert (record["best_epoch"], record["loss_rising_since"], record["overfitting"]) == (2, 2, True)
    assert {language: len(said) for language, said in record["sentences"].items()} == {"en": 4, "pt": 4}


@pytest.mark.parametrize(
    "names", [{}, {"training": "train/score", "validation": "val/score"}, {"training": "train/loss"}]
)
def test_where_a_metric_does_not_exist_nothing_is_said(
    make_trainer: Make, tiny: Any, caplog: pytest.LogCaptureFixture, names: dict[str, str]
) -> None:
    caplog.set_level(logging.INFO)
    watch = OverfittingWatch(**names)
    trainer = make_trainer(watch, max_epochs=2)
    trainer.fit(tiny())
    assert trainer.global_step == 8
    assert watch.record() == {}
    assert "validation rows" not in caplog.text


def test_what_is_not_finite_is_not_recorded(make_trainer: Make, tiny: Any) -> None:
    class Broken(tiny):  # type: ignore[misc]
        def on_validation_epoch_end(self) -> None:
            self.log("val/score", float("nan") if self.trainer.current_epoch else 0.5)
            self.log("val/loss", float("inf"))

    watch = OverfittingWatch("train/loss", "val/score", mode="min")
    make_trainer(watch, max_epochs=2).fit(Broken())
    assert [(epoch.epoch, epoch.loss) for epoch in watch.history] == [(1, None)]


def test_only_a_fit_is_watched(make_trainer: Make, curves: Any) -> None:
    watch = OverfittingWatch()
    make_trainer(watch, fast_dev_run=True).fit(curves())
    assert watch.history == []
    trainer = make_trainer(watch, logger=False)
    trainer.fit(curves())
    trainer.validate(trainer.lightning_module, verbose=False)
    assert found(watch) == EXPECTED[:1]


def test_wrong_mode_is_named() -> None:
    with pytest.raises(ValueError, match=r"OverfittingWatch\(mode='up'\): mode is 'min' or 'max'"):
        OverfittingWatch(mode="up")  # type: ignore[arg-type]
