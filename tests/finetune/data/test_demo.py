"""The embedded tables are what their datasheet says: of people's own wording, varied, and not solved by counting words."""

import re
from collections import Counter, defaultdict
from itertools import combinations

import pandas as pd
import pytest

from finetune.data.checks.near_duplicates import ALIKE, WIDTH
from finetune.data.rows import DEMO, DEMOS


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


def test_of_questions_and_answers_only_both_together_give_the_label():
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.svm import LinearSVC

    pairs = pd.read_csv(DEMOS["demo_perguntas"])
    model = make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), LinearSVC(random_state=0))
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    right = [
        cross_val_score(model, texts, pairs.rotulo, cv=folds).mean()
        for texts in (pairs.pergunta, pairs.resposta, pairs.pergunta + " | " + pairs.resposta)
    ]
    assert [round(each, 2) for each in right] == pytest.approx([0.58, 0.65, 0.91], abs=0.03)


def test_of_questions_and_answers_no_two_rows_are_nearly_the_same():
    """Else the check finds held-out rows that the model has seen, however the table is divided."""
    pairs = pd.read_csv(DEMOS["demo_perguntas"])
    rows = [
        {text[i : i + WIDTH] for i in range(len(text) - WIDTH + 1)}
        for text in pairs.pergunta + pairs.resposta
    ]
    assert max(len(one & other) / len(one | other) for one, other in combinations(rows, 2)) < ALIKE
