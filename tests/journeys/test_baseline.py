"""The simple models beside the trained one, and the label errors that one of them finds."""

import json
import os
import re
import signal
import time
from pathlib import Path

import pandas as pd
import pytest

from finetune.evaluation.learning_curve import Curve
from finetune.runs.before import as_meant
from finetune.runs.folder import UNFINISHED

UNTRAINED = ["--model.learning_rate", 0, "--model.head_start", "none", "--mix", "none"]


def told(capsys):
    return " ".join(re.sub("[│┃]", " ", capsys.readouterr().out).split())


def test_the_frozen_model_is_shown_beside_those_that_count_words(finetune, table, tiny_model, capsys):
    assert finetune("baseline", "--data.path", table, "--model.name", tiny_model, "--language", "pt") == 0
    printed = capsys.readouterr()
    assert printed.err.count("codificação cp1252") == 1  # the table is read and told of once
    out = " ".join(re.sub("[│┃]", " ", printed.out).split())
    assert out.count("modelo congelado + regressão") == 2
    assert "modelo congelado: o modelo pré-treinado como ele é" in out
    assert "finetune fit --effort quick" in out  # the run has no network
    assert [run.name for run in Path("lightning_logs").iterdir()] == ["baseline_0"]


def test_the_baselines_of_a_table_are_shown_without_any_model(finetune, table, capsys, monkeypatch):
    asked = []

    def curve(texts, *_, groups):
        asked.append(len(texts))
        return Curve((29.0, 58, 115), (0.4, 0.6, 0.7), 0.08, (0.03, 0.13), 48)

    monkeypatch.setattr("finetune.commands.baseline.command.curve_of", curve)
    options = ["--model.name", "nada/nenhum", "--language", "pt", "--baselines", "[majority,tfidf]"]
    assert finetune("baseline", "--data.path", table, *options) == 0
    out = told(capsys)
    assert "validação" in out
    assert "teste" in out
    assert "TF-IDF + regressão logística" in out
    assert "classe mais frequente 0,1667" in out
    assert asked == [144]  # training rows alone
    assert " 48 " in out


def test_a_fit_by_the_options_of_a_quick_look_trains_as_a_fit_does(finetune, table, tiny_model):
    """They are those of today, and say so: of what an older run kept something else is meant."""
    named = ["--model.name", tiny_model]
    assert finetune("baseline", "--data.path", table, *named, "--quick", "true") == 0
    text = Path("lightning_logs/baseline_0/config.yaml").read_text(encoding="utf-8")
    assert as_meant(text) == text


def test_a_quick_look_at_the_frozen_model_alone_is_refused(finetune, table, capsys):
    assert finetune("baseline", "--data.path", table, "--quick", "true", "--baselines", "[frozen]") == 2
    assert "--quick true leaves out frozen" in capsys.readouterr().err


def test_a_fit_says_whether_it_beats_them(finetune, table, capsys):
    assert finetune("fit", "--data.path", table, "--trainer.max_epochs", 1, *UNTRAINED) == 0
    printed = capsys.readouterr()
    assert "is left out: the training did not begin with it" in printed.err
    out = " ".join(re.sub("[│┃]", " ", printed.out).split())
    assert "this model" in out
    assert "does NOT beat the simple model TF-IDF" in out
    metrics = json.loads(Path("lightning_logs/version_0/metrics.json").read_text(encoding="utf-8"))
    assert metrics["baselines"]["tfidf"]["test"]["f1_macro"] > 0.9
    assert metrics["baselines"]["majority"]["test"]["accuracy"] == pytest.approx(1 / 3)
    against = metrics["against_baselines"]["test"]["tfidf"]
    difference = against["f1_macro_difference"]
    assert difference["low"] <= difference["difference"] <= difference["high"] < 0
    assert difference["difference"] == pytest.approx(
        metrics["test"]["f1_macro"] - metrics["baselines"]["tfidf"]["test"]["f1_macro"], abs=1e-6
    )
    assert against["mcnemar"]["only_second_right"] > against["mcnemar"]["only_first_right"]


def test_a_good_model_is_said_to_be_good_and_baselines_can_be_left_out(trained, finetune, table, capsys):
    metrics = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))
    assert metrics["against_baselines"]["test"]["majority"]["f1_macro_difference"]["low"] > 0.5
    assert (
        finetune(
            "fit", "--data.path", table, "--trainer.max_epochs", 1, "--baselines", "null", "--mix", "none"
        )
        == 0
    )
    assert "TF-IDF" not in told(capsys)
    metrics = json.loads(Path("lightning_logs/version_1/metrics.json").read_text(encoding="utf-8"))
    assert "baselines" not in metrics


