"""Each kind of label from its table to its predictions: trained, scored as scikit-learn does, exported, gone on with."""

import json
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from scipy.stats import spearmanr
from sklearn import metrics as sklearn

from finetune.cli.command_line import prepare
from finetune.language.capitals import lowered
from tests.journeys.conftest import call, sentences
from tests.kinds import KINDS
from tests.made_once import made_once

RUN = Path("lightning_logs/version_0")
ROWS = 180
OTHERS = [kind for kind in KINDS if kind != "single_label"]
PARTS = ("validation", "test")


def made_with_capitals(kind):
    """A table of a kind whose every sixth row has its texts in capitals: the model is to read them in lower case."""
    made = KINDS[kind](ROWS)
    texts = 2 if kind == "pair" else 1
    return replace(
        made,
        rows=[
            [cell.upper() if number % 6 == 5 and place < texts else cell for place, cell in enumerate(row)]
            for number, row in enumerate(made.rows)
        ],
        options=[*made.options, "--data.lower_capitals=true"],
    )


@pytest.fixture(scope="module")
def done(tmp_path_factory, tiny_model):
    """A function that trains a run of a kind, once; gives the folder in which it was called."""

    def train(kind):
        def make(folder):
            made = made_with_capitals(kind)
            made.write(folder / "dados.csv")
            options = ["--trainer.max_epochs=3", "--write_report=true", "--data.validation_fraction=0.2"]
            assert call(folder, tiny_model, "fit", "--data.path", "dados.csv", *made.options, *options) == 0

        return made_once(tmp_path_factory, f"kind_{kind}", make)

    return train


@pytest.fixture
def of_kind(done, tmp_path, monkeypatch):
    """The same, copied into the test's own folder."""

    def copied(kind):
        shutil.copytree(done(kind), tmp_path, dirs_exist_ok=True)
        monkeypatch.chdir(tmp_path)
        return RUN

    return copied


def kept(run):
    """Metrics and predictions of a run; of these every cell as it is written."""
    frame = pd.read_csv(run / "predictions.csv", encoding="utf-8-sig", dtype=str, keep_default_na=False)
    return json.loads((run / "metrics.json").read_text(encoding="utf-8")), frame


def hot(labels, names):
    """Joined labels as [N, C] of 0 and 1."""
    return np.array([[name in label.split("|") for name in names] for label in labels], dtype=int)


def of_several(frame, said):
    names = [column.removeprefix("p:") for column in frame if column.startswith("p:")]
    truth, predicted = hot(frame["label"], names), hot(frame["predicted"], names)
    p = frame[[f"p:{name}" for name in names]].astype(float).to_numpy()
    assert (truth.sum(axis=1) == 0).any()
    yield "f1_macro", sklearn.f1_score(truth, predicted, average="macro")
    yield "f1_micro", sklearn.f1_score(truth, predicted, average="micro")
    yield "accuracy", sklearn.accuracy_score(truth, predicted)
    yield "hamming_loss", sklearn.hamming_loss(truth, predicted)
    yield "lrap", sklearn.label_ranking_average_precision_score(truth, p)
    yield "roc_auc", sklearn.roc_auc_score(truth, p, average="macro")
    yield "average_precision", sklearn.average_precision_score(truth, p, average="macro")
    for i, name in enumerate(names):
        assert said["per_class"][name]["f1"] == pytest.approx(
            sklearn.f1_score(truth[:, i], predicted[:, i]), abs=1e-6
        )


def of_order(frame, said):
    truth, predicted = frame["label"].astype(int), frame["predicted"].astype(int)
    yield "kappa", sklearn.cohen_kappa_score(truth, predicted, weights="quadratic")
    yield "mae", sklearn.mean_absolute_error(truth, predicted)
    yield "accuracy", sklearn.accuracy_score(truth, predicted)
    yield "spearman", spearmanr(truth, predicted).statistic


