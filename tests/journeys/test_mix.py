"""The network and words answer together, in a fit and in all that comes after; or the network alone where that is asked."""

import json
import shutil
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from safetensors.torch import load_file, save_file
from transformers import pipeline

from finetune.evaluation.answers import read_answers
from finetune.evaluation.words_file import open_learned

RUN = Path("lightning_logs/version_0")


def metrics(run=RUN):
    return json.loads((run / "metrics.json").read_text(encoding="utf-8"))


def predicted(finetune, *more):
    assert (
        finetune("predict", "--run", "0", "--data.predict_path", "novos.csv", "--output", "s.csv", *more) == 0
    )
    return pd.read_csv("s.csv")


@pytest.fixture
def new(trained):
    """The test rows of a finished run as a table to predict; gives what the run has said of them."""
    answers = read_answers(trained / "predictions.csv").part("test")
    answers.frame[["text", "row"]].rename(columns={"text": "texto"}).to_csv("novos.csv", index=False)
    return answers


def test_fit_tells_the_answer_and_what_each_part_of_it_reaches_alone(finetune, trained):
    said = metrics()
    assert 0 < said["mix"]["weight"] < 1
    assert said["alone"]["words"]["test"]["f1_macro"] == said["baselines"]["tfidf"]["test"]["f1_macro"]
    assert set(said["alone"]["network"]) == {"validation", "test"}
    # of its confidence too: it is what model/ gives
    assert {"ece", "log_loss", "balanced_accuracy", "intervals"} < set(said["alone"]["network"]["test"])
    kept = json.loads((trained / "answer.json").read_text(encoding="utf-8"))
    assert kept["mix"] == said["mix"]
    assert kept["calibration"]["temperature"] == said["calibration"]["temperature"]


def test_predict_and_test_say_what_fit_said(finetune, new, capsys):
    found = predicted(finetune)
    assert found["label"].tolist() == new.frame["predicted"].tolist()
    assert found["confidence"].to_numpy() == pytest.approx(new.frame["confidence"].to_numpy(), abs=6e-5)
    capsys.readouterr()
    assert finetune("test", "--run", "0") == 0
    assert f"macro-F1 {metrics()['test']['f1_macro']:.4f}" in capsys.readouterr().out


def test_the_network_alone_is_what_plain_transformers_say(finetune, new):
    found = predicted(finetune, "--answer", "network")
    alone = pipeline("text-classification", model=str(RUN / "model"))
    assert [each["label"] for each in alone(new.frame["text"].tolist())] == found["label"].tolist()


def test_a_share_of_one_is_words_alone(finetune, table):
    assert finetune("fit", "--data.path", table, "--trainer.max_epochs", 1, "--mix", "1") == 0
    answers = read_answers(RUN / "predictions.csv").part("test")
    words = open_learned(RUN / "words.npz").predict_proba(answers.frame["text"].tolist())
    assert [answers.labels[i] for i in words.argmax(axis=1)] == answers.frame["predicted"].tolist()
    assert answers.baselines["tfidf"] == answers.frame["predicted"].tolist()


def test_a_share_that_was_given_holds_where_no_row_is_held_out(finetune, table):
    all_rows = ["--data.validation_fraction", 0, "--data.test_fraction", 0]
    callbacks = ["--best_checkpoint", "null", "--early_stopping", "null"]
    options = ["--data.path", table, "--trainer.max_epochs", 1, *all_rows, *callbacks]
    assert finetune("fit", *options, "--mix", "0.3") == 0
    assert json.loads((RUN / "answer.json").read_text(encoding="utf-8"))["mix"]["weight"] == 0.3
    assert (RUN / "words.npz").is_file()


def test_nothing_is_said_of_words_where_no_row_could_choose_their_share(finetune, table, capsys):
    options = ["--data.path", table, "--trainer.max_epochs", 1, "--data.validation_fraction", 0]
    assert finetune("fit", *options, "--best_checkpoint", "null", "--early_stopping", "null") == 0
    assert "words (TF-IDF) would not help" not in " ".join(capsys.readouterr().out.split())
    assert "mix" not in metrics()
    assert json.loads((RUN / "answer.json").read_text(encoding="utf-8"))["mix"] is None
    assert finetune("predict", "--run", "0", "--text", "boi no pasto", "--answer", "simple") == 0


def test_a_wish_for_the_network_alone_is_not_granted_by_answers_with_words(finetune, new, capsys):
    wish = ["--answer", "network", "--wanted_precision", "0.77"]
    assert (
        finetune("predict", "--run", "0", "--data.predict_path", "novos.csv", "--output", "s.csv", *wish) == 2
    )
    told = " ".join(capsys.readouterr().err.split())
    assert (
        "the answers to its validation rows that the run keeps are those with words. Give --abstain_below."
        in told
    )
    predicted(finetune, "--answer", "network", "--abstain_below", "0.5")


