"""The page as the server sends it: nothing inline, nothing of elsewhere, nothing of strangers obeyed."""

import json
import re
from html import unescape
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from finetune.page import said
from finetune.page.page import rendered, script, style
from tests.finetune.page.fake_server import facts

NASTY = "<img src=x onerror=alert(1)></script><script>alert(2)</script>\u202e{{ 7 * 7 }}"
KINDS = {
    "single_label": {},
    "multi_label": {"task": "multi_label", "problem_type": "multi_label_classification"},
    "ordinal": {"task": "ordinal", "labels": ["baixo", "médio", "alto"], "scores": {"kappa": 0.6}},
    "number": {"task": "number", "problem_type": "regression", "labels": ["preço"], "scores": {"mae": 12.4}},
    "little_known": {"trained_on": None, "rows": None, "scores": None, "workbooks": False},
    "of_columns": {"columns": ["estado", "cultura", "texto"]},
    "pair": {"columns": ["pergunta", "resposta"], "pair": True, "knows_when_unsure": False},
}


class Page(HTMLParser):
    """The elements of a page: their names and attributes, in order."""

    def __init__(self, html):
        super().__init__()
        self.elements, self.block = [], ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_data(self, data):
        if self.elements and self.elements[-1] == ("script", {"type": "application/json", "id": "known"}):
            self.block = self.block or data

    @property
    def ids(self):
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]

    def all_of(self, *tags):
        return [attributes for tag, attributes in self.elements if tag in tags]


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_of_every_kind_names_its_fields_and_obeys_the_policy(kind, language):
    page = Page(rendered(facts(**KINDS[kind]), language))
    assert page.all_of("html") == [{"lang": {"en": "en", "pt": "pt-BR"}[language]}]
    assert [link["lang"] for link in page.all_of("a") if link.get("aria-current")] == [language]
    assert not page.all_of("style", "iframe", "object", "base")
    for _, attributes in page.elements:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
    assert page.all_of("script") == [
        {"type": "module", "src": "page.js"},
        {"type": "application/json", "id": "known"},
    ]
    assert [link.get("href") for link in page.all_of("link")] == ["data:,", "page.css"]
    assert len(page.ids) == len(set(page.ids))
    named = {label["for"] for label in page.all_of("label")}
    assert {field["id"] for field in page.all_of("input", "textarea")} == named
    pointing = [
        name
        for _, attributes in page.elements
        for key in ("aria-describedby", "aria-labelledby")
        for name in attributes.get(key, "").split()
    ]
    assert set(pointing) <= set(page.ids)


@pytest.mark.parametrize(
    ("kind", "fields"), [("single_label", ["Text"]), ("of_columns", ["estado", "cultura", "texto"])]
)
def test_there_is_a_field_for_each_column(kind, fields):
    html = rendered(facts(**KINDS[kind]), "en")
    assert re.findall(r'<label for="field-\d"><bdi>(.*?)</bdi>', html) == fields
    named = [field["name"] for field in Page(html).all_of("textarea") if "name" in field]
    assert named == [str(place) for place in range(len(fields))]


def test_whatever_strangers_call_their_labels_and_columns_is_only_shown():
    told = facts(
        labels=[NASTY, "b"], columns=[NASTY, "c"], run=NASTY, model=NASTY, verdict=NASTY, engine=NASTY
    )
    html = rendered(told, "en")
    page = Page(html)
    assert not page.all_of("img")
    assert len(page.all_of("script")) == 2
    assert "49" not in html.replace(str(told["rows"]), "")
    assert "\u202e" not in html
    known = json.loads(page.block)
    assert known["facts"]["labels"] == [NASTY, "b"]
    assert known["facts"]["columns"] == [NASTY, "c"]


def test_who_has_not_shown_the_token_is_told_nothing_of_the_model():
    html = rendered(None, "en")
    page, known = Page(html), json.loads(Page(html).block)
    assert known["facts"] is None
    assert {"open-door", "closed", "door", "token"} <= set(page.ids)
    assert not page.all_of("textarea")
    assert not [value for value in ("version_3", "ferrugem", "texto") if value in html]


def test_the_script_asks_for_what_is_there():
    there = set(Page(rendered(facts(), "en")).ids) | set(Page(rendered(None, "en")).ids)
    asked = set(re.findall(r'(?:at|complain)\("([\w-]+)"', script()))
    for names in re.findall(r"for \(const id of \[(.*?)\]\)", script()):
        asked |= set(re.findall(r'"([\w-]+)"', names))
    assert len(asked) > 30
    assert asked - there == set()


def test_the_script_says_what_the_page_gives_it_and_no_other_sentence():
    given = said.by_script()
    assert set(re.findall(r'say\("(\w+)"', script())) <= set(given)
    assert {name for name in given if f'"{name}"' not in script()} <= {"no_answer_yet"}
    assert not re.findall(r'["`][A-Z][a-z]+ [a-z]', script())
    for sentence in given.values():
        assert all(re.search(rf"\b{gap}\b", script()) for gap in re.findall(r"\{(\w+)\}", sentence))


def test_the_script_puts_in_no_html_and_asks_nobody_else():
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", script()
    )
    for text in (script(), style()):
        assert not re.search(r"https?:|url\(|@import|\bimport\b", text)


def test_the_page_looks_as_the_report_does():
    base = files("finetune.report").joinpath("base.css").read_text(encoding="utf-8")
    assert style().startswith(base)
    assert "prefers-color-scheme: dark" in base


@pytest.mark.parametrize(
    ("others", "sentence"),
    [
        ({}, "It reads what you write and says which of 7 labels fits best."),
        (
            KINDS["multi_label"],
            "It reads what you write and says which of 7 labels fit: none, one or several.",
        ),
        (
            KINDS["ordinal"],
            'It reads what you write and says which of 3 steps fits best, from "baixo" to "alto".',
        ),
        (KINDS["number"], "It reads what you write and answers a number, with how far it may be off."),
        ({"knows_when_unsure": False}, 'It never says "don\'t know": look at how sure it is.'),
        ({"scores": None}, "How good it is was not measured."),
        ({"verdict": "It beats the best simple model."}, "It beats the best simple model."),
        ({}, "macro-F1"),
        ({}, "0.831"),
        ({}, "87.1%"),
        ({}, "trained on 2026-11-30"),
        ({}, "Excel (.xlsx) or .csv, up to 1 MB"),
        ({"workbooks": False}, ".csv, up to 1 MB"),
    ],
)
def test_what_the_model_is_stands_on_the_page(others, sentence):
    assert sentence in unescape(rendered(facts(**others), "en"))


def test_who_answers_for_the_model_is_named_where_that_is_known():
    assert "Ana, ramal 12 responde pelo modelo." in rendered(facts(contact="Ana, ramal 12"), "pt")
    assert NASTY not in rendered(facts(contact=NASTY), "en")
    assert "Whoever put this page up answers for the model." in rendered(facts(), "en")


def test_workbooks_are_offered_where_they_can_be_read():
    kinds = json.loads(Page(rendered(facts(), "en")).block)["kinds"]
    fewer = json.loads(Page(rendered(facts(workbooks=False), "en")).block)["kinds"]
    assert set(kinds) - set(fewer) == {".xlsx"}
