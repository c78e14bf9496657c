"""What the model's confidence is worth: calibration, and when it would rather not answer."""

from typing import Any

import numpy as np

from finetune.evaluation.score_names import score_name
from finetune.language.numbers import count, number, percent, span
from finetune.language.which import Language
from finetune.report.blocks import Block, Columns, Grid, Pictures, Section, Text
from finetune.report.facts import Facts
from finetune.report.figures import coverage_curve, reliability
from finetune.report.figures.drawing import to_svg
from finetune.report.figures.measures import uncalibrated
from finetune.report.words import WORDS, Words

SAYS: Words = {
    "en": {
        "calibration": "Can its confidence be trusted?",
        "calibration_how": (
            "A confidence of 80% should mean: right in 80 of 100 cases. Where bars end on the dashed line, that is so; "
            "where they end below it the model is too sure, above it too modest."
        ),
        "too_sure": (
            "Before the correction the model was {side}. Its probabilities were divided by a temperature of "
            "{temperature}, found on {rows} validation rows: the distance between confidence and accuracy (ECE) went "
            "from {before} to {after} on the {part}."
        ),
        "as_it_was": "The confidence was left as it is: the validation rows could not tell a better one.",
        "nothing": "Below a confidence of {threshold} it does not answer; on the {part} it then answers no row.",
        "side_sure": "too sure of itself",
        "side_modest": "too modest",
        "side_fair": "already about right",
        "off": "On the {part}, confidence and accuracy lie {error} apart on average.",
        "fair": "That is little: the confidence can be read as a chance of being right.",
        "fitted": "But the temperature was found on these very rows: on new ones expect a larger distance.",
        "rough": "That is noticeable: read the confidence as a rough hint.",
        "poor": "That is much: do not read the confidence as a chance of being right.",
        "few": "With {rows} rows each bar rests on few of them: do not read much into single bars.",
        "not_calibrated": "The confidence was not corrected by a temperature in this run.",
        "title_before": "Before the correction",
        "title_after": "After the correction",
        "title_only": "As it is",
        "measure": "measure",
        "abstention": "When it should say “don't know”",
        "abstention_how": (
            "Answers of low confidence can be left to a human. The curve shows how accurate the rest gets, from right "
            "(all rows are answered) to left (only the surest)."
        ),
        "chosen": (
            "Threshold: a confidence of {threshold}, chosen on the validation rows so that {wanted} of the answers are "
            "right. On the {part} it answers {answered} of {rows} rows ({coverage}), and {precision} of these are "
            "right{interval}."
        ),
        "interval": " (95 % interval {span})",
        "nearly": "That is a little less than was wanted, which may be chance.",
        "missed": "That is less than was wanted: on new rows, expect this rather than the wish.",
        "always": (
            "No threshold: on the validation rows all answers together were already right often enough. On the {part} "
            "{precision} of all answers are right{interval}."
        ),
        "never": (
            "No threshold was set: on the validation rows no confidence brought {wanted} of right answers. Ask for "
            "less, or improve the model first."
        ),
        "unset": "No threshold was chosen in this run: the model always answers.",
        "line": "Accuracy among the answered rows, {part}.",
    },
    "pt": {
        "calibration": "Dá para confiar na confiança?",
        "calibration_how": (
            "Confiança de 80% deveria querer dizer: acerta 80 em cada 100 casos. Onde as barras chegam à linha "
            "tracejada, é assim; onde ficam abaixo, o modelo é confiante demais; onde passam dela, modesto demais."
        ),
        "too_sure": (
            "Antes da correção o modelo era {side}. Suas probabilidades foram corrigidas com a temperatura "
            "{temperature}, obtida de {rows} linhas de validação: a distância entre confiança e acerto (ECE) passou de "
            "{before} para {after} nas {part}."
        ),
        "as_it_was": "A confiança ficou como era: as linhas de validação não indicaram outra melhor.",
        "nothing": "Abaixo da confiança {threshold} ele não responde; nas {part}, não responde linha alguma.",
        "side_sure": "confiante demais",
        "side_modest": "modesto demais",
        "side_fair": "já quase exato",
        "off": "Nas {part}, a confiança e o acerto ficam em média a {error} um do outro.",
        "fair": "É pouco: a confiança pode ser lida como a chance de acerto.",
        "fitted": "Mas a temperatura foi achada nestas mesmas linhas: com linhas novas, a distância deve ser maior.",
        "rough": "Dá para notar: use a confiança só como uma indicação.",
        "poor": "É muito: não leia a confiança como a chance de acerto.",
        "few": "Com {rows} linhas, cada barra se apoia em poucas: não tire conclusões de uma barra sozinha.",
        "not_calibrated": "Neste treino a confiança não foi corrigida por uma temperatura.",
        "title_before": "Antes da correção",
        "title_after": "Depois da correção",
        "title_only": "Como está",
        "measure": "medida",
        "abstention": "Quando ele deve dizer “não sei”",
        "abstention_how": (
            "Respostas de baixa confiança podem ficar para uma pessoa. A curva mostra quanto as outras acertam, da "
            "direita (todas as linhas são respondidas) para a esquerda (só as mais seguras)."
        ),
        "chosen": (
            "Limite: confiança de {threshold}, escolhida nas linhas de validação para que {wanted} das respostas "
            "estejam certas. Nas {part}, o modelo responde {answered} de {rows} linhas ({coverage}) e acerta "
            "{precision} delas{interval}."
        ),
        "interval": " (intervalo de 95 %: {span})",
        "nearly": "É um pouco menos do que se queria, o que pode ser acaso.",
        "missed": "É menos do que se queria: em linhas novas, conte com este número, e não com o desejado.",
        "always": (
            "Sem limite: nas linhas de validação, todas as respostas juntas já acertavam o bastante. Nas {part}, "
            "{precision} de todas as respostas estão certas{interval}."
        ),
        "never": (
            "Não há limite: nas linhas de validação, nenhuma confiança chegou a {wanted} de acertos. Peça menos, ou "
            "melhore primeiro o modelo."
        ),
        "unset": "Neste treino não foi escolhido um limite: o modelo sempre responde.",
        "line": "Acertos entre as linhas respondidas, {part}.",
    },
}

