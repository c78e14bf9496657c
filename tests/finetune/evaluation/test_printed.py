from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from finetune.evaluation.printed import show, show_next_steps, show_predicted
from finetune.language.which import speaking
from finetune.tasks.calibration import Calibration
from finetune.tasks.multi_label import multi_label
from finetune.tasks.number import number
from finetune.tasks.ordinal import ordinal
from finetune.tasks.single_label import single_label

REPORT = {
    "f1_macro": 0.8412,
    "accuracy": 0.85,
    "mcc": 0.7,
    "loss": 0.4,
    "rows": 1,
    "per_class": {"Clima": {"precision": 1.0, "recall": 0.5, "f1": 0.667, "support": 1}},
}


def answer(rows, threshold):
    sure = np.linspace(0.4, 0.9, rows)  # of three classes
    return single_label().answer(
        np.stack([sure, (1 - sure) / 2, (1 - sure) / 2], axis=1), Calibration(abstain_below=threshold)
    )


@pytest.mark.parametrize(
    ("language", "line", "terms"),
    [
        ("en", "test macro-F1 0.8412 accuracy 0.8500 MCC 0.7000 loss 0.4000 (1 row)", "0 when guessing"),
        (
            "pt",
            "teste macro-F1 0,8412 acurácia 0,8500 MCC 0,7000 perda 0,4000 (1 linha)",
            "0 é como adivinhar",
        ),
    ],
)
def test_an_evaluation_is_told_with_what_its_numbers_mean(language, line, terms, capsys):
    with speaking(language):
        show(REPORT, single_label(), part="test")
    out = capsys.readouterr().out
    assert line in " ".join(out.split())
    assert terms in " ".join(out.split())
    assert max(map(len, out.splitlines()[1:])) <= 80


@pytest.mark.parametrize(
    ("rows", "threshold", "said"),
    [
        (1, None, "s.csv: 1 linha rotulada."),
        (3, 0.5, "s.csv: 3 linhas rotuladas; o modelo não tem certeza em 1 (confiança abaixo de 0,500)."),
    ],
)
def test_how_many_rows_were_labelled_is_told_in_the_readers_language(rows, threshold, said, capsys):
    with speaking("pt"):
        unsure = int(answer(rows, threshold).abstained.sum())
        show_predicted(Path("s.csv"), rows=rows, unsure=unsure, threshold=threshold)
    assert " ".join(capsys.readouterr().out.split()) == said


def test_commands_to_copy_stand_on_lines_of_their_own(capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    model = SimpleNamespace(hparams={"name": "embedded"})
    with speaking("pt"):
        show_next_steps(tmp_path / "lightning_logs/version_0", model, measurable=True, curves=True)
    lines = capsys.readouterr().out.splitlines()
    assert "medir de novo:" in lines
    assert "  finetune test --run lightning_logs/version_0" in lines
    assert (
        "  finetune predict --run lightning_logs/version_0 --data.predict_path novos.csv --output saida.csv"
        in lines
    )


@pytest.mark.parametrize("language", ["en", "pt"])
def test_labels_are_told_with_their_thresholds_within_80_columns(capsys, monkeypatch, language):
    monkeypatch.setenv("COLUMNS", "80")
    label = {"precision": 0.9, "recall": 0.5, "f1": 0.643, "threshold": 0.4125, "support": 12}
    report = {"f1_macro": 0.8, "accuracy": 0.6, "loss": 0.3, "rows": 9, "per_class": {"Clima": label}}
    with speaking(language):
        show(report, replace(multi_label(), compared=("f1_macro", "accuracy")), part="test")
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines()[1:])) <= 80
    heads = "label precision recall F1 threshold rows" if language == "en" else "F1"
    assert heads in " ".join(out.replace("┃", " ").split())
    assert ("0.412" if language == "en" else "0,412") in out


@pytest.mark.parametrize("language", ["en", "pt"])
def test_a_number_is_told_by_its_errors_and_without_a_table_of_classes(capsys, monkeypatch, language):
    monkeypatch.setenv("COLUMNS", "80")
    errors = {"r2": 0.8123, "mae": 1234.5, "rmse": 2000.0, "spearman": 0.9, "median_error": 801.2}
    report = errors | {"loss": 0.3, "rows": 9, "interval": {"wanted": 0.9, "measured": 0.88, "width": 5000.0}}
    with speaking(language):
        show(report, replace(number(), compared=("r2", "mae", "rmse", "spearman")), part="test")
    out = capsys.readouterr().out
    assert max(map(len, out.splitlines()[1:])) <= 80
    assert "┃" not in out
    assert "macro-F1" not in out
    told = " ".join(out.split())
    if language == "en":
        assert "R² 0.8123 MAE 1,234 RMSE 2,000 Spearman 0.9000 loss 0.3000 (9 rows)" in told
        assert "half of the answers are off by less than 801." in told
        assert "88.0% do" in told


@pytest.mark.parametrize("task", [multi_label(), ordinal(), number()], ids=lambda task: task.name)
@pytest.mark.parametrize("language", ["en", "pt"])
def test_the_line_of_scores_fits_and_tears_no_score_apart(capsys, monkeypatch, language, task):
    monkeypatch.setenv("COLUMNS", "80")
    report = {**dict.fromkeys(task.compared, 0.84123), "mae": 1.5e13, "loss": 0.4, "rows": 123456}
    with speaking(language):
        show(report, task, part="validation", details=False)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert max(map(len, lines)) <= 80
    mark = "." if language == "en" else ","
    items = [item for line in lines for item in line.strip().split("  ")]
    assert len(items) == len(task.compared) + 3
    assert ("MAE 1.50e+13".replace(".", mark) in items) == ("mae" in task.compared)


def test_the_line_of_one_label_of_several_stays_one(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "60")
    show(REPORT, single_label(), part="validation", details=False)
    assert len(capsys.readouterr().out.splitlines()) == 1
