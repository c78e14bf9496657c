import numpy as np
import pyarrow as pa
import pytest

from finetune.data.checks import near_duplicates as module
from finetune.data.checks.near_duplicates import (
    ALIKE,
    WIDTH,
    alike,
    band_keys,
    buckets,
    jaccard,
    repeating,
    shingles,
)
from finetune.data.reading.folding import column


def test_shingles_are_those_of_each_text_and_none_goes_over_its_end():
    texts = column(["abcdefgh", "abc", "bcdefg", "é" * 4])
    hashes, offsets = shingles(texts)
    assert offsets.tolist() == [0, 3, 3, 4, 7]
    assert hashes[1] == hashes[3]
    assert len(set(hashes.tolist())) == 5  # of éééé in bytes, the first and the third are the same
    part, _ = shingles(texts.slice(2))
    assert part.tolist() == hashes[3:].tolist()
    assert shingles(column([]))[1].tolist() == [0]


def test_similarity_is_the_share_of_common_shingles():
    assert jaccard("abcdefgh", "abcdefgh") == 1
    assert jaccard("abcdefgh", "abcdefgx") == pytest.approx(2 / 4)
    assert jaccard("ab", "ab") == 0


def test_texts_that_are_much_alike_share_a_band_and_others_hardly_ever(frame):
    texts = frame.texto.tolist()[:300]
    changed = [f"{text} Sim" for text in texts]
    keys = band_keys(column([text.lower() for text in texts + changed]))
    same = (keys[:300] == keys[300:]).any(axis=1)
    assert all(jaccard(a, b) >= ALIKE for a, b in zip(texts, changed, strict=True))
    assert same.mean() > 0.97
    assert (keys[:299] == keys[1:300]).any(axis=1).mean() < 0.05


def test_texts_shorter_than_a_shingle_are_like_none():
    keys = band_keys(column(["a" * (WIDTH - 1), "b", ""]))
    assert (keys == 0).all()
    assert list(buckets(keys[:, 0])) == []


def test_a_held_out_row_is_compared_with_earlier_parts_alone(frame, look):
    rows = [frame.index[frame.parte == part][0] for part in ("treino", "validação", "teste")]
    for row, end in zip(rows, (" um", " dois", " três"), strict=True):
        frame.loc[row, "texto"] = frame.texto[rows[0]] + end
    like, all_compared = alike(look(frame))
    train, validation, test = rows
    assert all_compared
    assert like[validation] == train
    assert like[test] in (train, validation)
    assert len(like) == 2


def test_where_not_all_pairs_are_compared_it_is_said(frame, look, monkeypatch):
    longest = max(map(len, frame.texto))
    monkeypatch.setattr(module, "MOST_LETTERS", 2 * longest + 40)
    train = frame.index[frame.parte == "treino"][0]
    frame.loc[frame.index[frame.parte == "teste"][:9], "texto"] = [
        f"{frame.texto[train]} {n} a" for n in range(9)
    ]
    (finding,) = module.near_duplicates(look(frame))
    assert finding.code == "near_duplicates_at_least"
    assert finding.count == 1


def test_a_slice_of_a_column_has_the_keys_of_its_texts(frame):
    texts = column(frame.texto.tolist())
    assert np.array_equal(
        band_keys(texts)[100:120], band_keys(pa.array(texts.to_pylist()[100:120], pa.large_string()))
    )


def test_equal_texts_by_the_thousand_are_compared_once(frame, look, monkeypatch):
    asked = []
    monkeypatch.setattr(module, "jaccard", lambda one, two: asked.append(one) or jaccard(one, two))
    train = frame.index[frame.parte == "treino"][0]
    others = frame.index[frame.parte == "teste"]
    frame.loc[others, "texto"] = f"{frame.texto[train]} Sim"
    like, _ = alike(look(frame))
    assert set(like) == set(others)
    assert sum(text.endswith(" sim") for text in asked) == 1


def test_a_giant_text_is_cut_into_the_memory_there_is():
    assert band_keys(column(["palavra " * 400_000, "outra coisa"])).shape[0] == 2


def test_new_texts_that_nearly_repeat_others_are_found():
    others = column(
        [f"o produtor da fazenda {number} vendeu o gado na feira da cidade vizinha" for number in range(40)]
    )
    texts = column(
        ["o produtor da fazenda 7 vendeu o gado na feira da cidade vizinha ontem", "chuva de granizo", ""]
    )
    assert repeating(texts, others) == {0}
    assert repeating(texts, column([])) == set()