def test_only_whole_parts_are_compared(finetune, table, capsys):
    options = ["--trainer.max_epochs", 1, "--trainer.limit_test_batches", 1, "--data.eval_tokens", 40]
    assert finetune("fit", "--data.path", table, *options) == 0
    metrics = json.loads(Path("lightning_logs/version_0/metrics.json").read_text(encoding="utf-8"))
    assert metrics["against_baselines"].keys() == {"validation"}


def test_a_baseline_of_the_users_own(finetune, table, tmp_path, capsys):
    (tmp_path / "minhas_regras.py").write_text(
        "import numpy as np\n"
        "class Rules:\n"
        "    def __init__(self, classes): self.classes = classes\n"
        "    def predict_proba(self, texts):\n"
        "        return np.eye(self.classes)[[1 if 'boi' in text else 0 for text in texts]]\n"
        "def rules(texts, labels, num_classes, seed):\n"
        "    return Rules(num_classes)\n"
        "def wrong(texts, labels, num_classes, seed):\n"
        "    return Rules(num_classes + 1)\n",
        encoding="utf-8",
    )
    assert finetune("baseline", "--data.path", table, "--baselines", "[minhas_regras:rules,majority]") == 0
    out = told(capsys)
    assert "minhas_regras:rules 0." in out
    assert "minhas_regras:rules is not kept" in out
    assert not Path("lightning_logs").exists()  # what is always alike is not worth keeping
    for name, said in (
        ("minhas_regras:wrong", "predict_proba gave [18, 4] probabilities for 18 texts and 3 classes"),
        ("tf_idf", 'there is no baseline "tf_idf": there are majority, tfidf'),
    ):
        assert finetune("baseline", "--data.path", table, "--baselines", f"[{name}]") == 2
        assert said in capsys.readouterr().err


def test_without_rows_to_measure_on_it_is_said(finetune, table, capsys):
    options = ["--data.validation_fraction", 0, "--data.test_fraction", 0]
    assert finetune("baseline", "--data.path", table, *options) == 2
    assert "there are no rows to measure on" in capsys.readouterr().err


def test_wrong_labels_are_shown_after_the_training_and_kept_in_the_report(finetune, table, capsys):
    frame = pd.read_csv(table, sep=";", encoding="cp1252")
    wrong = [0, 30, 60, 90]
    frame.loc[wrong, "rotulo"] = "Clima"
    frame.to_csv(table, sep=";", index=False, encoding="cp1252")
    assert (frame.rotulo[[0, 30]] == "Clima").all()
    assert finetune("fit", "--data.path", table, "--trainer.max_epochs", 1) == 0
    out = capsys.readouterr().out
    assert "with a label that the rest of the table contradicts" in " ".join(out.split())
    assert out.index("this model") < out.index("contradicts")  # the scores do not wait for the search
    wrong_texts = [" ".join(frame.texto[row].split()) for row in wrong]
    assert all(text in " ".join(out.split()) for text in wrong_texts)
    kept = pd.read_csv("lightning_logs/version_0/label_errors.csv", sep=";", encoding="utf-8-sig")
    assert {row + 2 for row in wrong} <= set(kept.line)
    assert out.index("label_errors.csv") > out.index("contradicts")
    report = json.loads(Path("lightning_logs/version_0/data_report.json").read_text(encoding="utf-8"))
    (found,) = (finding for finding in report["findings"] if finding["code"] == "label_errors")
    assert {row + 2 for row in wrong} <= set(found["lines"][str(table)])
    assert {example["label"] for example in found["examples"][:4]} == {"Clima"}


def test_a_search_that_ctrl_c_ends_leaves_a_finished_run(finetune, table, capsys, monkeypatch):
    def interrupted(examined, checks):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(5)  # it comes in the meantime

    monkeypatch.setattr("finetune.commands.fit.finish.examine", interrupted)
    assert finetune("fit", "--data.path", table, "--trainer.max_epochs", 1, "--write_report", "true") == 0
    seen = capsys.readouterr()
    assert "this model" in seen.out
    assert "the search for wrong labels was skipped; the training is finished" in seen.err
    folder = Path("lightning_logs/version_0")
    assert (folder / "report.html").is_file()
    assert UNFINISHED not in json.loads((folder / "metrics.json").read_text(encoding="utf-8"))


def test_a_misspelt_baseline_is_refused_before_the_training(finetune, table, capsys):
    assert finetune("fit", "--data.path", table, "--baselines", "[tf_idf]") == 2
    seen = capsys.readouterr()
    assert 'there is no baseline "tf_idf"' in seen.err
    assert "Epoch" not in seen.out
    assert not any(Path("lightning_logs").glob("version_*"))
