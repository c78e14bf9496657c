"""Words alone answer for a run that was trained, as the simple model beside it did, and without its network."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from finetune.evaluation.answers import read_answers
from finetune.model.classifier import TextClassifier
from finetune.model.network import open_classifier

RUN = Path("lightning_logs/version_0")
PREDICT = (
    "predict",
    "--run",
    "0",
    "--data.predict_path",
    "novos.csv",
    "--output",
    "s.csv",
    "--overwrite=true",
)
SIMPLE = ("--answer", "simple")


def metrics():
    return json.loads((RUN / "metrics.json").read_text(encoding="utf-8"))


def change(**values):
    """Changes what the run says of how it answers."""
    content = json.loads((RUN / "answer.json").read_text(encoding="utf-8"))
    content |= values
    content = {name: value for name, value in content.items() if value != "nothing"}
    (RUN / "answer.json").write_text(json.dumps(content), encoding="utf-8")


@pytest.fixture
def new(trained):
    """The test rows of a finished run as a table to predict; gives what the run has said of them."""
    answers = read_answers(trained / "predictions.csv").part("test")
    answers.frame[["text", "row"]].rename(columns={"text": "texto"}).to_csv("novos.csv", index=False)
    return answers


@pytest.fixture
def network_unasked(monkeypatch):
    """A network that fails as soon as it is asked."""

    def refuse(*args, **kwargs):
        raise AssertionError("the network was asked")

    opened = open_classifier

    def open_refusing(*args, **kwargs):
        network, *others = opened(*args, **kwargs)
        network.forward = refuse
        return network, *others

    monkeypatch.setattr("finetune.model.classifier.open_classifier", open_refusing)


@pytest.mark.usefixtures("network_unasked")
def test_words_answer_as_the_simple_model_of_the_fit_and_the_network_is_not_asked(finetune, new, capsys):
    assert finetune(*PREDICT, *SIMPLE) == 0
    found = pd.read_csv("s.csv")
    assert found["label"].tolist() == new.baselines["tfidf"]
    assert found["label"].tolist() != new.frame["predicted"].tolist()
    assert found["confidence"].between(0.34, 1).all()
    for part, command in (("test", "test"), ("validation", "validate")):
        capsys.readouterr()
        assert finetune(command, "--run", "0", *SIMPLE) == 0
        told = capsys.readouterr().out
        assert f"macro-F1 {metrics()['baselines']['tfidf'][part]['f1_macro']:.4f}" in told
        assert "loss" not in told
    assert finetune("predict", "--run", "0", "--text", "boi no pasto", *SIMPLE) == 0
    assert "Pecuária" in capsys.readouterr().out
    assert finetune("predict", "--run", "0", "--text", "boi " * 100, *SIMPLE) == 0
    assert "tokens, of which the model reads" not in capsys.readouterr().out  # words read more of it
    # another table with rows for a person: there is no network that could contradict
    assert finetune(*PREDICT, *SIMPLE, "--review", "ver.xlsx") == 0


def test_words_that_weigh_nothing_are_opened_only_when_they_are_asked(finetune, new, capsys):
    assert finetune(*PREDICT, "--answer", "network") == 0
    alone = Path("s.csv").read_bytes()
    change(mix=None, calibration=None)
    (RUN / "words.npz").rename("words.npz")
    assert finetune(*PREDICT) == 0
    assert Path("s.csv").read_bytes() == alone
    capsys.readouterr()
    assert finetune(*PREDICT, *SIMPLE) == 2
    assert "words.npz is missing, or another" in capsys.readouterr().err
    Path("words.npz").rename(RUN / "words.npz")
    assert finetune(*PREDICT, *SIMPLE) == 0
    assert pd.read_csv("s.csv")["label"].tolist() == new.baselines["tfidf"]


def test_a_run_of_before_says_how_vague_its_words_are(finetune, new):
    assert finetune(*PREDICT, *SIMPLE) == 0
    found = Path("s.csv").read_bytes()
    change(simple="nothing")
    assert finetune(*PREDICT, *SIMPLE) == 0
    assert Path("s.csv").read_bytes() == found


def test_a_wish_for_right_answers_is_granted_by_what_words_say_of_the_validation_rows(finetune, new, capsys):
    words = metrics()["baselines"]["tfidf"]["validation"]["accuracy"]
    assert finetune(*PREDICT, *SIMPLE, "--wanted_precision", "0.01") == 2  # of so few rows none is granted
    told = " ".join(capsys.readouterr().err.split())
    assert f"{words:.1%} of all answers are right" in told
    assert finetune(*PREDICT, *SIMPLE, "--abstain_below", "0.9") == 0
    found = pd.read_csv("s.csv")
    assert (found["abstained"] == (found["confidence"] < 0.9)).all()


def lack_words(run):
    for name in ("answer.json", "words.npz"):
        (run / name).unlink()


def lack_words_by_wish(run):
    lack_words(run)
    config = yaml.safe_load((run / "config.yaml").read_text(encoding="utf-8"))
    (run / "config.yaml").write_text(yaml.safe_dump({**config, "mix": "none"}), encoding="utf-8")


def unfinished(run):
    lack_words(run)
    (run / "metrics.json").unlink()


def print_again(run):
    """Has the run take the words that lie in its folder for its own."""
    from finetune.evaluation.answer_file import file_print

    change(words=file_print(run / "words.npz"))


def other_classes(run):
    arrays = dict(np.load(run / "words.npz"))
    arrays["sizes"] = np.array([9, 100])
    np.savez_compressed(run / "words.npz", **arrays)
    print_again(run)


def fewer_weights(run):
    arrays = dict(np.load(run / "words.npz"))
    arrays["weight"] = arrays["weight"][:, :-1]
    np.savez_compressed(run / "words.npz", **arrays)
    print_again(run)


@pytest.mark.parametrize(
    ("harm", "message"),
    [
        (lack_words, "there was nothing to learn, or it was trained before they were always kept"),
        (lack_words_by_wish, "it was trained with --mix none, and no TF-IDF beside it"),
        (unfinished, "has not finished, and its words learn at the end"),
        (other_classes, "tells 9 classes apart, and the run has 3"),
        (fewer_weights, "cannot be opened as what words alone have learned"),
        (lambda run: (run / "answer.json").write_text("[]"), "answer.json is damaged"),
        (lambda run: change(simple={"mix": 3}), "answer.json is damaged"),
        (lambda run: change(labels=["a", "b", "c"]), "are not those that the run's answer.json was made for"),
        (lambda run: change(network="of another"), "are not those that the run's answer.json was made for"),
    ],
)
def test_words_that_are_not_there_or_not_the_runs_are_refused(finetune, new, capsys, harm, message):
    harm(RUN)
    assert finetune(*PREDICT, *SIMPLE) == 2
    error = capsys.readouterr().err
    assert message in " ".join(error.split())
    assert "Traceback" not in error
    assert not Path("s.csv").exists()


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            (*PREDICT, *SIMPLE, "--ckpt_path", RUN / "checkpoints/last.ckpt"),
            "leave --model.name and --ckpt_path",
        ),
        (("predict", "--model.name", RUN / "model", "--text", "boi", *SIMPLE), "Name the run with --run"),
        (
            ("export", "--run", "0", *SIMPLE),
            "finetune baseline --config lightning_logs/version_0/config.yaml",
        ),
    ],
)
def test_words_are_asked_of_a_run_alone(finetune, new, capsys, words, message):
    assert finetune(*words) == 2
    error = capsys.readouterr().err
    assert message in " ".join(error.split())
    assert "Traceback" not in error


def test_a_model_that_is_not_asked_answers_with_zeros():
    import torch

    model = TextClassifier("nowhere", labels=["a", "b"])
    model.is_asked = False
    said = model({"row": torch.arange(3), "input_ids": torch.ones(3, 5, dtype=torch.long)})
    assert said.tolist() == [[0.0, 0.0]] * 3
