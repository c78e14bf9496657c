import yaml

from finetune.cli.lightning_cli import LightningParser
from finetune.model.classifier import TextClassifier
from finetune.runs.before import MEANT, as_meant


def test_a_configuration_of_before_says_what_the_run_did():
    found = yaml.safe_load(as_meant("data:\n  path: ação.csv\nmodel:\n  name: embedded\n"))
    assert found == {
        "data": {"path": "ação.csv", "max_characters": None, "lower_capitals": False},
        "model": {"name": "embedded", "head_start": "none"},
        "mix": "none",
    }


def test_a_configuration_of_now_is_left_as_it_is():
    text = "# mine\nmodel: {head_start: auto}\nmix: 0.3\n"
    assert as_meant(text) == text


def test_what_is_no_configuration_is_left_to_the_parser():
    assert as_meant("nada\n") == "nada\n"
    assert as_meant("") == ""


def test_every_value_of_before_is_one_that_there_is():
    parser = LightningParser()
    parser.add_lightning_class_args(TextClassifier, "model")
    options = [f"--{name}={value}" for name, value in MEANT.items() if name.startswith("model.")]
    assert options
    parser.parse_args(options)


def test_what_adapts_a_model_knows_none_of_these_options():
    text = "model:\n  objective: masked_words\ndata: {}\n"
    assert as_meant(text) == text