@pytest.mark.parametrize(
    ("mix", "beside", "kept"), [("none", [], True), ("0", ["--baselines", "[majority]"], False)]
)
def test_without_words_the_network_answers(finetune, table, mix, beside, kept):
    """Words that stand beside it all the same are kept, and may be asked alone."""
    assert finetune("fit", "--data.path", table, "--trainer.max_epochs", 1, "--mix", mix, *beside) == 0
    assert {"mix", "alone"} & set(metrics()) == set()
    assert [(RUN / name).exists() for name in ("answer.json", "words.npz")] == [kept, kept]
    if kept:
        assert json.loads((RUN / "answer.json").read_text(encoding="utf-8"))["mix"] is None
        assert finetune("test", "--run", "0", "--answer", "simple") == 0


def test_what_was_computed_otherwise_is_refused(finetune, trained, capsys):
    for words, message in (
        (
            ("fit", "--run", "0", "--resume", "--mix", "0.5", "--trainer.max_epochs", "13"),
            "mix was 'auto' and is now 0.5",
        ),
        (("test", "--run", "0", "--mix", "0.5"), "give --answer network"),
        (("predict", "--run", "0", "--mix=none", "--text", "boi"), "give --answer network"),
        (("validate", "--mix", "none"), "give --answer network"),
        (("export", "--mix", "none"), "give --answer network"),
        (("test", "--run", "0", "--answer", "words"), "mixed, network or simple"),
        (
            ("fit", "--data.path", "dados.csv", "--mix", "-0.1"),
            "--mix -0.1: the share of words is from 0 to 1",
        ),
        (("fit", "--data.path", "dados.csv", "--mix", "words"), "words"),
    ):
        assert finetune(*words) == 2
        error = capsys.readouterr().err
        assert message in error
        assert "Traceback" not in error


def lose_words(run):
    (run / "words.npz").unlink()


def cut_words(run):
    (run / "words.npz").write_bytes((run / "words.npz").read_bytes()[:-9])


def break_answer(run):
    (run / "answer.json").write_text("{", encoding="utf-8")


def empty_answer(run):
    (run / "answer.json").write_text("{}", encoding="utf-8")


def other_weights(run):
    path = run / "model/model.safetensors"
    weights = load_file(path)
    weights["classifier.bias"] += 1
    save_file(weights, path, {"format": "pt"})


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lose_words, "words.npz is missing, or another"),
        (cut_words, "words.npz is missing, or another"),
        (break_answer, "answer.json is damaged"),
        (empty_answer, "answer.json is damaged"),
        (other_weights, "the weights in model/ are not those"),
    ],
)
def test_parts_that_do_not_belong_together_are_refused_and_the_network_answers_alone_when_asked(
    finetune, new, capsys, harm, message
):
    harm(RUN)
    assert finetune("predict", "--run", "0", "--data.predict_path", "novos.csv", "--output", "s.csv") == 2
    told = capsys.readouterr()
    error = told.err
    assert message in error
    assert "Predicting" not in told.out  # before a row is computed
    assert "--answer network" in error
    assert not Path("s.csv").exists()
    assert len(predicted(finetune, "--answer", "network")) == len(new.frame)


def test_another_checkpoint_answers_with_its_network_alone(finetune, new, capsys):
    predicted(finetune, "--ckpt_path", RUN / "checkpoints/last.ckpt")
    assert "it answers with its network alone" in capsys.readouterr().err


def test_a_run_of_before_answers_with_its_network(finetune, new):
    config = yaml.safe_load((RUN / "config.yaml").read_text(encoding="utf-8"))
    del config["mix"]
    (RUN / "config.yaml").write_text(yaml.safe_dump(config), encoding="utf-8")
    for name in ("answer.json", "words.npz"):
        (RUN / name).unlink()
    found = predicted(finetune)
    assert found["label"].tolist() == predicted(finetune, "--answer", "network")["label"].tolist()


def test_a_fit_that_goes_on_keeps_the_words_of_its_end(finetune, trained):
    before = np.load(RUN / "words.npz")["weight"]
    shutil.copy(RUN / "answer.json", "answer.json")
    assert finetune("fit", "--run", "0", "--resume", "--trainer.max_epochs", "13") == 0
    assert (np.load(RUN / "words.npz")["weight"] == before).all()
    assert metrics()["mix"] == json.loads((RUN / "answer.json").read_text(encoding="utf-8"))["mix"]