def of_numbers(frame, said):
    truth, predicted = frame["label"].astype(float), frame["predicted"].astype(float)
    yield "mae", sklearn.mean_absolute_error(truth, predicted)
    yield "rmse", sklearn.root_mean_squared_error(truth, predicted)
    yield "r2", sklearn.r2_score(truth, predicted)
    yield "spearman", spearmanr(truth, predicted).statistic
    inside = (frame["low"].astype(float) <= truth) & (truth <= frame["high"].astype(float))
    assert said["interval"]["measured"] == pytest.approx(inside.mean(), abs=1e-6)


def of_classes(frame, said):
    yield "f1_macro", sklearn.f1_score(frame["label"], frame["predicted"], average="macro")
    yield "accuracy", sklearn.accuracy_score(frame["label"], frame["predicted"])
    yield "mcc", sklearn.matthews_corrcoef(frame["label"], frame["predicted"])


SCORES = {"multi_label": of_several, "ordinal": of_order, "number": of_numbers}


@pytest.mark.parametrize("kind", OTHERS)
def test_the_saved_predictions_score_what_metrics_json_says(of_kind, kind):
    metrics, frame = kept(of_kind(kind))
    for part in PARTS:
        for name, value in SCORES.get(kind, of_classes)(frame[frame["split"] == part], metrics[part]):
            assert metrics[part][name] == pytest.approx(value, abs=1e-6), name
        assert metrics["ranked_by"] in metrics["baselines"]["tfidf"][part]
    assert (RUN / "report.html").is_file()


@pytest.mark.parametrize("kind", OTHERS)
def test_test_and_predict_answer_as_fit_did(of_kind, finetune, kind, monkeypatch):
    from finetune.evaluation import printed

    metrics, frame = kept(of_kind(kind))
    seen, argv = [], []
    monkeypatch.setattr(
        printed, "show", lambda report, *given, **more: (seen.append(report), argv.extend(sys.argv))
    )
    assert finetune("test", "--run", "latest") == 0
    assert prepare(argv[1:], RUN.parent).exported  # of the processes that are started from it as well
    assert seen[0][metrics["ranked_by"]] == pytest.approx(metrics["test"][metrics["ranked_by"]], rel=1e-5)
    assert (
        finetune("predict", "--run", "latest", "--data.predict_path", "dados.csv", "--output", "s.csv") == 0
    )
    written = pd.read_csv("s.csv", sep=";", dtype=str, keep_default_na=False)
    own = pd.read_csv("dados.csv", sep=";", dtype=str, keep_default_na=False)
    assert (written[list(own)] == own).all(axis=None)
    answer = {"multi_label": "labels", "number": "value"}.get(kind, "label")
    for _, row in frame.iterrows():
        said, before = written[answer][int(row["row"])], row["predicted"]
        if kind == "number":
            assert float(said.replace(",", ".")) == pytest.approx(float(before), rel=1e-3)
        else:
            assert said.split(";") == before.split("|")  # as the table to train on joins them


def test_words_that_stand_beside_numbers_answer_alone_with_an_interval(of_kind, finetune, capsys):
    metrics, _ = kept(of_kind("number"))
    asked = ("predict", "--run", "latest", "--data.predict_path", "dados.csv", "--answer", "simple")
    assert finetune(*asked, "--output", "s.csv") == 0
    said = pd.read_csv("s.csv", sep=";", decimal=",")
    assert (said["low"] < said["value"]).all()
    assert (said["value"] < said["high"]).all()
    assert finetune("test", "--run", "latest", "--answer", "simple") == 0
    score = metrics["baselines"]["tfidf"]["test"]["mae"]
    assert f"MAE {score:.3g}" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("best", [[], ["--ckpt_path", f"{RUN}/checkpoints/best.ckpt"]])
def test_a_run_knows_how_decimals_stood_in_the_table_that_it_learned_from(of_kind, finetune, capsys, best):
    of_kind("number")
    rows = [f"{text},{number + 1}.234" for number, (text, _) in enumerate(sentences(20))]
    for name, more in (("outra.csv", []), ("ponto.csv", ["boi,7.5"])):
        Path(name).write_text("\n".join(["texto,preco", *rows, *more]), encoding="utf-8")
    capsys.readouterr()
    assert finetune("test", "--run", "latest", *best, "--data.test_path", "outra.csv") == 0
    told = capsys.readouterr().err
    assert 'labels: "1.234" is read as 1234: no cell tells' in told
    assert 'in the table to train on decimals stand behind ","' in told
    assert finetune("test", "--run", "latest", *best, "--data.test_path", "ponto.csv") == 0
    told = capsys.readouterr().err
    assert 'labels: decimals stand behind ".", though behind "," in the table to train on' in told
    assert "no cell tells" not in told


