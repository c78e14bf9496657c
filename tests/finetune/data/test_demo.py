"""The embedded table is what its datasheet says: of people's own wording, varied, and not solved by counting words."""

import re
from collections import Counter, defaultdict
from itertools import combinations

import pandas as pd
import pytest

from finetune.data.rows import DEMO


@pytest.fixture(scope="module")
def table():
    return pd.read_csv(DEMO)


def test_at_least_1000_rows_in_8_uneven_classes(table):
    counts = table.rotulo.value_counts()
    assert len(table) >= 1000
    assert len(counts) == 8
    assert counts.max() / counts.min() > 1.4
    assert table.texto.is_unique
    assert list(table.columns) == ["texto", "rotulo"]


def test_no_two_sentences_are_alike(table):
    """No pair has a character-5-gram Jaccard similarity above 0.5."""
    grams = []
    for text in table.texto:
        text = " ".join(text.lower().split())
        grams.append({text[i : i + 5] for i in range(max(1, len(text) - 4))})
    rows_of = defaultdict(list)
    for row, found in enumerate(grams):
        for gram in found:
            rows_of[gram].append(row)
    shared = Counter(pair for rows in rows_of.values() for pair in combinations(rows, 2))
    worst = max(n / (len(grams[a]) + len(grams[b]) - n) for (a, b), n in shared.items())
    assert 0 < worst <= 0.5


def test_no_five_words_stand_in_more_than_three_rows(table):
    rows_of = defaultdict(set)
    for row, text in enumerate(table.texto):
        words = re.findall(r"\w+", text.lower())
        for i in range(len(words) - 4):
            rows_of[tuple(words[i : i + 5])].add(row)
    assert len(rows_of) > 10_000
    assert max(map(len, rows_of.values())) <= 3


def test_counting_words_does_not_solve_it(table):
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.metrics import f1_score
    from sklearn.model_selection import StratifiedKFold, cross_val_predict
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LinearSVC(random_state=0))
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    guess = cross_val_predict(model, table.texto, table.rotulo, cv=folds)
    assert 0.70 <= f1_score(table.rotulo, guess, average="macro") <= 0.88


def test_it_speaks_the_language_of_the_field(table):
    text = " ".join(table.texto).lower()
    for word in (
        "arroba",
        "cepea",
        "ferrugem asiática",
        "ilpf",
        "aftosa",
        "pronaf",
        "safrinha",
        "sc/ha",
        "veranico",
    ):
        assert word in text, word
