import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from finetune.errors import ConfigError
from finetune.runs import LAST, all_runs, claim, find


def make(root, number, *, trained=None):
    folder = root / f"version_{number}"
    (folder / "checkpoints").mkdir(parents=True)
    (folder / "config.yaml").write_text("{}")
    if trained is not None:
        (folder / LAST).write_bytes(b"x")
        os.utime(folder / LAST, (trained, trained))
    return folder


def test_many_that_claim_at_once_get_folders_of_their_own(tmp_path):
    with ThreadPoolExecutor(16) as pool:
        folders = list(pool.map(lambda _: claim(tmp_path / "lightning_logs"), range(40)))
    assert len(set(folders)) == 40


def test_a_claimed_number_is_above_all_others(tmp_path):
    make(tmp_path, 3)
    make(tmp_path, 10)
    assert claim(tmp_path).name == "version_11"


def test_latest_is_the_run_that_was_trained_last(tmp_path):
    make(tmp_path, 0, trained=200)
    make(tmp_path, 1, trained=100)
    make(tmp_path, 2)
    assert find("latest", tmp_path).name == "version_0"


def test_a_run_is_found_by_number_name_and_path(tmp_path):
    folder = make(tmp_path, 7)
    for name in ("7", "version_7", str(folder)):
        assert find(name, tmp_path) == folder


def test_an_unknown_run_lists_those_there_are(tmp_path):
    make(tmp_path, 0)
    make(tmp_path, 10)
    with pytest.raises(ConfigError, match=r'no run "3".*version_0, version_10'):
        find("3", tmp_path)


def test_latest_without_a_trained_run_says_how_to_get_one(tmp_path):
    make(tmp_path, 0)
    with pytest.raises(ConfigError, match=r"last\.ckpt yet.*finetune fit"):
        find("latest", tmp_path)


def test_runs_are_in_the_order_of_their_numbers(tmp_path):
    for number in (10, 2, 0):
        make(tmp_path, number)
    (tmp_path / "version_x").mkdir()
    assert [run.name for run in all_runs(tmp_path)] == ["version_0", "version_2", "version_10"]


def test_a_cross_validation_is_no_run_and_its_folds_are_named(tmp_path):
    fold = tmp_path / "crossval_0" / "fold_1"
    fold.mkdir(parents=True)
    (fold / "config.yaml").write_text("{}")
    (tmp_path / "crossval_0" / "crossval.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"is a cross-validation.*runs, such as .*crossval_0/fold_1\."):
        find("crossval_0", tmp_path)
