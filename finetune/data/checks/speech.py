"""The check of the language that the texts are in, against those that the model knows by its name."""

import re
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from finetune.data.checks.examined import Examined
from finetune.data.checks.finding import Finding, Grid, with_count
from finetune.language.say import AnyMessage, Message, joined

SAMPLE = 20_000
"""Rows looked at: some 20,000 a second."""

SURE = 0.9
"""Certainty from which on a language counts. On 3,000 Portuguese tweets one was then taken for another language."""

LIKELY = ("pt", "es", "en", "it", "fr", "de")
SURE_AMONG_LIKELY = 0.95
"""Certainty from which on a language counts where only the likely ones are asked."""

LEAST_LETTERS = 20
"""Texts with fewer letters say too little."""

FEW = 0.01
"""Share of rows in other languages that is worth a note only."""

COUSINS = {"gl": "pt", "nb": "no", "nn": "no"}
"""Languages that short texts do not tell from another one."""

LISTED = 10

NAMES = {
    "de": Message("German"),
    "en": Message("English"),
    "es": Message("Spanish"),
    "fr": Message("French"),
    "it": Message("Italian"),
    "pt": Message("Portuguese"),
}
"""Languages by their code (ISO 639-1)."""


def name_of(language: str) -> AnyMessage | str:
    """Returns a language's name for the reader, by its code; for a language of few users the code."""
    return NAMES.get(language, language)


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
    n, share = len(foreign), len(foreign) / len(rows)
    others = Counter(spoken[row] for row in foreign).most_common(5)
    yield Finding(
        "foreign",
        "severe" if share >= 0.5 else "warning" if share >= FEW else "note",
        n,
        foreign,
        what=Message(
            "text (of {looked_at:,} looked at) in another language than expected; expected: {known}; found: {found}",
            "texts (of {looked_at:,} looked at) in another language than expected; expected: {known}; found: {found}",
            n=n,
            looked_at=len(rows),
            known=joined([name_of(language) for language in sorted(known)], ", "),
            found=joined([with_count(name_of(language), texts) for language, texts in others], ", "),
        ),
        advice=Message(
            "Leave it out, or choose a model that knows its language.",
            "Leave them out, or choose a model that knows their language.",
            n=n,
        ),
        grid=Grid(
            ("line", "language", "text"),
            [(data.marked(row), spoken[row], data.excerpt(row)) for row in foreign[:LISTED]],
        ),
    )


@lru_cache(maxsize=2)
def _identifier(languages: tuple[str, ...] = ()) -> Any:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    if languages:
        identifier.set_languages(list(languages))
    return identifier


def language_of(text: str) -> str | None:
    """Returns the code of a text's language (ISO 639-1, `pt`); None where the text does not say for sure."""
    if sum(map(str.isalpha, text)) < LEAST_LETTERS:
        return None
    language, certainty = _identifier().classify(text)
    if certainty < SURE:
        # among all languages Portuguese and Spanish share their votes with Galician, Catalan and others
        language, certainty = _identifier(LIKELY).classify(text)
        certainty = certainty if certainty >= SURE_AMONG_LIKELY else 0.0
    return COUSINS.get(language, language) if certainty >= SURE else None


PORTUGUESE = frozenset({"portuguese", "bertimbau", "albertina", "bertugues", "ptbr", "pt"})
"""Words of a hub model's name, one of which says that it knows Portuguese alone."""

SEVERAL = frozenset({"multilingual", "xlm", "mdeberta", "mmbert", "eurobert", "labse"})
ENGLISH = frozenset(
    f"{owner}{name}"
    for owner, names in (
        ("", ("bert-base-uncased", "bert-base-cased", "roberta-base", "distilbert-base-uncased")),
        ("google-bert/", ("bert-base-uncased", "bert-base-cased", "bert-large-uncased", "bert-large-cased")),
        ("facebookai/", ("roberta-base", "roberta-large")),
        ("distilbert/", ("distilbert-base-uncased", "distilbert-base-cased")),
        ("microsoft/", ("deberta-v3-xsmall", "deberta-v3-small", "deberta-v3-base", "deberta-v3-large")),
        ("answerdotai/", ("modernbert-base", "modernbert-large")),
    )
    for name in names
)


def known_languages(model: str) -> frozenset[str] | None:
    """Returns the languages that a model knows, by its name on the hub; None where that does not say."""
    if model == "embedded":
        return frozenset({"en", "pt"})
    name = model.lower()
    if name in ENGLISH:
        return frozenset({"en"})
    words = set(re.split(r"[^a-z0-9]+", name.rpartition("/")[2]))
    return frozenset({"pt"}) if words & PORTUGUESE and not words & SEVERAL else None
