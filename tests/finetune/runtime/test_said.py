"""What the folder says, in every language that it knows: complete, with the same gaps, in the reader's own marks."""

import ast
import json
import re
import string
from pathlib import Path

import pytest

from finetune.runtime.answering import said
from tests.english import english_sentences

FOLDER = Path(said.__file__).parent
FILES = sorted(FOLDER.glob("said.*.json"))


def sentences() -> dict[str, int]:
    """The English sentences and how many forms each has."""
    found = {}
    for file in FOLDER.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "tell":
                texts = [each for each in node.args if isinstance(each, ast.Constant)]
                assert len(texts) == len(node.args), f"{file.name}:{node.lineno}: a sentence is a literal"
                found[str(texts[0].value)] = len(texts)
    return found


def gaps(text: str) -> list[str]:
    return sorted(name for _, name, _, _ in string.Formatter().parse(text) if name)


def test_there_is_portuguese():
    assert [file.name for file in FILES] == ["said.pt.json"]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_sentence_is_told_and_none_is_left_over(file):
    told = json.loads(file.read_text(encoding="utf-8"))
    expected = sentences()
    assert {one: len(forms) for one, forms in told.items()} == expected
    for one, forms in told.items():
        assert all(gaps(form) == gaps(one) for form in forms)
        assert [line for form in forms for line in english_sentences(re.sub(r"\{\w+\}", "", form))] == []


@pytest.fixture(autouse=True)
def _nothing_set(monkeypatch):
    for name in (said.VARIABLE, *said.SETTINGS):
        monkeypatch.delenv(name, raising=False)
    yield
    said.speak(None, "en")


@pytest.mark.parametrize(
    ("asked", "variable", "system", "usual", "expected"),
    [
        ("pt-BR", "en", "en_US.UTF-8", "en", "linha 1.234"),
        ("klingon", "português", "en_US.UTF-8", "en", "linha 1.234"),
        (None, "", "pt_BR.UTF-8", "en", "linha 1.234"),
        (None, "", "C", "pt", "linha 1.234"),
        (None, "", "de_DE", "", "line 1,234"),
        ("en", "pt", "pt_BR", "pt", "line 1,234"),
    ],
)
def test_the_language_is_the_one_that_is_asked_for_or_of_the_system(
    monkeypatch, asked, variable, system, usual, expected
):
    monkeypatch.setenv(said.VARIABLE, variable)
    monkeypatch.setenv("LANG", system)
    said.speak(asked, usual)
    assert said.tell("line {line}", line=1234) == expected


def test_counts_have_their_form_and_numbers_their_marks():
    said.speak("pt", "")
    forms = ("{path}: {n} row answered.", "{path}: {n} rows answered.")
    assert said.tell(*forms, path="a", n=1) == "a: 1 linha respondida."
    assert said.tell(*forms, path="a", n=0) == "a: 0 linhas respondidas."
    assert (said.percent(0.1234), said.quantity(1234.5)) == ("12,3%", "1.234,5")
