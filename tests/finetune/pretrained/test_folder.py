import shutil
from pathlib import Path

import pytest

from finetune.errors import ModelError
from finetune.pretrained.folder import model_folder


def test_a_folder_is_itself(tiny_model):
    assert model_folder(str(tiny_model)) == str(tiny_model)


def test_a_folder_named_from_where_one_is_goes_before_the_hub(tiny_model, tmp_path, monkeypatch):
    shutil.copytree(tiny_model, tmp_path / "owner" / "model")
    monkeypatch.chdir(tmp_path)
    assert Path(model_folder("owner/model")).samefile(tmp_path / "owner" / "model")


def test_the_embedded_model_opens(embedded_model):
    assert model_folder("embedded") == str(embedded_model)


def test_a_run_folder_stands_for_the_model_in_it(tiny_model, tmp_path):
    run = tmp_path / "version_0"
    run.mkdir()
    (run / "config.yaml").touch()
    shutil.copytree(tiny_model, run / "model")
    assert model_folder(str(run)) == str(run / "model")


def test_an_unfinished_run_says_how_to_go_on(tmp_path):
    (tmp_path / "checkpoints").mkdir()
    with pytest.raises(ModelError, match=rf"without model/.*:\n  finetune fit --run {tmp_path} --resume$"):
        model_folder(str(tmp_path))


def test_a_folder_that_lacks_something_lists_what_it_has(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    (folder / "model.safetensors").unlink()
    with pytest.raises(ModelError) as raised:
        model_folder(str(folder))
    assert "no weights (model.safetensors or pytorch_model.bin)" in str(raised.value)
    assert "There is: config.json, tokenizer.json and tokenizer_config.json." in str(raised.value)


def test_a_file_is_no_folder(tiny_model):
    with pytest.raises(
        ModelError, match=r"config\.json is a file: give the folder with config\.json, the weights"
    ):
        model_folder(str(tiny_model / "config.json"))


def test_a_run_that_is_named_without_its_place_is_told_where_it_is(tmp_path, monkeypatch):
    (tmp_path / "lightning_logs/adapt_0").mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(
        ModelError, match=r"adapt_0: there is no such folder\. Did you mean lightning_logs/adapt_0\?"
    ):
        model_folder("adapt_0")


def test_a_missing_path_names_its_neighbours(tmp_path):
    (tmp_path / "modelo_a").mkdir()
    with pytest.raises(ModelError, match=rf"there is no such folder\. Did you mean {tmp_path}/modelo_a\?"):
        model_folder(str(tmp_path / "modelo_b"))
    with pytest.raises(ModelError, match=rf"there is no such folder\. Folders in {tmp_path}: modelo_a\."):
        model_folder(str(tmp_path / "xyz" / "deeper"))


@pytest.mark.parametrize("name", ["embeded", "Embedded", "embbedded", "EMBEDDED"])
def test_a_misspelt_embedded_is_mended_without_asking_the_network(name):
    with pytest.raises(ModelError, match='Did you mean "embedded", which needs no network'):
        model_folder(name)


def test_a_name_that_is_not_there_is_looked_for_on_the_hub():
    # the tests run offline
    with pytest.raises(ModelError, match="neuralmind/bert-tiny-not-there: it is not in the hub's cache"):
        model_folder("neuralmind/bert-tiny-not-there")
