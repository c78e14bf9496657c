"""From a wish for so many right answers to a table of answers, of which some are "don't know"."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from safetensors.torch import load_file, save_file
from sklearn import metrics as sklearn
from transformers import pipeline

from finetune.evaluation.answers import read_answers

NEW = "texto,n\nboi e vaca no pasto,1\nchuva e geada,2\nhoje de um,3\npreço da saca em alta,4\n"


def test_the_saved_predictions_score_what_metrics_json_says(trained, finetune):
    metrics = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))
    answers = read_answers(trained / "predictions.csv")
    assert answers.labels == ["Clima", "Pecuária", "Preços"]
    for part in ("validation", "test"):
        of_part = answers.part(part)
        truth, p = of_part.truth, of_part.probabilities
        p = p / p.sum(axis=1, keepdims=True)
        said = metrics[part]
        assert said["accuracy"] == pytest.approx(sklearn.accuracy_score(truth, of_part.predicted), abs=1e-6)
        assert said["brier"] == pytest.approx(sklearn.brier_score_loss(truth, p), abs=1e-6)
        assert said["log_loss"] == pytest.approx(sklearn.log_loss(truth, p), abs=1e-6)
        assert said["roc_auc"] == pytest.approx(sklearn.roc_auc_score(truth, p, multi_class="ovr"), abs=1e-6)
        low, high = said["intervals"]["accuracy"]
        assert low <= said["accuracy"] <= high
        tfidf = sum(a == b for a, b in zip(of_part.baselines["tfidf"], of_part.frame["label"], strict=True))
        assert metrics["baselines"]["tfidf"][part]["accuracy"] == pytest.approx(tfidf / len(truth), abs=1e-6)
    frame = answers.frame
    assert frame["line"].tolist() == (frame["row"] + 2).tolist()
    split = pd.read_csv(trained / "split.csv").set_index("row")["split"]
    assert frame["split"].tolist() == split[frame["row"]].tolist()


def fit(finetune, *more):
    return finetune(
        "fit", "--data.path", "dados.csv", "--trainer.max_epochs", 3, "--baselines", "null", *more
    )


def test_a_wish_becomes_a_threshold_that_predict_uses(table, finetune, tmp_path, capsys):
    assert fit(finetune, "--wanted_precision", 0.8, "--data.validation_fraction", 0.3) == 0
    assert "don't know" in capsys.readouterr().out.lower()
    run = Path("lightning_logs/version_0")
    stored = json.loads((run / "answer.json").read_text(encoding="utf-8"))["calibration"]
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert stored["wanted_precision"] == 0.8
    assert stored["temperature"] == metrics["calibration"]["temperature"]
    assert metrics["abstention"]["abstain_below"] == stored["abstain_below"]
    answers = read_answers(run / "predictions.csv")
    assert set(answers.frame["abstained"]) <= {True, False}

    (tmp_path / "novos.csv").write_text(NEW, encoding="utf-8")
    predict = ("predict", "--run", "latest", "--data.predict_path", "novos.csv", "--output")
    assert (
        finetune(*predict, "s.csv", "--abstain_below", "0,5", "--language", "pt") == 0
    )  # as half of the world writes it
    assert "s.csv: 4 linhas rotuladas; " in capsys.readouterr().out
    found = pd.read_csv("s.csv")
    assert found.columns.tolist() == ["texto", "n", "label", "confidence", "abstained"]
    assert (found["abstained"] == (found["confidence"] < 0.5)).all()
    assert finetune(*predict, "t.csv") == 0
    found = pd.read_csv("t.csv")
    assert (found["abstained"] == (found["confidence"] < (stored["abstain_below"] or 0))).all()


@pytest.mark.parametrize(("file", "answer"), [("answer.json", "mixed"), ("model/config.json", "network")])
def test_predict_gives_the_confidence_that_was_calibrated(trained, finetune, tmp_path, file, answer):
    config = trained / file
    content = json.loads(config.read_text(encoding="utf-8"))
    (tmp_path / "novos.csv").write_text(NEW, encoding="utf-8")
    found = {}
    for temperature in (1.0, 50.0):
        content["calibration"] = {"temperature": temperature, "abstain_below": 0.9, "wanted_precision": 0.9}
        config.write_text(json.dumps(content), encoding="utf-8")
        predict = ("predict", "--run", 0, "--data.predict_path", "novos.csv", "--output", "s.csv")
        assert finetune(*predict, "--answer", answer) == 0
        found[temperature] = pd.read_csv("s.csv")
    assert (found[50.0]["label"] == found[1.0]["label"]).all()
    assert (found[50.0]["confidence"] < found[1.0]["confidence"]).all()
    assert found[50.0]["abstained"].all()


def test_a_run_that_was_trained_without_a_wish_can_be_asked_afterwards(trained, finetune, tmp_path, capsys):
    (tmp_path / "novos.csv").write_text(NEW, encoding="utf-8")
    predictions = trained / "predictions.csv"
    frame = pd.read_csv(predictions, encoding="utf-8-sig", dtype=str)
    rows = pd.concat([frame[frame.split == "validation"]] * 4)
    wrong = np.arange(len(rows)) % 3 == 0
    rows.loc[:, ["p:Clima", "p:Pecuária", "p:Preços"]] = "0"
    rows["confidence"] = rows["p:Clima"] = np.where(wrong, "0.55", "0.95")
    rows["predicted"] = "Clima"
    rows["label"] = np.where(wrong, "Preços", "Clima")
    rows.to_csv(predictions, index=False, encoding="utf-8-sig")
    predict = ("predict", "--run", "latest", "--data.predict_path", "novos.csv", "--output", "s.csv")
    assert finetune(*predict, "--wanted_precision", 0.9) == 0
    found = pd.read_csv("s.csv")
    assert (found["abstained"] == (found["confidence"] < 0.75)).all()
    told = capsys.readouterr().err
    assert "confidence 0.75 for --wanted_precision 0.9: on 72 validation rows it leaves 48 answers" in told
    assert "100.0% of them right (95% interval 92.6% to 100.0%)" in told
    rows["label"] = "Preços"
    rows.to_csv(predictions, index=False, encoding="utf-8-sig")
    capsys.readouterr()
    assert finetune(*predict, "--wanted_precision", 0.9) == 2
    assert "no confidence reaches it on the 72 validation rows" in capsys.readouterr().err
    predictions.unlink()
    assert finetune(*predict, "--wanted_precision", 0.9) == 2
    assert "there is no lightning_logs/version_0/predictions.csv" in capsys.readouterr().err


def test_training_on_forgets_an_older_calibration(trained, finetune):
    config = trained / "model/config.json"
    content = json.loads(config.read_text(encoding="utf-8"))
    content["calibration"] = {"temperature": 7.0, "abstain_below": 0.99, "wanted_precision": 0.9}
    config.write_text(json.dumps(content), encoding="utf-8")
    assert fit(finetune, "--model.name", str(trained), "--trainer.limit_train_batches", 2) == 0
    stored = json.loads(Path("lightning_logs/version_1/model/config.json").read_text(encoding="utf-8"))
    assert stored["calibration"]["temperature"] < 7
    assert stored["calibration"]["abstain_below"] is None


def test_another_checkpoint_is_not_given_the_temperature_of_the_best(trained, finetune, tmp_path, capsys):
    (tmp_path / "novos.csv").write_text(NEW, encoding="utf-8")
    last = trained / "checkpoints/last.ckpt"
    predict = ("predict", "--run", 0, "--data.predict_path", "novos.csv", "--output", "s.csv")
    assert finetune(*predict, "--ckpt_path", last) == 0
    assert "last.ckpt is not the run's best checkpoint" in capsys.readouterr().err
    assert finetune(*predict) == 0
    assert "not calibrated" not in capsys.readouterr().err
    assert finetune(*predict, "--ckpt_path", last, "--wanted_precision", 0.9) == 2
    assert "its confidence is not calibrated. Give --abstain_below." in capsys.readouterr().err


def test_a_run_that_goes_on_does_not_keep_what_was_said_of_it_before(trained, finetune, tmp_path, capsys):
    Path("stop.py").write_text(
        "import lightning.pytorch as pl\n"
        "class Stop(pl.Callback):\n"
        "    def on_validation_end(self, trainer, module):\n"
        "        if not trainer.sanity_checking: raise KeyboardInterrupt\n"
    )
    go_on = ("fit", "--run", 0, "--resume", "--trainer.max_epochs", 30, "--early_stopping", "null")
    assert finetune(*go_on, "--trainer.callbacks+=stop.Stop") != 0
    assert not (trained / "metrics.json").exists()
    assert not (trained / "predictions.csv").exists()
    assert not (trained / "report.html").exists()
    (tmp_path / "novos.csv").write_text(NEW, encoding="utf-8")
    capsys.readouterr()
    assert finetune("predict", "--run", 0, "--data.predict_path", "novos.csv", "--output", "s.csv") == 0
    assert "has not finished, and its confidence is not calibrated" in capsys.readouterr().err


def test_parts_without_a_batch_are_left_out(table, finetune):
    assert fit(finetune, "--trainer.limit_test_batches", 0) == 0
    run = Path("lightning_logs/version_0")
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    assert "validation" in metrics
    assert "test" not in metrics
    assert set(read_answers(run / "predictions.csv").frame["split"]) == {"validation"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("fit", "--data.path", "dados.csv", "--wanted_precision", 90), "above 0 and below 1, such as 0.9."),
        (("fit", "--data.path", "dados.csv", "--wanted_precision", "95,5"), "--wanted_precision 95.5"),
        (("predict", "--run", "0", "--data.predict_path", "dados.csv", "--abstain_below", 7), "from 0 to 1"),
    ],
)
def test_impossible_wishes_are_refused_before_anything_is_computed(
    trained, finetune, capsys, arguments, message
):
    assert finetune(*arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert len(list(Path("lightning_logs").iterdir())) == 1


def test_the_numbers_of_another_table_are_told_with_the_threshold(trained, finetune, capsys):
    config = trained / "answer.json"
    content = json.loads(config.read_text(encoding="utf-8"))
    content["calibration"] = {"temperature": 2.0, "abstain_below": 0.6, "wanted_precision": 0.9}
    config.write_text(json.dumps(content), encoding="utf-8")
    Path("outra.csv").write_bytes(Path("dados.csv").read_bytes())
    assert finetune("test", "--run", 0, "--data.test_path", "outra.csv", "--language", "pt") == 0
    out = capsys.readouterr().out
    assert "corrigida com a temperatura 2,00" in out
    assert '"Não sei" abaixo da confiança 0,600: nas linhas de teste o modelo responde' in out


def test_without_validation_rows_nothing_is_calibrated(table, finetune):
    switched_off = ("--early_stopping", "null", "--best_checkpoint", "null", "--data.validation_fraction", 0)
    assert fit(finetune, *switched_off) == 0
    metrics = json.loads(Path("lightning_logs/version_0/metrics.json").read_text(encoding="utf-8"))
    assert "calibration" not in metrics
    assert np.isfinite(metrics["test"]["ece"])
    content = json.loads(Path("lightning_logs/version_0/model/config.json").read_text(encoding="utf-8"))
    assert "calibration" not in content


def test_plain_transformers_gives_the_confidence_of_predict(alone, finetune, tmp_path):
    (tmp_path / "novos.csv").write_text(NEW, encoding="utf-8")
    stored = json.loads((alone / "model/config.json").read_text(encoding="utf-8"))["calibration"]
    metrics = json.loads((alone / "metrics.json").read_text(encoding="utf-8"))
    assert stored["temperature"] == 1
    assert stored["folded"] == metrics["calibration"]["temperature"] != 1
    predict = ("predict", "--run", 0, "--data.predict_path", "novos.csv", "--output", "s.csv")
    predict = (*predict, "--hardware_tier", "null")  # in 32 bits, as plain transformers
    assert finetune(*predict) == 0
    found = pd.read_csv("s.csv")
    classify = pipeline("text-classification", model=str(alone / "model"), device="cpu")
    plain = classify(found["texto"].tolist())
    assert [each["label"] for each in plain] == found["label"].tolist()
    assert [each["score"] for each in plain] == pytest.approx(found["confidence"].tolist(), abs=1e-4)
    # a checkpoint's weights are as they were trained: they get the temperature that was found for them
    assert finetune(*predict, "--ckpt_path", str(alone / "checkpoints/best.ckpt")) == 0
    assert pd.read_csv("s.csv")["confidence"].tolist() == pytest.approx(
        found["confidence"].tolist(), abs=1e-4
    )


def test_a_run_needs_no_checkpoint_to_answer(alone, finetune, tmp_path, capsys):
    assert finetune("test", "--run", 0) == 0
    told = capsys.readouterr().out
    said = json.loads((alone / "metrics.json").read_text(encoding="utf-8"))["test"]
    for name in ("f1_macro", "loss"):
        assert f"{said[name]:.4f}" in told
    assert "Test metric" not in told  # Lightning's own table
    shutil.rmtree(alone / "checkpoints")
    assert finetune("test", "--run", 0) == 0
    assert capsys.readouterr().out == told


def test_a_run_of_before_answers_as_it_did(alone, finetune, tmp_path):
    """Its exported weights are as they were trained, and the temperature is all to be applied."""
    (tmp_path / "novos.csv").write_text(NEW, encoding="utf-8")
    predict = ("predict", "--run", 0, "--data.predict_path", "novos.csv", "--output")
    assert finetune(*predict, "s.csv") == 0
    config = alone / "model/config.json"
    content = json.loads(config.read_text(encoding="utf-8"))
    temperature = content["calibration"].pop("folded")
    content["calibration"]["temperature"] = temperature
    config.write_text(json.dumps(content), encoding="utf-8")
    weights = load_file(alone / "model/model.safetensors")
    for name in ("classifier.weight", "classifier.bias"):
        weights[name] = weights[name] * temperature
    save_file(weights, alone / "model/model.safetensors", {"format": "pt"})
    assert finetune(*predict, "t.csv") == 0
    assert pd.read_csv("t.csv")["confidence"].tolist() == pytest.approx(
        pd.read_csv("s.csv")["confidence"].tolist(), abs=1e-4
    )


def test_training_on_from_a_run_begins_with_the_weights_as_they_were_trained(alone, finetune):
    """With a rate of 0 nothing is learned: the same loss comes out, and not that of weights divided once more."""
    assert (
        fit(finetune, "--model.name", str(alone), "--model.learning_rate", 0, "--trainer.max_epochs", 1) == 0
    )
    was, now = (
        json.loads(Path(f"lightning_logs/version_{n}/metrics.json").read_text(encoding="utf-8"))
        for n in (0, 1)
    )
    assert now["test"]["loss"] == pytest.approx(was["test"]["loss"], rel=1e-4)


def test_the_export_says_what_it_is_whatever_its_base_was(table, finetune, tiny_model, tmp_path):
    """A base that was trained to tell numbers, reads texts from their end, and gives tuples."""
    base = tmp_path / "base"
    shutil.copytree(tiny_model, base)
    for file, more in (
        ("config.json", {"problem_type": "regression", "return_dict": False, "num_labels": 1}),
        ("tokenizer_config.json", {"truncation_side": "left"}),
    ):
        content = json.loads((base / file).read_text(encoding="utf-8"))
        (base / file).write_text(json.dumps(content | more), encoding="utf-8")
    assert fit(finetune, "--model.name", str(base), "--mix", "none", "--data.max_length", 9) == 0
    (tmp_path / "novos.csv").write_text(NEW + "boi no pasto e " * 5 + ",5\n", encoding="utf-8")
    options = ("--data.predict_path", "novos.csv", "--output", "s.csv", "--hardware_tier", "null")
    assert finetune("predict", "--run", 0, *options) == 0
    found = pd.read_csv("s.csv")
    classify = pipeline("text-classification", model="lightning_logs/version_0/model", device="cpu")
    plain = classify(found["texto"].tolist(), truncation=True)
    assert [each["score"] for each in plain] == pytest.approx(found["confidence"].tolist(), abs=1e-4)
    # who trains on from it may cut elsewhere
    run = "lightning_logs/version_0"
    assert fit(finetune, "--model.name", run, "--data.max_length", 20, "--trainer.max_epochs", 1) == 0
