"""Each test finds what is planted for it and nothing else, and its false alarms are as many as it says, or fewer."""

import numpy as np
import pytest
from scipy.stats import binom

from finetune.commands.watch.drift.counted import PLACES, alike, counted
from finetune.commands.watch.drift.looks import (
    ALPHA,
    CLASSES,
    LENGTHS,
    TESTS,
    UNLIKE,
    UNSURE,
    WORDS,
    Kind,
    alarms,
    beyond,
    by_shuffling,
    looked,
    more_often,
    otherwise,
)
from finetune.commands.watch.drift.rows import Rows

FARM = [
    "boi",
    "vaca",
    "leite",
    "pasto",
    "soja",
    "milho",
    "trigo",
    "chuva",
    "seca",
    "praga",
    "lavoura",
    "safra",
    "arroba",
    "cerca",
    "curral",
    "trator",
    "adubo",
]
CITY = [
    "ônibus",
    "metrô",
    "prédio",
    "elevador",
    "semáforo",
    "asfalto",
    "bairro",
    "praça",
    "avenida",
    "shopping",
    "aluguel",
    "síndico",
    "garagem",
]
KINDS = {
    "single_label": Kind(knows_when_unsure=False, numbers=False),
    "with a limit": Kind(knows_when_unsure=True, numbers=False),
    "multi_label": Kind(knows_when_unsure=True, numbers=False),
    "number": Kind(knows_when_unsure=False, numbers=True),
    "number with intervals": Kind(knows_when_unsure=True, numbers=True),
}


def rows(kind, many, seed, *, words=FARM, shift=0.0, long=8):
    """Rows of a model that was never trained."""
    rng = np.random.default_rng(seed)
    texts = [" ".join(rng.choice(words, rng.integers(long, 2 * long))) for _ in range(many)]
    if "number" in kind:
        answers = rng.normal(3 * shift, 1, (many, 1))
    elif kind == "multi_label":
        answers = (rng.random((many, 4)) < 0.3 + 0.3 * shift).astype(float)
    else:
        shares = np.array([0.4, 0.3, 0.2, 0.1]) if not shift else np.array([0.1, 0.2, 0.3, 0.4])
        answers = np.eye(4)[rng.choice(4, many, p=shares)]
    return Rows(
        rng.random(many) < 0.1,
        np.full(many, np.nan) if "number" in kind else rng.random(many) ** 2,
        answers,
        np.array([len(text) for text in texts], dtype=float),
        counted(texts),
    )


def names(found):
    return {look.name for look in found}


@pytest.mark.parametrize("kind", KINDS)
def test_rows_like_those_that_were_held_out_give_no_alarm(kind):
    looks = looked(rows(kind, 300, 1), rows(kind, 200, 2), KINDS[kind])
    assert names(looks) == set(TESTS) - ({UNSURE} if kind == "number" else set())
    assert alarms(looks) == []


@pytest.mark.parametrize("kind", KINDS)
def test_other_answers_are_found_as_such(kind):
    looks = looked(rows(kind, 300, 1), rows(kind, 200, 2, shift=1), KINDS[kind])
    assert names(alarms(looks)) == {CLASSES}


def test_longer_texts_are_found():
    looks = looked(rows("single_label", 300, 1), rows("single_label", 200, 2, long=12), KINDS["single_label"])
    assert LENGTHS in names(alarms(looks))


def test_another_subject_in_a_fifth_of_the_rows_is_found():
    new = rows("single_label", 160, 2).and_then(rows("single_label", 40, 3, words=CITY))
    assert {WORDS, UNLIKE} <= names(alarms(looked(rows("single_label", 300, 1), new, KINDS["single_label"])))


@pytest.mark.parametrize(("kind", "unsure", "doubt"), [("with a limit", 60, 0), ("single_label", 0, 60)])
def test_less_sure_answers_are_found(kind, unsure, doubt):
    new = rows(kind, 200, 2)
    new.unsure[:unsure] = True
    new.doubt[:doubt] = 0.999
    assert names(alarms(looked(rows(kind, 300, 1), new, KINDS[kind]))) == {UNSURE}


def test_false_alarms_are_no_more_than_is_said():
    """Of each test that takes no time, in many looks where nothing has changed."""
    rng = np.random.default_rng(0)
    level, looks = 0.05, 400
    found = {"beyond": 0, "more_often": 0, "otherwise": 0}
    for _ in range(looks):
        was, now = rng.normal(size=300), rng.normal(size=200)
        count = int((now > np.sort(was)[-30]).sum())
        found["beyond"] += beyond(count, 200, 30, 300) < level
        found["more_often"] += more_often(was > 1, now > 1) < level
        found["otherwise"] += otherwise(was, now) < level
    most = binom.ppf(0.9999, looks, level)
    assert all(count <= most for count in found.values())
    assert found["beyond"] > 0.4 * level * looks
    assert ALPHA == 0.01


def test_shuffled_false_alarms_are_no_more_than_is_said():
    rng = np.random.default_rng(0)
    level, looks = 0.05, 200
    draws = [rng.random((2, 100, 3)) < 0.3 for _ in range(looks)]
    found = sum(by_shuffling(was.astype(float), now.astype(float)) < level for was, now in draws)
    assert found <= binom.ppf(0.9999, looks, level)


def test_a_label_that_all_rows_have_says_nothing():
    every = np.ones((50, 2))
    assert by_shuffling(every, every) == 1


def test_texts_are_kept_as_numbers_and_empty_ones_are_like_none():
    counts = counted(["o boi gordo", "o boi magro", "", "\ud83d"])
    assert counts.shape == (4, PLACES)
    likeness = alike(counts)
    assert likeness[0, 1] > 0.2
    assert likeness[2].max() == 0
    assert np.isfinite(likeness).all()
