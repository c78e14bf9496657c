import pytest
import torch

from finetune.checkpoints import differences, refuse_changes, saved_parameters
from finetune.errors import ConfigError


def test_what_was_saved_comes_back(tmp_path):
    torch.save({"hyper_parameters": {"labels": ["a", "b"], "loss": "focal"}}, tmp_path / "a.ckpt")
    assert saved_parameters(tmp_path / "a.ckpt") == {"labels": ["a", "b"], "loss": "focal"}


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no such file"), (b"", "cannot be opened"), (b"PK\x03\x04 cut short", "cannot be opened")],
)
def test_what_is_no_checkpoint_is_named(tmp_path, content, message):
    path = tmp_path / "last.ckpt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=rf"last\.ckpt.*{message}"):
        saved_parameters(path)


def test_a_checkpoint_cut_short_is_named(tmp_path):
    torch.save({"hyper_parameters": {"labels": ["a"]}, "w": torch.zeros(1000)}, tmp_path / "a.ckpt")
    whole = (tmp_path / "a.ckpt").read_bytes()
    (tmp_path / "a.ckpt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ConfigError, match="cut short"):
        saved_parameters(tmp_path / "a.ckpt")


def test_somebody_elses_checkpoint_is_named(tmp_path):
    torch.save({"state_dict": {}}, tmp_path / "a.ckpt")
    with pytest.raises(ConfigError, match="no checkpoint of a TextClassifier"):
        saved_parameters(tmp_path / "a.ckpt")


def test_going_on_takes_the_optimizer_too(tmp_path):
    torch.save({"hyper_parameters": {"labels": ["a"]}}, tmp_path / "best.ckpt")
    with pytest.raises(ConfigError, match=r"not the optimizer.*--resume"):
        saved_parameters(tmp_path / "best.ckpt", to_go_on=True)


def test_only_what_differs_counts_and_labels_may_be_left_out():
    saved = {"labels": ["a"], "loss": "focal", "num_cycles": 1}
    assert differences(saved, {"labels": None, "loss": "focal", "num_cycles": 2}) == {"num_cycles": (1, 2)}
    assert "labels" in differences(saved, {"labels": ["b"]})


def test_a_change_names_both_values():
    refuse_changes({})
    with pytest.raises(ConfigError, match=r"loss was 'focal' and is now 'cross_entropy'"):
        refuse_changes({"loss": ("focal", "cross_entropy")})
