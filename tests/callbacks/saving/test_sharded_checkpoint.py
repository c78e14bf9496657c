"""Checkpoints in parts: whole or not there, and as exact as those in one file. One process has the only part here."""

from __future__ import annotations

import errno
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.fabric.utilities.load import _load_distributed_checkpoint
from lightning.pytorch import Trainer
from lightning.pytorch.strategies import ModelParallelStrategy
from torch.distributed.fsdp import fully_shard

from callbacks import BestCheckpoint, LastCheckpoint
from callbacks.saving import checkpoint_io, sharded_checkpoint
from callbacks.saving.checkpoint_io import put_in_place
from callbacks.saving.checksum import SUMS, damage, recorded
from callbacks.saving.last_and_previous import newest_whole
from callbacks.saving.sharded_checkpoint import facts_file
from callbacks.saving.stop_signals import STOPPED
from tests.callbacks import test_exact_resume
from tests.callbacks.test_exact_resume import Ask, same

pytestmark = pytest.mark.usefixtures("process_group")
Make = Callable[..., Trainer]
PARTS = [".metadata", SUMS, "__0_0.distcp", "meta.pt"]


class InParts(test_exact_resume.Model):
    def configure_model(self) -> None:
        if self.device_mesh is not None:
            fully_shard(self.layers, mesh=self.device_mesh["data_parallel"])


def make_sharding(make_trainer: Make) -> Make:
    return lambda *callbacks, **settings: make_trainer(
        *callbacks, strategy=ModelParallelStrategy(1, 1), **settings
    )


def steps_in(checkpoint: Path) -> int:
    return int(torch.load(facts_file(checkpoint), weights_only=True)["global_step"])


