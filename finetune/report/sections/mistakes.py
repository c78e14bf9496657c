"""The most confident errors, with the words that weighed most for the answer."""

from pathlib import Path
from typing import Any

from finetune.language.numbers import count, percent
from finetune.language.which import Language
from finetune.report.attribution import Explained, most_confident_errors
from finetune.report.blocks import Block, Fold, Marked, Piece, Section, Text
from finetune.report.facts import Facts
from finetune.report.words import WORDS, Words

SAYS: Words = {
    "en": {
        "title": "The most confident errors",
        "how": (
            "Here the model was surest and yet not of the label in the table. Look at the labels first: often it is "
            "the table that errs, or a text fits two classes."
        ),
        "marks": (
            "Orange: the words that weighed most for the answer, the darker the more. Blue underlined: words that "
            "weighed against it (integrated gradients)."
        ),
        "some": "Texts that are marked: {count}; for all of them it would have taken too long.",
        "no_captum": (
            "The words that weighed most are not marked: that needs the package captum. "
            'pip install "finetune-text[explain]"'
        ),
        "no_model": "The words that weighed most are not marked: the run folder has no model/ to ask.",
        "not_asked": "The words that weighed most are not marked: --no-explain was given.",
        "failed": "The words that weighed most are not marked: {why}",
        "none": "There are none: every answer is right.",
        "true": "label in the table",
        "answer": "answer",
        "confidence": "confidence",
        "more": "{count} more",
        "cut": "[…]",
    },
    "pt": {
        "title": "Os erros mais confiantes",
        "how": (
            "Aqui o modelo estava mais seguro, mas discordou do rótulo da tabela. Olhe primeiro os rótulos: muitas "
            "vezes é a tabela que erra, ou o texto cabe em duas classes."
        ),
        "marks": (
            "Em laranja, as palavras que mais pesaram a favor da resposta; quanto mais forte a cor, maior o peso. Com "
            "sublinhado azul, as que pesaram contra (gradientes integrados)."
        ),
        "some": "Textos marcados: {count}; em todos, levaria tempo demais.",
        "no_captum": (
            "As palavras que mais pesaram não estão marcadas: falta o pacote captum. "
            'pip install "finetune-text[explain]"'
        ),
        "no_model": "As palavras que mais pesaram não estão marcadas: a pasta não tem o modelo (model/).",
        "not_asked": "As palavras que mais pesaram não estão marcadas: foi pedido --no-explain.",
        "failed": "As palavras que mais pesaram não estão marcadas: {why}",
        "none": "Não há: todas as respostas estão certas.",
        "true": "rótulo na tabela",
        "answer": "resposta",
        "confidence": "confiança",
        "more": "Mais {count}",
        "cut": "[…]",
    },
}

OPEN = 8
"""Errors that are shown at once; the others are folded."""

MOST_LETTERS = 900
"""Of a text."""


def section(facts: Facts, language: Language, explained: Explained) -> Section:
    """Returns the errors of the last part, the most confident first.

    Args:
        facts: The run.
        language: That of the reader.
        explained: What weighed how much in which text, or why that is not known.
    """
    says, words, part = SAYS[language], WORDS[language], facts.last_part
    if facts.answers is None or part is None:
        why = words["no_metrics"] if part is None else words["no_answers"]
        return Section("mistakes", says["title"], "", [Text(why, "quiet")])
    errors = most_confident_errors(facts.answers, part)
    if errors.empty:
        return Section("mistakes", says["title"], "", [Text(says["none"], "good")])
    done = sum(text in explained.weights for text in errors["text"])
    note = says["marks"] if explained.weights else says[explained.why or "failed"].format(why=explained.error)
    told: list[Block] = [_marked(row, explained, language) for row in errors.to_dict("records")]
    if 0 < done < len(errors):
        note = f"{note} {says['some'].format(count=count(done, language))}"
    blocks: list[Block] = [Text(note, "quiet"), *told[:OPEN]]
    if len(told) > OPEN:
        more = says["more"].format(count=count(len(told) - OPEN, language))
        blocks.append(Fold(more, told[OPEN:]))
    return Section("mistakes", says["title"], says["how"], blocks)


def _marked(row: dict[Any, Any], explained: Explained, language: Language) -> Marked:
    says, words = SAYS[language], WORDS[language]
    return Marked(
        place=f"{Path(str(row['source'])).name}, {words['line']} {row['line']}",
        facts=[
            (says["true"], str(row["label"])),
            (says["answer"], str(row["predicted"])),
            (says["confidence"], percent(float(row["confidence"]), language)),
        ],
        pieces=pieces(str(row["text"]), explained.weights.get(str(row["text"]), []), says["cut"]),
    )


def pieces(text: str, weights: list[tuple[int, int, float]], cut: str) -> list[Piece]:
    """Returns a text in pieces with their weights; a long one is cut.

    Args:
        text: The text.
        weights: Begin, end and weight of its words, in order.
        cut: Stands where a text was cut.
    """
    found, place = [], 0
    end_of_all = (
        len(text) if len(text) <= MOST_LETTERS else max(MOST_LETTERS, *[0, *(end for _, end, _ in weights)])
    )
    end_of_all = min(end_of_all, 3 * MOST_LETTERS)
    for begin, end, weight in weights:
        if begin < place or end > end_of_all:
            continue
        if begin > place:
            found.append(Piece(text[place:begin]))
        found.append(Piece(text[begin:end], weight))
        place = end
    found.append(Piece(text[place:end_of_all]))
    if end_of_all < len(text):
        found.append(Piece(f" {cut}"))
    return [piece for piece in found if piece.text]
