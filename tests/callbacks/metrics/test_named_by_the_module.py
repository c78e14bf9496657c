"""Where a callback is given no metric, it goes by the one that the module names."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from callbacks import BestCheckpoint, EarlyStopping, OverfittingWatch

SCORES = [0.3, 0.6, 0.5, 0.4, 0.2, 0.1]


@pytest.fixture
def scored(tiny: Any) -> Any:
    """A model whose best epoch is the second, by a score that its loss does not show."""

    class Scored(tiny):  # type: ignore[misc]
        monitored = ("val/score", "max")
        watched = ("train/score", "val/score", "max")

        def on_train_epoch_end(self) -> None:
            self.log("train/score", SCORES[self.trainer.current_epoch])

        def on_validation_epoch_end(self) -> None:
            self.log("val/score", SCORES[self.trainer.current_epoch])
            self.log("val/loss", 0.5)

    return Scored


def test_its_metric_is_gone_by_the_way_that_it_says(make_trainer: Any, scored: Any, tmp_path: Path) -> None:
    best, stop = BestCheckpoint(dirpath=str(tmp_path)), EarlyStopping(patience=2, min_delta=0.01)
    watch = OverfittingWatch(loss=None)
    trainer = make_trainer(stop, best, watch, max_epochs=6)
    trainer.fit(scored())
    assert (best.monitor, best.mode, stop.monitor, stop.mode) == ("val/score", "max", "val/score", "max")
    assert best.best_model_score == pytest.approx(0.6)
    assert trainer.current_epoch == 4  # two after the best
    assert [epoch.validation for epoch in watch.history] == pytest.approx(SCORES[:4])
    assert watch.record()["best_epoch"] == 2


def test_what_is_given_goes_before(make_trainer: Any, scored: Any, tmp_path: Path) -> None:
    best = BestCheckpoint("val/loss", dirpath=str(tmp_path))
    stop = EarlyStopping("val/loss", patience=2)
    trainer = make_trainer(stop, best, max_epochs=2)
    trainer.fit(scored())
    assert (best.monitor, best.mode, stop.monitor, stop.mode) == ("val/loss", "min", "val/loss", "min")


def test_of_a_module_that_names_none_it_is_the_loss(make_trainer: Any, tiny: Any, tmp_path: Path) -> None:
    class Plain(tiny):  # type: ignore[misc]
        def on_validation_epoch_end(self) -> None:
            self.log("val/loss", 0.5)

    best, stop = BestCheckpoint(dirpath=str(tmp_path)), EarlyStopping()
    make_trainer(stop, best, max_epochs=1).fit(Plain())
    assert (best.monitor, best.mode, stop.monitor) == ("val/loss", "min", "val/loss")


def test_a_resumed_run_knows_how_long_it_has_waited(make_trainer: Any, scored: Any, tmp_path: Path) -> None:
    first = make_trainer(EarlyStopping(patience=9), max_epochs=4)
    first.fit(scored())
    first.save_checkpoint(tmp_path / "state.ckpt")
    stop = EarlyStopping(patience=9)
    make_trainer(stop, max_epochs=5).fit(scored(), ckpt_path=str(tmp_path / "state.ckpt"), weights_only=False)
    assert stop.wait_count == 3
    assert float(stop.best_score) == pytest.approx(0.6)


def test_smoothing_is_advised_where_there_are_labels_to_smooth(make_trainer: Any, scored: Any) -> None:
    class Learned(scored):  # type: ignore[misc]
        def on_train_epoch_end(self) -> None:
            self.log("train/score", 0.99)

    class Number(Learned):
        can_smooth_labels = False

    told = []
    for model in (Learned(), Number()):
        watch = OverfittingWatch(loss=None, verbose=False)
        make_trainer(watch, max_epochs=4).fit(model)
        told.append(" ".join(watch.record()["sentences"]["en"]))
    assert "label_smoothing" in told[0]
    assert "What can help: more rows" in told[1]
    assert "label_smoothing" not in told[1]