@pytest.mark.parametrize("kind", OTHERS)
def test_plain_transformers_answers_as_predict_does_without_words(of_kind, finetune, kind):
    from transformers import pipeline

    run = of_kind(kind)
    options = (
        "--answer",
        "network",
        "--hardware_tier.precision",
        "32-true",
    )  # as plain transformers computes
    predict = ("predict", "--run", "latest", "--data.predict_path", "dados.csv", "--output", "s.csv")
    assert finetune(*predict, *options) == 0
    written = pd.read_csv("s.csv", sep=";", decimal=",", nrows=12)
    made = made_with_capitals(kind).rows[:12]
    texts = [lowered(row[0]) for row in made]
    if kind == "pair":
        texts = [{"text": lowered(row[0]), "text_pair": lowered(row[1])} for row in made]
    if kind == "template":
        texts = [lowered(f"{row[1]}: {row[0]}") for row in made]
    assert json.loads((run / "model" / "config.json").read_text(encoding="utf-8"))["lower_capitals"] is True
    classifier = pipeline("text-classification", str(run / "model"), device="cpu")
    for text, (_, row) in zip(texts, written.iterrows(), strict=True):
        if kind == "number":
            (said,) = classifier([text], function_to_apply="none")
            assert said["score"] == pytest.approx(float(row["value"]), rel=1e-3, abs=1e-3)
        elif kind == "multi_label":
            (said,) = classifier([text], top_k=None)
            for one in said:
                assert one["score"] == pytest.approx(float(row[f"p:{one['label']}"]), abs=1e-4)
        elif kind != "ordinal":
            (said,) = classifier([text])
            assert (said["label"], said["score"]) == (
                row["label"],
                pytest.approx(row["confidence"], abs=1e-4),
            )


@pytest.mark.parametrize("kind", OTHERS)
def test_an_export_is_proved_to_answer_as_the_run_does(of_kind, finetune, kind, monkeypatch):
    from finetune.commands.export import hugging_face, plain_transformers

    run = of_kind(kind)
    answered = plain_transformers.answered  # here: a process of its own loads torch anew
    monkeypatch.setattr(hugging_face, "ask_apart", lambda words, rows: answered(words[1], rows))
    assert finetune("export") == 0
    proof = json.loads((run / "export" / "hf" / "proof.json").read_text(encoding="utf-8"))
    metrics, frame = kept(run)
    assert proof["all"]["rows"] == proof["all"]["equal_answers"] == len(frame)
    for part in PARTS:
        network = metrics.get("alone", {}).get("network", {}).get(part) or metrics[part]
        # the run itself may have computed by bfloat16: of so few rows one label is worth 0.03
        assert proof[part]["run"]["score"] == pytest.approx(network[metrics["ranked_by"]], abs=0.05)
    predict = ("--data.predict_path", "dados.csv", "--answer", "network", "--output")
    for place, file in (("latest", "a.csv"), (run / "export" / "hf", "b.csv")):
        assert finetune("predict", "--run", place, *predict, file) == 0
    assert Path("a.csv").read_bytes() == Path("b.csv").read_bytes()
    if kind not in (
        "pair",
        "template",
    ):  # a model's own folder does not say what columns its texts are made of
        assert finetune("predict", "--model.name", run / "model", *predict, "c.csv") == 0
        assert Path("c.csv").read_bytes() == Path("a.csv").read_bytes()
        assert (
            finetune(
                "predict", "--model.name", run / "model", "--data.lower_capitals=false", *predict, "d.csv"
            )
            == 0
        )
        assert Path("d.csv").read_bytes() != Path("a.csv").read_bytes()