FAIR, ROUGH = 0.05, 0.10
"""ECE up to which it is called little, and noticeable (our choice)."""

FEW_ROWS = 300


ENOUGH_ROWS = 100
"""Test rows below which nothing is said to be good: our choice, as in the check of the data."""


def calibration_section(facts: Facts, language: Language) -> Section:
    """Returns reliability before and after the temperature, the measures, and what they mean."""
    says, words, part = SAYS[language], WORDS[language], facts.last_part
    blocks: list[Block] = []
    calibration: dict[str, Any] = facts.metrics.get("calibration") or {}
    if part is None:
        return Section("calibration", says["calibration"], "", [Text(words["no_metrics"], "quiet")])
    before = (calibration.get("before") or {}).get(part)
    after = (calibration.get("after") or {}).get(part)
    if before and after:
        blocks.append(Text(_in_words(calibration, before, after, language=language, part=part)))
    elif facts.answers is not None:
        blocks.append(Text(says["not_calibrated"]))
    error = (after or facts.parts[part]).get("ece")
    if error is not None:
        verdict = "fair" if error <= FAIR else "rough" if error <= ROUGH else "poor"
        off = says["off"].format(part=words[f"on_{part}"], error=_points(error, language))
        known = f" {says['fitted']}" if part == "validation" else ""
        good = verdict == "fair" and part == "test" and int(facts.parts[part]["rows"]) >= ENOUGH_ROWS
        blocks.append(Text(f"{off} {says[verdict]}{known}", "good" if good else "warning"))
    if facts.answers is None:
        blocks.append(Text(words["no_answers"], "quiet"))
    else:
        blocks.append(Pictures(_reliabilities(facts, part, language, both=facts.temperature != 1)))
        rows = facts.parts[part]["rows"]
        if rows < FEW_ROWS:
            blocks.append(Text(says["few"].format(rows=count(rows, language)), "quiet"))
    if before and after:
        values = [
            [
                score_name(name, language),
                number(before.get(name), language),
                number(after.get(name), language),
            ]
            for name in ("ece", "brier", "log_loss")
        ]
        blocks.append(Grid((says["measure"], words["before"], words["after"]), values, numbers=(1, 2)))
    return Section("calibration", says["calibration"], says["calibration_how"], blocks)


def _points(error: float, language: Language) -> str:
    points = number(100 * error, language, digits=1)
    return f"{points} pontos percentuais" if language == "pt" else f"{points} percentage points"


