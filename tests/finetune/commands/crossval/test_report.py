import json
import math
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from finetune.__main__ import main
from finetune.commands.crossval.answers import right_alone, right_rows
from finetune.commands.crossval.folder import Crossval, Plan
from finetune.commands.crossval.report import compared, interval, sentences
from finetune.evaluation.comparison import McNemar
from finetune.language.scores import LIMITS
from finetune.language.which import speaking
from finetune.tasks.multi_label import multi_label
from finetune.tasks.number import number

FOLDER = Path("lightning_logs/crossval_0")


def shown(capsys):
    return " ".join(capsys.readouterr().out.replace("\n", " ").split())


def test_the_answers_of_all_folds_are_one_file_in_the_tables_order(fits):
    assert main(["crossval", "--data.path", "dados.csv", "--folds", "3"]) == 0
    content = (FOLDER / "predictions.csv").read_bytes()
    assert content.startswith(
        b"\xef\xbb\xbfseed,fold,source,line,row,text,label,predicted,confidence,abstained,"
    )
    answers = pd.read_csv(FOLDER / "predictions.csv", dtype=str)
    assert answers["row"].tolist() == [str(row) for row in range(40)]
    assert set(answers["fold"]) == {"1", "2", "3"}
    assert answers["confidence"].unique().tolist() == ["0.123456789"]  # as it was written
    assert list(answers.columns[-3:]) == ["p:Clima", "p:Pecuária", "baseline:majority"]
    assert "split" not in answers


def test_without_the_answers_of_a_fold_it_says_so(fits, capsys):
    assert main(["crossval", "--data.path", "dados.csv", "--folds", "3"]) == 0
    (FOLDER / "fold_2" / "predictions.csv").unlink()
    assert main(["crossval", "--run", "0", "--resume"]) == 2
    assert "fold_2/predictions.csv" in capsys.readouterr().err


def test_the_comparison_is_on_the_rows_of_one_repeat():
    answers = pd.DataFrame(
        {
            "seed": [1, 1, 1, 1, 2],
            "label": list("aabba"),
            "predicted": list("aabab"),
            "baseline:x": list("aaaab"),
        }
    )
    mcnemar, rows = right_alone(answers, "x", seed=1)
    assert rows == 4
    assert (mcnemar.only_first_right, mcnemar.only_second_right) == (1, 0)
    assert right_alone(answers, "y", seed=1) is None
    answers.loc[0, "baseline:x"] = ""
    assert right_alone(answers, "x", seed=1) is None


def test_the_verdict_is_by_the_interval_of_the_folds():
    """A bootstrap of all rows knows nothing of how models differ from fold to fold."""
    difference = {"baseline": "majority", "mean": 0.05, "low": -0.01, "high": 0.11}
    found = compared(difference, McNemar(300, 200, 0.0001), 2000)
    assert "It is not proved that the trained model is better" in found["verdict"]["en"]
    assert "+0.050 on average" in found["verdict"]["en"]
    assert "(95% interval -0.010 to +0.110). Of 2,000 rows it alone gets 300 right" in found["verdict"]["en"]
    assert "intervalo de 95%: -0,010 a +0,110" in found["verdict"]["pt"]
    assert found["right_alone"]["only_first_right"] == 300
    few = {"baseline": "tfidf", "mean": -0.289, "low": -1.015, "high": 0.436}
    told = compared(few, McNemar(0, 70, 1e-12), 225)["verdict"]["pt"]
    assert "intervalo de 95%: -1,000 a +0,436" in told  # no difference is beyond
    assert "acaso" not in told
    worse = compared({**few, "high": -0.01}, McNemar(0, 70, 1e-12), 225)["verdict"]["en"]
    assert worse.startswith("Over the folds the trained model does NOT beat")


@pytest.mark.parametrize(
    ("difference", "alone", "said"),
    [
        ((0.0, 0.0, 0.0), (0, 0), "is as good as"),
        ((0.0, 0.0, 0.0), (1, 1), "is as good as"),
        ((0.0001, -0.0002, 0.0004), (3, 2), "is as good as"),
        ((0.03, 0.01, 0.05), (3, 0), "but too few rows tell the two apart"),
        ((0.03, -0.01, 0.07), (30, 20), "it differs too much to tell"),
        ((0.03, 0.01, 0.05), (30, 10), "beats the simple model"),
    ],
)
def test_the_verdict_never_contradicts_its_numbers(difference, alone, said):
    values = dict(zip(("mean", "low", "high"), difference, strict=True), baseline="tfidf")
    test = McNemar(*alone, 0.25 if min(alone) < 5 else 0.002)
    verdict = compared(values, test, 500)["verdict"]["en"]
    assert said in verdict
    assert ("from fold to fold" in verdict) == (said == "it differs too much to tell")


