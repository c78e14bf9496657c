from __future__ import annotations

from types import SimpleNamespace

import pytest

from callbacks.saving.checksum import record
from finetune.errors import ConfigError
from finetune.processes import shared_folder
from finetune.processes.shared_folder import SIGN, SharedFolder


class Strategy:
    """The second of two processes."""

    def barrier(self, name):
        pass

    def reduce_boolean_decision(self, decision, *, all):
        return decision


def second(folder, **more):
    facts = {"is_global_zero": False, "world_size": 2, "fast_dev_run": False, "log_dir": str(folder)} | more
    return SimpleNamespace(strategy=Strategy(), **facts)


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


def test_the_first_process_leaves_a_sign_for_the_others_and_takes_it_away(tmp_path, monkeypatch):
    monkeypatch.setattr(shared_folder, "gathered", lambda mine, processes: [mine])
    (tmp_path / SIGN).touch()
    SharedFolder(None).setup(second(tmp_path), None, "fit")
    assert (tmp_path / SIGN).exists()
    SharedFolder(None).setup(second(tmp_path, is_global_zero=True), None, "fit")
    assert not (tmp_path / SIGN).exists()


def test_all_go_on_from_the_same_checkpoint(tmp_path, monkeypatch):
    (tmp_path / SIGN).touch()
    own = checkpoint(tmp_path, "a" * 64)
    first = ["maquina1", None]
    monkeypatch.setattr(shared_folder, "gathered", lambda mine, processes: [first, mine])
    monkeypatch.setattr("socket.gethostname", lambda: "maquina2")
    first[1] = ("last.ckpt", ["a" * 64])
    SharedFolder(own).setup(second(tmp_path), None, "fit")
    first[1] = ("last.ckpt", ["b" * 64])
    for mine, said in ((own, r"last.ckpt \(aaaaaaaa\)"), (None, "the beginning")):
        said = rf"the first from last.ckpt \(bbbbbbbb\), process 1 \(on maquina2\) from {said}"
        for zero in (True, False):  # all say the same: the first is the one that is heard
            with pytest.raises(ConfigError, match=said):
                SharedFolder(mine).setup(second(tmp_path, is_global_zero=zero), None, "fit")
            (tmp_path / SIGN).touch()


def test_it_looks_only_where_a_training_begins(tmp_path, monkeypatch):
    monkeypatch.setattr(shared_folder, "gathered", lambda mine, processes: [mine])
    SharedFolder(None).setup(second(tmp_path / "none"), None, "test")
    SharedFolder(None).setup(second(tmp_path / "none", fast_dev_run=True), None, "fit")
    SharedFolder(None).setup(second("s3://bucket/run"), None, "fit")