def test_they_are_written_whole_and_the_one_before_is_kept(make_trainer: Make, tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []

    class Model(InParts):
        def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
            if self.trainer.global_step >= 4:
                names = ("last.ckpt", "previous.ckpt")
                assert [damage(tmp_path / name) for name in names] == [None, None]
                seen.append(tuple(steps_in(tmp_path / name) for name in names))  # type: ignore[arg-type]

    best = BestCheckpoint("val/score", "max", dirpath=str(tmp_path))
    last = LastCheckpoint(str(tmp_path), every_n_steps=2)
    make_sharding(make_trainer)(best, last, logger=False).fit(Model())
    assert seen == [(4, 2), (4, 2)]
    assert sorted(each.name for each in tmp_path.iterdir()) == [SUMS, "best.ckpt", "last.ckpt"]
    assert sorted(each.name for each in (tmp_path / "last.ckpt").iterdir()) == PARTS
    assert recorded(tmp_path / "last.ckpt/__0_0.distcp")
    weights = torch.load(tmp_path / "best.ckpt", weights_only=True)["state_dict"]
    assert {type(each) for each in weights.values()} == {torch.Tensor}
    assert same(dict(weights), _load_distributed_checkpoint(tmp_path / "last.ckpt")["state_dict"])


@pytest.mark.parametrize("part", [".metadata", "__0_0.distcp", "meta.pt"])
def test_a_torn_or_missing_part_is_named(make_trainer: Make, tmp_path: Path, part: str) -> None:
    last = tmp_path / "last.ckpt"
    make_sharding(make_trainer)(LastCheckpoint(str(tmp_path)), logger=False).fit(InParts())
    content = (last / part).read_bytes()
    (last / part).write_bytes(content[:-1])
    assert (
        str(damage(last))
        == f"its part {part}: its SHA-256 is not the one in {SUMS}: it was cut short, or changed since it was written"
    )
    (last / part).unlink()
    assert str(damage(last)) == f"its part {part}: it is not there"
    assert newest_whole(last) is None
    (last / part).write_bytes(content)
    assert newest_whole(last) == (last, None)


def test_an_empty_folder_is_no_checkpoint(tmp_path: Path) -> None:
    assert str(damage(tmp_path)) == "it is an empty folder"


def test_a_file_and_a_folder_take_the_place_of_each_other(tmp_path: Path) -> None:
    last, new, previous = tmp_path / "last.ckpt", tmp_path / ".last.ckpt.new.part", tmp_path / "previous.ckpt"
    last.mkdir()
    (last / "of the run before").touch()
    for keep, kind in ((None, "file"), (previous, "folder"), (None, "folder"), (None, "file")):
        if kind == "file":
            new.write_text(kind, encoding="utf-8")
        else:
            new.mkdir()
            (new / "part").touch()
        put_in_place(new, last, keep)
        assert last.is_dir() == (kind == "folder")
        assert not new.exists()
    assert previous.read_text(encoding="utf-8") == "file"


def test_training_goes_on_over_a_full_disk(small_disk: Any, make_trainer: Make) -> None:
    place = small_disk(300)

    class Model(InParts):
        def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
            if self.trainer.global_step == 3:
                with pytest.raises(OSError, match="No space"):
                    (place / "ballast").write_bytes(bytes(400_000))
            if self.trainer.global_step == 5:
                (place / "ballast").unlink()
                assert sorted(each.name for each in place.iterdir()) == [SUMS, "last.ckpt"]
                assert steps_in(place / "last.ckpt") == 2
                assert damage(place / "last.ckpt") is None

    last = LastCheckpoint(str(place), every_n_steps=2)
    with pytest.warns(UserWarning, match=r"last\.ckpt of step 4 could not be written: .*at step 2, stays"):
        make_sharding(make_trainer)(last, limit_val_batches=0, logger=False).fit(Model())
    assert steps_in(place / "last.ckpt") == 6


@pytest.mark.parametrize(("owner", "name"), [(sharded_checkpoint, "record"), (checkpoint_io, "put_in_place")])
def test_what_rank_zero_could_not_do_is_an_error_of_all(
    make_trainer: Make, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, owner: Any, name: str
) -> None:
    calls, told = [0], []
    original = getattr(owner, name)

    def fails_once(*arguments: Any) -> None:
        calls[0] += 1
        if calls[0] == 2:
            raise OSError(errno.ENOSPC, "No space left on device", "x")
        original(*arguments)

    monkeypatch.setattr(owner, name, fails_once)
    # another process gets what rank zero tells
    monkeypatch.setattr(
        ModelParallelStrategy, "broadcast", lambda self, given, src=0: told.append(given) or given
    )
    last = LastCheckpoint(str(tmp_path), every_n_steps=2)
    with pytest.warns(UserWarning, match=r"last\.ckpt of step 4 could not be written: .*at step 2, stays"):
        make_sharding(make_trainer)(last, limit_val_batches=0, logger=False).fit(InParts())
    assert [each.errno for each in told if isinstance(each, OSError)] == [errno.ENOSPC]
    assert steps_in(tmp_path / "last.ckpt") == 6
    assert damage(tmp_path / "last.ckpt") is None
    assert not list(tmp_path.glob(".*.part"))


@pytest.mark.parametrize("moment", [("train", 2), ("train", 9), ("validation", 1), ("validation", 3)])
def test_it_goes_on_bit_for_bit(
    make_trainer: Make, tmp_path: Path, moment: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = test_exact_resume.SETTINGS["by steps, at a validation"]
    monkeypatch.setattr(test_exact_resume, "Model", InParts)
    make = make_sharding(make_trainer)
    _, pairs, _ = test_exact_resume.fit(make, tmp_path / "whole", settings)
    _, _, stopped = test_exact_resume.fit(make, tmp_path / "cut", settings, Ask(*moment))
    assert stopped == STOPPED
    last = tmp_path / "cut/last.ckpt"
    _, resumed, stopped = test_exact_resume.fit(make, tmp_path / "cut", settings, ckpt_path=last)
    assert stopped is None
    whole, cut = (_load_distributed_checkpoint(tmp_path / name / "last.ckpt") for name in ("whole", "cut"))
    for key in ("state_dict", "optimizer_0", "lr_schedulers", "global_step"):
        assert same(cut[key], whole[key]), key
    assert resumed == pairs
    assert (tmp_path / "cut/best.ckpt").read_bytes() == (tmp_path / "whole/best.ckpt").read_bytes()
