"""The result: the model beside the simple ones, with intervals, and the verdict."""

from collections.abc import Mapping
from typing import Any

from finetune.evaluation.comparison import verdict
from finetune.evaluation.score_names import score_name
from finetune.language.numbers import NOTHING, number, span
from finetune.language.which import Language
from finetune.report.blocks import Block, Fold, Grid, Section, Text
from finetune.report.facts import Facts
from finetune.report.sections.opening import against, best_baseline
from finetune.report.words import WORDS, Words

SAYS: Words = {
    "en": {
        "title": "The result beside simple models",
        "how": (
            "A model is worth its effort if it beats simple ones that learn in seconds. The interval says where the "
            "true score likely lies; whether a difference is more than chance, the sentence below the table says."
        ),
        "score": "measure",
        "all": "All measures of this model",
        "what": "what it says",
        "f1_macro": "mean F1 of the classes, each counted alike",
        "f1_micro": "F1 of all rows together; here equal to the accuracy",
        "f1_weighted": "mean F1 of the classes by their rows",
        "accuracy": "share of the rows that are right",
        "balanced_accuracy": "mean share found of each class",
        "mcc": "agreement beyond chance: 1 perfect, 0 chance",
        "roc_auc": "how well right and wrong classes are told apart: 1 perfect, 0.5 chance",
        "average_precision": "area below precision against recall, mean of the classes",
        "brier": "mean squared error of the probabilities: lower is better",
        "ece": "how far confidence and accuracy lie apart: lower is better",
        "log_loss": "how much the true class surprised the model: lower is better",
        "loss": "what the training makes smaller, before the temperature",
        "alone": "No simple model was measured beside it (--baselines null, or an older version).",
    },
    "pt": {
        "title": "O resultado ao lado de modelos simples",
        "how": (
            "Um modelo só vale o esforço se superar modelos simples, que aprendem em segundos. O intervalo mostra onde "
            "deve estar a nota verdadeira; se uma diferença é mais que acaso, diz a frase abaixo da tabela."
        ),
        "score": "medida",
        "all": "Todas as medidas deste modelo",
        "what": "o que diz",
        "f1_macro": "média do F1 das classes, todas com o mesmo peso",
        "f1_micro": "F1 de todas as linhas juntas; aqui é igual à acurácia",
        "f1_weighted": "média do F1 das classes, com peso pelo número de linhas",
        "accuracy": "parcela das linhas que o modelo acerta",
        "balanced_accuracy": "parcela achada de cada classe, em média",
        "mcc": "acerto além do acaso: 1 é perfeito, 0 é acaso",
        "roc_auc": "quão bem separa a classe certa das outras: 1 é perfeito, 0,5 é acaso",
        "average_precision": "área sob a curva de precisão e revocação, média das classes",
        "brier": "erro quadrático médio das probabilidades: quanto menor, melhor",
        "ece": "distância entre confiança e acerto: quanto menor, melhor",
        "log_loss": "quanto a classe certa surpreendeu o modelo: quanto menor, melhor",
        "loss": "o que o treino procura diminuir, antes da temperatura",
        "alone": "Nenhum modelo simples foi medido junto (--baselines null, ou uma versão antiga).",
    },
}

COMPARED = ("f1_macro", "accuracy", "mcc")
EVERY = (
    "f1_macro",
    "accuracy",
    "balanced_accuracy",
    "f1_weighted",
    "f1_micro",
    "mcc",
    "roc_auc",
    "average_precision",
    "brier",
    "ece",
    "log_loss",
    "loss",
)


def with_interval(report: Mapping[str, Any], name: str, language: Language) -> str:
    """Returns a value with its interval below, where there is one."""
    value = number(report.get(name), language)
    interval = span((report.get("intervals") or {}).get(name), language)
    return f"{value}\n{interval}" if interval and value != NOTHING else value


def section(facts: Facts, language: Language) -> Section:
    """Returns a table of the last part, the others folded, and the verdict."""
    says, words, last = SAYS[language], WORDS[language], facts.last_part
    if last is None:
        return Section("scores", says["title"], "", [Text(words["no_metrics"], "quiet")])
    blocks: list[Block] = [_table(facts, last, language)]
    best = best_baseline(facts, last)
    if best is None:
        blocks.append(Text(says["alone"], "quiet"))
    else:
        gain, test = against(facts, last, best)
        rows = facts.parts[last]["rows"]
        text = verdict(gain, test, rows, baseline=words.get(best, best), language=language)
        blocks.append(Text(text))
    for part in facts.parts:
        if part != last:
            blocks.append(Fold(words[f"on_{part}"].capitalize(), [_table(facts, part, language)]))
    blocks.append(Fold(says["all"], [_every(facts, language)]))
    return Section("scores", says["title"], says["how"], blocks)


def _table(facts: Facts, part: str, language: Language) -> Grid:
    words = WORDS[language]
    reports = {"model": facts.parts[part]}
    for name, scores in (facts.metrics.get("baselines") or {}).items():
        if isinstance(scores.get(part), dict):
            reports[name] = scores[part]
    ranked = sorted(reports, key=lambda name: -(reports[name].get("f1_macro") or 0.0))
    rows = [
        [words.get(name, name), *(with_interval(reports[name], score, language) for score in COMPARED)]
        for name in ranked
    ]
    header = [words[f"on_{part}"], *(score_name(score, language) for score in COMPARED)]
    return Grid(header, rows, numbers=(1, 2, 3), strong=[ranked.index("model")])


def _every(facts: Facts, language: Language) -> Grid:
    says, words = SAYS[language], WORDS[language]
    known = [name for name in EVERY if any(part.get(name) is not None for part in facts.parts.values())]
    rows = [
        [
            score_name(name, language),
            *(with_interval(part, name, language) for part in facts.parts.values()),
            says[name],
        ]
        for name in known
    ]
    header = [says["score"], *(words[part] for part in facts.parts), says["what"]]
    return Grid(header, rows, numbers=range(1, 1 + len(facts.parts)))
