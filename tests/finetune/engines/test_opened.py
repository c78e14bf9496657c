"""Which model a name stands for, and whose scores it is told by."""

import json
import shutil

import pytest

from finetune.commands.serve.about import metrics_of
from finetune.engines.opened import opened
from finetune.errors import ConfigError
from finetune.runs.export_sums import sum_of


def measured(score):
    return {"ranked_by": "f1_macro", "validation": {"f1_macro": score}}


@pytest.fixture
def export(folders, tmp_path):
    """An export in its run's folder, of which both say how good it is."""
    run = tmp_path / "runs" / "version_0"
    folder = run / "export" / "onnx"
    shutil.copytree(folders / "single_label", folder)
    for name in ("config.yaml", "split.csv"):
        (run / name).write_text("{}", encoding="utf-8")
    (run / "metrics.json").write_text(json.dumps(measured(0.8)), encoding="utf-8")
    proof = {"run": "version_0", "score": "f1_macro", "validation": {"run": {"score": 0.8001}}}
    (folder / "proof.json").write_text(json.dumps(proof), encoding="utf-8")
    return folder


def test_an_export_knows_its_run_by_what_that_was_measured_by(export, tmp_path):
    run = export.parent.parent
    proof = json.loads((export / "proof.json").read_text(encoding="utf-8"))
    proof |= {
        "metrics": sum_of(run / "metrics.json"),
        "validation": {"run": {"score": 0.7}},
    }  # in half precision
    (export / "proof.json").write_text(json.dumps(proof), encoding="utf-8")
    assert serve(export, tmp_path / "runs").run == run
    (run / "metrics.json").write_text(json.dumps(measured(0.7)), encoding="utf-8")  # it was trained on since
    assert serve(export, tmp_path / "runs").run is None


def serve(name, root):
    return opened(str(name), engine="auto", answer=None, root=root)


def test_an_export_is_told_by_its_run_as_long_as_both_are_as_good(export, tmp_path):
    run = export.parent.parent
    assert serve(export, tmp_path / "runs").run == run
    (run / "metrics.json").write_text(json.dumps(measured(0.9)), encoding="utf-8")  # it was trained on since
    engine = serve(export, tmp_path / "runs")
    assert engine.run is None
    assert metrics_of(engine)["validation"] == {"f1_macro": 0.8001}


@pytest.mark.parametrize(
    "proof", [None, {}, {"validation": 3, "score": "f1_macro"}, {"validation": {"run": {}}}]
)
def test_where_no_proof_tells_it_the_run_says_nothing_of_its_export(export, tmp_path, proof):
    (export / "proof.json").unlink()
    if proof is not None:
        (export / "proof.json").write_text(json.dumps(proof), encoding="utf-8")
    assert serve(export, tmp_path / "runs").run is None


def test_a_name_that_a_run_and_a_folder_here_have_is_asked_about(export, folders, tmp_path, monkeypatch):
    (export.parent.parent / "name.txt").write_text("producao", encoding="utf-8")
    shutil.copytree(folders / "single_label", tmp_path / "producao")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(ConfigError, match="Say which"):
        serve("producao", tmp_path / "runs")
    assert serve("./producao", tmp_path / "runs").name == "producao"