@pytest.mark.parametrize("kind", OTHERS)
def test_an_export_without_torch_is_proved_too(of_kind, finetune, kind):
    for package in ("onnx", "onnxscript", "onnxruntime"):
        pytest.importorskip(package)
    run = of_kind(kind)
    assert finetune("export", "--format", "onnx") == 0
    proof = json.loads((run / "export" / "onnx" / "proof.json").read_text(encoding="utf-8"))
    assert proof["all"]["equal_answers"] == proof["all"]["rows"]
    metrics, _ = kept(run)
    assert proof["words"] == ("alone" in metrics)


@pytest.mark.parametrize("options", [("--top", 2), ("--probabilities", "true")])
def test_one_text_of_numbers_has_no_classes(of_kind, finetune, capsys, options):
    of_kind("number")
    assert finetune("predict", "--run", "latest", "--text", "soja", *options) == 2
    assert "a number is answered" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["soja", "texto"])
def test_two_texts_are_answered_whatever_their_columns_are_called(of_kind, finetune, capsys, text):
    """Either name would do for the first text alone; and a text may be what its column is called."""
    config = of_kind("pair") / "config.yaml"
    content = yaml.safe_load(config.read_text(encoding="utf-8"))
    content["data"] |= {"text_column": None, "text_pair_column": "pergunta"}
    config.write_text(yaml.safe_dump(content), encoding="utf-8")
    assert finetune("predict", "--run", "latest", "--text", text, "--text_pair", "pergunta") == 0
    assert "sure)" in capsys.readouterr().out


@pytest.mark.parametrize("kind", OTHERS)
def test_a_run_is_served_as_it_answered_its_held_out_rows(of_kind, kind):
    for package in ("fastapi", "uvicorn"):
        pytest.importorskip(package, reason="pip install -e '.[serve]'")
    from finetune.engines.opened import opened

    run = of_kind(kind)
    _, frame = kept(run)
    own = pd.read_csv("dados.csv", sep=";", dtype=str, keep_default_na=False).to_dict("records")
    engine = opened("latest", engine="torch", answer=None, root=RUN.parent)
    texts = [engine.of_row(own[int(row)]) for row in frame["row"]]
    said = engine.answers(engine.model.probabilities(texts), every=True)
    for one, (_, row) in zip(said, frame.iterrows(), strict=True):
        if kind == "number":
            assert one["value"] == pytest.approx(float(row["predicted"]), abs=3)  # of up to 90, by bfloat16
            assert one["low"] < one["value"] < one["high"]
        elif kind == "multi_label":
            near = [name for name in engine.model.labels if abs(float(row[f"p:{name}"]) - 0.5) < 0.05]
            assert set(one["labels"]) ^ set(filter(None, row["predicted"].split("|"))) <= set(near)
            for name, share in one["probabilities"].items():
                assert share == pytest.approx(float(row[f"p:{name}"]), abs=0.02)
    if kind not in ("number", "multi_label"):
        same = sum(one["label"] == row for one, row in zip(said, frame["predicted"], strict=True))
        assert same >= len(said) - 1


KILLER = """
import lightning.pytorch as pl

class Killer(pl.Callback):
    def on_train_epoch_start(self, trainer, module):
        if trainer.current_epoch == 1:
            raise RuntimeError("power cut")
"""


@pytest.mark.parametrize("kind", ["multi_label", "ordinal", "number", "pair"])
def test_a_run_that_was_cut_ends_with_the_weights_of_a_whole_one(finetune, tmp_path, kind):
    made = KINDS[kind](90)
    made.write(tmp_path / "dados.csv")
    (tmp_path / "corte.py").write_text(KILLER, encoding="utf-8")
    options = ["--data.path", "dados.csv", *made.options, "--baselines=null", "--early_stopping=null"]
    options += ["--trainer.max_epochs=2", "--mix=none", "--data.on_findings=skip"]
    assert finetune("fit", *options) == 0
    with pytest.raises(RuntimeError, match="power cut"):
        finetune("fit", *options, "--trainer.callbacks+=corte.Killer")
    cut = Path("lightning_logs/version_1")
    config = (cut / "config.yaml").read_text(encoding="utf-8")
    begin = config.index("  callbacks:\n")
    end = config.index("\n  fast_dev_run", begin)
    (cut / "config.yaml").write_text(config[:begin] + "  callbacks: null" + config[end:], encoding="utf-8")
    assert finetune("fit", "--run", "1", "--resume") == 0
    whole, again = (torch.load(run / "checkpoints/last.ckpt", weights_only=True) for run in (RUN, cut))
    assert whole["hyper_parameters"] == again["hyper_parameters"]
    for name, weight in whole["state_dict"].items():
        assert torch.equal(weight, again["state_dict"][name]), name
    assert kept(RUN)[0]["test"] == kept(cut)[0]["test"]


