"""What was asked for: table, columns, model, epochs, and every parameter of `config.yaml`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from finetune.language.numbers import count, localized, number
from finetune.language.which import Language
from finetune.report.blocks import Block, Fold, Grid, Pairs, Section, Text
from finetune.report.facts import Facts
from finetune.report.words import Words

SAYS: Words = {
    "en": {
        "title": "What was asked",
        "how": "The table, the model and the options of this training. What was not set follows the defaults.",
        "none": "Not shown: the run folder has no readable config.yaml.",
        "value": "value",
        "default": "default",
        "data.path": "table",
        "data.text_column": "column of the texts",
        "data.label_column": "column of the labels",
        "model.name": "model",
        "classes": "classes",
        "epochs": "epochs",
        "data.effective_batch_size": "rows of each step",
        "model.learning_rate": "learning rate",
        "found": "found by the program",
        "by_rows": "chosen by the number of rows",
        "by_model": "chosen for the model",
        "differ": "Options that differ from the defaults",
        "as_default": "Of the usual options, all others are as the program sets them.",
        "all": "All {count} parameters",
        "option": "option",
        "on": "on",
        "off": "off",
    },
    "pt": {
        "title": "O que foi pedido",
        "how": "A tabela, o modelo e as opções deste treino. O que não foi definido segue o padrão do programa.",
        "none": "Não aparece: falta na pasta um config.yaml que possa ser lido.",
        "value": "valor",
        "default": "padrão",
        "data.path": "tabela",
        "data.text_column": "coluna dos textos",
        "data.label_column": "coluna dos rótulos",
        "model.name": "modelo",
        "classes": "classes",
        "epochs": "épocas",
        "data.effective_batch_size": "linhas por passo",
        "model.learning_rate": "taxa de aprendizado",
        "found": "achada pelo programa",
        "by_rows": "pelo número de linhas",
        "by_model": "a própria do modelo",
        "differ": "Opções diferentes do padrão",
        "as_default": "Das opções de costume, todas as outras estão como o programa as define.",
        "all": "Todos os {count} parâmetros",
        "option": "opção",
        "on": "ligado",
        "off": "desligado",
    },
}

DEFAULTS: dict[str, Any] = {
    "data.on_bad_rows": "drop",
    "data.fix_encoding": False,
    "data.on_findings": "report",
    "data.validation_fraction": 0.1,
    "data.test_fraction": 0.1,
    "data.split_seed": 42,
    "data.effective_batch_size": 16,
    "data.num_workers": 0,
    "model.layer_decay": 0.9,
    "model.weight_decay": 0.01,
    "model.freeze_embeddings": True,
    "model.schedule": "cosine_with_restarts",
    "model.num_cycles": 1,
    "model.warmup_fraction": 0.1,
    "model.loss": "cross_entropy",
    "model.label_smoothing": 0.0,
    "trainer.gradient_clip_val": 1.0,
    "seed_everything": 42,
}
"""Of `TextData`, `TextClassifier` and the Trainer; `tests/finetune/report` holds them against the signatures."""

UNSET = (
    "data.",
    "model.",
    "trainer.precision",
    "trainer.accumulate",
    "trainer.max_epochs",
    "trainer.devices",
    "wanted_precision",
)
"""Options that nothing or `auto` is the default of, where no other one stands above."""

MAIN = ("data.path", "data.text_column", "data.label_column", "model.name")


def flat(values: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yields the parameters of a configuration by their dotted names."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def shown(value: Any, language: Language) -> str:
    """Returns a parameter as the reader sees it; of a path only the last part: a report is passed on."""
    if isinstance(value, list | tuple):
        return ", ".join(shown(each, language) for each in value) or "–"
    if isinstance(value, float) and not value.is_integer():
        return localized(f"{value:g}", language)
    text = "–" if value is None else str(value)
    return Path(text).name if text.startswith(("/", "~")) else text


def differing(config: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """Returns name, value and default of the options that were set otherwise than the defaults."""
    found = []
    for name, value in flat(config):
        if name in MAIN or name == "data.predict_path":
            continue
        if name in DEFAULTS:
            if value != DEFAULTS[name]:
                found.append((name, value, DEFAULTS[name]))
        elif name.startswith(UNSET) and value not in (None, "auto", [], {}):
            found.append((name, value, None))
    return found


def section(facts: Facts, language: Language) -> Section:
    """Returns what was asked for."""
    says = SAYS[language]
    if not facts.config:
        return Section("asked", says["title"], "", [Text(says["none"], "quiet")])
    rate, epochs = facts.setting("model", "learning_rate"), facts.setting("trainer", "max_epochs")
    seen = (facts.metrics.get("training") or {}).get("epochs") or []
    rows = [
        (says["data.path"], facts.data_name),
        *(
            (says[f"data.{name}"], shown(facts.setting("data", name) or says["found"], language))
            for name in ("text_column", "label_column")
        ),
        (says["model.name"], facts.model_name),
        (says["classes"], count(len(facts.labels), language)),
        (says["epochs"], str(epochs) if epochs else f"{len(seen) or '–'} ({says['by_rows']})"),
        (says["data.effective_batch_size"], shown(facts.setting("data", "effective_batch_size"), language)),
        (
            says["model.learning_rate"],
            number(rate, language, digits=6).rstrip("0") if rate else says["by_model"],
        ),
    ]
    blocks: list[Block] = [Pairs(rows)]
    other = [
        (name, shown(value, language), shown(default, language))
        for name, value, default in differing(facts.config)
    ]
    other += [
        (name, says["off"], says["on"])
        for name, value in facts.config.items()
        if value is None and name not in UNSET
    ]
    blocks.append(
        Fold(says["differ"], [Grid((says["option"], says["value"], says["default"]), other)])
        if other
        else Text(says["as_default"], "quiet")
    )
    every = [(name, shown(value, language)) for name, value in flat(facts.config)]
    title = says["all"].format(count=count(len(every), language))
    blocks.append(Fold(title, [Grid((says["option"], says["value"]), every)]))
    return Section("asked", says["title"], says["how"], blocks)
