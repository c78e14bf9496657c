"""What is read first: the verdict in plain words, four numbers, and warnings about what makes them untrustworthy."""

from typing import Any

from finetune.evaluation.comparison import Interval, McNemar, outcome
from finetune.language.numbers import NOTHING, count, number, percent, span
from finetune.language.which import Language
from finetune.report.blocks import Block, Bullets, Cards, Text, Tone
from finetune.report.facts import Facts
from finetune.report.sections.repeat import run_name
from finetune.report.words import WORDS, Words

SAYS: Words = {
    "en": {
        "right": "The model is right in {accuracy} of the {rows} {part} (macro-F1 {f1}{interval})",
        "interval": ", 95 % interval {span}",
        "better": " and beats the best simple model ({name}).",
        "undecided": " and does NOT clearly beat the best simple model ({name}): the difference may be chance.",
        "tie": " and does NOT beat the best simple model ({name}): both score the same.",
        "worse": " and scores WORSE than the best simple model ({name}). Do not rely on it as it is.",
        "unfinished": (
            "This training has not finished: there is no result yet. Below stands what is known so far. "
            "To go on with it: finetune fit --run {run} --resume"
        ),
        "never_started": "This training left no result and no state to go on from. Below stands what is known.",
        "alone": ". Whether it beats a simple model is not known: no simple model was measured beside it.",
        "no_test": (
            "There were no test rows: the score comes from the validation rows, by which the model was chosen, and is "
            "likely too good."
        ),
        "no_validation": (
            "There were no validation rows: the last version was kept, whether or not it was the best one."
        ),
        "severe": "The check of the data found something severe, which makes the score untrustworthy:",
        "few": "Only {rows} test rows: the score is rough. The interval says how rough.",
        "unread": "Files that cannot be read, and are left out: {files}.",
        "f1_note": "mean of the classes, each counted alike; 1 is perfect",
        "accuracy_note": "share of the rows that are right",
        "gain": "macro-F1 above {name}",
        "rows_note": "rows it was measured on; it learned from {train}",
        "measured_on": "measured on",
    },
    "pt": {
        "right": "O modelo acerta {accuracy} das {rows} {part} (macro-F1 {f1}{interval})",
        "interval": "; intervalo de 95 %: {span}",
        "better": " e supera o melhor modelo simples ({name}).",
        "undecided": " e NÃO supera com clareza o melhor modelo simples ({name}): a diferença pode ser acaso.",
        "tie": " e NÃO supera o melhor modelo simples ({name}): os dois têm a mesma nota.",
        "worse": " e fica ABAIXO do melhor modelo simples ({name}). Não confie nele assim.",
        "unfinished": (
            "Este treino não terminou: ainda não há resultado. Abaixo está o que já se sabe. Para continuar: "
            "finetune fit --run {run} --resume"
        ),
        "never_started": (
            "Este treino não deixou resultado nem um ponto de onde continuar. Abaixo está o que se sabe."
        ),
        "alone": ". Não se sabe se supera um modelo simples: nenhum foi medido junto com ele.",
        "no_test": (
            "Não havia linhas de teste: a nota vem das linhas de validação, usadas para escolher o modelo, e deve "
            "estar alta demais."
        ),
        "no_validation": (
            "Não havia linhas de validação: ficou a última versão do modelo, sendo ou não a melhor."
        ),
        "severe": "A conferência dos dados achou algo grave, que torna a nota pouco confiável:",
        "few": "São só {rows} linhas de teste: a nota é aproximada. O intervalo mostra quanto.",
        "unread": "Arquivos que não puderam ser lidos e ficaram de fora: {files}.",
        "f1_note": "média das classes, todas com o mesmo peso; 1 é perfeito",
        "accuracy_note": "parcela das linhas que o modelo acerta",
        "gain": "macro-F1: diferença para {name}",
        "rows_note": "linhas usadas para medir; ele aprendeu com {train}",
        "measured_on": "medido em",
    },
}

FEW_ROWS = 100
"""As the check of the data has it."""


def best_baseline(facts: Facts, part: str) -> str | None:
    """Returns the name of the simple model that the run was compared with and that scores highest."""
    compared = (facts.metrics.get("against_baselines") or {}).get(part) or {}
    scores = facts.metrics.get("baselines") or {}
    known = [name for name in compared if part in scores.get(name, {})]
    return max(known, key=lambda name: scores[name][part]["f1_macro"], default=None)


