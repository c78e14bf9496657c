"""Tokens and batches without transformers: the ids of a training, whatever is cut, and each row in its place."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from finetune.data.batching.pairs import longest_cut_first as of_the_house
from finetune.data.batching.pairs import tokenize_rows
from finetune.runtime.answering.network import CALL, MOST_TOKENS, Network, Tokens, batches, longest_cut_first
from finetune.runtime.answering.said import Refused
from finetune.tasks.table import TASKS
from tests.onnx_folder import logits_of, make_folder

FIRST = ["boi gordo", "", "a " * 200, "não 😀 ﬁ", "x", "vaca " * 40, "[SEP] boi [CLS]"]
SECOND = ["no pasto", "só este", "b " * 300, "", "", "leite " * 90, "[PAD]"]


@pytest.mark.parametrize("max_length", [5, 6, 17, 64])
@pytest.mark.parametrize("pair", [False, True])
@pytest.mark.parametrize("lower_capitals", [False, True])
def test_rows_have_the_ids_of_a_training(tokenizer, tmp_path, pair, max_length, lower_capitals):
    tokenizer.backend_tokenizer.save(str(tmp_path / "tokenizer.json"))
    first, second = [*FIRST, "O CAMINHÃO NÃO CHEGOU", "A EMBRAPA"], [*SECOND, "no ICMS", "VACINAR O REBANHO"]
    texts = [first, second] if pair else [first]
    theirs, _ = tokenize_rows(texts, tokenizer, cache=tmp_path, lower_capitals=lower_capitals)
    ours = Tokens(
        tmp_path / "tokenizer.json", max_length=max_length, pair=pair, lower_capitals=lower_capitals
    ).rows(list(zip(*texts, strict=True)))
    for row, (ids, types) in enumerate(ours):
        assert ids.tolist() == theirs.ids(row, max_length).tolist()
        assert types.tolist() == (theirs.types(row, max_length).tolist() if pair else [0] * len(ids))


@given(st.integers(0, 300), st.integers(0, 300), st.integers(0, 300))
def test_two_texts_are_cut_as_in_a_training(first, second, most):
    assert longest_cut_first(first, second, most) == of_the_house(first, second, most)


@given(st.lists(st.integers(1, 60) | st.integers(1, 5000)))
def test_batches_hold_every_row_once_and_little_padding(lengths):
    found = list(batches(lengths))
    assert sorted(place for batch in found for place in batch) == list(range(len(lengths)))
    of_each = [[lengths[place] for place in batch] for batch in found]
    for batch in of_each:
        assert len(batch) == 1 or len(batch) * max(batch) <= MOST_TOKENS
        assert len(batch) * max(batch) - sum(batch) <= CALL
    for batch, following in pairwise(of_each):  # none ends before it has to
        more = [*batch, max(following)]
        padded = len(more) * max(more)
        assert padded > MOST_TOKENS or padded - sum(more) > CALL


@settings(max_examples=5, deadline=None)
@given(order=st.permutations(range(40)))
def test_a_row_answers_alike_in_any_company(folder_of_pairs, tokenizer, tmp_path_factory, order):
    network, described_outputs = folder_of_pairs
    texts = [(f"{FIRST[n % 7]} {n}", SECOND[n % 5]) for n in order]
    cache = tmp_path_factory.mktemp("cache")
    expected = logits_of(
        [list(each) for each in zip(*texts, strict=True)], tokenizer, described_outputs, cache
    )
    np.testing.assert_allclose(network.logits(texts), expected, atol=1e-5)


@pytest.fixture(scope="module")
def folder_of_pairs(tokenizer, tmp_path_factory):
    folder = make_folder(
        tmp_path_factory.mktemp("export") / "pairs",
        tokenizer,
        task=TASKS["single_label"](),
        labels=["a", "b"],
        text_column="a",
        text_pair_column="b",
    )
    return Network(folder, described(folder), threads=1), 2


def described(folder):
    from finetune.runtime.answering.model import described

    return described(folder)


def test_a_network_that_is_none_is_told(tokenizer, tmp_path):
    folder = make_folder(tmp_path / "export", tokenizer, task=TASKS["ordinal"](), labels=["1", "2"])
    content = described(folder)
    whole = (folder / "model.onnx").read_bytes()
    for broken in (b"", whole[:500]):
        (folder / "model.onnx").write_bytes(broken)
        with pytest.raises(Refused, match=r"model\.onnx cannot be opened \(onnxruntime said: "):
            Network(folder, content)
    (folder / "model.onnx").unlink()
    with pytest.raises(Refused, match=r"model\.onnx is missing"):
        Network(folder, content)
    (folder / "model.onnx").write_bytes(whole.replace(b"logits", b"hidden"))
    with pytest.raises(Refused, match="is no classifier that this program can ask"):
        Network(folder, content)
    (folder / "model.onnx").write_bytes(whole)
    (folder / "tokenizer.json").write_text("{}", encoding="utf-8")
    with pytest.raises(Refused, match=r"tokenizer\.json is damaged"):
        Network(folder, content)


def test_weights_that_lie_beside_are_opened_and_named_where_they_are_missing_or_cut(tokenizer, tmp_path):
    onnx = pytest.importorskip("onnx")
    folder = make_folder(tmp_path / "export", tokenizer, task=TASKS["ordinal"](), labels=["1", "2"])
    content, rows = described(folder), [("boi gordo",), ("soja",)]
    together = Network(folder, content, threads=1).logits(rows)
    onnx.save(
        onnx.load(folder / "model.onnx"),
        folder / "model.onnx",
        save_as_external_data=True,
        location="model.onnx.data",
        size_threshold=1000,
    )
    assert (Network(folder, content, threads=1).logits(rows) == together).all()
    weights = folder / "model.onnx.data"
    weights.write_bytes(weights.read_bytes()[:100])
    with pytest.raises(Refused, match=r"model\.onnx cannot be opened \(onnxruntime said: "):
        Network(folder, content)
    weights.unlink()
    with pytest.raises(Refused, match=r"model\.onnx\.data is missing: put the file of the export back"):
        Network(folder, content)


def test_answers_that_are_no_numbers_are_told(folder_of_pairs, monkeypatch):
    network, _ = folder_of_pairs
    monkeypatch.setattr(network, "_asked", lambda rows: np.full((len(rows), 2), np.nan))
    with pytest.raises(Refused, match="answers are no numbers"):
        network.logits([("a", "b")])


def test_a_folder_of_before_reads_capitals_as_they_are_written(tokenizer, tmp_path):
    folder = make_folder(
        tmp_path / "export", tokenizer, task=TASKS["single_label"](), labels=["a", "b"], lower_capitals=True
    )
    content = described(folder)
    assert Network(folder, content, threads=1).tokens.lower_capitals
    del content["lower_capitals"]
    assert not Network(folder, content, threads=1).tokens.lower_capitals
