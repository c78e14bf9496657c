import contextvars
import copy
import pickle
import threading
from datetime import date, datetime

import numpy as np
import pytest

from callbacks.language.catalogue import Catalogue
from callbacks.language.numbers import day, moment
from callbacks.language.say import Message, joined, note, say
from callbacks.language.which import speaking

SENTENCES = r"""
msgid ""
msgstr ""
"Plural-Forms: nplurals=2; plural=(n != 1);\n"

msgid "{n:,} text of {share:.1%}"
msgid_plural "{n:,} texts of {share:.1%}"
msgstr[0] "{n:,} texto de {share:.1%}"
msgstr[1] "{n:,} textos de {share:.1%}"

msgctxt "part of the table"
msgid "test"
msgstr "teste"

msgid "test"
msgstr "prova"

msgid "in {part}, {name}: {value}"
msgstr "{name}: {value} no {part}"
"""


class Said(Message):
    """With sentences of these tests."""


@pytest.fixture(autouse=True)
def sentences(tmp_path, monkeypatch):
    (tmp_path / "pt").mkdir()
    (tmp_path / "pt" / "room.po").write_text(SENTENCES, encoding="utf-8")
    monkeypatch.setattr(Said, "folder", tmp_path)


@pytest.mark.parametrize(
    ("n", "english", "portuguese"),
    [
        (0, "0 texts of 1.5%", "0 textos de 1,5%"),
        (1, "1 text of 1.5%", "1 texto de 1,5%"),
        (1234, "1,234 texts of 1.5%", "1.234 textos de 1,5%"),
        (np.int64(1), "1 text of 1.5%", "1 texto de 1,5%"),
    ],
)
def test_number_and_plural_are_those_of_the_reader_at_the_time(n, english, portuguese):
    message = Said("{n:,} text of {share:.1%}", "{n:,} texts of {share:.1%}", n=n, share=0.015)
    with speaking("pt"):
        assert str(message) == f"{message}" == portuguese
    assert str(message) == english


def test_a_value_may_be_a_message_and_text_stays_as_it_is():
    part = Said("test", context="part of the table")
    message = Said("in {part}, {name}: {value}", part=part, name="RTX 4060.5 {x}", value=0.5)
    with speaking("pt"):
        assert str(message) == "RTX 4060.5 {x}: 0,5 no teste"
        assert str(Said("test")) == "prova"
    assert str(message) == "in test, RTX 4060.5 {x}: 0.5"


def test_without_values_braces_are_letters():
    assert say('write {"a": 1}') == 'write {"a": 1}'


def test_what_has_no_translation_is_english_with_the_readers_numbers():
    with speaking("pt"):
        assert str(Said("{n} of {all:,}", n=2, all=1000)) == "2 of 1.000"
        assert str(Said("{n} cow", "{n} cows", n=2)) == "2 cows"


@pytest.mark.parametrize("send", [copy.copy, copy.deepcopy, lambda it: pickle.loads(pickle.dumps(it))])
def test_it_can_be_sent_and_is_told_there(send):
    message = send(Said("in {part}, {name}: {value}", part=Said("test"), name="x", value=1.5))
    assert message == Said("in {part}, {name}: {value}", part=Said("test"), name="x", value=1.5)
    assert message != Said("in {part}, {name}: {value}", part=Said("test"), name="y", value=1.5)
    with speaking("pt"):
        assert str(message) == "x: 1,5 no prova"


def test_messages_behind_one_another():
    with speaking("pt"):
        assert str(joined([Said("test"), "{so}", 1.5], "; ")) == "prova; {so}; 1,5"
        assert str(joined([])) == ""


def test_a_thread_speaks_as_the_copied_context_does():
    heard = []

    def hear():
        heard.append(str(Said("test")))

    with speaking("pt"):
        threads = [
            threading.Thread(target=hear),
            threading.Thread(target=contextvars.copy_context().run, args=[hear]),
        ]
        for thread in threads:
            thread.start()
            thread.join()
    assert heard == ["test", "prova"]


def test_a_catalogue_is_read_once(monkeypatch, tmp_path):
    with speaking("pt"):
        assert str(Said("test")) == "prova"
        monkeypatch.setattr("callbacks.language.catalogue.read", None)
        assert str(Said("test")) == "prova"
    assert Catalogue.of(tmp_path, "pt") is Catalogue.of(tmp_path, "pt")


def test_dates_are_written_as_the_reader_does():
    when = datetime(2026, 11, 6, 14, 5)
    assert (day(when), day(date(2026, 11, 6)), moment(when)) == (
        "2026-11-06",
        "2026-11-06",
        "2026-11-06 14:05",
    )
    with speaking("pt"):
        assert (day(when), moment(when)) == ("06/11/2026", "06/11/2026 14:05")


@pytest.mark.parametrize("broken", ["{so}", "{n"])
def test_a_translation_with_a_broken_gap_hides_nothing(tmp_path, broken):
    (tmp_path / "pt" / "room.po").write_text(f'msgid "all {{n}}"\nmsgstr "todos {broken}"\n')
    with speaking("pt"):
        assert str(Said("all {n}", n=1)) == "all 1"


def test_a_note_is_told_where_lightning_is_not_loaded(capsys, monkeypatch):
    from lightning_utilities.core.rank_zero import rank_zero_only

    monkeypatch.setattr(rank_zero_only, "rank", None, raising=False)
    note("this file system cannot lock files")
    assert capsys.readouterr().err == "this file system cannot lock files\n"