def test_answers_that_are_not_all_there_are_refused(fits, capsys):
    assert main(["crossval", "--data.path", "dados.csv", "--folds", "3"]) == 0
    file = FOLDER / "fold_2" / "predictions.csv"
    whole = file.read_text(encoding="utf-8-sig")
    file.write_text(whole[: whole.rindex("dados.csv")], encoding="utf-8-sig")
    assert main(["crossval", "--run", "0", "--resume"]) == 2
    assert "has 12 answers for 13 rows" in capsys.readouterr().err


def test_the_result_is_told_within_80_columns(fits, capsys):
    assert main(["crossval", "--data.path", "dados.csv"]) == 0
    out = capsys.readouterr().out
    assert max(len(line) for line in out.splitlines() if not line.startswith("  ")) <= 80
    text = " ".join(out.split())
    assert "│ macro-F1 │ 0.8750 │ 0.0000 │ – │" in text  # all alike: the folds tell no interval
    assert "│ loss" not in text  # the log loss says the same
    assert "│ most frequent class │ 0.3300 │" in text
    beats = text.index("Over the folds the trained model beats the simple model most frequent class")
    assert 0 < text.index("The model is right in ") < beats  # what is good is told first
    assert "Each of 40 rows was answered by a model that had not seen it." in text
    assert "The 1,234 test rows were not touched" in text
    assert "finetune fit --data.path dados.csv" in text
    assert f"scores: {FOLDER}/crossval.json" in text


def test_in_portuguese_numbers_have_a_comma(fits, capsys):
    assert main(["crossval", "--data.path", "dados.csv", "--language", "pt"]) == 0
    text = shown(capsys)
    assert "dobra 5 de 5 (semente 42)" in text
    assert "│ macro-F1 │ 0,8750 │ 0,0000 │ – │" in text
    assert "Nas dobras, o modelo ajustado supera o modelo simples classe mais frequente" in text
    assert "diferença média de +0,545 no macro-F1" in text
    assert "As 1.234 linhas de teste não foram tocadas" in text


def test_without_baselines_nothing_is_compared(fits, capsys, monkeypatch):
    assert main(["crossval", "--data.path", "dados.csv", "--folds", "2"]) == 0
    record = json.loads((FOLDER / "crossval.json").read_text(encoding="utf-8"))
    for run in record["runs"]:
        del run["metrics"]["baselines"]
        run["rows"]["untouched"] = 0
    (FOLDER / "crossval.json").write_text(json.dumps(record), encoding="utf-8")
    capsys.readouterr()
    assert main(["crossval", "--run", "0", "--resume"]) == 0
    text = shown(capsys)
    assert "simple model" not in text
    assert "There are no test rows: all rows are in the folds." in text
    assert "verdict" not in json.loads((FOLDER / "crossval.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    ("name", "shown"),
    [("f1_macro", "0.2000 to 1.0000"), ("mcc", "0.2000 to 1.0000"), ("log_loss", "0.2000 to 1.2000")],
)
def test_an_interval_ends_where_the_score_does(monkeypatch, name, shown):
    monkeypatch.setenv("FINETUNE_LANGUAGE", "en")
    assert interval(name, {"low": 0.2, "high": 1.2}) == shown
    everything = {"low": -7.0, "high": 7.0}
    assert (interval(name, everything) == "–") == (name != "log_loss")  # all that is possible says nothing
    assert interval("novo", {"low": -0.5, "high": 1.2}) == "-0.5000 to 1.2000"
    assert interval(name, {"low": None, "high": None}) == interval(name, {"low": 1, "high": 1}) == "–"


def test_every_score_that_fit_measures_has_limits():
    import torch

    from finetune.tasks.class_metrics import evaluate, scalars

    names = scalars(evaluate(torch.eye(3), torch.arange(3)))
    assert "roc_auc" in names
    assert not [name for name in names if not any(piece in name for piece in LIMITS)]
    assert all(low < high or math.isinf(high) for low, high in LIMITS.values())


@pytest.mark.parametrize(
    ("language", "untouched", "said"),
    [
        ("en", 1, "1 test row was not touched: no fold trained on it"),
        ("pt", 1, "1 linha de teste não foi tocada: nenhuma dobra treinou com ela"),
        ("pt", 2, "As 2 linhas de teste não foram tocadas: nenhuma dobra treinou com elas"),
    ],
)
def test_one_row_is_told_as_one_and_the_command_to_copy_stands_alone(language, untouched, said):
    crossval = Crossval(FOLDER, Plan(["--data.path", "dados.csv"], 2, [42]), {})
    with speaking(language):
        told = sentences(crossval, {"held_out": 40, "untouched": untouched, "baselines": {}})
    assert told[-1].startswith(said)
    assert told[-1].splitlines()[-1] == "  finetune fit --data.path dados.csv"


def test_a_verdict_of_before_in_two_languages_is_shown_in_either(fits, capsys):
    assert main(["crossval", "--data.path", "dados.csv", "--folds", "2"]) == 0
    verdict = json.loads((FOLDER / "crossval.json").read_text(encoding="utf-8"))["verdict"]
    assert set(verdict) >= {"en", "pt"}
    assert "95% interval" in verdict["en"]
    assert "intervalo de 95%" in verdict["pt"]


def test_several_labels_are_right_in_whatever_order_they_are_written():
    task = multi_label()
    answers = pd.DataFrame(
        {"seed": 1, "label": ["a|b", "", "a"], "predicted": ["b|a", "", "a|b"], "baseline:x": ["a", "", "a"]}
    )
    assert right_rows(answers["label"], answers["predicted"], task).tolist() == [True, True, False]
    mcnemar, rows = right_alone(answers, "x", seed=1, task=task)
    assert (rows, mcnemar.only_first_right, mcnemar.only_second_right) == (3, 1, 1)


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ((0.2, 0.1, 0.3), "beats the simple model TF-IDF + linear regression: R² +0.200 on average"),
        (
            (-2.0, -3.0, -1.5),
            "does NOT beat the simple model TF-IDF + linear regression: R² -2.000 on average",
        ),
        ((0.1, -0.1, 0.3), "It is not proved"),
        ((0.0, 0.0, 0.0), "their R² is the same"),
    ],
)
def test_numbers_are_judged_by_the_interval_of_the_folds_alone(values, said):
    task = replace(number(), compared=("r2", "mae"))
    difference = dict(zip(("mean", "low", "high"), values, strict=True), baseline="tfidf", metric="r2")
    told = compared(difference, None, 500, task=task)
    assert said in told["verdict"]["en"]
    assert "right" not in told["verdict"]["en"]
    assert "right_alone" not in told


