"""The check of the data, by itself and before a fit."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from finetune.evaluation.learning_curve import Curve


@pytest.fixture
def bad(table):
    """The small table with a class spelt in two ways."""
    frame = pd.read_csv(table, sep=";", encoding="cp1252")
    frame.loc[frame.index[frame.rotulo == "Clima"][:20], "rotulo"] = "clima"
    frame.to_csv(table, sep=";", index=False, encoding="cp1252")
    return table


def check(finetune, tiny_model, *options):
    return finetune("check", "--data.path", "dados.csv", "--model.name", tiny_model, *options)


def test_a_good_table_passes_and_all_is_written_to_a_file(finetune, table, tiny_model, capsys, monkeypatch):
    curve = Curve((29.0, 58, 115), (0.4, 0.6, 0.7), 0.08, (0.03, 0.13), 48)
    monkeypatch.setattr(
        "finetune.evaluation.more_rows.curve_of", lambda *_, groups: curve
    )  # which rows are too many for
    before = table.read_bytes()
    assert check(finetune, tiny_model, "--report", "r.json") == 0
    out = capsys.readouterr().out
    assert "Severe: 0" in out
    assert "r.json" in out
    assert max(map(len, out.splitlines())) <= 80
    report = json.loads(Path("r.json").read_text(encoding="utf-8"))
    assert report["rows"] == {"train": 144, "validation": 18, "test": 18}
    assert "about 48 more in a class, would be worth about 8 points" in " ".join(
        re.sub("│", " ", out).split()
    )
    assert "more_rows" in [finding["code"] for finding in report["findings"]]
    assert table.read_bytes() == before
    assert not Path("lightning_logs").exists()


def test_something_severe_ends_with_status_1_and_where_asked_with_an_error(finetune, bad, tiny_model, capsys):
    assert check(finetune, tiny_model, "--language", "pt") == 1
    out = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert '"Clima" (40), "clima" (20)' in out
    assert "Dê um só nome a cada classe" in out
    assert check(finetune, tiny_model, "--language", "en", "--data.on_findings", "error") == 2
    assert "does not let pass: 20 rows with a label that differs" in capsys.readouterr().err


def test_a_fit_checks_first_and_goes_on_or_stops(finetune, bad, capsys):
    assert finetune("fit", "--data.path", bad, "--trainer.max_epochs", 1) == 0
    assert '"clima" (20)' in " ".join(capsys.readouterr().out.replace("│", " ").split())
    report = json.loads(Path("lightning_logs/version_0/data_report.json").read_text(encoding="utf-8"))
    assert report["findings"][0]["code"] == "label_spelling"
    assert finetune("fit", "--data.path", bad, "--data.on_findings", "error") == 2
    capsys.readouterr()
    assert finetune("fit", "--data.path", bad, "--data.on_findings", "skip", "--trainer.max_epochs", 1) == 0
    assert '"clima" (20)' not in capsys.readouterr().out
    assert sorted(folder.name for folder in Path("lightning_logs").iterdir()) == ["version_0", "version_1"]


def test_what_cannot_be_divided_is_checked_all_the_same(finetune, table, tiny_model, capsys):
    text = table.read_text(encoding="cp1252").replace("Clima", "clima", 1)
    table.write_text(text, encoding="cp1252")
    assert check(finetune, tiny_model) == 1
    out = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert 'too few rows to be in each of the 3 splits: "clima" (1)' in out
    assert '"Clima" (59), "clima" (1)' in out
    assert finetune("fit", "--data.path", table) == 2
    seen = capsys.readouterr()
    assert '"Clima" (59), "clima" (1)' in " ".join(seen.out.replace("│", " ").split())
    assert "too few rows" in seen.err


def test_labels_that_training_does_not_have_are_found(finetune, table, tiny_model, capsys):
    Path("teste.csv").write_text(
        "texto;rotulo\n" + "vaca no pasto;pecuaria\nchuva e frio;Clima\n", encoding="utf-8"
    )
    assert check(finetune, tiny_model, "--data.test_path", "teste.csv") == 1
    out = " ".join(capsys.readouterr().out.replace("│", " ").split())
    assert 'class without a training row: "pecuaria"' in out
    assert '"Pecuária" (60), "pecuaria" (1)' in out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--data.path", "nada.csv"], "there is no file nada.csv"),
        (
            ["--data.path", "dados.csv", "--report", "nao/ha.json"],
            "--report nao/ha.json: give a file in a folder",
        ),
        (
            ["--data.path", "dados.csv", "--output", "nao/ha.csv"],
            "--output nao/ha.csv: give a file in a folder",
        ),
        (["--data.path", "dados.csv", "--output", "erros.xlsx"], "give a name that ends in .csv"),
        (
            ["--data.path", "dados.csv", "--data.group_column", "fazenda"],
            'there is no column "fazenda" (--data.group_column)',
        ),
        (["--data.path", "dados.csv", "--data.more_checks", "[nada:nada]"], 'check "nada:nada"'),
        (["--run", "3"], 'there is no run "3"'),
    ],
)
def test_nonsense_is_said(options, said, finetune, table, tiny_model, capsys):
    assert finetune("check", "--model.name", tiny_model, *options) in (1, 2)
    seen = capsys.readouterr()
    assert said in seen.err or said in " ".join(seen.out.replace("│", " ").split())


def test_texts_are_repaired_for_training_and_for_predicting_and_no_file_is_changed(finetune, table, capsys):
    frame = pd.read_csv(table, sep=";", encoding="cp1252")
    frame.loc[0, "texto"] = "produção de algodão".encode().decode("cp1252")
    frame.to_csv("danos.csv", sep=";", index=False, encoding="utf-8")
    before = Path("danos.csv").read_bytes()
    options = ["--data.path", "danos.csv", "--trainer.max_epochs", 1]
    assert finetune("fit", *options, "--data.fix_encoding", "true") == 0
    assert "1 text repaired in memory" in capsys.readouterr().err
    assert finetune("predict", "--run", "0", "--data.predict_path", "danos.csv", "--output", "s.csv") == 0
    assert "1 text repaired in memory" in capsys.readouterr().err
    assert pd.read_csv("s.csv", sep=";").texto[0] == frame.texto[0]
    assert Path("danos.csv").read_bytes() == before


def test_a_report_overwrites_no_file_but_an_earlier_report(finetune, table, tiny_model, capsys):
    before = table.read_bytes()
    assert check(finetune, tiny_model, "--report", "dados.csv") == 2
    assert "is no report of an earlier check: it is not overwritten" in capsys.readouterr().err
    assert table.read_bytes() == before
    assert check(finetune, tiny_model, "--report", "r.json") == 0
    assert check(finetune, tiny_model, "--report", "r.json") == 0


def test_the_most_suspicious_rows_stand_first_in_the_overview_too(finetune, table, tiny_model, capsys):
    frame = pd.read_csv(table, sep=";", encoding="cp1252")
    frame.loc[[90, 3, 60], "rotulo"] = "Clima"
    frame.to_csv(table, sep=";", index=False, encoding="cp1252")
    assert check(finetune, tiny_model, "--report", "r.json") == 0
    out = " ".join(capsys.readouterr().out.replace("│", " ").split())
    findings = json.loads(Path("r.json").read_text(encoding="utf-8"))["findings"]
    (found,) = (finding for finding in findings if finding["code"] == "label_errors")
    first = [example["line"] for example in found["examples"]][:3]
    assert f"lines {', '.join(first)}" in out
    kept = Path("label_errors.csv").read_bytes()
    assert kept.startswith(b"\xef\xbb\xbfline;text;label;suggested;how sure\r\n")
    assert out.endswith("label_errors.csv")
    assert "label_errors_2.csv" not in out
    assert check(finetune, tiny_model, "--report", "r.json", "--output", "erros.csv") == 0
    assert Path("erros.csv").read_bytes() == kept


def test_a_check_that_is_interrupted_ends_without_a_traceback(monkeypatch, capsys):
    from finetune import __main__ as module

    def interrupted(argv):
        raise KeyboardInterrupt

    monkeypatch.setattr(module, "run", interrupted)
    assert module.main(["check"]) == 130
    assert capsys.readouterr().err.strip() == "finetune: interrupted"