def test_a_run_goes_on_with_its_own_task_alone(of_kind, finetune, capsys):
    run = of_kind("ordinal")
    before = (run / "config.yaml").read_bytes()
    options = ("fit", "--run", "latest", "--resume", "--trainer.max_epochs", 4)
    assert finetune(*options, "--task", "single_label") == 2
    told = capsys.readouterr().err
    assert "task was 'ordinal' and is now 'single_label'" in told
    assert (run / "config.yaml").read_bytes() == before


@pytest.mark.parametrize("more", [[], ["--ckpt_path", "lightning_logs/version_0/checkpoints/best.ckpt"]])
def test_a_run_answers_its_own_task_alone(of_kind, finetune, capsys, monkeypatch, more):
    of_kind("ordinal")
    monkeypatch.setenv("FINETUNE_LANGUAGE", "pt")
    capsys.readouterr()
    for verb in (["test"], ["predict", "--data.predict_path", "dados.csv"]):
        assert finetune(*verb, "--run", "latest", "--task", "number", "--data.label_order", "1,2", *more) == 2
        told = " ".join(capsys.readouterr().err.split())
        assert "--task number:" in told
        assert "ordinal" in told
        assert "label_order" not in told


def test_a_training_of_twelve_numbers_ends_with_a_page_though_one_row_has_no_r2(finetune, capsys):
    lines = [f"{text},{100 + 17.5 * n}" for n, (text, _) in enumerate(sentences(12))]
    Path("doze.csv").write_text("\n".join(["texto,preco", *lines]) + "\n", encoding="utf-8")
    options = ["--task", "number", "--data.label_column", "preco", "--trainer.max_epochs=1"]
    assert finetune("fit", "--data.path", "doze.csv", *options, "--write_report=true") == 0
    out = capsys.readouterr().out
    assert "R² –" in out
    assert (RUN / "report.html").is_file()
    assert finetune("runs") == 0
    assert "– test" in capsys.readouterr().out


PLUGIN = """
from dataclasses import replace

import torch
from finetune.tasks.single_label import single_label


def asymmetric(logits, labels, *, label_smoothing=0.0):
    losses = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
    return torch.where(labels == 0, 3 * losses, losses)


def task():
    return replace(single_label(), losses=("minhas:asymmetric",))
"""


def test_a_task_from_a_file_beside_the_table_trains_tests_predicts_and_reports(finetune, table, tmp_path):
    (tmp_path / "minhas.py").write_text(PLUGIN, encoding="utf-8")
    options = ["--data.path", table, "--task", "minhas:task", "--trainer.max_epochs=2", "--write_report=true"]
    assert finetune("fit", *options) == 0
    metrics, _ = kept(RUN)
    assert (metrics["task"], metrics["problem_type"]) == ("minhas:task", "single_label_classification")
    assert (RUN / "report.html").is_file()
    predict = ("predict", "--run", "latest", "--data.predict_path", "dados.csv", "--output", "s.csv")
    assert finetune("test", "--run", "latest") == 0
    assert finetune(*predict) == 0
    assert finetune("report", "--run", "latest") == 0


def test_a_task_that_is_none_is_told(finetune, table, capsys):
    assert finetune("fit", "--data.path", table, "--task", "ordinario") == 2
    told = capsys.readouterr().err
    assert 'there is no task "ordinario"' in told
    assert "ordinal" in told
