"""Checkpoint files are whole or not there, whatever happens while they are written."""

from __future__ import annotations

import contextlib
import errno
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Trainer
from lightning.pytorch.plugins.io import AsyncCheckpointIO

from callbacks import BestCheckpoint, LastCheckpoint
from callbacks.saving import checkpoint_io, summed_file
from callbacks.saving.checkpoint_io import WholeCheckpointIO, put_in_place, write_whole
from callbacks.saving.checksum import SUMS, damage, recorded, sha256

Make = Callable[..., Trainer]
Disk = Callable[[int], Path]


class Stop(BaseException):
    """Stands for a process that is killed: nothing of ours catches it."""


KILLED = (Stop, RuntimeError)
"""Within a write torch makes an error of its own of it."""


def content(number: int, size: int = 1000) -> dict[str, Any]:
    return {"number": number, "weights": torch.full((size,), float(number))}


def number_in(path: Path) -> int:
    return int(torch.load(path, weights_only=True)["number"])


def die_at(monkeypatch: pytest.MonkeyPatch, number: int) -> list[int]:
    """Ends what runs at the n-th write, sync, rename or record; returns a list with how many there were."""
    seen = [0]

    def watch(owner: Any, name: str) -> None:
        original = getattr(owner, name)

        def watched(*arguments: Any, **named: Any) -> Any:
            seen[0] += 1
            if seen[0] == number:
                raise Stop
            return original(*arguments, **named)

        monkeypatch.setattr(owner, name, watched)

    watch(summed_file.Summed, "write")
    watch(os, "fsync")
    watch(checkpoint_io, "record")
    watch(Path, "replace")
    return seen


