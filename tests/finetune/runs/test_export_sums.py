"""The files of an export: one that is another than was proved, or gone, is named before anything is answered."""

import json

import pytest

from finetune.__main__ import main
from finetune.errors import ConfigError
from finetune.runs.export_sums import PROOF, SUMS, refuse_changed, sums_of


@pytest.fixture
def export(tmp_path):
    folder = tmp_path / "onnx"
    folder.mkdir()
    for name in ("model.onnx", "tokenizer.json", "finetune.json", "words.npz", "README.md"):
        (folder / name).write_text(f"what {name} holds")
    (folder / PROOF).write_text(json.dumps({SUMS: sums_of(folder, folder.iterdir())}))
    return folder


def test_what_is_as_it_was_proved_is_taken(export):
    (export / "README.md").write_text("what a person has added")
    refuse_changed(export)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "finetune.json", "words.npz"])
def test_a_file_of_the_same_size_is_noticed_and_named(export, name):
    content = (export / name).read_text()
    (export / name).write_text(content.replace("what", "that"))
    with pytest.raises(
        ConfigError, match=f"onnx: {name} is missing or was changed after the export was proved"
    ):
        refuse_changed(export)
    (export / "model.onnx").unlink()
    (export / "tokenizer.json").unlink()
    with pytest.raises(
        ConfigError, match=r"tokenizer\.json.* are missing or were changed.*delete .*proof\.json"
    ):
        refuse_changed(export)


@pytest.mark.parametrize("proof", [None, "[1]", '{"made_by": "finetune export"}', '{"sha256": 7}'])
def test_an_export_of_before_is_taken_as_it_is(export, proof):
    (export / PROOF).unlink() if proof is None else (export / PROOF).write_text(proof)
    (export / "model.onnx").write_text("another")
    refuse_changed(export)


def test_a_damaged_proof_is_told(export):
    (export / PROOF).write_text('{"sha256": {')
    with pytest.raises(
        ConfigError, match=r"proof\.json is damaged.*Put a copy of it back, or export the run anew"
    ):
        refuse_changed(export)


def test_predict_looks_at_it_and_speaks_by_its_own_name(export, capsys, monkeypatch):
    monkeypatch.chdir(export.parent)
    (export.parent / "novos.csv").touch()
    words = ["predict", "--run", "onnx", "--data.predict_path", "novos.csv"]
    assert main(words) == 2  # all files are as proved, and none is what its name says
    assert capsys.readouterr().err.startswith("finetune predict: error: ")
    assert main(["--language", "pt", *words]) == 2
    assert capsys.readouterr().err.startswith("finetune predict: erro: ")
    (export / "model.onnx").write_text("another")
    assert main(words) == 2
    assert "onnx: model.onnx is missing or was changed" in capsys.readouterr().err
