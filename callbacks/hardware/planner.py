"""The steps and evaluations of a plan, cut until the estimate of their memory fits. Runs none of them."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from callbacks.hardware.memory_estimate import Estimate
from callbacks.hardware.plan import Cut, Decision, Plan, cuts_to_try
from callbacks.hardware.workload import Workload
from callbacks.progress.batch_shape import shape_of

LITTLE = 0.1
"""Where gradients are less than this share of the weights, little more than a head learns."""


def cuts(plan: Plan, work: Workload) -> Iterator[Cut]:
    """Returns the ways to cut a step that are worth trying, from the gentlest that fits by the estimate on.

    Each kind of step in turn, with its activations kept and without, in the order of falling memory.
    """
    memory = work.memory(plan)

    def fits(cut: Cut) -> bool:
        estimate = memory.estimate(cut)
        return estimate is None or estimate.peak_bytes <= plan.budget_bytes

    counts, kinds = [plan.accumulation.value], [plan.checkpointing.value]
    if plan.accumulation.by == "auto":
        counts = work.accumulations(plan.processes)
    if plan.checkpointing.by == "auto":
        kinds = [False, True] if work.can_checkpoint else [False]
    return cuts_to_try([[Cut(count, kind) for count in counts] for kind in kinds], fits)


def with_cut(plan: Plan, cut: Cut, work: Workload, *, by_trial: bool = False) -> Plan:
    """Returns the plan with its step cut another way, and what follows from that. What the user fixed stays."""
    accumulation, checkpointing = plan.accumulation, plan.checkpointing
    if accumulation.by == "auto":
        why = "whole" if cut.accumulation == 1 else "cut_by_trial" if by_trial else "cut"
        accumulation = Decision(cut.accumulation, "auto", why)
    if checkpointing.by == "auto":
        checkpointing = Decision(cut.checkpointing, "auto", "needed" if cut.checkpointing else "not_needed")
    memory = work.memory(plan)
    estimate = memory.estimate(cut)
    tells = memory.tells_batches
    return replace(
        plan,
        accumulation=accumulation,
        checkpointing=checkpointing,
        batch_shape=shape_of(work.batch(cut.accumulation * plan.processes)) if tells else None,
        estimate=estimate,
        no_estimate=memory.why_not,
        estimate_error=memory.error,
    )


def plan_evaluation(plan: Plan, work: Workload) -> Plan:
    """Plans the evaluation batches: the data's limit is halved until the largest one fits by the estimate."""
    memory, asked = work.memory(plan), work.eval_tokens
    batch = work.evaluation_batch(asked) if asked is not None and memory.tells_batches else None
    if asked is None or batch is None:
        return plan
    beside = plan.estimate.kept_bytes - plan.estimate.weights_bytes if plan.estimate else 0
    tokens, peak = asked, memory.evaluation_bytes(batch, beside_bytes=beside)
    while peak > plan.budget_bytes and can_be_halved(tokens, batch):
        tokens //= 2
        batch = work.evaluation_batch(tokens)
        peak = memory.evaluation_bytes(batch, beside_bytes=beside)
    why = "whole" if tokens == asked else "cut"
    return replace(plan, evaluation_bytes=peak, eval_tokens=Decision(tokens, "auto", why))


def can_be_halved(tokens: int, batch: Any) -> bool:
    """Whether less than this evaluation batch can be had: not below one row."""
    return tokens > 1 and shape_of(batch)[:1] != (1,)


def alternatives(plan: Plan, work: Workload) -> dict[str, int]:
    """Returns what would take less memory than the last cut, with the estimate of each in bytes."""
    counts, memory = work.accumulations(plan.processes), work.memory(plan)
    if not counts or plan.estimate is None:
        return {}
    least = Cut(counts[-1], plan.checkpointing.value)
    now = memory.estimate(least)
    if now is None:
        return {}
    found = {}
    if not least.checkpointing and work.can_checkpoint:
        kept_anew = memory.estimate(replace(least, checkpointing=True))
        if kept_anew is not None:
            found["checkpointing"] = kept_anew.peak_bytes
    shorter = memory.estimate(least, shorten=2)
    if shorter is not None:
        found["shorter"] = shorter.peak_bytes
    found |= _with_adapters(plan, work, least, now)
    found["smaller"] = now.peak_bytes // 2
    if least.accumulation > plan.accumulation.value:
        found["accumulation"] = now.peak_bytes
    return found


def _with_adapters(plan: Plan, work: Workload, least: Cut, now: Estimate) -> dict[str, int]:
    """Returns what adapters would take: counted where the module can have them, else about."""
    adapted = plan.lora is not None and plan.lora.value
    if adapted or now.gradients_bytes < LITTLE * now.weights_bytes:
        return {}  # what learns is little already
    if work.can_adapt:
        try:
            counted = work.adapted().memory(plan).estimate(least)
        except Exception:  # noqa: BLE001 (a way out that cannot be counted is told by its rough size)
            counted = None
        if counted is not None:
            return {"adapters": counted.peak_bytes}
    # adapters learn about a hundredth of the parameters (Hu et al., arXiv 2106.09685): of gradients and averages
    # next to nothing is left
    return {"lora": now.weights_bytes + now.activations_bytes}
