import pytest
import torch

from callbacks.saving.checksum import record
from finetune.errors import ConfigError
from finetune.runs.folder import TIDIED
from finetune.runs.saved import Saved, saved_facts, step_of


def test_what_was_saved_comes_back(tmp_path):
    content = {
        "hyper_parameters": {"labels": ["a", "b"], "loss": "focal"},
        "TextData": {"fingerprint": "0123"},
        "versions": {"torch": "2.13.0"},
    }
    torch.save(content, tmp_path / "a.ckpt")
    parameters = {"labels": ["a", "b"], "loss": "focal"}
    assert saved_facts(tmp_path / "a.ckpt") == Saved(parameters, "0123", {"torch": "2.13.0"})


def test_a_checkpoint_of_before_knows_neither_table_nor_versions(tmp_path):
    torch.save({"hyper_parameters": {"labels": ["a", "b"]}}, tmp_path / "a.ckpt")
    assert saved_facts(tmp_path / "a.ckpt") == Saved({"labels": ["a", "b"]}, None, {})


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "no such file"), (b"", "cannot be opened"), (b"PK\x03\x04 cut short", "cannot be opened")],
)
def test_what_is_no_checkpoint_is_named(tmp_path, content, message):
    path = tmp_path / "last.ckpt"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ConfigError, match=rf"last\.ckpt.*{message}"):
        saved_facts(path)


def test_a_checkpoint_cut_short_is_named(tmp_path):
    torch.save({"hyper_parameters": {"labels": ["a"]}, "w": torch.zeros(1000)}, tmp_path / "a.ckpt")
    whole = (tmp_path / "a.ckpt").read_bytes()
    (tmp_path / "a.ckpt").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ConfigError, match="cut short"):
        saved_facts(tmp_path / "a.ckpt")


def test_somebody_elses_checkpoint_is_named(tmp_path):
    torch.save({"state_dict": {}}, tmp_path / "a.ckpt")
    with pytest.raises(ConfigError, match="no checkpoint of a TextClassifier"):
        saved_facts(tmp_path / "a.ckpt")


def test_going_on_takes_the_optimizer_too(tmp_path):
    torch.save({"hyper_parameters": {"labels": ["a"]}}, tmp_path / "best.ckpt")
    with pytest.raises(ConfigError, match=r"not the optimizer.*\n.*--resume"):
        saved_facts(tmp_path / "best.ckpt", to_go_on=True)


def test_a_checkpoint_in_parts_tells_the_same(tmp_path):
    parts = tmp_path / "last.ckpt"
    parts.mkdir()
    (parts / "__0_0.distcp").write_bytes(b"x")
    with pytest.raises(ConfigError, match=r"last\.ckpt cannot be opened.*No such file.*meta\.pt"):
        saved_facts(parts)
    content = {"hyper_parameters": {"labels": ["a"]}, "global_step": 7}
    torch.save(content, parts / "meta.pt")
    assert saved_facts(parts) == Saved({"labels": ["a"]}, None, {})
    assert step_of(str(parts)) == 7
    with pytest.raises(ConfigError, match="not the optimizer"):  # Lightning's, of the weights alone
        saved_facts(parts, to_go_on=True)
    loops = {"fit_loop": {"epoch_progress": {"current": {"started": 3}}}}
    torch.save(content | {"lr_schedulers": [], "loops": loops}, parts / "meta.pt")
    assert saved_facts(parts, to_go_on=True).epochs == 3
    record({parts / "__0_0.distcp": ["0" * 64]})
    with pytest.raises(ConfigError, match=r"last\.ckpt is damaged: its part __0_0\.distcp: its SHA-256"):
        saved_facts(parts)


class Evil:
    def __reduce__(self):
        return print, ("ran",)


def test_a_checkpoint_with_a_program_in_it_is_not_opened_and_nobody_is_told_how(tmp_path, capsys):
    torch.save({"hyper_parameters": Evil()}, tmp_path / "a.ckpt")
    with pytest.raises(ConfigError, match="it holds more than numbers and text") as refused:
        saved_facts(tmp_path / "a.ckpt")
    assert "weights" not in str(refused.value).lower()
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize(("config", "begins"), [("{}", "fit"), ("model: {objective: masked_words}", "adapt")])
@pytest.mark.parametrize("name", ["last", "previous"])
def test_one_that_was_freed_is_told_with_what_there_is_in_its_place(tmp_path, config, begins, name):
    run = tmp_path / "version_0"
    (run / "checkpoints").mkdir(parents=True)
    (run / "config.yaml").write_text(config)
    (run / TIDIED).write_text("{}")
    with pytest.raises(ConfigError) as error:
        saved_facts(run / "checkpoints" / f"{name}.ckpt")
    assert f"{name}.ckpt is not there any more: finetune runs tidy has freed it" in str(error.value)
    assert f"\n  finetune {begins} --model.name {run} " in str(error.value)
    with pytest.raises(ConfigError, match="no such file"):
        saved_facts(run / "checkpoints" / "other.ckpt")
