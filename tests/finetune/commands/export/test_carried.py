"""What an ONNX export carries along: the program as it stands, the tokenizer whole, and how the run answers."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from finetune.commands.export.carried import RUNTIME, carry, check_task, keep_calibration
from finetune.data.batching.tokenizer import load_tokenizer
from finetune.errors import ConfigError
from finetune.evaluation.answering import Answering
from finetune.evaluation.mix import Mix
from finetune.evaluation.words import tfidf
from finetune.evaluation.words_file import save_words
from finetune.tasks.calibration import Calibration
from finetune.tasks.table import TASKS


@pytest.fixture
def folder(tiny_model, tmp_path):
    words = tfidf(["boi vaca", "chuva", "boi", "chuva fria"], np.array([0, 1, 0, 1]), 2, 0)
    save_words(tmp_path / "of_the_run.npz", words)
    tokenizer = load_tokenizer(str(tiny_model))
    tokenizer("um texto", truncation=True, padding="max_length")  # which its backend remembers
    tokenizer.model_max_length = 33
    carry(
        tmp_path,
        tokenizer,
        data={
            "text_pair_column": "corpo",
            "fix_encoding": True,
            "max_characters": 500,
            "lower_capitals": True,
        },
        task=TASKS["single_label"](),
        labels=["a", "b"],
        answering=Answering(Calibration(2.0, 0.5), Mix(0.3, 0.5, 0.7), words, ["a", "b"], "print"),
        words=tmp_path / "of_the_run.npz",
    )
    return tmp_path


def described(folder: Path):
    return json.loads((folder / "finetune.json").read_text(encoding="utf-8"))


def test_the_folder_says_how_it_reads_and_answers(folder):
    content = described(folder)
    assert content["columns"].pop("known")[0][0] == "comentario"
    assert content == {
        "format": 1,
        "task": "single_label",
        "problem_type": "single_label_classification",
        "labels": ["a", "b"],
        "mark": None,
        "max_length": 33,
        "pad_token_id": 0,
        "pair": True,
        "columns": {"text": None, "pair": "corpo", "template": None},
        "repairs": True,
        "max_characters": 500,
        "lower_capitals": True,
        "calibration": {"temperature": 2.0, "abstain_below": 0.5, "wanted_precision": None, "folded": 1.0},
        "mix": {"weight": 0.3, "network": 0.5, "words": 0.7, "problem": "single_label_classification"},
        "language": "en",
    }


def test_the_program_goes_along_as_it_stands(folder):
    there = {path.relative_to(folder).as_posix() for path in (folder / "answering").iterdir()}
    ours = {f"answering/{path.name}" for path in (RUNTIME / "answering").iterdir() if path.is_file()}
    assert there == ours
    for name in [*ours, "predict.py", "requirements.txt"]:
        assert (folder / name).read_bytes() == (RUNTIME / name).read_bytes()
    assert (folder / "words.npz").read_bytes() == (folder / "of_the_run.npz").read_bytes()


def test_the_tokenizer_neither_cuts_nor_pads(folder):
    content = json.loads((folder / "tokenizer.json").read_text(encoding="utf-8"))
    assert (content["truncation"], content["padding"]) == (None, None)


def test_a_threshold_that_was_found_anew_is_kept(folder):
    before = described(folder)
    keep_calibration(folder, Calibration(1.5, 0.25))
    after = described(folder)
    assert after.pop("calibration")["abstain_below"] == 0.25
    before.pop("calibration")
    assert after == before


def test_a_task_of_somebodys_own_is_refused():
    own = replace(TASKS["single_label"](), name="minha:tarefa")
    with pytest.raises(ConfigError, match="minha:tarefa is a function of your own: export with --format hf"):
        check_task(own)
