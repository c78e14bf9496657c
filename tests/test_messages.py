"""All that is said, in every language there is: complete, readable by others, told right with any number."""

import ast
import importlib
import re
import shutil
import string
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from babel.messages import pofile

from callbacks.language.catalogue import Catalogue, read
from callbacks.language.say import Message
from callbacks.language.which import languages, speaking

ROOT = Path(__file__).parents[1]
FILES = sorted(ROOT.glob("*/language/*/*.po"))
ENTRIES = [(file, key, forms) for file in FILES for key, forms in read(file) if key != ("", "")]

A_COMMAND = re.compile(r"\b(finetune [a-z]+ --[a-z]|pip install|tensorboard --|\{command\})")


@pytest.mark.parametrize("language", [code for code in languages() if code != "en"])
def test_every_sentence_is_told_in_every_language_and_none_is_left_over(monkeypatch, language):
    monkeypatch.syspath_prepend(str(ROOT / "scripts"))
    assert list(importlib.import_module("messages").faults(language)) == []


@pytest.mark.parametrize(
    "file", FILES, ids=lambda file: f"{file.parents[2].name}-{file.parent.name}-{file.stem}"
)
def test_a_file_reads_as_others_read_it(file):
    with file.open("rb") as stream:
        catalog = pofile.read_po(stream)
    theirs = {}
    for message in catalog:
        if message.id:
            one = message.id[0] if isinstance(message.id, tuple) else message.id
            forms = message.string if isinstance(message.string, tuple) else (message.string,)
            theirs[(message.context or "", one)] = forms
    ours = dict(read(file))
    ours.pop(("", ""))
    assert ours == theirs
    of_it = Catalogue(file.parent)
    assert of_it.find(*next(iter(theirs))) == next(iter(theirs.values()))
    assert of_it.plural(1) == 0
    assert of_it.plural(2) == 1


def values_for(sentence, number):
    """Something for each gap: a number where one is written, else a word."""
    found = {}
    for _, name, form, _ in string.Formatter().parse(sentence):
        if name is not None:
            found[name] = number if form or name == "n" else f"<{name}>"
    return found


@pytest.mark.parametrize("number", [0, 1, 1234])
def test_every_sentence_can_be_told_with_any_number(number):
    for file, (context, one), forms in ENTRIES:
        if context in ("date", "date and time"):
            continue

        class Said(Message):
            folder = file.parents[1]

        several = one if len(forms) > 1 else ""
        values = {name: value for form in (one, *forms) for name, value in values_for(form, number).items()}
        with speaking(file.parent.name):
            told = str(Said(one, several, context=context, **values))
        for name, value in values.items():
            assert "{" + name not in told
            if isinstance(value, str):
                assert value in told
        assert "1,234" not in told.replace("1,234,", ""), one  # as the language has it: 1.234


def test_no_blank_stands_before_a_percent_sign():
    for _, (_, one), forms in ENTRIES:
        for text in (one, *forms):
            assert not re.search(r"[\d}] %(?!\w)", text), text


def test_a_command_to_copy_has_a_line_of_its_own():
    wrong = [
        line
        for _, (_, one), forms in ENTRIES
        for text in (one, *forms)
        for line in text.split("\n")
        if A_COMMAND.search(line) and not line.startswith("  ")
    ]
    assert wrong == []


PORTUGUESE = re.compile(
    r"[áâãàéêíóôõúç]|\b(uma|para|com|linhas?|treino|dos|das|pelos?|foi|foram|este|esta)\b", re.I
)
ABOUT_LETTERS = (
    "finetune/data/reading/encoding.py",
    "finetune/data/reading/mojibake.py",
    "finetune/data/labels/order.py",
    "finetune/runtime/answering/mojibake.py",
)
"""Their business is letters with accents, or words that Portuguese tables hold."""


def texts_of(tree):
    """The strings of a module that are no documentation."""
    documentation = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node


def test_no_portuguese_stands_in_the_code():
    assert PORTUGUESE.search("linha sem texto")
    found = [
        f"{file.relative_to(ROOT)}:{text.lineno}: {text.value[:60]!r}"
        for package in ("finetune", "callbacks")
        for file in sorted((ROOT / package).rglob("*.py"))
        if file.relative_to(ROOT).as_posix() not in ABOUT_LETTERS
        for text in texts_of(ast.parse(file.read_text(encoding="utf-8")))
        if " " in text.value and PORTUGUESE.search(text.value)  # one word is a name that users' files have
    ]
    assert found == []


def test_the_wheel_carries_every_sentence(tmp_path):
    tree = tmp_path / "tree"
    for name in ("finetune", "callbacks"):
        shutil.copytree(ROOT / name, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy(ROOT / name, tree)
    build = [
        "wheel",
        "--quiet",
        "--no-deps",
        "--no-build-isolation",
        "--no-index",
        "--wheel-dir",
        str(tmp_path),
    ]
    subprocess.run([sys.executable, "-m", "pip", *build, str(tree)], check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    there = set(zipfile.ZipFile(wheel).namelist())
    assert {file.relative_to(ROOT).as_posix() for file in FILES} <= there
