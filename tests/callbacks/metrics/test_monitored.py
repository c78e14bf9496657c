"""A metric that cannot exist and a direction that is wrong are refused before anything is trained."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import LambdaCallback

from callbacks import BestCheckpoint, EarlyStopping, LearningRate
from callbacks.metrics.monitored import check_monitored

Make = Callable[..., Trainer]


@pytest.fixture
def told(tiny: Any) -> Any:
    """A module that says what it logs."""

    class Told(tiny):  # type: ignore[misc]
        metric_directions = {"val/score": "max", "val/loss": "min", "train/loss": "min"}  # noqa: RUF012

    return Told


class Stranger(Callback):
    """Stands for a callback of the user's own, which may log what it likes."""

    def on_validation_epoch_end(self, trainer: Trainer, pl_module: Any) -> None:
        self.log("mine/score", 0.5)
        self.log("val/loss", 0.5)


@pytest.mark.parametrize("kind", [EarlyStopping, BestCheckpoint])
def test_an_unknown_name_lists_what_there_is_and_nothing_is_trained(
    make_trainer: Make, told: Any, kind: Any, tmp_path: Path
) -> None:
    trainer = make_trainer(kind("val/scores", "max"))
    with pytest.raises(ValueError, match="no metric of that name") as caught:
        trainer.fit(told())
    assert str(caught.value) == (
        f"{kind.__name__}(monitor='val/scores'): the model logs no metric of that name in a fit. "
        "Did you mean 'val/score', 'val/loss'? It logs train/loss, val/loss, val/score. "
        "Set monitor to one of these, and mode to its better direction."
    )
    assert trainer.global_step == 0
    assert not list(tmp_path.rglob("*.ckpt"))


@pytest.mark.parametrize("kind", [EarlyStopping, BestCheckpoint])
@pytest.mark.parametrize(
    ("monitor", "mode", "message"),
    [
        ("val/loss", "max", "of val/loss the smaller value is better: mode must be min."),
        ("val/score", "min", "of val/score the larger value is better: mode must be max."),
    ],
)
def test_the_wrong_direction_is_refused(
    make_trainer: Make, told: Any, kind: Any, monitor: str, mode: str, message: str
) -> None:
    trainer = make_trainer(kind(monitor, mode))
    with pytest.raises(ValueError, match="mode must be") as caught:
        trainer.fit(told())
    assert str(caught.value) == f"{kind.__name__}(monitor={monitor!r}, mode={mode!r}): {message}"
    assert trainer.global_step == 0


def test_a_name_far_from_all_gets_no_guess(make_trainer: Make, told: Any) -> None:
    with pytest.raises(ValueError, match=r"in a fit\. It logs train/loss, val/loss, val/score"):
        check_monitored("X", "quux", mode="max", trainer=make_trainer(), module=told())


def test_what_is_right_trains(make_trainer: Make, told: Any) -> None:
    trainer = make_trainer(EarlyStopping("val/score", "max"), BestCheckpoint("val/score", "max"))
    trainer.fit(told())
    assert trainer.global_step == 4


def test_a_module_that_says_nothing_is_not_checked(make_trainer: Make, tiny: Any) -> None:
    check_monitored("X", "quux", mode="min", trainer=make_trainer(), module=tiny())
    with pytest.raises(ValueError, match="Logged so far"):  # the late check stays
        make_trainer(EarlyStopping("quux")).fit(tiny())


def test_beside_a_callback_of_the_users_own_any_name_may_exist(make_trainer: Make, told: Any) -> None:
    trainer = make_trainer(EarlyStopping("mine/score", "max"), BestCheckpoint("mine/score"), Stranger())
    trainer.fit(told())
    assert trainer.global_step == 4
    with pytest.raises(ValueError, match="mode must be min"):
        make_trainer(EarlyStopping("val/loss", "max"), Stranger()).fit(told())


def test_whose_callbacks_may_log(make_trainer: Make, told: Any) -> None:
    for stranger in (Stranger(), LambdaCallback(), type("Mine", (LearningRate,), {"__module__": "mine"})()):
        check_monitored("X", "quux", mode="min", trainer=make_trainer(stranger), module=told())
    with pytest.raises(ValueError, match="no metric of that name"):
        check_monitored("X", "quux", mode="min", trainer=make_trainer(LearningRate()), module=told())


def test_lightnings_own_counters_can_be_monitored(make_trainer: Make, told: Any) -> None:
    for counter in ("epoch", "step"):
        check_monitored("ModelCheckpoint", counter, mode="max", trainer=make_trainer(), module=told())


def test_other_stages_are_not_checked(make_trainer: Make, told: Any) -> None:
    trainer = make_trainer(EarlyStopping("quux"), BestCheckpoint("quux"))
    trainer.validate(told(), verbose=False)