def against(facts: Facts, part: str, name: str) -> tuple[Interval, McNemar]:
    """Returns the recorded comparison with a simple model."""
    compared: dict[str, Any] = facts.metrics["against_baselines"][part][name]
    return Interval(**compared["f1_macro_difference"]), McNemar(**compared["mcnemar"])


def headline(facts: Facts, language: Language) -> tuple[str, Tone]:
    """Returns the verdict and how it looks: good only where the model beats the best simple one beyond chance."""
    says, words, part = SAYS[language], WORDS[language], facts.last_part
    if part is None:
        known = "unfinished" if facts.resumable else "never_started"
        return says[known].format(run=run_name(facts.folder)), "severe"
    report = facts.parts[part]
    interval = span((report.get("intervals") or {}).get("f1_macro"), language)
    text = says["right"].format(
        accuracy=percent(report["accuracy"], language),
        rows=count(report["rows"], language),
        part=words[f"on_{part}"],
        f1=number(report["f1_macro"], language),
        interval=says["interval"].format(span=interval) if interval else "",
    )
    name = best_baseline(facts, part)
    if name is None:
        return f"{text}{says['alone']}", "warning"
    gain, test = against(facts, part, name)
    result = outcome(gain, test, int(report["rows"]))
    tone: dict[str, Tone] = {"better": "good", "worse": "severe"}
    shown = tone.get(result, "warning")
    if shown == "good" and (part != "test" or _severe(facts)):
        shown = "warning"  # what is said below takes the green away
    return text + says[result].format(name=words.get(name, name)), shown


def opening(facts: Facts, language: Language) -> list[Block]:
    """Returns the numbers that are seen first, and the warnings."""
    return [*_cards(facts, language), *warnings(facts, language)]


def _cards(facts: Facts, language: Language) -> list[Block]:
    says, words, part = SAYS[language], WORDS[language], facts.last_part
    if part is None:
        return []
    report = facts.parts[part]
    intervals = report.get("intervals") or {}

    def below(name: str, otherwise: str, *, of_hundred: bool = False) -> str:
        known = span(intervals.get(name), language, of_hundred=of_hundred)
        return f"{words['interval']}: {known}" if known else otherwise

    train = facts.rows_of("train")
    cards = [
        ("macro-F1", number(report["f1_macro"], language), below("f1_macro", says["f1_note"])),
        (
            words["accuracy"],
            percent(report["accuracy"], language),
            below("accuracy", says["accuracy_note"], of_hundred=True),
        ),
    ]
    name = best_baseline(facts, part)
    if name is not None:
        gain, _ = against(facts, part, name)
        cards.append(
            (
                says["gain"].format(name=words.get(name, name)),
                number(gain.difference, language, sign=True),
                f"{words['interval']}: {span((gain.low, gain.high), language)}",
            )
        )
    rows = says["rows_note"].format(train=NOTHING if train is None else count(train, language))
    cards.append((words[f"on_{part}"], count(report["rows"], language), rows))
    return [Cards(cards)]


def _severe(facts: Facts) -> list[dict[str, Any]]:
    return [one for one in facts.data_report.get("findings", []) if one.get("severity") == "severe"]


def warnings(facts: Facts, language: Language) -> list[Block]:
    """Returns what makes the result untrustworthy, before anything else is read."""
    says, found = SAYS[language], list[Block]()
    severe = _severe(facts)
    if severe:
        told = [f"{count(one['count'], language)} {one['what'][language]}" for one in severe]
        found.append(Bullets(told, says["severe"], "severe"))
    if facts.finished:
        if "test" not in facts.parts:
            found.append(Text(says["no_test"], "warning"))
        elif facts.parts["test"]["rows"] < FEW_ROWS:
            rows = count(facts.parts["test"]["rows"], language)
            found.append(Text(says["few"].format(rows=rows), "warning"))
        if "validation" not in facts.parts:
            found.append(Text(says["no_validation"], "warning"))
    if facts.unread:
        found.append(Text(says["unread"].format(files="; ".join(facts.unread)), "warning"))
    return found
