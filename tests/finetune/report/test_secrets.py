"""Passwords, tokens and keys are in nothing that is passed on."""

from types import SimpleNamespace

import pytest
import yaml

from finetune.commands.fit.finish import hyperparameters
from finetune.report.attribution import Explained
from finetune.report.facts import gather
from finetune.report.model_card import card
from finetune.report.page import report_page
from finetune.report.secrets import masked


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "db_password",
        "HF_TOKEN",
        "api-key",
        "apiKey",
        "accessToken",
        "aws.secret",
        "key",
        "api",
        "senha",
    ],
)
def test_a_secret_is_known_by_a_whole_word_of_its_name(name):
    assert masked({name: "abc123"}) == {name: "***"}
    assert masked({name: 1234, "more": {name: ["a", "b"]}}) == {name: "***", "more": {name: ["***", "***"]}}
    assert masked({name: {"value": "abc123"}}) == {name: {"value": "***"}}
    assert masked({name: None}) == {name: None}


@pytest.mark.parametrize(
    "name",
    [
        "tokenizer",
        "max_tokens",
        "eval_tokens",
        "monkey",
        "keyboard",
        "passes",
        "secretary",
        "rapid",
        "apical",
        "author",
    ],
)
def test_a_name_that_only_has_its_letters_is_none(name):
    assert masked({name: "abc123"}) == {name: "abc123"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("https://ana:boi123@fazenda.br/d.csv", "https://***@fazenda.br/d.csv"),
        ("https://ana:b@i@fazenda.br/d.csv", "https://***@fazenda.br/d.csv"),
        ("postgres://t0k@host/x and s3://a:b@c", "postgres://***@host/x and s3://***@c"),
        ("https://x.br/d.csv?token=abc&safra=2024", "https://x.br/d.csv?token=***&safra=2024"),
        ("https://x.br/a@b.csv", "https://x.br/a@b.csv"),
        ("ana@fazenda.br", "ana@fazenda.br"),
        ("neuralmind/bert-base", "neuralmind/bert-base"),
    ],
)
def test_an_address_is_shown_without_user_and_keys(text, shown):
    assert masked({"path": text}) == {"path": shown}


def test_neither_page_nor_card_has_them(tmp_path):
    hidden = ["boi123", "chave9"]
    config = {
        "data": {"path": "https://ana:boi123@fazenda.br/dados.csv"},
        "model": {"name": "https://ana:boi123@fazenda.br/bert"},
        "trainer": {
            "logger": [{"class_path": "mine.L", "init_args": {"api_key": "chave9", "project": "safra"}}]
        },
    }
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    facts = gather(tmp_path)
    page = report_page(facts, Explained(), version="0")
    assert "safra" in page
    for text in (page, card(facts)):
        assert not any(secret in text for secret in hidden)


def test_nor_has_tensorboard():
    options = {"name": "https://ana:boi123@fazenda.br/bert", "loss": "focal", "labels": ["a"]}
    model = SimpleNamespace(rates=lambda: (0.1, 0.2), hparams=options)
    data = SimpleNamespace(effective_batch_size=16, train_rows=3)
    found = hyperparameters(SimpleNamespace(max_epochs=3, precision="32-true"), model, data)
    assert found["name"] == "https://***@fazenda.br/bert"
    assert (found["loss"], found["train_rows"], found["learning_rate"]) == ("focal", 3, 0.1)