def as_numbers(run):
    """Makes a fold one of numbers."""
    file = run / "metrics.json"
    scores = {"r2": 0.5 + int(run.name[-1]) / 100, "mae": 1234.5, "rmse": 2000.25, "loss": 0.2, "rows": 20}
    metrics = {"task": "number", "problem_type": "regression", "ranked_by": "r2", "test": scores}
    dull = {"r2": -0.01, "mae": 3000.0}
    file.write_text(json.dumps(metrics | {"baselines": {"majority": {"test": dull, "rows": 9}}}))
    frame = pd.read_csv(run / "predictions.csv", encoding="utf-8-sig", dtype=str)
    kept = frame.drop(columns=["p:Clima", "p:Pecuária"]).assign(label="3.5", predicted="4.25")
    kept.assign(**{"p:preco": "4.25", "baseline:majority": "9"}).to_csv(
        run / "predictions.csv", index=False, encoding="utf-8-sig"
    )


@pytest.mark.parametrize("language", ["en", "pt"])
def test_folds_of_numbers_are_told_by_their_scores_within_80_columns(fits, capsys, monkeypatch, language):
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setattr("finetune.commands.crossval.report.kept_task", lambda metrics: NUMBERS)
    trained = fits.__call__

    def fit(arguments):
        status = trained(arguments)
        as_numbers(Path(arguments[arguments.index("--folder") + 1]))
        return status

    monkeypatch.setattr("finetune.commands.crossval.command.fit", fit)
    command = ["crossval", "--data.path", "dados.csv", "--folds", "2", "--language", language]
    assert main(command) == 0
    out = capsys.readouterr().out
    assert max(len(line) for line in out.splitlines() if not line.startswith("  ")) <= 80
    text = " ".join(out.split())
    assert "macro-F1" not in text
    content = json.loads((FOLDER / "crossval.json").read_text(encoding="utf-8"))
    assert content["ranked_by"] == content["difference"]["metric"] == "r2"
    assert "right" not in content
    assert content["per_class"] == {}
    if language == "en":
        assert "│ R² │ 0.5150 │" in text
        assert "│ MAE │ 1,234 │" in text
        assert "one number for all texts │ -0.0100 │" in text
        assert "The model is right in" not in text
        assert "counted once" not in text


NUMBERS = replace(number(), compared=("r2", "mae"))
