"""From a workload and a machine to a plan. Trains nothing, and sets nothing on a Trainer."""

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

from callbacks.hardware.machine import Machine
from callbacks.hardware.plan import Cut, Decision, Plan, budget, cuts_to_try
from callbacks.hardware.tiers import tier_of
from callbacks.hardware.workload import Workload, count_parameters, resident_bytes
from callbacks.progress.batch_shape import shape_of


def blocks_of(work: Workload) -> list[list[Cut]]:
    """Returns the ways to cut a step that the wishes leave, each block in the order of falling memory."""
    wishes = work.wishes
    if wishes.accumulation is not None or work.effective_batch_size is None:
        counts = [wishes.accumulation.value if wishes.accumulation is not None else 1]
    else:
        counts = work.accumulations
    if wishes.checkpointing is not None:
        kinds = [wishes.checkpointing.value]
    else:
        kinds = [False, True] if work.can_checkpoint else [False]
    return [[Cut(count, kind) for count in counts] for kind in kinds]


def make_plan(work: Workload, machine: Machine) -> tuple[Plan, Iterator[Cut]]:
    """Plans a run.

    Args:
        work: What it computes.
        machine: What it computes on; for several processes the weakest of theirs.

    Returns:
        The plan by the estimate, and the cuts to try in turn should it not hold, from the plan's own on.
    """
    module, wishes = work.module, work.wishes
    limit = budget(
        machine,
        processes_here=wishes.processes_here,
        resident_bytes=resident_bytes(module, machine.device.kind),
    )

    def fits(cut: Cut) -> bool:
        estimate = work.estimate(cut)
        return estimate is None or estimate.peak_bytes <= limit

    blocks = blocks_of(work)
    order = cuts_to_try(blocks, fits)
    first = next(order)
    parameters, trainable = count_parameters(module)
    plan = Plan(
        machine=machine,
        tier=tier_of(parameters),
        parameters=parameters,
        trainable=trainable,
        processes=wishes.processes,
        precision=wishes.precision,
        accumulation=Decision(1, "auto"),
        checkpointing=Decision(False, "auto"),
        budget_bytes=limit,
        effective_batch_size=work.effective_batch_size,
        step_rows=work.step_rows,
    )
    return with_cut(plan, first, work), chain([first], order)


def with_cut(plan: Plan, cut: Cut, work: Workload, *, by_trial: bool = False) -> Plan:
    """Returns the plan with its step cut another way, and what follows from that."""
    wishes = work.wishes
    gentlest = blocks_of(work)[0][0]
    if wishes.accumulation is not None:
        accumulation = wishes.accumulation
    elif work.effective_batch_size is None:
        accumulation = Decision(cut.accumulation, "trainer", "not_known")
    elif cut.accumulation == gentlest.accumulation:
        accumulation = Decision(cut.accumulation, "auto", "whole")
    else:
        accumulation = Decision(cut.accumulation, "auto", "cut_by_trial" if by_trial else "cut")
    if wishes.checkpointing is not None:
        checkpointing = wishes.checkpointing
    else:
        checkpointing = Decision(cut.checkpointing, "auto", "needed" if cut.checkpointing else "not_needed")
    estimate = work.estimate(cut)
    return replace(
        plan,
        accumulation=accumulation,
        checkpointing=checkpointing,
        batch_shape=shape_of(work.batch(cut.accumulation)) if work.tells_batches else None,
        estimate=estimate,
        no_estimate=work.why_not,
        estimate_error=work.error,
    )


def plan_evaluation(plan: Plan, work: Workload) -> Plan:
    """Plans the evaluation batches: the data's limit is halved until the largest one fits by the estimate."""
    if work.evaluation_batch() is None:
        return plan
    asked = work.data.eval_tokens
    beside = plan.estimate.kept_bytes - plan.estimate.weights_bytes if plan.estimate else 0
    peak = work.evaluation_bytes(beside)
    while peak > plan.budget_bytes and halve_evaluation(work):
        peak = work.evaluation_bytes(beside)
    why = "whole" if work.data.eval_tokens == asked else "cut"
    return replace(plan, evaluation_bytes=peak, eval_tokens=Decision(work.data.eval_tokens, "auto", why))


def halve_evaluation(work: Workload) -> bool:
    """Halves the data's limit of an evaluation batch; returns False, and leaves it, at batches of one row."""
    if work.data.eval_tokens <= 1 or shape_of(work.evaluation_batch())[:1] == (1,):
        return False
    work.data.eval_tokens //= 2
    return True


def alternatives(work: Workload, plan: Plan) -> dict[str, int]:
    """Returns what would take less memory than the last cut, with the estimate of each in bytes."""
    if not work.accumulations or plan.estimate is None:
        return {}
    least = Cut(work.accumulations[-1], plan.checkpointing.value)
    now = work.estimate(least)
    if now is None:
        return {}
    found = {}
    if not least.checkpointing and work.can_checkpoint:
        kept_anew = work.estimate(replace(least, checkpointing=True))
        if kept_anew is not None:
            found["checkpointing"] = kept_anew.peak_bytes
    shorter = work.estimate(least, shorten=2)
    if shorter is not None:
        found["shorter"] = shorter.peak_bytes
    # adapters learn about a hundredth of the parameters (Hu et al., arXiv 2106.09685): of gradients and averages
    # next to nothing is left
    found["lora"] = now.weights_bytes + now.activations_bytes
    found["smaller"] = now.peak_bytes // 2
    if least.accumulation > plan.accumulation.value:
        found["accumulation"] = now.peak_bytes
    return found
