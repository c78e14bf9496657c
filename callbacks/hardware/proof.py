"""The plan held against the machine: the largest batches are tried, and steps are cut further until they fit.

Decided on all processes: a batch fits if it fits on each of them.
"""

from collections.abc import Iterator
from dataclasses import replace

from lightning.pytorch import Trainer

from callbacks.hardware.machine import Machine
from callbacks.hardware.plan import MARGIN, SHORT, Cut, Decision, Plan
from callbacks.hardware.plan_report import nothing_fits
from callbacks.hardware.planner import alternatives, halve_evaluation, with_cut
from callbacks.hardware.trial import can_limit_memory, data_bytes, evaluation_fits, training_fits
from callbacks.hardware.workload import Workload


def prove_training(
    trainer: Trainer, plan: Plan, work: Workload, order: Iterator[Cut], *, limit_bytes: int | None
) -> Plan:
    """Tries the largest micro-batch of each cut in turn; returns the plan with the first that fits.

    Args:
        trainer: Set to the plan's precision.
        plan: By the estimate.
        work: What is computed.
        order: The cuts from the plan's own on.
        limit_bytes: See `cpu_limit`.

    Raises:
        ValueError: None fits.
    """
    if not to_be_proved(plan, work, plan.estimate.peak_bytes if plan.estimate else None):
        return plan
    for number, cut in enumerate(order):
        plan = with_cut(plan, cut, work, by_trial=number > 0)
        checkpoint_activations(work, cut.checkpointing)
        estimate = plan.estimate
        fits = training_fits(
            work.module,
            work.batch(cut.accumulation),
            trainer.precision_plugin,
            trainer.strategy.root_device,
            accumulates=cut.accumulation > 1,
            beside_bytes=estimate.optimizer_bytes + estimate.buckets_bytes if estimate else 0,
            limit_bytes=limit_bytes,
        )
        if trainer.strategy.reduce_boolean_decision(fits, all=True):
            return replace(plan, proved=True)
    raise ValueError(nothing_fits(replace(plan, proved=False, ways=alternatives(work, plan))))


def prove_evaluation(trainer: Trainer, plan: Plan, work: Workload, *, limit_bytes: int | None) -> Plan:
    """Tries the largest evaluation batch, halving the data's limit until it fits; see `prove_training`."""
    if plan.eval_tokens is None or not to_be_proved(plan, work, plan.evaluation_bytes or None):
        return plan
    estimate = plan.estimate
    while True:
        fits = evaluation_fits(
            work.module,
            work.evaluation_batch(),
            trainer.precision_plugin,
            trainer.strategy.root_device,
            beside_bytes=estimate.kept_bytes - estimate.weights_bytes if estimate else 0,
            limit_bytes=limit_bytes,
        )
        if trainer.strategy.reduce_boolean_decision(fits, all=True):
            tokens = work.data.eval_tokens
            if tokens == plan.eval_tokens.value:
                return plan
            return replace(plan, eval_tokens=Decision(tokens, "auto", "cut_by_trial"))
        if not halve_evaluation(work):
            raise ValueError(nothing_fits(replace(plan, proved=False), evaluating=True))


def to_be_proved(plan: Plan, work: Workload, peak_bytes: int | None) -> bool:
    """Whether to run the largest batch: on a card always, on a CPU where it would take most of the memory."""
    if work.wishes.sharded or not work.tells_batches:
        return False
    if plan.machine.is_gpu:
        return True
    return can_limit_memory() and peak_bytes is not None and peak_bytes > SHORT * plan.budget_bytes


def cpu_limit(machine: Machine, processes_here: int) -> int | None:
    """Returns what a process may have of memory in trials on a CPU, told once: what one frees it keeps for the next.

    None for a card, which says itself when it is full, and on systems that cannot limit a process.
    """
    if machine.is_gpu or not can_limit_memory():
        return None
    return data_bytes() + int(machine.device.free_bytes / processes_here * (1 - MARGIN))


def checkpoint_activations(work: Workload, on: bool) -> None:
    """Has the module compute its activations anew, or keep them.

    Raises:
        ValueError: It is to and cannot.
    """
    if on == work.checkpoints and work.wishes.checkpointing is None:
        return  # what the user has set in the model stays
    if work.can_checkpoint:
        work.module.checkpoint_activations(on)  # type: ignore[operator]
        work.checkpoints = on
    elif on:
        raise ValueError(
            f"HardwareTier(activation_checkpointing=True): {type(work.module).__name__} cannot compute its activations "
            "anew. Leave it at auto."
        )
