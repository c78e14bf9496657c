import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from finetune.errors import ConfigError
from finetune.runs.folder import LAST, TIDIED, RunFolder, all_runs, claim, newest


def make(root, number, *, trained=None, kind="version"):
    folder = root / f"{kind}_{number}"
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


def test_runs_are_in_the_order_of_their_numbers(tmp_path):
    for number in (10, 2, 0):
        make(tmp_path, number)
    (tmp_path / "version_x").mkdir()
    assert [run.name for run in all_runs(tmp_path)] == ["version_0", "version_2", "version_10"]


def begin(folder, at):
    os.utime(folder / "config.yaml", (at, at))
    return folder


def test_the_newest_run_that_was_begun_need_not_have_a_checkpoint(tmp_path):
    begin(make(tmp_path, 0, trained=300), 100)
    begin(make(tmp_path, 1), 200)
    assert newest(tmp_path).name == "version_0"
    assert newest(tmp_path, begun=True).name == "version_0"  # it went on after the other had begun
    begin(tmp_path / "version_1", 400)
    assert newest(tmp_path).name == "version_0"
    assert newest(tmp_path, begun=True).name == "version_1"


def test_a_folder_that_was_only_claimed_was_not_begun(tmp_path):
    (tmp_path / "version_0").mkdir()
    assert newest(tmp_path, begun=True) is None


def test_a_run_has_finished_once_all_that_follows_the_training_is_done(tmp_path):
    run = RunFolder(tmp_path)
    assert not run.finished()
    for content, finished in (('{"test": {}, "unfinished": true}', False), ('{"test": {}}', True)):
        (tmp_path / "metrics.json").write_text(content)
        assert run.finished() is finished


def test_what_is_damaged_is_measured_again_by_the_command_that_trains_it(tmp_path):
    for name, command in (("version_0", "fit"), ("adapt_0", "adapt")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "metrics.json").write_text("{", encoding="utf-8")
        with pytest.raises(ConfigError) as error:
            RunFolder(tmp_path / name).metrics()
        assert f"finetune {command} --run {tmp_path / name} --resume" in str(error.value)


def test_a_run_that_was_tidied_is_as_new_as_the_checkpoint_that_it_had(tmp_path):
    make(tmp_path, 0, trained=200)
    run = make(tmp_path, 1, trained=100)
    (run / TIDIED).write_text("{}")
    os.utime(run / TIDIED, (300, 300))
    (run / LAST).unlink()
    assert newest(tmp_path) == run
