"""BestCheckpoint and LastCheckpoint: they share a folder and a test."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import ModelCheckpoint
from lightning.pytorch.loggers import CSVLogger, TensorBoardLogger

from callbacks import BestCheckpoint, EarlyStopping, LastCheckpoint
from callbacks.best_checkpoint import moved_state
from callbacks.run_folder import run_folder

Make = Callable[..., Trainer]


def pair() -> tuple[BestCheckpoint, LastCheckpoint]:
    return BestCheckpoint("val/score", "max"), LastCheckpoint()


def load(path: Path) -> dict[str, Any]:
    state: dict[str, Any] = torch.load(path, weights_only=True)
    return state


def test_best_and_last_and_nothing_else(make_trainer: Make, tiny: Any, tmp_path: Path) -> None:
    trainer = make_trainer(*pair(), max_epochs=3)
    trainer.fit(tiny([0.5, 0.8, 0.6]))
    folder = tmp_path / "lightning_logs" / "version_0" / "checkpoints"
    assert sorted(path.name for path in folder.iterdir()) == [
        "SHA256SUMS",
        "best.ckpt",
        "last.ckpt",
    ]
    best, last = load(folder / "best.ckpt"), load(folder / "last.ckpt")
    assert best["global_step"] == 8
    assert "optimizer_states" not in best
    assert last["global_step"] == 12
    assert last["optimizer_states"][0]["state"]
    # `last` is written after `best` has seen the validation
    (state,) = (state for key, state in last["callbacks"].items() if key.startswith("BestCheckpoint"))
    assert state["best_model_score"] == pytest.approx(0.8)


@pytest.mark.parametrize(
    ("mode", "scores", "noise", "margin", "step"),
    [
        ("max", [0.9, 0.85, 0.8], [0.1, 0.1, 0.1], None, 12),  # within chance of the best: the last
        ("max", [0.9, 0.85, 0.7], [0.1, 0.1, 0.1], None, 8),  # the last that is
        ("max", [0.9, 0.82, 0.74], [0.1, 0.1, 0.1], None, 8),  # no step by step away from the best
        ("min", [0.3, 0.35, 0.9], [0.1, 0.1, 0.1], None, 8),
        ("min", [0.3, 0.35, 0.2], [0.1, 0.1, 0.1], None, 12),
        ("max", [0.9, 0.85, 0.8], [0.1, 0.1, 0.1], 0.0, 4),  # the best, when asked
        ("max", [0.9, 0.85, 0.8], [0.0, 0.0, 0.0], 0.06, 8),
        ("max", [0.9, 0.85, 0.8], None, None, 4),  # the model says nothing of chance
        ("max", [0.9, 0.85, 0.7], [float("nan"), 0.1, float("nan")], None, 8),
        ("max", [0.9, 0.85, 0.1], [float("inf")] * 3, None, 12),  # one row cannot tell
        ("max", [float("nan"), 0.3, 0.25], [0.1, 0.1, 0.1], None, 12),
        ("max", [0.3, 0.25, float("nan")], [0.1, 0.1, 0.1], None, 8),
    ],
)
def test_an_earlier_one_is_kept_where_it_is_better_by_more_than_the_margin(
    make_trainer: Make, tiny: Any, tmp_path: Path, mode: Any, scores: Any, noise: Any, margin: Any, step: int
) -> None:
    best = BestCheckpoint("val/score", mode, margin=margin)
    make_trainer(best, max_epochs=3).fit(tiny(scores, noise=noise))
    assert load(Path(best.best_model_path))["global_step"] == step
    assert len(list(Path(best.best_model_path).parent.glob("*.ckpt"))) == 1


def test_what_was_the_best_is_remembered_by_a_run_that_goes_on(
    make_trainer: Make, tiny: Any, tmp_path: Path
) -> None:
    model = tiny([0.9, 0.82, 0.74, 0.7], noise=[0.1] * 4)
    folder = str(tmp_path / "run")

    def callbacks() -> tuple[BestCheckpoint, LastCheckpoint]:
        return BestCheckpoint("val/score", "max", dirpath=folder), LastCheckpoint(dirpath=folder)

    make_trainer(*callbacks(), max_epochs=2).fit(model)
    make_trainer(*callbacks(), max_epochs=4).fit(model, ckpt_path=f"{folder}/last.ckpt", weights_only=True)
    assert load(tmp_path / "run/best.ckpt")["global_step"] == 8


@pytest.mark.parametrize(
    ("scores", "losses", "tie", "step"),
    [
        ([0.9, 0.9, 0.9], [0.5, 0.2, 0.3], "val/loss", 8),  # the lowest loss of equal scores
        ([0.9, 0.9, 0.8], [0.5, 0.6, 0.1], "val/loss", 4),  # a lower loss of a worse score is none
        ([0.9, 0.9, 0.95], [0.5, 0.2, 0.9], "val/loss", 12),  # a better score wins with any loss
        ([0.9, 0.9, 0.9], [0.5, 0.2, 0.3], None, 4),
        ([0.9, 0.9, 0.9], None, "val/loss", 4),  # no such metric: the first
        ([0.9, 0.9, 0.9], [float("nan"), 0.2, 0.3], "val/loss", 4),
    ],
)
def test_equal_scores_are_told_apart_by_the_loss(
    make_trainer: Make, tiny: Any, scores: Any, losses: Any, tie: str | None, step: int
) -> None:
    best = BestCheckpoint("val/score", "max", tie=tie)
    make_trainer(best, LastCheckpoint(), max_epochs=3).fit(tiny(scores, losses))
    assert load(Path(best.best_model_path))["global_step"] == step


def test_a_tie_is_told_apart_after_a_resume_too(make_trainer: Make, tiny: Any, tmp_path: Path) -> None:
    scores, losses = [0.9, 0.9, 0.9], [0.5, 0.2, 0.3]
    logger = CSVLogger(tmp_path, name="", version="run")
    make_trainer(*pair(), logger=logger, max_epochs=2).fit(tiny(scores, losses))
    best, last = pair()
    trainer = make_trainer(best, last, logger=logger, max_epochs=3)
    trainer.fit(tiny(scores, losses), ckpt_path=tmp_path / "run/checkpoints/last.ckpt", weights_only=True)
    assert load(Path(best.best_model_path))["global_step"] == 8  # not the third, whose loss is higher again


def test_last_has_the_newest_best(make_trainer: Make, tiny: Any) -> None:
    best, last = pair()
    make_trainer(best, last, max_epochs=2).fit(tiny([0.5, 0.8]))
    (state,) = (
        s
        for key, s in load(Path(last.last_model_path))["callbacks"].items()
        if key.startswith("BestCheckpoint")
    )
    assert state["best_model_score"] == pytest.approx(0.8)


@pytest.mark.parametrize("how", ["same folder", "moved folder", "relative path first"])
def test_resume_does_not_overwrite_a_better_one(
    make_trainer: Make, tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str
) -> None:
    monkeypatch.chdir(tmp_path)
    root = Path("a") if how == "relative path first" else tmp_path / "a"
    make_trainer(*pair(), logger=CSVLogger(root, name="", version="run")).fit(tiny([0.8, 0.6]))
    run = tmp_path / "a" / "run"
    if how == "moved folder":
        run = Path(shutil.move(run, tmp_path / "a" / "other"))
    best, last = pair()
    logger = CSVLogger(run.parent, name="", version=run.name)
    trainer = make_trainer(best, last, logger=logger, max_epochs=2)
    trainer.fit(tiny([0.8, 0.6]), ckpt_path=run / "checkpoints" / "last.ckpt", weights_only=True)
    assert load(run / "checkpoints" / "best.ckpt")["global_step"] == 4
    assert load(run / "checkpoints" / "last.ckpt")["global_step"] == 8
    assert Path(best.best_model_path) == run / "checkpoints" / "best.ckpt"
    # and a better one after that takes its place
    trainer = make_trainer(*pair(), logger=logger, max_epochs=3)
    trainer.fit(tiny([0.8, 0.6, 0.9]), ckpt_path=run / "checkpoints" / "last.ckpt", weights_only=True)
    assert load(run / "checkpoints" / "best.ckpt")["global_step"] == 12


def test_another_folder_has_its_own_best(make_trainer: Make, tiny: Any) -> None:
    best, last = pair()
    make_trainer(best, last).fit(tiny([0.8]))
    other, _ = again = pair()
    with pytest.warns(UserWarning, match="dirpath has changed"):
        make_trainer(*again, max_epochs=2).fit(
            tiny([0.8, 0.6]), ckpt_path=last.last_model_path, weights_only=True
        )
    assert load(Path(best.best_model_path))["global_step"] == 4
    assert Path(other.best_model_path).parent != Path(best.best_model_path).parent
    assert load(Path(other.best_model_path))["global_step"] == 8


@pytest.mark.parametrize("sub_dir", [None, "inner"])
def test_folder_is_the_loggers(
    make_trainer: Make, tiny: Any, monkeypatch: Any, tmp_path: Path, sub_dir: Any
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    logger = TensorBoardLogger("~/logs", name="x", version="v", sub_dir=sub_dir)
    trainer = make_trainer(*pair(), logger=logger)
    trainer.fit(tiny())
    run = tmp_path / "logs" / "x" / "v" / (sub_dir or "")
    assert run_folder(trainer) == str(run)
    assert sorted(path.name for path in (run / "checkpoints").glob("*.ckpt")) == ["best.ckpt", "last.ckpt"]


def test_remote_folder_stays_an_address(make_trainer: Make) -> None:
    assert run_folder(make_trainer(logger=False, default_root_dir="memory://runs/1")) == "memory://runs/1"
    assert os.path.isabs(run_folder(make_trainer(logger=False, default_root_dir=".")))  # noqa: PTH117


def test_given_folder(make_trainer: Make, tiny: Any, tmp_path: Path) -> None:
    to = str(tmp_path / "kept")
    make_trainer(BestCheckpoint("val/score", dirpath=to), LastCheckpoint(to), logger=False).fit(tiny())
    assert sorted(path.name for path in Path(to).glob("*.ckpt")) == ["best.ckpt", "last.ckpt"]


def test_last_is_written_each_epoch_without_validation(make_trainer: Make, tiny: Any) -> None:
    seen: list[int] = []
    last = LastCheckpoint()

    class Model(tiny):  # type: ignore[misc]
        def on_train_epoch_start(self) -> None:
            path = Path(last.last_model_path)
            seen.append(load(path)["global_step"] if path.exists() else -1)

    make_trainer(last, max_epochs=3, limit_val_batches=0).fit(Model())
    assert seen == [-1, 4, 8]


def test_nothing_is_written_before_the_first_step(make_trainer: Make, tiny: Any, tmp_path: Path) -> None:
    class Model(tiny):  # type: ignore[misc]
        def on_train_start(self) -> None:
            assert not list(tmp_path.rglob("*.ckpt"))
            raise RuntimeError("far enough")

    with pytest.raises(RuntimeError, match="far enough"):
        make_trainer(*pair()).fit(Model())


def test_another_monitor_in_the_same_folder_leaves_one_file(
    make_trainer: Make, tiny: Any, tmp_path: Path
) -> None:
    logger = CSVLogger(tmp_path, name="", version="run")
    best, last = pair()
    make_trainer(best, last, logger=logger).fit(tiny())
    other = BestCheckpoint("train/loss")
    trainer = make_trainer(other, LastCheckpoint(), logger=logger, max_epochs=2)
    trainer.fit(tiny(), ckpt_path=last.last_model_path, weights_only=True)
    names = sorted(path.name for path in (tmp_path / "run" / "checkpoints").glob("*.ckpt"))
    assert names == ["best.ckpt", "last.ckpt"]


def test_killed_in_mid_epoch_goes_on_from_the_last_validation(make_trainer: Make, tiny: Any) -> None:
    """Validation twice an epoch: the run that is killed after batch 11 ends as the one that is not."""
    scores = [0.5, 0.7, 0.6, 0.6, 0.6]

    class Killed(tiny):  # type: ignore[misc]
        def on_train_batch_end(self, outputs: Any, batch: Any, batch_idx: int) -> None:
            if self.trainer.global_step == 11:
                raise RuntimeError("killed")

    def run(model: Any, **resume: Any) -> tuple[Trainer, EarlyStopping, BestCheckpoint, LastCheckpoint]:
        parts = EarlyStopping("val/score", "max", patience=4), *pair()
        trainer = make_trainer(*parts, max_epochs=9, val_check_interval=0.5)
        with contextlib.suppress(RuntimeError):
            trainer.fit(model, **resume)
        return trainer, *parts

    _, _, _, last = run(Killed(scores))
    assert load(Path(last.last_model_path))["global_step"] == 10
    whole, stopping, best, _ = run(tiny(scores))
    # its own folder, so the best of the first part is not in it: only the count goes on
    resumed, stopping_2, _, _ = run(tiny(scores), ckpt_path=last.last_model_path, weights_only=True)
    assert resumed.global_step == whole.global_step == 14
    assert stopping_2.state_dict() == stopping.state_dict()
    assert load(Path(best.best_model_path))["global_step"] == 6


def test_last_without_validation_and_at_the_end(make_trainer: Make, tiny: Any) -> None:
    last = LastCheckpoint()
    make_trainer(last, max_epochs=2, limit_val_batches=0).fit(tiny())
    assert load(Path(last.last_model_path))["global_step"] == 8
    # stopped by max_steps between two validations
    make_trainer(last, max_epochs=9, max_steps=7, check_val_every_n_epoch=9).fit(tiny())
    assert load(Path(last.last_model_path))["global_step"] == 7


def test_validating_writes_nothing(make_trainer: Make, tiny: Any, tmp_path: Path) -> None:
    make_trainer(*pair()).validate(tiny(), verbose=False)
    assert not list(tmp_path.rglob("*.ckpt"))


def test_lightnings_names_for_checkpoints_work(make_trainer: Make, tiny: Any) -> None:
    best, last = pair()
    trainer = make_trainer(best, last, max_epochs=2)
    trainer.fit(tiny([0.8, 0.6]))
    trainer.test(ckpt_path="best", weights_only=True, verbose=False)
    assert trainer.ckpt_path == best.best_model_path
    trainer.test(ckpt_path="last", weights_only=True, verbose=False)
    assert trainer.ckpt_path == last.last_model_path
    alone = make_trainer(LastCheckpoint())
    alone.fit(tiny())
    with pytest.raises(ValueError, match="not configured to save the best model"):
        alone.test(ckpt_path="best")


def test_last_must_come_last(make_trainer: Make, tiny: Any) -> None:
    for other in (BestCheckpoint("val/score"), ModelCheckpoint()):
        with pytest.raises(ValueError, match=f"got the order LastCheckpoint, {type(other).__name__}. Put"):
            make_trainer(LastCheckpoint(), other).fit(tiny())


def test_best_needs_validation(make_trainer: Make, tiny: Any) -> None:
    with pytest.raises(
        ValueError, match=r"monitor='val/score'.*this run has none.*save_on_train_epoch_end=True"
    ):
        make_trainer(BestCheckpoint("val/score"), limit_val_batches=0).fit(tiny())


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="mode='up'"):
        BestCheckpoint("val/score", "up")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="filename=''"):
        LastCheckpoint(filename="")


def test_paths_of_a_state_that_lie_elsewhere_are_dropped(tmp_path):
    for folder in ("here", "victim"):
        (tmp_path / folder).mkdir()
    for place in ("here/best.ckpt", "victim/best.ckpt", "victim/diary"):
        (tmp_path / place).touch()
    best, diary = str(tmp_path / "victim" / "best.ckpt"), str(tmp_path / "victim" / "diary")
    state = {"best_model_path": best, "kth_best_model_path": diary, "best_k_models": {best: 1.0, diary: 2.0}}
    here = str(tmp_path / "here")
    moved = moved_state({**state, "dirpath": str(tmp_path / "victim"), "last_model_path": diary}, here)
    assert moved == {
        "dirpath": here,
        "best_model_path": f"{here}/best.ckpt",
        "last_model_path": "",
        "kth_best_model_path": "",
        "best_k_models": {f"{here}/best.ckpt": 1.0},
    }
    (tmp_path / "here" / "best.ckpt").unlink()
    gone = moved_state({**state, "dirpath": here}, here)
    assert (gone["best_model_path"], gone["best_k_models"]) == ("", {})