def test_it_is_written_with_a_sum_that_the_usual_tool_checks(tmp_path: Path) -> None:
    write_whole(content(1), tmp_path / "a.ckpt")
    write_whole(content(2), tmp_path / "b.ckpt")
    assert sorted(path.name for path in tmp_path.iterdir()) == [SUMS, "a.ckpt", "b.ckpt"]
    assert recorded(tmp_path / "a.ckpt") == [sha256(tmp_path / "a.ckpt")]
    done = subprocess.run(
        ["sha256sum", "-c", SUMS], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines() == ["a.ckpt: OK", "b.ckpt: OK"]


def test_a_file_that_was_cut_or_changed_is_recognised(tmp_path: Path) -> None:
    path = tmp_path / "a.ckpt"
    assert str(damage(path)) == "it is not there"
    write_whole(content(1), path)
    assert damage(path) is None
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    assert "was cut short, or changed" in str(damage(path))
    path.write_bytes(whole[:500] + b"x" + whole[501:])
    assert "was cut short, or changed" in str(damage(path))
    (tmp_path / SUMS).write_bytes(b"\xff\xfe garbled")
    assert damage(path) is None  # nothing says how it should be
    (tmp_path / SUMS).unlink()
    assert damage(path) is None


@pytest.mark.parametrize("replaced", ["nothing", "last", "last and previous"])
def test_killed_at_any_point_leaves_one_that_is_whole(tmp_path: Path, replaced: str) -> None:
    """`last` or `previous` is there with its sum, and what was newest before is never lost."""
    number, ended = 0, False
    while not ended:
        number += 1
        folder = tmp_path / str(number)
        last, previous, new = (folder / f"{name}.ckpt" for name in ("last", "previous", ".last.new"))
        if replaced != "nothing":
            write_whole(content(1), last)
        if replaced == "last and previous":
            write_whole(content(0), previous)
        with pytest.MonkeyPatch.context() as patch:
            die_at(patch, number)
            try:
                write_whole(content(2), new)
                put_in_place(new, last, previous if replaced != "nothing" else None)
                ended = True
            except KILLED:
                pass
        there = [number_in(path) for path in (last, previous) if damage(path) is None]
        assert there[:1] >= ([] if replaced == "nothing" else [1])
        if ended:
            assert there == ([2] if replaced == "nothing" else [2, 1])
            assert not new.exists()
    assert number > 10


def test_killed_at_any_point_a_single_file_is_the_old_or_the_new_one(tmp_path: Path) -> None:
    seen, number = set(), 0
    while 2 not in seen:
        number += 1
        path = tmp_path / f"{number}" / "best.ckpt"
        write_whole(content(1), path)
        with pytest.MonkeyPatch.context() as patch:
            die_at(patch, number)
            with contextlib.suppress(*KILLED):
                write_whole(content(2), path)
        assert damage(path) is None
        seen.add(number_in(path))
    assert seen == {1, 2}


def test_what_a_killed_process_left_is_removed_when_training_begins(
    make_trainer: Make, tiny: Any, tmp_path: Path
) -> None:
    for name in (".best.ckpt.12345.part", ".SHA256SUMS.12345.part"):
        (tmp_path / "kept" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "kept" / name).write_bytes(b"half")
    make_trainer(LastCheckpoint(str(tmp_path / "kept"))).fit(tiny())
    assert sorted(path.name for path in (tmp_path / "kept").iterdir()) == [SUMS, "last.ckpt"]


def test_a_disk_that_gives_back_something_else_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_whole(content(1), tmp_path / "a.ckpt")
    monkeypatch.setattr(checkpoint_io, "sha256", lambda path: "0" * 64)
    with pytest.raises(OSError, match=r"a\.ckpt: what was read back is not what was written"):
        write_whole(content(2), tmp_path / "a.ckpt")
    assert number_in(tmp_path / "a.ckpt") == 1


def test_equal_content_gives_equal_bytes(tmp_path: Path) -> None:
    def parts(text: str) -> dict[str, Any]:
        return {"a": text, "b": [text, {text: 1}], "c": (text, None, 2.5, True)}

    same = "".join(["ep", "och"])
    write_whole(parts(same), tmp_path / "a.ckpt")
    write_whole(
        {"a": "epoch", "b": ["".join("epoch"), {str("epoch "[:5]): 1}], "c": ("epoch", None, 2.5, True)},
        tmp_path / "b.ckpt",
    )
    assert (tmp_path / "a.ckpt").read_bytes() == (tmp_path / "b.ckpt").read_bytes()
    assert torch.load(tmp_path / "a.ckpt", weights_only=True) == parts("epoch")


def test_on_a_full_disk_the_old_one_stays(small_disk: Disk) -> None:
    place = small_disk(200)
    path = place / "last.ckpt"
    write_whole(content(1), path)
    with pytest.raises(OSError, match="No space left on device") as error:
        write_whole(content(2, size=100_000), path)
    assert error.value.errno == errno.ENOSPC
    assert damage(path) is None
    assert number_in(path) == 1
    assert sorted(each.name for each in place.iterdir()) == [SUMS, "last.ckpt"]


def test_training_goes_on_over_a_full_disk_and_writes_once_there_is_room(
    small_disk: Disk, make_trainer: Make, tiny: Any
) -> None:
    place = small_disk(200)
    ballast = place / "ballast"
    steps: list[int] = []

    class Model(tiny):  # type: ignore[misc]
        def on_train_batch_start(self, batch: Any, batch_idx: int) -> None:
            last = place / "last.ckpt"
            assert not last.exists() or damage(last) is None
            steps.append(torch.load(last, weights_only=True)["global_step"] if last.exists() else 0)
            if self.trainer.global_step == 4:
                with pytest.raises(OSError, match="No space"):
                    ballast.write_bytes(bytes(300_000))
            if self.trainer.global_step == 8:
                ballast.unlink()

    last = LastCheckpoint(str(place), every_n_steps=2)
    trainer = make_trainer(last, max_epochs=3, limit_val_batches=0)
    with pytest.warns(
        UserWarning,
        match=r"last\.ckpt of step 6 could not be written: no space left on the disk.*at step 4, stays",
    ):
        trainer.fit(Model())
    assert trainer.global_step == 12
    assert steps == [0, 0, 2, 2, 4, 4, 4, 4, 4, 4, 10, 10]
    assert torch.load(place / "last.ckpt", weights_only=True)["global_step"] == 12


def test_the_best_that_cannot_be_kept_ends_the_training(
    small_disk: Disk, make_trainer: Make, tiny: Any
) -> None:
    best = BestCheckpoint("val/score", "max", dirpath=str(small_disk(200)))
    model = tiny([0.5, 0.8])
    model.ballast = torch.nn.Parameter(torch.zeros(100_000))
    with pytest.raises(OSError, match="No space left"):
        make_trainer(best, max_epochs=2).fit(model)


def test_a_way_of_the_users_own_to_write_is_kept(make_trainer: Make, tiny: Any, tmp_path: Path) -> None:
    own = AsyncCheckpointIO()
    trainer = make_trainer(LastCheckpoint(str(tmp_path)), plugins=[own])
    trainer.fit(tiny())
    assert trainer.strategy.checkpoint_io is own
    trainer = make_trainer(LastCheckpoint(str(tmp_path)))
    trainer.fit(tiny())
    assert type(trainer.strategy.checkpoint_io) is WholeCheckpointIO
