"""The page that labels as the server sends it: nothing inline, nothing of elsewhere, nothing of strangers obeyed."""

import json
import re

import pytest

from finetune.page.labelling import said
from finetune.page.labelling.page import rendered, script, style
from tests.finetune.page.test_page import NASTY, Page

KINDS = {
    "single_label": {},
    "multi_label": {"task": "multi_label", "problem_type": "multi_label_classification"},
    "ordinal": {"task": "ordinal", "labels": ["baixo", "alto"]},
    "number": {"task": "number", "problem_type": "regression", "labels": ["preço"]},
    "pair": {"columns": ["pergunta", "resposta"], "pair": True},
}


def facts(**others):
    """What `GET /model` answers."""
    return {
        "run": "version_3",
        "model": "version_3-1a2b3c4d",
        "task": "single_label",
        "problem_type": "single_label_classification",
        "labels": ["ferrugem", "mastite"],
        "columns": ["texto"],
        "pair": False,
        "rows": 12,
        "files": ["csv", "xlsx"],
        "orders": ["mixed", "unsure", "of somebody's own"],
        "order": "unsure",
        "who": "",
        **others,
    }


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("kind", KINDS)
def test_a_page_of_every_kind_names_its_fields_and_obeys_the_policy(kind, language):
    page = Page(rendered(facts(**KINDS[kind]), language))
    assert page.all_of("html") == [{"lang": {"en": "en", "pt": "pt-BR"}[language]}]
    assert not page.all_of("style", "iframe", "object", "base")
    for _, attributes in page.elements:
        assert not [name for name in attributes if name == "style" or name.startswith("on")]
    assert page.all_of("script") == [
        {"type": "module", "src": "page.js"},
        {"type": "application/json", "id": "known"},
    ]
    assert len(page.ids) == len(set(page.ids))
    named = {label["for"] for label in page.all_of("label")}
    assert {field["id"] for field in page.all_of("input", "textarea", "select")} == named
    pointing = [
        name
        for _, attributes in page.elements
        for key in ("aria-describedby", "aria-labelledby", "aria-controls")
        for name in attributes.get(key, "").split()
    ]
    assert set(pointing) <= set(page.ids)
    assert ("value" in page.ids, "classes" in page.ids) == (kind == "number", kind != "number")


def test_the_order_that_was_asked_for_is_chosen_and_one_of_somebodys_own_has_its_name():
    html = rendered(facts(), "en")
    assert [one["value"] for one in Page(html).all_of("option") if "selected" in one] == ["unsure"]
    assert ">of somebody&#39;s own</option>" in html


def test_whatever_strangers_call_their_labels_and_runs_is_only_shown():
    html = rendered(facts(labels=[NASTY, "b"], columns=[NASTY], run=NASTY, orders=[NASTY]), "en")
    page = Page(html)
    assert not page.all_of("img")
    assert len(page.all_of("script")) == 2
    assert "\u202e" not in html
    assert json.loads(page.block)["facts"]["labels"] == [NASTY, "b"]


def test_who_has_not_shown_the_token_is_told_nothing_of_the_rows():
    html = rendered(None, "en")
    assert json.loads(Page(html).block)["facts"] is None
    assert {"open-door", "closed", "door", "token"} <= set(Page(html).ids)
    assert not [value for value in ("version_3", "ferrugem", "mastite") if value in html]


def test_the_script_asks_for_what_is_there():
    there = set(Page(rendered(None, "en")).ids)
    for others in KINDS.values():
        there |= set(Page(rendered(facts(**others), "en")).ids)
    asked = set(re.findall(r'(?:at|complain|showCounts)\("([\w-]+)"', script()))
    assert len(asked) > 50
    assert asked - there == set()


def test_the_script_says_what_the_page_gives_it_and_no_other_sentence():
    given = said.by_script()
    assert set(re.findall(r'say\("(\w+)"', script())) <= set(given)
    unsaid = {name for name in given if f'"{name}"' not in script()}
    assert all(name.startswith("reason_") for name in unsaid), unsaid
    assert not re.findall(r'["`][A-Z][a-z]+ [a-z]', script())
    for sentence in given.values():
        assert all(re.search(rf"\b{gap}\b", script()) for gap in re.findall(r"\{(\w+)\}", sentence))


def test_every_order_has_a_name_and_every_reason_a_sentence():
    orders = pytest.importorskip("finetune.commands.label.orders")
    for name in orders.NAMES:
        assert said.order(name) != name
    assert {f"reason_{name}" for name in orders.ORDERS} <= set(said.by_script())
    # the order has both, and a row is not told which of them it is
    both = said.by_script()["reason_contradiction"]
    assert all(each in both for each in ("another label", "network"))


def test_the_script_puts_in_no_html_and_asks_nobody_else():
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\b|new Function", script()
    )
    for text in (script(), style()):
        assert not re.search(r"https?:|url\(|@import|\bimport\b", text)
