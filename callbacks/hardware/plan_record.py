"""All of a plan as plain values, for `hardware.json` and whoever reads it. `plan_report` shows it to people."""

from dataclasses import asdict
from typing import Any

from callbacks.hardware.limits import GIB
from callbacks.hardware.plan import Decision, Plan
from callbacks.hardware.plan_report import WHY, decided
from callbacks.hardware.tiers import requirements
from callbacks.language.say import in_every_language
from callbacks.language.which import ENGLISH


def record(plan: Plan) -> dict[str, Any]:
    """Returns all of the plan as plain values: sizes in GiB, reasons as sentences in English, and in every language."""
    machine, estimate = plan.machine, plan.estimate

    def decision(made: Decision[Any] | None) -> dict[str, Any] | None:
        if made is None:
            return None
        told = in_every_language(decided(made))
        return {"value": made.value, "decided_by": told[ENGLISH], "told": told}

    return {
        "machine": {
            **{key: value for key, value in asdict(machine.device).items() if not key.endswith("_bytes")},
            "device_total_gib": _round(machine.device.total_bytes),
            "device_free_gib": _round(machine.device.free_bytes),
            "devices": machine.devices,
            "cores": machine.cores,
            "memory_gib": _round(machine.memory_bytes),
            "free_memory_gib": _round(machine.free_memory_bytes),
        },
        "tier": {
            "name": plan.tier.name,
            "parameters": plan.parameters,
            "trainable_parameters": plan.trainable,
            "requirements": [asdict(requirement) for requirement in requirements(plan.tier, machine)],
        },
        "plan": {
            "precision": decision(plan.precision),
            "accumulation": decision(plan.accumulation),
            "activation_checkpointing": decision(plan.checkpointing),
            "lora": decision(plan.lora),
            "eval_tokens": decision(plan.eval_tokens),
            "effective_batch_size": plan.effective_batch_size,
            "step_rows": plan.step_rows,
            "processes": plan.processes,
            "largest_batch": plan.batch_shape,
            "tried": plan.proved,
        },
        "estimate": None
        if estimate is None
        else {
            **{key.replace("_bytes", "_gib"): _round(value) for key, value in asdict(estimate).items()},
            "peak_gib": _round(estimate.peak_bytes),
            "evaluation_gib": _round(plan.evaluation_bytes),
            "budget_gib": _round(plan.budget_bytes),
            "fits": plan.fits,
        },
        "no_estimate": in_every_language(WHY[plan.no_estimate])[ENGLISH] if plan.no_estimate else None,
        "estimate_error": plan.estimate_error or None,
    }


def _round(size: int) -> float:
    return round(size / GIB, 6)
