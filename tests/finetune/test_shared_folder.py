from __future__ import annotations

from types import SimpleNamespace

import pytest

from callbacks.checksum import record
from finetune import shared_folder
from finetune.errors import ConfigError
from finetune.shared_folder import SIGN, SharedFolder


class Strategy:
    """The second of two processes, which the first one has told where it goes on."""

    def __init__(self, first=None):
        self.first = first

    def barrier(self, name):
        pass

    def broadcast(self, own):
        return self.first

    def reduce_boolean_decision(self, decision, *, all):
        return decision


def second(folder, first=None, **more):
    facts = {"is_global_zero": False, "global_rank": 1, "fast_dev_run": False, "log_dir": str(folder)} | more
    return SimpleNamespace(strategy=Strategy(first), **facts)


@pytest.fixture(autouse=True)
def _impatient(monkeypatch):
    monkeypatch.setattr(shared_folder, "PATIENCE_SECONDS", 0.2)


def checkpoint(folder, sum_of_it):
    record({folder / "last.ckpt": [sum_of_it]})
    return str(folder / "last.ckpt")


def test_a_machine_that_does_not_see_the_run_folder_refuses(tmp_path):
    with pytest.raises(
        ConfigError, match=r"the machines do not share .*run, where the first process keeps the run"
    ):
        SharedFolder(None).setup(second(tmp_path / "run"), None, "fit")


def test_the_first_process_leaves_a_sign_for_the_others_and_takes_it_away(tmp_path):
    (tmp_path / SIGN).touch()
    SharedFolder(None).setup(second(tmp_path), None, "fit")
    assert (tmp_path / SIGN).exists()
    SharedFolder(None).setup(second(tmp_path, is_global_zero=True), None, "fit")
    assert not (tmp_path / SIGN).exists()


def test_all_go_on_from_the_same_checkpoint(tmp_path):
    (tmp_path / SIGN).touch()
    own = checkpoint(tmp_path, "a" * 64)
    SharedFolder(own).setup(second(tmp_path, ("last.ckpt", ["a" * 64])), None, "fit")
    with pytest.raises(
        ConfigError, match=r"the first from last.ckpt \(bbbbbbbb\), number 1 from last.ckpt \(aaaaaaaa\)"
    ):
        SharedFolder(own).setup(second(tmp_path, ("last.ckpt", ["b" * 64])), None, "fit")
    with pytest.raises(
        ConfigError, match=r"the first from last.ckpt \(bbbbbbbb\), number 1 from the beginning"
    ):
        SharedFolder(None).setup(second(tmp_path, ("last.ckpt", ["b" * 64])), None, "fit")


def test_it_looks_only_where_a_training_begins(tmp_path):
    SharedFolder(None).setup(second(tmp_path / "none"), None, "test")
    SharedFolder(None).setup(second(tmp_path / "none", fast_dev_run=True), None, "fit")
    SharedFolder(None).setup(second("s3://bucket/run"), None, "fit")
