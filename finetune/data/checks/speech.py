"""The check of the language that the texts are in, against those that the model knows by its name."""

from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from finetune.data.checks.examined import Examined
from finetune.data.checks.finding import Finding, Grid

SAMPLE = 20_000
"""Rows looked at: some 20,000 a second."""

SURE = 0.9
"""Certainty from which on a language counts. On 3,000 Portuguese tweets one was then taken for another language."""

LEAST_LETTERS = 20
"""Texts with fewer letters say too little."""

FEW = 0.01
"""Share of rows in other languages that is worth a note only."""

COUSINS = {"gl": "pt", "nb": "no", "nn": "no"}
"""Languages that short texts do not tell from another one."""

LISTED = 10


def speech(data: Examined) -> Iterator[Finding]:
    """Texts in another language than the model's; where that is not known, than that of most texts."""
    rows = np.arange(len(data))
    if len(rows) > SAMPLE:
        rows = np.sort(np.random.default_rng(data.seed).choice(rows, SAMPLE, replace=False))
    spoken = {row: language for row in rows.tolist() if (language := language_of(data.text[row].as_py()))}
    if not spoken:
        return
    counts = Counter(spoken.values())
    known = data.languages or frozenset([counts.most_common(1)[0][0]])
    foreign = [row for row, language in spoken.items() if language not in known]
    if not foreign:
        return
    share = len(foreign) / len(spoken)
    others = Counter(spoken[row] for row in foreign).most_common(5)
    yield Finding(
        "foreign",
        "severe" if share >= 0.5 else "warning" if share >= FEW else "note",
        len(foreign),
        foreign,
        values={
            "known": ", ".join(sorted(known)),
            "found": ", ".join(f"{language} ({count})" for language, count in others),
            "looked_at": len(rows),
        },
        grid=Grid(
            ("line", "language", "text"),
            [(data.marked(row), spoken[row], data.excerpt(row)) for row in foreign[:LISTED]],
        ),
    )


@lru_cache(maxsize=1)
def _identifier() -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)


def language_of(text: str) -> str | None:
    """Returns the code of a text's language (ISO 639-1, `pt`); None where the text does not say for sure."""
    if sum(map(str.isalpha, text)) < LEAST_LETTERS:
        return None
    language, certainty = _identifier().classify(text)
    return COUSINS.get(language, language) if certainty >= SURE else None


# What a model's name says of its languages; the first row that fits counts
NAMED: tuple[tuple[tuple[str, ...], frozenset[str] | None], ...] = (
    (("multilingual", "xlm", "mdeberta", "mmbert", "eurobert", "labse"), None),
    (("embedded",), frozenset({"en", "pt"})),
    (("portuguese", "bertimbau", "albertina", "bertugues", "-pt", "ptbr"), frozenset({"pt"})),
    (("spanish", "beto", "-es"), frozenset({"es"})),
    (("bert-base-uncased", "bert-base-cased", "bert-large-uncased", "bert-large-cased"), frozenset({"en"})),
    (
        ("distilbert-base-uncased", "distilbert-base-cased", "roberta-base", "roberta-large"),
        frozenset({"en"}),
    ),
    (("deberta-v3", "modernbert", "electra-base", "electra-small", "electra-large"), frozenset({"en"})),
)


def known_languages(model: str) -> frozenset[str] | None:
    """Returns the languages that a model knows, by its name; None where the name does not say."""
    name = model.lower()
    for words, languages in NAMED:
        if any(word in name for word in words):
            return languages
    return None
