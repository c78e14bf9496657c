from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import EarlyStopping as LightningEarlyStopping

from callbacks import BestCheckpoint, EarlyStopping, LastCheckpoint
from callbacks.language.which import speaking

Make = Callable[..., Trainer]


def last_of(trainer: Trainer) -> Path:
    return Path(trainer.log_dir or "", "checkpoints", "last.ckpt")


def test_says_why_it_stopped(make_trainer: Make, tiny: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    stopping = EarlyStopping("val/score", "max", patience=2)
    trainer = make_trainer(stopping, max_epochs=9)
    trainer.fit(tiny([0.5, 0.8, 0.7, 0.6, 0.9]))
    assert trainer.current_epoch == 4
    assert (
        "val/score has not risen above 0.8000 (the best, epoch 2) in the last 2 validations (patience 2). "
        "Training stops after epoch 4." in caplog.text
    )
    assert stopping.best_epoch == 1


def test_smaller_is_better(make_trainer: Make, tiny: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    make_trainer(EarlyStopping("val/score", "min", patience=1), max_epochs=9).fit(tiny([0.5, 0.6]))
    assert "has not fallen below 0.5000 (the best, epoch 1) in the last validation (" in caplog.text


def test_nan_stops_and_is_said(make_trainer: Make, tiny: Any, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    trainer = make_trainer(EarlyStopping("val/score", "max"), max_epochs=9)
    trainer.fit(tiny([0.5, float("nan")]))
    assert trainer.current_epoch == 2
    assert "val/score = nan is not finite" in caplog.text


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("stopping_threshold", "val/score = 0.8 is better than stopping_threshold, 0.75."),
        ("divergence_threshold", "val/score = 0.8 is worse than divergence_threshold, 0.75."),
    ],
)
def test_which_threshold_was_met_is_said_in_a_resumed_run_too(
    make_trainer: Make, tiny: Any, caplog: pytest.LogCaptureFixture, option: str, said: str
) -> None:
    caplog.set_level(logging.INFO)
    mode: Any = "max" if option == "stopping_threshold" else "min"
    options = {option: 0.75}
    first = make_trainer(EarlyStopping("val/score", mode, **options), LastCheckpoint(), max_epochs=9)
    first.fit(tiny([0.5, 0.8]))
    assert first.current_epoch == 2
    assert f"Early stopping: {said}" in caplog.text
    caplog.clear()
    second = make_trainer(EarlyStopping("val/score", mode, **options), LastCheckpoint(), max_epochs=9)
    second.fit(tiny([0.5, 0.8]), ckpt_path=last_of(first), weights_only=True)
    assert f"Early stopping: {said} That was before" in caplog.text
    assert "To train on, change what ended it" in caplog.text


def test_a_wait_that_ended_before_and_was_followed_by_better_epochs_is_told_as_one(
    make_trainer: Make, tiny: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    scores = [0.5, 0.4, 0.9]
    first = make_trainer(
        EarlyStopping("val/score", "max", patience=1), LastCheckpoint(), min_epochs=3, max_epochs=9
    )
    first.fit(tiny(scores))
    caplog.clear()
    second = make_trainer(EarlyStopping("val/score", "max", patience=1), LastCheckpoint(), max_epochs=9)
    second.fit(tiny(scores), ckpt_path=last_of(first), weights_only=True)
    assert "in the last validation (patience 1). That was before" in caplog.text
    assert "raise patience above 1" in caplog.text


def test_it_speaks_the_readers_language(
    make_trainer: Make, tiny: Any, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    with speaking("pt"):
        make_trainer(EarlyStopping("val/score", "max", patience=2), max_epochs=9).fit(tiny([0.5, 0.4]))
    assert (
        "Parada antecipada: val/score não subiu acima de 0,5000 (o melhor valor, da época 1) nas últimas 2 validações "
        "(patience 2). O treino termina depois da época 3." in caplog.text
    )


def test_state_is_progress_only(make_trainer: Make, tiny: Any) -> None:
    trainer = make_trainer(EarlyStopping("val/score", "max", patience=2), LastCheckpoint(), max_epochs=2)
    trainer.fit(tiny([0.5, 0.4]))
    callbacks = torch.load(last_of(trainer), weights_only=True)["callbacks"]
    (state,) = (state for key, state in callbacks.items() if key.startswith("EarlyStopping"))
    assert state["wait_count"] == 1  # the validation that wrote the file is in it
    assert not {"patience", "min_delta", "monitor", "mode"} & set(state)


@pytest.mark.parametrize(("patience", "epochs"), [(3, 4), (5, 6)])
def test_resume_takes_the_new_patience(make_trainer: Make, tiny: Any, patience: int, epochs: int) -> None:
    scores = [0.5, 0.4]
    first = make_trainer(EarlyStopping("val/score", "max", patience=9), LastCheckpoint(), max_epochs=2)
    first.fit(tiny(scores))
    second = make_trainer(
        EarlyStopping("val/score", "max", patience=patience), LastCheckpoint(), max_epochs=9
    )
    second.fit(tiny(scores), ckpt_path=last_of(first), weights_only=True)
    assert second.current_epoch == epochs


def test_resume_of_a_stopped_run_trains_no_more(
    make_trainer: Make, tiny: Any, caplog: pytest.LogCaptureFixture
) -> None:
    first = make_trainer(EarlyStopping("val/score", "max", patience=2), LastCheckpoint(), max_epochs=9)
    first.fit(tiny([0.5, 0.4]))
    caplog.set_level(logging.INFO)
    second = make_trainer(EarlyStopping("val/score", "max", patience=2), LastCheckpoint(), max_epochs=9)
    second.fit(tiny([0.5, 0.4]), ckpt_path=last_of(first), weights_only=True)
    assert second.global_step == first.global_step == 12
    assert "nothing is left to train. To train on, raise patience above 2" in caplog.text


def test_reads_the_state_of_lightnings_own(make_trainer: Make, tiny: Any) -> None:
    first = make_trainer(
        LightningEarlyStopping("val/score", mode="max", patience=9), LastCheckpoint(), max_epochs=3
    )
    first.fit(tiny([0.5, 0.4]))
    stopping = EarlyStopping("val/score", "max", patience=4)
    second = make_trainer(stopping, LastCheckpoint(), max_epochs=9)
    second.fit(tiny([0.5, 0.4]), ckpt_path=last_of(first), weights_only=True)
    assert stopping.patience == 4
    assert stopping.wait_count == 4


def test_missing_metric_lists_those_there_are(make_trainer: Make, tiny: Any) -> None:
    with pytest.raises(
        ValueError, match=r"monitor='val/f1'.*Logged so far: train/loss, val/score\. Set monitor"
    ):
        make_trainer(EarlyStopping("val/f1")).fit(tiny())


def test_missing_validation_is_an_error(make_trainer: Make, tiny: Any) -> None:
    with pytest.raises(ValueError, match=r"this run has none.*check_on_train_epoch_end=True"):
        make_trainer(EarlyStopping("val/score"), limit_val_batches=0).fit(tiny())


def test_training_metric_without_validation(make_trainer: Make, tiny: Any) -> None:
    stopping = EarlyStopping("train/loss", check_on_train_epoch_end=True, min_delta=1e9, patience=1)
    trainer = make_trainer(
        stopping,
        BestCheckpoint("train/loss", save_on_train_epoch_end=True),
        max_epochs=9,
        limit_val_batches=0,
    )
    trainer.fit(tiny())
    assert trainer.current_epoch == 2
    assert Path(trainer.log_dir or "", "checkpoints", "best.ckpt").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [({"mode": "up"}, "mode='up'"), ({"patience": 0}, "patience=0"), ({"min_delta": -0.1}, "min_delta=-0.1")],
)
def test_wrong_arguments_are_named(arguments: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        EarlyStopping("val/score", **arguments)


@pytest.mark.parametrize(("margin", "epochs"), [(None, 6), (0.0, 3), (0.3, 6), (0.04, 4)])
def test_a_validation_that_is_not_worse_by_more_than_the_margin_is_not_waited_for(
    make_trainer: Make, tiny: Any, margin: float | None, epochs: int
) -> None:
    scores = [0.9, 0.87, 0.8, 0.82, 0.85, 0.81]
    trainer = make_trainer(EarlyStopping("val/score", "max", patience=2, margin=margin), max_epochs=6)
    trainer.fit(tiny(scores, noise=[0.15] * 6))
    assert trainer.current_epoch == epochs
