from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from finetune.evaluation.printed import show, show_next_steps, show_predicted
from finetune.language.which import speaking
from finetune.tasks.calibration import Calibration
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
        show_predicted(Path("s.csv"), answer(rows, threshold), threshold=threshold)
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
