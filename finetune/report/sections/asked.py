"""What was asked for: table, columns, model, epochs, and every parameter of `config.yaml`."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from finetune.language.numbers import NOTHING, count, localized, number
from finetune.language.say import say
from finetune.report.blocks import Block, Fold, Grid, Pairs, Section, Text
from finetune.report.facts import Facts
from finetune.tasks.task import MULTI, NUMBER

DEFAULTS: dict[str, Any] = {
    "data.on_bad_rows": "drop",
    "data.fix_encoding": False,
    "data.max_characters": 1_000_000,
    "data.lower_capitals": True,
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
    "model.label_smoothing": 0.0,
    "model.keep_adapter": False,
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

MAIN = (
    "data.path",
    "data.text_column",
    "data.text_pair_column",
    "data.template",
    "data.label_column",
    "data.label_columns",
    "model.name",
)


OF_WORDS = ("data", "task", "seed_everything", "wanted_precision", "baselines")
"""Options that say something where words alone have learned."""


def flat(values: dict[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """Yields the parameters of a configuration by their dotted names."""
    for key, value in values.items():
        if isinstance(value, dict) and value:
            yield from flat(value, f"{before}{key}.")
        else:
            yield f"{before}{key}", value


def shown(value: Any) -> str:
    """Returns a parameter as the reader sees it; of a path only the last part: a report is passed on."""
    if isinstance(value, list | tuple):
        return ", ".join(map(shown, value)) or NOTHING
    if isinstance(value, bool):
        return say("yes") if value else say("no")
    if isinstance(value, float):
        return localized(f"{value:g}")
    text = NOTHING if value in (None, {}) else str(value)
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


def section(facts: Facts) -> Section:
    """Returns what was asked for."""
    title = say("What was asked")
    if not facts.config:
        none = say("Not shown: the run folder has no readable config.yaml.")
        return Section("asked", title, "", [Text(none, "quiet")])
    config = facts.config
    if facts.of_words:  # options of a network were given to none
        config = {name: each for name, each in config.items() if name in OF_WORDS}
    other = [(name, shown(value), shown(default)) for name, value, default in differing(config)]
    other += [
        (name, say("off"), say("on")) for name, value in config.items() if value is None and name not in UNSET
    ]
    every = [(name, shown(value)) for name, value in flat(config)]
    option, value = say("option"), say("value")
    blocks: list[Block] = [
        Pairs(_main(facts)),
        Fold(say("Options that differ from the defaults"), [Grid((option, value, say("default")), other)])
        if other
        else Text(say("Of the usual options, all others are as the program sets them."), "quiet"),
        Fold(
            say("All parameters ({n:,})", n=len(every)),
            [Grid((option, value), every)],
        ),
    ]
    how = say("The table, the model and the options of this training. What was not set follows the defaults.")
    return Section("asked", title, how, blocks)


def _texts(facts: Facts, found: str) -> list[tuple[str, str]]:
    """What the texts are made of."""
    template, pair = facts.setting("data", "template"), facts.setting("data", "text_pair_column")
    first = (
        (say("column of the texts"), shown(facts.setting("data", "text_column") or found))
        if template is None
        else (say("template of the texts"), str(template))
    )
    return [first] if pair is None else [first, (say("column of the second texts"), str(pair))]


def _main(facts: Facts) -> list[tuple[str, str]]:
    found = say("found by the program", context="a column")
    columns = facts.setting("data", "label_columns") or ()
    return [
        (say("table"), facts.data_name),
        *_texts(facts, found),
        (
            say("column of the numbers")
            if facts.task.problem_type == NUMBER
            else say("column of the labels"),
            shown(facts.setting("data", "label_column") or found),
        )
        if not columns
        else (say("columns of the labels"), ", ".join(map(str, columns))),
        (say("model"), facts.model_name),
        _outputs(facts),
        *([] if facts.of_words else _training(facts)),
    ]


def _training(facts: Facts) -> list[tuple[str, str]]:
    """How long a network learned, and by what steps."""
    if facts.untrained:
        return [(say("training"), say("none (--effort quick)"))]
    rate, epochs = facts.setting("model", "learning_rate"), facts.setting("trainer", "max_epochs")
    seen = (facts.metrics.get("training") or {}).get("epochs") or []
    by_rows = say("{epochs} (chosen by the number of rows)", epochs=len(seen) or NOTHING)
    networks = facts.seeds.get("seeds", ())
    return [
        *([(say("networks (--seeds)"), count(len(networks)))] if networks else []),
        (say("epochs (times through the table)"), str(epochs) if epochs else by_rows),
        (say("rows of each step"), shown(facts.setting("data", "effective_batch_size"))),
        (
            say("learning rate"),
            number(rate, digits=6).rstrip("0")
            if rate
            else say("chosen for the model", context="learning rate"),
        ),
    ]


def _outputs(facts: Facts) -> tuple[str, str]:
    """What is answered: of how many classes or labels, or a number."""
    if facts.task.problem_type == NUMBER:
        return say("answer"), say("a number")
    if facts.task.problem_type == MULTI:
        return say("labels, of which a row may have several"), count(len(facts.labels))
    name = say("classes, in an order") if facts.task.name == "ordinal" else say("classes")
    return name, count(len(facts.labels))
