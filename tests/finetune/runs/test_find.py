import pytest

from finetune.errors import ConfigError
from finetune.runs.find import find
from finetune.runs.folder import LAST
from tests.finetune.runs.test_folder import make


def test_latest_is_the_run_that_was_trained_last(tmp_path):
    make(tmp_path, 0, trained=200)
    make(tmp_path, 1, trained=100)
    make(tmp_path, 2)
    assert find("latest", tmp_path).name == "version_0"


def test_a_checkpoint_in_parts_counts_too(tmp_path):
    make(tmp_path, 0, trained=100)
    (make(tmp_path, 1) / LAST).mkdir()
    assert find("latest", tmp_path).name == "version_1"


def test_a_run_is_found_by_number_name_and_path(tmp_path):
    folder = make(tmp_path, 7)
    for name in ("7", "version_7", str(folder)):
        assert find(name, tmp_path) == folder


def test_an_unknown_run_lists_those_there_are(tmp_path):
    make(tmp_path, 0)
    make(tmp_path, 10)
    with pytest.raises(ConfigError, match=r'no run "3".*version_0, version_10'):
        find("3", tmp_path)


def test_of_adapted_models_none_is_the_best(tmp_path):
    with pytest.raises(ConfigError, match=r"Runs in .*: none\. Give one of these, a path or latest\.$"):
        find("3", tmp_path, "adapt")


@pytest.mark.parametrize("inside", ["model", "config.yaml", "checkpoints/best.ckpt"])
def test_what_stands_in_a_run_names_the_run(tmp_path, inside):
    run = make(tmp_path, 0)
    with pytest.raises(ConfigError, match=rf"belongs to the run {run}: give that"):
        find(str(run / inside), tmp_path)


def test_the_folder_of_a_model_is_no_run(tmp_path):
    (tmp_path / "bert").mkdir()
    (tmp_path / "bert" / "config.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"which fit takes as --model\.name"):
        find(str(tmp_path / "bert"), tmp_path)


def test_latest_without_a_trained_run_says_how_to_get_one(tmp_path):
    make(tmp_path, 0)
    with pytest.raises(ConfigError, match=r"last\.ckpt yet.*\n  finetune fit"):
        find("latest", tmp_path)


def test_a_cross_validation_is_no_run_and_its_folds_are_named(tmp_path):
    fold = tmp_path / "crossval_0" / "fold_1"
    fold.mkdir(parents=True)
    (fold / "config.yaml").write_text("{}")
    (tmp_path / "crossval_0" / "crossval.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"is a cross-validation.*runs, such as .*crossval_0/fold_1\."):
        find("crossval_0", tmp_path)
