"""The page that answers by itself, as it is written: whole in both languages, in ASCII, and allowed nothing but itself."""

import base64
import gzip
import hashlib
import json
import re
from html import unescape

import pytest

from finetune.files.whole import may_be_replaced
from finetune.language.which import speaking
from finetune.page.offline import said
from finetune.page.offline.document import document, in_css, script
from finetune.page.offline.marked import GENERATOR
from finetune.page.offline.parts import packed
from tests.finetune.page.fake_server import facts
from tests.finetune.page.offline.pages import NETWORK, folder, page, part_of, parts, told
from tests.finetune.page.offline.test_encoded import decoded
from tests.finetune.page.test_page import KINDS, NASTY, Page


def text_of(**others):
    return document(told(**others), parts(), beside=False).decode("ascii")


def policy_of(text):
    (found,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', text)
    return {words.split()[0]: words.split()[1:] for words in unescape(found).split("; ")}


def sum_of(text):
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_of_every_kind_is_whole_in_both_languages(kind):
    text = text_of(**KINDS[kind])
    bodies = re.findall(r'<template id="page-(\w+)" lang="([\w-]+)">(.*?)</template>', text, flags=re.DOTALL)
    assert [(code, lang) for code, lang, _ in bodies] == [("en", "en"), ("pt", "pt-BR")]
    for code, _, body in bodies:
        read = Page(body)
        assert len(read.ids) == len(set(read.ids))
        assert [button["value"] for button in read.all_of("button") if "aria-current" in button] == [code]
        assert not read.all_of("a", "img", "iframe", "link") or [a["id"] for a in read.all_of("a")] == [
            "download"
        ]
        named = {label["for"] for label in read.all_of("label")}
        assert {field["id"] for field in read.all_of("input", "textarea")} <= named
        assert {"readiness", "readiness-state", "readiness-bar", "answer", "file"} <= set(read.ids)
        assert "token" not in read.ids
        assert f"Proved, {code}." in body
    assert "sends nothing" in unescape(bodies[0][2])


def test_it_may_run_its_own_script_and_ask_nobody():
    text = text_of()
    found = policy_of(text)
    assert found["default-src"] == ["'none'"]
    assert found["worker-src"] == ["blob:"]
    assert "connect-src" not in found
    assert found["script-src"] == [sum_of(script()), "'wasm-unsafe-eval'"]
    assert found["style-src"] == [sum_of(re.search(r"<style>(.*?)</style>", text, flags=re.DOTALL)[1])]
    assert f"<script>{script()}</script>" in text
    assert not re.search(
        r'\s(?:style|on\w+|src)="', re.sub(r"<script>.*?</script>", "", text, flags=re.DOTALL)
    )


def test_a_page_beside_its_parts_may_ask_their_server_alone(tmp_path):
    place = folder(tmp_path / "there")
    found = policy_of((place / "index.html").read_text(encoding="ascii"))
    assert found["connect-src"] == ["'self'"]
    assert found["worker-src"] == ["'self'", "blob:"]
    assert may_be_replaced(place / "index.html", by=GENERATOR)
    for part in parts():
        assert (place / part.file).read_bytes() == part.content
        assert part.file in (place / "service.js").read_text(encoding="utf-8")


def test_the_network_comes_back_out_of_the_page_and_all_else_is_ascii():
    content = page()
    assert gzip.decompress(decoded(part_of(content, "network"))) == NETWORK
    others = re.sub(rb'<script type="application/gzip".*?</script>', b"", content, flags=re.DOTALL)
    assert others.isascii()
    assert content.index(b'charset="windows-1252"') < 1024
    (listed,) = re.findall(rb'id="parts">(.*?)</script>', content)
    assert [(each["name"], each["length"], each["size"]) for each in json.loads(listed)] == [
        (part.name, len(part.content), len(gzip.decompress(part.content))) for part in parts()
    ]
    assert content.index(b"<script>") < content.index(b'id="part-worker"')


def test_the_same_is_packed_alike():
    assert packed("a", NETWORK) == packed("a", NETWORK)
    assert packed("a", NETWORK).file != packed("a", NETWORK[1:]).file


def test_its_script_asks_for_what_is_there_and_says_what_it_is_given():
    text = text_of(examples={label: ["Um texto."] for label in facts()["labels"]})
    there = set(re.findall(r' id="([\w-]+)"', text))
    asked = set(re.findall(r'(?:at|complain)\("([\w-]+)"', script()))
    for names in re.findall(r"for \(const id of \[(.*?)\]\)", script()):
        asked |= set(re.findall(r'"([\w-]+)"', names))
    assert asked - there == set()
    known = json.loads(re.search(r'id="known">(.*?)</script>', text)[1])
    assert set(re.findall(r'say\("(\w+)"', script())) <= set(known["said"])
    assert set(re.search(r"NOT_READY = \[(.*?)\]", script())[1].replace('"', "").split(", ")) <= set(
        known["said"]
    )
    with speaking("pt"):
        assert set(said.by_script()) <= set(known["said"])


def test_its_script_keeps_nothing_and_puts_in_no_html():
    assert not re.search(r"sessionStorage|localStorage|indexedDB|document\.cookie", script())
    assert not re.search(
        r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function", script()
    )
    assert not re.search(r"</script|<!--|https?:", script())
    assert script().isascii()


def test_letters_beyond_ascii_are_written_as_a_style_and_a_script_read_them():
    assert in_css('content: "● "') == 'content: "\\0025cf "'
    assert in_css("a🌱") == "a\\01f331"


def test_names_of_strangers_are_shown_and_not_obeyed():
    text = text_of(
        labels=[NASTY, "b"], columns=[NASTY], run=NASTY, verdict=NASTY, examples={NASTY: [NASTY], "b": []}
    )
    assert "<img" not in text
    assert "\u202e" not in unescape(text)


def test_no_name_stands_twice_in_its_script():
    names = re.findall(r"^(?:async )?(?:function|class|const|let) (\w+)", script(), flags=re.MULTILINE)
    assert len(names) > 80
    assert [name for name in set(names) if names.count(name) > 1] == []