def _in_words(
    calibration: dict[str, Any],
    before: dict[str, Any],
    after: dict[str, Any],
    *,
    language: Language,
    part: str,
) -> str:
    says = SAYS[language]
    temperature = float(calibration.get("temperature") or 1.0)
    if temperature == 1:
        return says["as_it_was"]
    side = "sure" if temperature > 1.05 else "modest" if temperature < 0.95 else "fair"
    return says["too_sure"].format(
        side=says[f"side_{side}"],
        temperature=number(temperature, language, digits=2),
        rows=count(int(calibration.get("rows") or 0), language),
        before=number(before.get("ece"), language),
        after=number(after.get("ece"), language),
        part=WORDS[language][f"on_{part}"],
    )


def _reliabilities(facts: Facts, part: str, language: Language, *, both: bool) -> list[tuple[Any, str]]:
    says = SAYS[language]
    assert facts.answers is not None
    answers = facts.answers.part(part)
    versions = {"title_after" if both else "title_only": answers.probabilities}
    if both:
        versions = {"title_before": uncalibrated(answers.probabilities, facts.temperature), **versions}
    found = []
    for name, probabilities in versions.items():
        right = np.asarray(answers.predicted == answers.truth)
        figure = reliability(probabilities.max(axis=1), right, language=language, title=says[name])
        found.append((to_svg(figure, name.replace("title_", "reliability-"), alt=says[name]), ""))
    return found


def section(facts: Facts, language: Language) -> Section:
    """Returns the curve of answers against accuracy, and what the threshold brings."""
    says, words, part = SAYS[language], WORDS[language], facts.last_part
    if part is None:
        return Section("abstention", says["abstention"], "", [Text(words["no_metrics"], "quiet")])
    abstention: dict[str, Any] = facts.metrics.get("abstention") or {}
    blocks: list[Block] = [threshold(abstention, part, language)]
    if abstention.get(part) and abstention.get("abstain_below"):
        reached, wanted = abstention[part].get("precision"), abstention.get("wanted_precision")
        if reached is not None and wanted is not None and reached < wanted:
            _, high = abstention[part].get("interval") or (0.0, 0.0)
            blocks.append(Text(says["nearly"]) if wanted <= high else Text(says["missed"], "warning"))
    if facts.answers is None:
        blocks.append(Text(words["no_answers"], "quiet"))
    else:
        answers = facts.answers.part(part)
        right = np.asarray(answers.predicted == answers.truth)
        figure = coverage_curve(
            answers.probabilities.max(axis=1),
            right,
            language=language,
            threshold=abstention.get("abstain_below") or None,
        )
        line = says["line"].format(part=words[f"on_{part}"])
        picture = Pictures([(to_svg(figure, "coverage", alt=line), line)])
        blocks = [Columns([[picture], blocks])]
    return Section("abstention", says["abstention"], says["abstention_how"], blocks)


def threshold(abstention: dict[str, Any], part: str, language: Language) -> Text:
    """Returns what the chosen threshold brings, or why there is none."""
    says, words = SAYS[language], WORDS[language]
    if not abstention:
        return Text(says["unset"])
    below, wanted = abstention.get("abstain_below"), abstention.get("wanted_precision")
    if below is None:
        return Text(says["never"].format(wanted=percent(wanted, language, digits=0)), "warning")
    brought = abstention.get(part)
    if not brought:
        return Text(says["unset"])
    interval = span(brought.get("interval"), language, of_hundred=True)
    with_interval = says["interval"].format(span=interval) if interval else ""
    if below == 0:
        precision = percent(brought.get("precision"), language)
        text = says["always"].format(part=words[f"on_{part}"], precision=precision, interval=with_interval)
        return Text(text, "lead")
    if not brought.get("answered"):
        text = says["nothing"].format(threshold=percent(below, language), part=words[f"on_{part}"])
        return Text(text, "warning")
    return Text(
        says["chosen"].format(
            threshold=percent(below, language),
            wanted=percent(wanted, language, digits=0),
            part=words[f"on_{part}"],
            answered=count(int(brought["answered"]), language),
            rows=count(int(brought["rows"]), language),
            coverage=percent(brought["coverage"], language, digits=0),
            precision=percent(brought.get("precision"), language),
            interval=with_interval,
        ),
        "lead",
    )
