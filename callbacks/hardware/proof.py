"""The proof of a plan: the largest batches are run on the machine, and cut further until they fit.

Decided on all processes: a batch fits if it fits on each of them.
"""

from dataclasses import replace

from lightning.pytorch import Trainer

from callbacks.hardware.machine import Machine
from callbacks.hardware.plan import MARGIN, SHORT, Decision, Plan
from callbacks.hardware.plan_report import nothing_fits
from callbacks.hardware.planner import alternatives, can_be_halved, cuts, plan_evaluation, with_cut
from callbacks.hardware.trainer_changes import checkpoint_activations
from callbacks.hardware.trial import can_limit_memory, data_bytes, evaluation_fits, training_fits
from callbacks.hardware.workload import Workload


class NothingFits(ValueError):  # noqa: N818
    """No step fits, by the trial run."""


def prove(plan: Plan, work: Workload, trainer: Trainer) -> Plan:
    """Runs the largest batches where that is due, and cuts them further until they fit.

    Args:
        plan: By the estimate.
        work: What is computed.
        trainer: Set to the plan's precision.

    Returns:
        The plan that fits.

    Raises:
        ValueError: None does.
    """
    limit = cpu_limit(plan.machine, plan.processes_here)
    if work.trains:
        proved = prove_training(plan, work, trainer, limit_bytes=limit)
        # another cut leaves other tensors beside an evaluation
        plan = proved if proved.estimate == plan.estimate else plan_evaluation(proved, work)
    return prove_evaluation(plan, work, trainer, limit_bytes=limit)


def prove_training(plan: Plan, work: Workload, trainer: Trainer, *, limit_bytes: int | None) -> Plan:
    """Tries the largest micro-batch of each cut in turn, from the plan's own on; see `prove` and `cpu_limit`."""
    if not to_be_proved(plan, work, plan.estimate.peak_bytes if plan.estimate else None):
        return plan
    for number, cut in enumerate(cuts(plan, work)):
        plan = with_cut(plan, cut, work, by_trial=number > 0)
        checkpoint_activations(work, plan.checkpointing)
        estimate = plan.estimate
        fits = training_fits(
            work.module,
            work.batch(cut.accumulation * plan.processes),
            trainer.precision_plugin,
            trainer.strategy.root_device,
            accumulates=cut.accumulation > 1,
            beside_bytes=estimate.optimizer_bytes + estimate.buckets_bytes if estimate else 0,
            limit_bytes=limit_bytes,
        )
        if trainer.strategy.reduce_boolean_decision(fits, all=True):
            return replace(plan, proved=True)
    raise NothingFits(nothing_fits(replace(plan, proved=False, ways=alternatives(plan, work))))


def prove_evaluation(plan: Plan, work: Workload, trainer: Trainer, *, limit_bytes: int | None) -> Plan:
    """Tries the largest evaluation batch, halving its limit until it fits; see `prove` and `cpu_limit`."""
    if plan.eval_tokens is None or not to_be_proved(plan, work, plan.evaluation_bytes or None):
        return plan
    estimate, tokens = plan.estimate, plan.eval_tokens.value
    while True:
        batch = work.evaluation_batch(tokens)
        fits = evaluation_fits(
            work.module,
            batch,
            trainer.precision_plugin,
            trainer.strategy.root_device,
            beside_bytes=estimate.kept_bytes - estimate.weights_bytes if estimate else 0,
            limit_bytes=limit_bytes,
        )
        if trainer.strategy.reduce_boolean_decision(fits, all=True):
            break
        if not can_be_halved(tokens, batch):
            raise ValueError(nothing_fits(replace(plan, proved=False), evaluating=True))
        tokens //= 2
    if tokens == plan.eval_tokens.value:
        return plan
    return replace(plan, eval_tokens=Decision(tokens, "auto", "cut_by_trial"))


def to_be_proved(plan: Plan, work: Workload, peak_bytes: int | None) -> bool:
    """Whether to run the largest batch: on a card always, on a CPU where it would take most of the memory."""
    if plan.sharded or not work.memory(plan).tells_batches:
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
