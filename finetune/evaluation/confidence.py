"""What a model's confidence is worth: temperature and threshold by validation rows, and in words what they bring."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from finetune.evaluation.abstention import answered_at, choose_threshold
from finetune.evaluation.measured import Measured
from finetune.language.numbers import count, number, percent
from finetune.language.which import Language
from finetune.model.calibration import ENOUGH_ROWS, Calibration, fit_temperature, softmax
from finetune.model.metrics import evaluate

CHANGED = ("ece", "brier", "log_loss")
"""What a temperature changes."""

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "validation": "the validation rows, by which it was chosen,",
        "test": "the test rows",
        "as_it_is": "Confidence: left as it is; the validation rows cannot tell a better one.",
        "few": "Confidence: left as it is; {rows} validation rows cannot tell a better one ({least} can).",
        "temperature": "Confidence: corrected with a temperature of {temperature}, as the validation rows ask for.",
        "error": "On {part} it is off by {after} on average (calibration error; {before} without).",
        "answers": (
            '"Don\'t know" below a confidence of {threshold}: on {part} it answers {coverage} of the rows, and '
            "{precision} of these answers are right (95 % interval {low} to {high})."
        ),
        "nothing": '"Don\'t know" below a confidence of {threshold}: on {part} it answers no row at all.',
        "always": (
            'No "don\'t know": on {part} {precision} of all answers are right (95 % interval {low} to {high}).'
        ),
        "never_few": (
            '"Don\'t know" cannot be chosen by {rows} validation rows: at least {least} answers are needed. More '
            "rows, or a larger --data.validation_fraction, would do."
        ),
        "never": (
            "No confidence brings {wanted} right answers on validation with at least 20 answers: it never says "
            '"don\'t know". Ask for less, or improve the model first.'
        ),
    },
    "pt": {
        "validation": "nas linhas de validação, pelas quais foi escolhida,",
        "test": "nas linhas de teste",
        "as_it_is": "Confiança: fica como está; as linhas de validação não indicam outra melhor.",
        "few": "Confiança: fica como está; {rows} linhas de validação não indicam outra (são precisas {least}).",
        "temperature": "Confiança: corrigida com a temperatura {temperature}, como pedem as linhas de validação.",
        "error": "{Part} ela erra em média {after} (erro de calibração; {before} sem isso).",
        "answers": (
            '"Não sei" abaixo da confiança {threshold}: {part} responde {coverage} das linhas e '
            "acerta {precision} dessas respostas (intervalo de 95 %: {low} a {high})."
        ),
        "nothing": '"Não sei" abaixo da confiança {threshold}: {part} não responde linha alguma.',
        "always": (
            'Sem "não sei": {part} {precision} de todas as respostas estão certas (intervalo de 95 %: {low} a {high}).'
        ),
        "never_few": (
            'Não dá para escolher o "não sei" com {rows} linhas de validação: são precisas pelo menos {least} '
            "respostas. Mais linhas, ou --data.validation_fraction maior, resolvem."
        ),
        "never": (
            "Nenhuma confiança dá {wanted} de acertos na validação com pelo menos 20 respostas: o modelo nunca diz "
            '"não sei". Peça menos, ou melhore antes o modelo.'
        ),
    },
}


def calibration_of(validation: Measured, wanted_precision: float | None) -> Calibration:
    """Returns the temperature and the threshold that validation rows ask for."""
    temperature = fit_temperature(validation.logits, validation.truth)
    if wanted_precision is None:
        return Calibration(temperature)
    threshold = choose_threshold(*confidence(validation, temperature), wanted_precision)
    return Calibration(temperature, threshold, wanted_precision)


def confidence(of: Measured, temperature: float) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Returns the confidence of each answer, and whether it is right. [N], [N]"""
    return softmax(of.logits, temperature).max(axis=1), of.logits.argmax(axis=1) == of.truth


def record(calibration: Calibration, parts: Sequence[Measured]) -> dict[str, Any]:
    """Returns what the temperature and the threshold bring, as plain values for `metrics.json`.

    It is empty where there is neither: a model of a training without validation rows.

    Args:
        calibration: As it was found on the validation rows.
        parts: The parts that were measured.
    """

    def errors(part: Measured, temperature: float) -> dict[str, float]:
        values = evaluate(torch.from_numpy(part.logits / temperature), torch.from_numpy(part.truth))
        return {name: values[name].item() for name in CHANGED}

    validated = any(part.part == "validation" for part in parts)
    if calibration == Calibration() and not validated:
        return {}
    content: dict[str, Any] = {
        "calibration": {
            "temperature": calibration.temperature,
            "rows": next((len(part.truth) for part in parts if part.part == "validation"), 0),
            "before": {part.part: errors(part, 1.0) for part in parts},
            "after": {part.part: errors(part, calibration.temperature) for part in parts},
        },
    }
    threshold = calibration.abstain_below
    if calibration.wanted_precision is not None:
        brought = {
            part.part: asdict(answered_at(threshold or 0.0, *confidence(part, calibration.temperature)))
            for part in parts
        }
        content["abstention"] = {
            "wanted_precision": calibration.wanted_precision,
            "abstain_below": threshold,
            **brought,
        }
    return content


def sentences(content: dict[str, Any], language: Language) -> list[str]:
    """Returns in words what `record` gave.

    Args:
        content: That, or all of `metrics.json`.
        language: That of the sentences.
    """
    words = WORDS[language]
    found = content["calibration"]
    temperature = found["temperature"]
    few = found["rows"] < ENOUGH_ROWS and "validation" in found["after"]
    first = words["temperature" if temperature != 1 else "few" if few else "as_it_is"]
    counts = {"rows": count(found["rows"], language), "least": ENOUGH_ROWS}
    text = first.format(temperature=number(temperature, language, digits=2), **counts)
    for part in ("test",) if temperature != 1 and "test" in found["after"] else ():
        before, after = (number(found[when][part]["ece"], language) for when in ("before", "after"))
        text += " " + words["error"].format(
            part=words[part], Part=words[part].capitalize(), before=before, after=after
        )
    lines = [text]
    abstention = content.get("abstention")
    if abstention is None:
        return lines
    threshold = abstention["abstain_below"]
    if threshold is None:
        wanted = percent(abstention["wanted_precision"], language)
        return [*lines, words["never_few" if few else "never"].format(wanted=wanted, **counts)]
    for part in ("validation", "test"):
        if part in abstention:
            brought = abstention[part]
            low, high = brought["interval"]
            lines.append(
                words["always" if not threshold else "answers" if brought["answered"] else "nothing"].format(
                    threshold=number(threshold, language),
                    part=words[part],
                    coverage=percent(brought["coverage"], language),
                    precision=percent(brought["precision"], language) if brought["answered"] else "",
                    low=percent(low, language),
                    high=percent(high, language),
                )
            )
    return lines
