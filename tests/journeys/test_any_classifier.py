"""A model folder without a run answers, is measured and says what it does not know."""

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest
import torch
from transformers import AutoConfig, AutoTokenizer, BertForSequenceClassification, pipeline

TEXTS = ["boi e vaca no pasto", "chuva e geada", "preço da soja em alta"]
KINDS = {
    "single": {"id2label": {0: "neg", 1: "neu", 2: "pos"}, "label2id": {"neg": 0, "neu": 1, "pos": 2}},
    "nameless": {},
    "multi": {"num_labels": 4, "problem_type": "multi_label_classification"},
    "number": {"num_labels": 1},
}


@pytest.fixture(scope="module")
def classifiers(tmp_path_factory, tiny_model):
    """A function that makes such a folder of a kind, once."""
    made: dict[str, Path] = {}

    def make(kind):
        if kind not in made:
            folder = tmp_path_factory.mktemp(kind) / "modelo"
            config = AutoConfig.from_pretrained(tiny_model)
            for name, value in KINDS[kind].items():
                setattr(config, name, value)
            with torch.random.fork_rng(devices=[]):
                torch.manual_seed(1)
                BertForSequenceClassification(config).save_pretrained(folder)
            AutoTokenizer.from_pretrained(tiny_model).save_pretrained(folder)
            made[kind] = folder
        return made[kind]

    return make


@pytest.mark.parametrize(
    ("kind", "option"), [("single", "--run"), ("multi", "--model.name"), ("number", "--run")]
)
def test_it_answers_as_plain_transformers_does(finetune, tmp_path, classifiers, kind, option):
    pd.DataFrame({"id": range(3), "texto": TEXTS}).to_csv("novos.csv", index=False)
    folder = classifiers(kind)
    options = ("--data.predict_path", "novos.csv", "--hardware_tier.precision", "32-true")
    assert finetune("predict", option, folder, *options, "--output", "s.csv") == 0
    written = pd.read_csv("s.csv")
    classifier = pipeline("text-classification", str(folder), device="cpu")
    for text, (_, row) in zip(TEXTS, written.iterrows(), strict=True):
        if kind == "number":
            (said,) = classifier([text], function_to_apply="none")
            assert row["value"] == pytest.approx(said["score"], abs=1e-3)
        elif kind == "multi":
            (said,) = classifier([text], top_k=None)
            for one in said:
                assert row[f"p:{one['label']}"] == pytest.approx(one["score"], abs=1e-4)
        else:
            (said,) = classifier([text])
            assert (row["label"], row["confidence"]) == (
                said["label"],
                pytest.approx(said["score"], abs=1e-4),
            )


def test_names_that_nobody_gave_are_told(finetune, classifiers, capsys):
    folder = classifiers("nameless")
    assert "id2label" not in json.loads((folder / "config.json").read_text(encoding="utf-8"))
    assert finetune("predict", "--model.name", folder, "--text", "boi") == 0
    told = capsys.readouterr()
    assert 'so they are called "LABEL_0", "LABEL_1"' in told.err
    assert "LABEL_1" in told.out


def test_it_is_measured_on_a_table_with_its_classes(finetune, classifiers, capsys):
    pd.DataFrame({"texto": TEXTS, "rotulo": ["neg", "pos", "neu"]}).to_csv("teste.csv", index=False)
    assert finetune("test", "--run", classifiers("single"), "--data.test_path", "teste.csv") == 0
    assert "(3 rows)" in capsys.readouterr().out


def test_what_cannot_answer_is_refused_before_anything_is_read(finetune, tiny_model, tmp_path, capsys):
    assert finetune("predict", "--model.name", tiny_model, "--text", "boi") == 2
    told = capsys.readouterr().err
    assert 'has not been trained to classify ("BertModel"), so it cannot answer' in told
    assert finetune("predict", "--model.name", tmp_path / "nada", "--text", "boi") == 2
    assert "there is no such folder" in capsys.readouterr().err
    assert finetune("predict", "--text", "boi") == 2
    assert "--model.name with the folder or hub id of a classifier" in capsys.readouterr().err


def test_a_classifier_without_its_last_layer_is_refused(finetune, classifiers, tiny_model, tmp_path, capsys):
    folder = Path(shutil.copytree(classifiers("single"), tmp_path / "sem"))
    shutil.copy(tiny_model / "model.safetensors", folder / "model.safetensors")
    assert finetune("predict", "--run", folder, "--text", "boi") == 2
    assert "lack those of classifier" in capsys.readouterr().err


def test_a_function_that_another_names_as_its_task_is_not_run(finetune, classifiers, tmp_path, capsys):
    folder = Path(shutil.copytree(classifiers("single"), tmp_path / "outro"))
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps(config | {"finetune_task": "os:getcwd"}), encoding="utf-8")
    assert finetune("predict", "--model.name", folder, "--text", "boi") == 2
    assert "os:getcwd" in capsys.readouterr().err
