"""The exported folder."""

import os

import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

from finetune.model.export.folding import folded, last_layer
from finetune.model.export.hugging_face import export
from finetune.model.network import load_network
from finetune.tasks.calibration import Calibration, read_calibration, write_calibration
from finetune.tasks.multi_label import multi_label


@pytest.mark.parametrize(
    ("umask", "rights"), [(0o077, (0o700, 0o600)), (0o022, (0o755, 0o644)), (0o002, (0o775, 0o664))]
)
def test_the_folder_has_the_rights_that_its_maker_gives_all_files(tiny_model, tmp_path, umask, rights):
    network = AutoModelForSequenceClassification.from_pretrained(tiny_model)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    before = os.umask(umask)
    try:
        weights = network.state_dict()
        export(tmp_path / "model", network, tokenizer, weights=weights, calibration=Calibration())
    finally:
        os.umask(before)
    assert (tmp_path / "model").stat().st_mode & 0o777 == rights[0]
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "model").iterdir()} == {rights[1]}


def test_plain_transformers_gives_the_probability_of_each_label_and_finds_its_threshold(tiny_model, tmp_path):
    task, names = multi_label(), ["boi", "preço", "chuva"]
    network, _ = load_network(str(tiny_model), names, task)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    found = Calibration(1.7, facts={"thresholds": [0.5, 0.2, 0.9]})
    write_calibration(network.config, found)
    texts = ["boi gordo", "chuva no pasto e frio", "alta do dólar"]
    inputs = tokenizer(texts, return_tensors="pt", padding=True)
    with torch.no_grad():
        logits = network.train(False)(**inputs).logits.double().numpy()
    weights, left = folded(network.state_dict(), last_layer(network), found)
    export(tmp_path / "model", network, tokenizer, weights=weights, calibration=left)
    plain = pipeline("text-classification", model=str(tmp_path / "model"), device="cpu")(texts, top_k=None)
    said = [{each["label"]: each["score"] for each in row} for row in plain]
    expected = [dict(zip(names, row, strict=True)) for row in task.probabilities(logits, found)]
    assert said == [pytest.approx(row, abs=1e-5) for row in expected]
    opened = AutoModelForSequenceClassification.from_pretrained(tmp_path / "model").config
    assert read_calibration(opened).facts == found.facts


def test_a_model_says_that_it_reads_capitals_in_lower_case_and_one_that_goes_on_from_it_says_its_own(
    tiny_model, tmp_path
):
    network = AutoModelForSequenceClassification.from_pretrained(tiny_model)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    said = []
    for lower in (False, True, False):
        folder = tmp_path / f"model_{len(said)}"
        weights = network.state_dict()
        export(folder, network, tokenizer, weights=weights, calibration=Calibration(), lower_capitals=lower)
        network = AutoModelForSequenceClassification.from_pretrained(folder)
        said.append(getattr(network.config, "lower_capitals", None))
    assert said == [None, True, None]
