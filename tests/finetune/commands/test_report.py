import json
import os
import shutil
import subprocess
import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

from finetune.__main__ import main

HERE = Path(__file__).parents[1] / "report" / "conftest.py"
spec = spec_from_file_location("synthetic_runs", HERE)
synthetic = module_from_spec(spec)
spec.loader.exec_module(synthetic)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    root = tmp_path_factory.mktemp("made")
    synthetic.make_run(root / "version_1", skill=0.9)
    synthetic.make_run(root / "version_2", skill=3.0, seed=1)
    return root


@pytest.fixture
def root(made, tmp_path, monkeypatch):
    """Two finished runs in `lightning_logs` of the current folder; the second is the latest."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("FINETUNE_LANGUAGE", "en")
    shutil.copytree(made, tmp_path / "lightning_logs")
    for number, name in enumerate(("version_1", "version_2")):
        os.utime(tmp_path / "lightning_logs" / name / "checkpoints" / "last.ckpt", (number + 1, number + 1))
    return tmp_path / "lightning_logs"


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize(
    "arguments", [[], ["latest"], ["2"], ["--run", "version_2"], ["lightning_logs/version_2"]]
)
def test_a_report_is_written_into_the_run_and_its_place_is_said(root, capsys, arguments):
    assert main(["report", *arguments]) == 0
    page = root / "version_2" / "report.html"
    printed = capsys.readouterr().out
    assert f"report: {Path('lightning_logs/version_2/report.html')}" in printed
    assert page.resolve().as_uri() in printed
    assert "<h1>Report of the training version_2</h1>" in page.read_text(encoding="utf-8")
    assert not (root / "version_1" / "report.html").exists()


@pytest.mark.parametrize("name", ["config.yaml", "metrics.json", "split.csv", "predictions.csv"])
@pytest.mark.parametrize("content", ["", "[1]", "3", '{"test": 3, "data": 3}', "\xff"])
def test_a_torn_file_is_named_and_the_rest_is_reported(root, capsys, request, name, content):
    if content:  # what is left is the same whatever the file holds: it is drawn once
        request.getfixturevalue("undrawn")
    (root / "version_2" / name).write_bytes(content.encode("latin-1"))
    assert main(["report", "2", "--no-explain"]) == 0
    assert f"left out of the report: {name} (" in capsys.readouterr().out


@pytest.mark.usefixtures("undrawn")
def test_language_and_output_are_the_users(root, capsys):
    assert main(["report", "1", "--language", "pt", "--output", "para_a_diretoria.html"]) == 0
    assert "abra no navegador" in capsys.readouterr().out
    assert "Relatório do treino version_1" in Path("para_a_diretoria.html").read_text(encoding="utf-8")
    assert not (root / "version_1" / "report.html").exists()


@pytest.mark.usefixtures("undrawn")
def test_a_report_replaces_a_report_and_nothing_else(root, capsys):
    page = Path("page.html")
    for _ in range(2):
        assert main(["report", "1", "--output", "page.html"]) == 0
    page.write_text("<h1>mine</h1>")
    assert main(["report", "1", "--output", "page.html"]) == 2
    assert "was not made by finetune report. Move it away" in capsys.readouterr().err
    assert page.read_text() == "<h1>mine</h1>"


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("report.pdf", "Give a name that ends with .html"),
        ("nowhere/report.html", "there is no folder nowhere. Make it first"),
        ("folder.html", "is a folder: give a file in it"),
    ],
)
def test_a_place_that_cannot_be_is_said_before_anything_is_read(root, capsys, output, expected):
    Path("folder.html").mkdir()
    assert main(["report", "1", "--output", output]) == 2
    assert expected in capsys.readouterr().err


def test_a_folder_that_is_closed_names_the_way_out(root, capsys, monkeypatch):
    monkeypatch.setattr(os, "access", lambda path, mode: False)
    assert main(["report", "1"]) == 2
    assert "cannot be written to. Give a file elsewhere: --output FILE" in capsys.readouterr().err


def test_an_unknown_run_is_said_with_those_that_there_are(root, capsys):
    assert main(["report", "9"]) == 2
    error = capsys.readouterr().err
    assert 'no run "9"' in error
    assert "version_1, version_2" in error


@pytest.mark.usefixtures("undrawn")
def test_a_run_that_has_not_finished_has_a_report_too(root, capsys):
    (root / "version_2" / "metrics.json").unlink()
    assert main(["report"]) == 0
    assert "has not finished: the report shows what there is" in capsys.readouterr().out
    assert "This training has not finished" in (root / "version_2" / "report.html").read_text(
        encoding="utf-8"
    )


@pytest.mark.usefixtures("undrawn")
def test_the_card_goes_into_the_model_where_there_is_one(root, capsys):
    model = root / "version_2" / "model"
    model.mkdir()
    (model / "config.json").write_text(json.dumps({"id2label": {"0": "a"}}))
    assert main(["report", "--no-explain"]) == 0
    assert "model card: lightning_logs/version_2/model/README.md" in capsys.readouterr().out
    assert (model / "README.md").read_text(encoding="utf-8").startswith("---\n")


def test_several_runs_are_printed_within_80_columns_and_written_here(root, capsys):
    assert main(["report", "1", "2"]) == 0
    printed = capsys.readouterr().out
    head = printed.split("report:")[0]
    assert max(map(len, head.splitlines())) <= 80
    assert "version_2 is better than version_1 on 160 rows" in " ".join(head.split())
    assert "2 runs side by side" in Path("comparison.html").read_text(encoding="utf-8")
    Path("comparison.html").write_text("mine")
    assert main(["report", "1", "2"]) == 2
    assert Path("comparison.html").read_text() == "mine"


def test_a_run_beside_itself_is_refused(root, capsys):
    assert main(["report", "2", "latest"]) == 2
    assert "one and the same run" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("language", "usage"), [("en", "usage: finetune report"), ("pt", "uso: finetune report")]
)
def test_its_help_is_its_own(language, usage, capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["report", "--help", "--language", language]) == 0
    printed = capsys.readouterr().out
    assert usage in printed
    for option in ("--run", "--output", "--no-explain", "--language"):
        assert option in printed
    assert max(map(len, printed.splitlines())) <= 80


def test_an_option_that_it_does_not_know_is_named(root, capsys):
    assert main(["report", "1", "--explain", "--language", "pt"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("finetune report: ")
    assert 'não existe a opção "explain"' in error


def test_a_report_without_marks_loads_neither_torch_nor_lightning(root):
    code = (
        "import sys; from finetune.__main__ import main; status = main(['report', '1', '--no-explain']); "
        "print(status, sorted({'torch', 'lightning', 'transformers'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "0 []"
