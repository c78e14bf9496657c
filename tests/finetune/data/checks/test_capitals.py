"""Texts in capitals and words in many pieces: told of what the model's own tokenizer makes of them."""

from dataclasses import replace

import pandas as pd
import pytest
from transformers import BertTokenizer

from finetune.data.batching.tokenizer import load_tokenizer
from finetune.data.checks.doctor import examine
from finetune.data.checks.examined import examined
from finetune.data.dividing.parts import every_row
from finetune.data.tables import read_source
from finetune.language.say import in_every_language
from tests.conftest import tiny_vocabulary


@pytest.fixture(scope="module")
def cased(tiny_model):
    return load_tokenizer(str(tiny_model))


@pytest.fixture(scope="module")
def uncased():
    vocabulary = {piece: number for number, piece in enumerate(tiny_vocabulary())}
    return BertTokenizer(vocab=vocabulary, do_lower_case=True, strip_accents=False)


def shouted(frame, rows):
    frame.loc[rows, "texto"] = [text.upper() for text in frame.texto[rows]]
    return rows


def of(data, *checks):
    return examine(data, checks)


def test_texts_in_capitals_are_found_with_what_they_cost_and_names_within_texts_are_not(frame, look, cased):
    rows = shouted(frame, [3, 7, *range(100, 120)])
    frame.loc[9, "texto"] = "A EMBRAPA e a CONAB não disseram quanto o ICMS subiu"
    (found,) = of(look(frame, tokenizer=cased), "capitals")
    assert (found.code, found.severity, list(found.rows)) == ("capitals", "warning", rows)
    told = str(found.told)
    assert told.startswith("22 texts in capitals (1.8%), of which the model knows fewer words: ")
    assert found.values["written"] > 1.5 * found.values["lower"]
    assert "--data.lower_capitals false" in str(found.advice)
    assert found.grid.rows[0] == ("3", f"{frame.texto[3][:69]}…")
    assert in_every_language(found.told)["en"] == told


def test_few_of_them_are_a_note(frame, look, cased):
    shouted(frame, [3])
    (found,) = of(look(frame, tokenizer=cased), "capitals")
    assert (found.severity, found.count) == ("note", 1)
    assert str(found.told).startswith("1 text in capitals (0.1%)")


def test_nothing_is_said_for_a_tokenizer_that_does_not_keep_capitals_or_where_nothing_is_tokenised(
    frame, look, uncased, cased
):
    assert of(look(frame, tokenizer=cased), "capitals") == []
    shouted(frame, range(100))
    assert of(look(frame, tokenizer=uncased), "capitals") == []
    assert of(look(frame), "capitals", "broken_words") == []


def test_where_they_are_read_in_lower_case_that_is_said(frame, look, cased):
    shouted(frame, range(100))
    (found,) = of(look(frame, tokenizer=cased, lower_capitals=True), "capitals")
    assert (found.code, found.severity, found.count) == ("capitals_lowered", "note", 100)
    assert "read in lower case" in str(found.told)


def test_one_of_two_texts_in_capitals_counts(look, cased):
    pairs = pd.DataFrame(
        {"a": ["o boi"] * 4, "b": ["a vaca", "VACAS NO PASTO", "o leite", "o gado"], "rotulo": list("xyxy")}
    )
    table = read_source(pairs, text_column="a", text_pair_column="b")["all"]
    data = replace(examined({"train": every_row(table)}), tokenizer=cased)
    (found,) = of(data, "capitals")
    assert list(found.rows) == [1]


def test_words_in_many_pieces_are_a_note_with_their_counts_and_pieces(frame, look, cased):
    frame.loc[:299, "texto"] = [f"{text} braquiária" for text in frame.texto[:300]]
    (found,) = of(look(frame, tokenizer=cased), "broken_words")
    assert (found.severity, found.grid.header) == ("note", ("token", "times", "pieces"))
    assert found.grid.rows[0] == ("braquiária", 300, "b·r·a·q·u·i·á·r·i·a")
    assert len(found.grid.rows) == 10
    costs = [times * pieces.count("·") for _, times, pieces in found.grid.rows]
    assert costs == sorted(costs, reverse=True)
    assert f"{found.values['tokens']:.2f} tokens on average" in str(found.told)


def test_capitals_count_as_the_model_reads_them(frame, look, cased):
    shouted(frame, list(frame.index))
    plain, lower = (
        of(look(frame, tokenizer=cased, lower_capitals=lower), "broken_words")[0] for lower in (False, True)
    )
    assert plain.values["tokens"] > 1.5 * lower.values["tokens"]
    assert plain.grid.rows[0][0].isupper()
    assert lower.grid.rows[0][0].islower()
