"""A trained run, served by its own network: it answers as predict does; what is not whole is refused."""

import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from finetune.errors import UserError
from finetune.evaluation.answering import Answering
from finetune.runs.folder import ROOT
from tests.journeys.conftest import sentences

pytestmark = pytest.mark.skipif(
    not all(map(find_spec, ("fastapi", "uvicorn"))), reason="pip install -e '.[serve]'"
)

TEXTS = [text for text, _ in sentences(30, seed=11)]


def engine_of(run="latest", **how):
    from finetune.engines.opened import opened

    return opened(str(run), **{"engine": "auto", "answer": None, "root": ROOT, **how})


def predicted(finetune, monkeypatch, *options):
    """What predict says of the texts: its probabilities as they are, and the file."""
    seen, of_both = [], Answering.logits

    def logits(how, network, said):
        seen.append((how, of_both(how, network, said)))
        return seen[-1][1]

    pd.DataFrame({"texto": TEXTS}).to_csv("t.csv", index=False)
    with monkeypatch.context() as patch:
        patch.setattr(Answering, "logits", logits)
        asked = ("--data.predict_path", "t.csv", "--output", "s.csv", "--overwrite", "true")
        assert (
            finetune("predict", "--run", "latest", "--hardware_tier.precision", "32-true", *asked, *options)
            == 0
        )
    how, found = seen[-1]
    return how, found, pd.read_csv("s.csv", sep=";", decimal=",")


@pytest.mark.parametrize("answer", ["mixed", "network", "simple"])
def test_a_run_is_served_as_predict_answers(trained, finetune, monkeypatch, answer):
    from tests.serving import serving

    how, logits, written = predicted(finetune, monkeypatch, "--answer", answer)
    engine = engine_of(answer=answer)
    assert engine.kind == ("words" if answer == "simple" else "torch")
    found = engine.model.probabilities([engine.of_text(text) for text in TEXTS])
    scaled = np.exp(logits / how.calibration.temperature)
    assert found == pytest.approx(scaled / scaled.sum(axis=1, keepdims=True), abs=1e-6)
    with serving(engine) as client:
        said = client.post("/predict", {"texts": TEXTS}).json["answers"]
        about = client.get("/model").json
    assert [each["label"] for each in said] == written["label"].tolist()
    assert [each["confidence"] for each in said] == pytest.approx(written["confidence"], abs=1.1e-4)
    assert "%" in about["verdict"]
    assert about["rows"]
    assert about["scores"]


def test_a_run_that_has_not_finished_is_not_served(trained, finetune, capsys):
    content = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))
    (trained / "metrics.json").write_text(json.dumps({**content, "unfinished": True}), encoding="utf-8")
    assert finetune("serve", "--port", "0") == 2
    told = capsys.readouterr().err
    assert "has not finished" in told
    assert "--resume" in told


def _without(name):
    return lambda run: (run / name).unlink()


def _cut(name):
    return lambda run: (run / name).write_bytes((run / name).read_bytes()[:100])


@pytest.mark.parametrize(
    ("damage", "told"),
    [
        (_without("model/config.json"), "model/config.json is missing or damaged"),
        (_cut("model/config.json"), "model/config.json is missing or damaged"),
        (_without("model/model.safetensors"), "model cannot be opened"),
        (_cut("model/model.safetensors"), "model cannot be opened"),
        (_without("words.npz"), "words.npz is missing"),
        (_cut("answer.json"), "answer.json is damaged"),
        (lambda run: shutil.rmtree(run / "model"), "config.json is missing or damaged"),
        (_cut("metrics.json"), "metrics.json"),
    ],
)
def test_a_run_that_is_damaged_is_not_served(trained, finetune, capsys, damage, told):
    damage(trained)
    assert finetune("serve", "--port", "0") == 2
    said = capsys.readouterr()
    assert told in " ".join(said.err.split())
    assert "http://" not in said.out


def test_an_export_is_asked_for_before_there_is_one(trained, finetune, capsys):
    assert finetune("serve", "--engine", "onnx", "--port", "0") == 2
    assert "finetune export --run" in capsys.readouterr().err


def test_a_task_of_somebody_s_own_is_left_to_predict(trained, finetune):
    content = json.loads((trained / "metrics.json").read_text(encoding="utf-8"))
    (trained / "metrics.json").write_text(json.dumps({**content, "task": "minha:tarefa"}), encoding="utf-8")
    with pytest.raises(UserError, match="a function of your own"):
        engine_of()


def test_the_id_of_a_model_is_that_of_its_weights_and_of_who_answers(trained, finetune):
    one, again, other = engine_of(), engine_of(), engine_of(answer="network")
    assert one.identity == again.identity != other.identity
    assert one.identity.startswith("version_0-")
    assert Path(one.run).name == "version_0"
