"""What the training took of the machine, and the plan that was made for it."""

from typing import Any

import numpy as np

from finetune.language.numbers import NOTHING, count, number
from finetune.language.which import Language
from finetune.report.blocks import Block, Fold, Grid, Pairs, Pictures, Section, Text
from finetune.report.facts import Facts, minutes
from finetune.report.figures import resource_curves
from finetune.report.figures.drawing import to_svg
from finetune.report.figures.time import resource_name
from finetune.report.words import Words

SAYS: Words = {
    "en": {
        "title": "The machine",
        "how": "What the training ran on, what was planned for it, and what it took.",
        "no_plan": "No plan: the run folder has no hardware.json (--hardware_tier null, or an older version).",
        "no_curves": (
            "No curves of the machine: the run folder has no resources.csv, or an empty one (--resource_monitor null, "
            "or no logger)."
        ),
        "curves": "Use of the machine during the training",
        "took": "The training took about {minutes} minutes.",
        "processor": "machine",
        "cores": "cores",
        "memory": "memory",
        "gpu_memory": "GPU memory",
        "parameters": "parameters of the model",
        "learning": "of these, learning",
        "precision": "precision",
        "micro": "micro-batches a step",
        "peak": "memory of a step, estimated",
        "measured": "memory at the peak, measured",
        "item": "what",
        "value": "value",
        "why": "Who decided what",
        "decided": "decided by",
        "accumulation": "micro-batches",
        "activation_checkpointing": "recompute activations",
        "eval_tokens": "evaluation tokens",
        "yes": "yes",
        "no": "no",
    },
    "pt": {
        "title": "A máquina",
        "how": "Onde o treino rodou, o que foi planejado para ele e quanto ele usou.",
        "no_plan": "Sem plano: falta o arquivo hardware.json (--hardware_tier null, ou uma versão antiga).",
        "no_curves": (
            "Sem curvas da máquina: falta o arquivo resources.csv, ou ele está vazio (--resource_monitor null, ou sem "
            "logger)."
        ),
        "curves": "Uso da máquina durante o treino",
        "took": "O treino levou cerca de {minutes} minutos.",
        "processor": "máquina",
        "cores": "núcleos",
        "memory": "memória",
        "gpu_memory": "memória da GPU",
        "parameters": "parâmetros do modelo",
        "learning": "dos quais aprendem",
        "precision": "precisão numérica",
        "micro": "microlotes por passo",
        "peak": "memória de um passo, estimada",
        "measured": "memória no pico, medida",
        "item": "item",
        "value": "valor",
        "why": "Quem decidiu o quê",
        "decided": "decidido por",
        "accumulation": "microlotes",
        "activation_checkpointing": "recalcular ativações",
        "eval_tokens": "tokens na avaliação",
        "yes": "sim",
        "no": "não",
    },
}

NO_CURVES = ("time", "global_step")
MOST_PANELS = 10


def section(facts: Facts, language: Language) -> Section:
    """Returns machine, plan and curves."""
    says = SAYS[language]
    blocks: list[Block] = (
        _plan(facts.hardware, language) if facts.hardware else [Text(says["no_plan"], "quiet")]
    )
    if facts.resources is None:
        blocks.append(Text(says["no_curves"], "quiet"))
    else:
        passed = minutes(facts.resources)
        columns = {
            str(name): np.asarray(facts.resources[name], dtype=np.float64)
            for name in facts.resources.columns
            if name not in NO_CURVES and facts.resources[name].dtype.kind in "fi"
        }
        chosen = dict(list(columns.items())[:MOST_PANELS])
        took = says["took"].format(minutes=number(float(passed[-1]), language, digits=1))
        blocks.append(Text(took))
        pictures = []
        for place, (name, values) in enumerate(chosen.items()):
            figure = resource_curves(passed, {name: values}, language=language)
            alt = f"{says['curves']}: {resource_name(name, language)}"
            pictures.append((to_svg(figure, f"resource-{place}", alt=alt), ""))
        blocks.append(Pictures(pictures))
    return Section("machine", says["title"], says["how"], blocks)


def _plan(hardware: dict[str, Any], language: Language) -> list[Block]:
    says = SAYS[language]
    machine, tier = hardware.get("machine") or {}, hardware.get("tier") or {}
    plan, estimate = hardware.get("plan") or {}, hardware.get("estimate") or {}
    measured = hardware.get("measured_peak") or {}

    def gib(value: Any) -> str:
        return f"{number(value, language, digits=2)} GiB" if isinstance(value, int | float) else NOTHING

    def whole(value: Any) -> str:
        return count(int(value), language) if isinstance(value, int | float) else NOTHING

    def decided(name: str) -> Any:
        made = plan.get(name)
        return made.get("value") if isinstance(made, dict) else None

    peaks = [value for key, value in measured.items() if key.endswith("_gib")]
    devices = int(machine.get("devices") or 0)
    name = f"{devices} × {machine.get('name')}" if devices > 1 else str(machine.get("name") or NOTHING)
    rows = [
        (says["processor"], name),
        (says["cores"], whole(machine.get("cores"))),
        (says["memory"], gib(machine.get("memory_gib"))),
        *([(says["gpu_memory"], gib(machine.get("device_total_gib")))] if devices else []),
        (says["parameters"], whole(tier.get("parameters"))),
        (says["learning"], whole(tier.get("trainable_parameters"))),
        (says["precision"], str(decided("precision") or NOTHING)),
        (says["micro"], str(decided("accumulation") or NOTHING)),
        (says["peak"], gib(estimate.get("peak_gib"))),
        (says["measured"], gib(max(peaks)) if peaks else NOTHING),
    ]
    why = [
        (says[key], _value(plan[key].get("value"), language), str(plan[key].get("decided_by") or NOTHING))
        for key in ("precision", "accumulation", "activation_checkpointing", "eval_tokens")
        if isinstance(plan.get(key), dict)
    ]
    blocks: list[Block] = [Pairs([row for row in rows if row[1] != NOTHING])]
    if why:
        blocks.append(Fold(says["why"], [Grid((says["item"], says["value"], says["decided"]), why)]))
    return blocks


def _value(value: Any, language: Language) -> str:
    says = SAYS[language]
    return says["yes" if value else "no"] if isinstance(value, bool) else str(value)
