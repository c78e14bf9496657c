"""What the training took of the machine, and the plan that was made for it."""

from typing import Any

import numpy as np

from finetune.language.numbers import NOTHING, count, number
from finetune.language.say import Message, say
from finetune.report.blocks import Block, Fold, Grid, Pairs, Pictures, Section, Text
from finetune.report.facts import Facts, in_language, minutes
from finetune.report.figures import resource_curves
from finetune.report.figures.drawing import to_svg
from finetune.report.figures.time import resource_name
from finetune.report.sections.asked import shown

NO_CURVES = ("time", "global_step")
MOST_PANELS = 10

DECISIONS = {
    "precision": Message("precision of the numbers"),
    "accumulation": Message("micro-batches"),
    "activation_checkpointing": Message("recompute activations (less memory, more time)"),
    "lora": Message("adapters learn in place of the weights (LoRA)"),
    "eval_tokens": Message("tokens (pieces of words) at once when it is measured"),
}


def section(facts: Facts) -> Section:
    """Returns machine, plan and curves."""
    how = say("What the training ran on, what was planned for it, and what it took.")
    if facts.untrained:
        none = say("Nothing was planned, and nothing recorded: no step was taken (--effort quick).")
        return Section("machine", say("The machine"), how, [Text(none, "quiet")])
    if facts.seeds:
        none = say(
            "No step was taken here (--seeds): what was planned for each network, and what it took, is in the folder "
            "of its run, in seeds/."
        )
        return Section("machine", say("The machine"), how, [Text(none, "quiet")])
    blocks: list[Block]
    if facts.hardware:
        blocks = _plan(facts.hardware)
    else:
        none = say(
            "No plan: the run folder has no hardware.json (--hardware_tier null, or an older version)."
        )
        blocks = [Text(none, "quiet")]
    blocks += _use(facts)
    return Section("machine", say("The machine"), how, blocks)


def _use(facts: Facts) -> list[Block]:
    if facts.resources is None:
        none = say(
            "No curves of the machine: the run folder has no resources.csv, or an empty one (--resource_monitor null, "
            "or no logger)."
        )
        return [Text(none, "quiet")]
    passed = minutes(facts.resources)
    columns = {
        str(name): np.asarray(facts.resources[name], dtype=np.float64)
        for name in facts.resources.columns
        if name not in NO_CURVES and facts.resources[name].dtype.kind in "fi"
    }
    took = round(float(passed[-1]))
    pictures = []
    for place, (name, values) in enumerate(list(columns.items())[:MOST_PANELS]):
        figure = resource_curves(passed, {name: values})
        alt = say("Use of the machine during the training: {what}", what=resource_name(name))
        pictures.append((to_svg(figure, f"resource-{place}", alt=alt), ""))
    text = (
        say("The training took about {n:,} minute.", "The training took about {n:,} minutes.", n=took)
        if took
        else say("The training took less than a minute.")
    )
    return [Text(text), Pictures(pictures)]


def _plan(hardware: dict[str, Any]) -> list[Block]:
    machine, tier = hardware.get("machine") or {}, hardware.get("tier") or {}
    plan, estimate = hardware.get("plan") or {}, hardware.get("estimate") or {}
    measured = hardware.get("measured_peak") or {}

    def gib(value: Any) -> str:
        return f"{number(value, digits=2)} GiB" if isinstance(value, int | float) else NOTHING

    def whole(value: Any) -> str:
        return count(int(value)) if isinstance(value, int | float) else NOTHING

    def decided(name: str) -> Any:
        made = plan.get(name)
        return made.get("value") if isinstance(made, dict) else None

    peaks = [value for key, value in measured.items() if key.endswith("_gib")]
    devices = int(machine.get("devices") or 0)
    name = f"{devices} × {machine.get('name')}" if devices > 1 else str(machine.get("name") or NOTHING)
    rows = [
        (say("machine"), name),
        (say("cores"), whole(machine.get("cores"))),
        (say("memory"), gib(machine.get("memory_gib"))),
        *([(say("GPU memory"), gib(machine.get("device_total_gib")))] if devices else []),
        (say("parameters of the model"), whole(tier.get("parameters"))),
        (say("of these, learning"), whole(tier.get("trainable_parameters"))),
        (str(DECISIONS["precision"]), _precision(decided("precision"))),
        (say("micro-batches a step (its pieces, so that it fits)"), whole(decided("accumulation"))),
        (say("memory of a step, estimated"), gib(estimate.get("peak_gib"))),
        (say("memory at the peak, measured"), gib(max(peaks)) if peaks else NOTHING),
    ]
    why = [
        (str(name), shown(plan[key].get("value")), _who(plan[key]))
        for key, name in DECISIONS.items()
        if isinstance(plan.get(key), dict)
    ]
    blocks: list[Block] = [Pairs([row for row in rows if row[1] != NOTHING])]
    if why:
        header = (say("what", context="column of a table"), say("value"), say("decided by"))
        blocks.append(Fold(say("Who decided what"), [Grid(header, why)]))
    return blocks


def _precision(name: Any) -> str:
    if "16" in str(name):
        return say("{name} (numbers of 16 bits: less memory, faster)", name=name)
    return str(name or NOTHING)


def _who(made: dict[str, Any]) -> str:
    return in_language(made.get("told") or {}) or str(made.get("decided_by") or NOTHING)
