"""The decision: from a machine, the work and what is given to a plan. Knows no Trainer, and runs no batch."""

from dataclasses import dataclass
from typing import Literal

from callbacks.hardware.machine import Device, Machine
from callbacks.hardware.plan import Decision, Plan, budget, plan_precision
from callbacks.hardware.planner import cuts, plan_evaluation, with_cut
from callbacks.hardware.tiers import tier_of
from callbacks.hardware.workload import Workload
from callbacks.language.say import Message


@dataclass(frozen=True)
class Given:
    """What is fixed before anything is decided; what is not said here is left to `decide`.

    Attributes:
        precision: HardwareTier's option.
        accumulation: HardwareTier's option.
        checkpointing: HardwareTier's option.
        trainer_precision: What the Trainer was asked to compute in, or its strategy brings; None for neither.
        trainer_accumulation: Into how many micro-batches the Trainer was asked to cut; None where it was not.
        scheduled: Whether another callback changes that from epoch to epoch.
        manual: Whether the module optimizes by itself.
        strategy: The strategy's name.
        brings_precision: Whether the strategy has a precision of its own.
        scales_float16: Whether the strategy has a scaler for float16.
        sharded: Whether the strategy shares out weights, gradients and optimizer.
        processes: Processes that train together.
        processes_here: Those of them that share this machine's memory.
        lora: HardwareTier's option.
        adapted_by: Who has put adapters into the module already: itself, this callback; None for nobody.
        resumes: Whether the run goes on from a checkpoint, which decides whether there are any.
    """

    precision: str = "auto"
    accumulation: int | Literal["auto"] = "auto"
    checkpointing: bool | Literal["auto"] = "auto"
    trainer_precision: str | None = None
    trainer_accumulation: int | None = None
    scheduled: bool = False
    manual: bool = False
    strategy: str = ""
    brings_precision: bool = False
    scales_float16: bool = True
    sharded: bool = False
    processes: int = 1
    processes_here: int = 1
    lora: Literal["auto", False] = False
    adapted_by: Literal["model", "auto"] | None = None
    resumes: bool = False


def decide(machine: Machine, work: Workload, given: Given) -> Plan:
    """Decides how a run is to fit its machine, by the estimate of its memory.

    Args:
        machine: What it computes on; for several processes the weakest of theirs.
        work: What it computes.
        given: What is fixed already.

    Returns:
        The plan: precision, micro-batches, activations, and how large evaluation batches may be.

    Raises:
        ValueError: What is given cannot be had.
    """
    plan = Plan(
        machine=machine,
        tier=tier_of(work.parameters),
        parameters=work.parameters,
        trainable=work.trainable,
        processes=given.processes,
        precision=decide_precision(machine.device, given, float32=work.float32),
        accumulation=decide_accumulation(given, rows=work.effective_batch_size),
        checkpointing=decide_checkpointing(given),
        budget_bytes=budget(
            machine,
            processes_here=given.processes_here,
            resident_bytes=work.resident_bytes(machine.device.kind),
        ),
        processes_here=given.processes_here,
        sharded=given.sharded,
        lora=decide_lora(given, can_adapt=work.can_adapt) if work.trains else None,
        effective_batch_size=work.effective_batch_size,
        step_rows=work.step_rows,
    )
    if work.trains:
        plan = with_cut(plan, next(cuts(plan, work)), work)
    return plan_evaluation(plan, work)


def decide_precision(device: Device, given: Given, *, float32: bool = True) -> Decision[str]:
    """Decides the precision: the strategy's, else the Trainer's, else HardwareTier's, else the best of the device.

    Args:
        device: What is computed on.
        given: What is fixed already.
        float32: Whether the weights that learn are float32; they are as long as nobody has looked.

    Raises:
        ValueError: float16 is asked for, and the strategy has no scaler for it.
    """
    if given.trainer_precision is not None:
        return Decision(given.trainer_precision, "strategy" if given.brings_precision else "trainer")
    if given.precision == "16-mixed" and not given.scales_float16:
        raise ValueError(
            Message(
                "HardwareTier(precision='16-mixed'): {strategy} has no scaler for float16. Give 'bf16-mixed', "
                "'32-true' or 'auto'.",
                strategy=given.strategy,
            )
        )
    if given.precision != "auto":
        return Decision(given.precision, "callback")
    found = plan_precision(device)
    if found.value == "16-mixed" and not given.scales_float16:
        return Decision("32-true", "auto", "no_scaler")
    if found.value == "16-mixed" and not float32:
        return Decision("32-true", "auto", "half_weights")  # no scaler can unscale their gradients
    return found


def decide_accumulation(given: Given, *, rows: int | None) -> Decision[int]:
    """Decides into how many micro-batches a step is cut: what is fixed, else one to begin with.

    Args:
        given: What is fixed already.
        rows: Rows of a step; None where the data do not tell.
    """
    if given.manual:
        return Decision(1, "trainer", "manual")
    if given.trainer_accumulation is not None:
        return Decision(given.trainer_accumulation, "trainer", "schedule" if given.scheduled else "")
    if given.accumulation != "auto":
        return Decision(given.accumulation, "callback")
    return Decision(1, "trainer", "not_known") if rows is None else Decision(1, "auto", "whole")


def decide_checkpointing(given: Given) -> Decision[bool]:
    """Decides whether activations are computed anew: what is fixed, else not to begin with."""
    if given.checkpointing != "auto":
        return Decision(given.checkpointing, "callback")
    return Decision(False, "auto", "not_needed")


def decide_lora(given: Given, *, can_adapt: bool) -> Decision[bool] | None:
    """Decides whether adapters learn: those that are there do, and others only where nothing else fits.

    Args:
        given: What is fixed already.
        can_adapt: Whether adapters can be put into the module.

    Returns:
        None where there are none, and nobody asked.

    Raises:
        ValueError: They are asked for, and the strategy shares the model out.
    """
    if given.lora == "auto" and given.sharded:
        raise ValueError(
            Message(
                "HardwareTier(lora='auto'): {strategy} shares the model out over the processes, and whether it fits "
                "without adapters cannot be tried there. Leave it away, or take another strategy, such as ddp.",
                strategy=given.strategy,
            )
        )
    if given.adapted_by == "model":
        return Decision(True, "auto", "resumed") if given.resumes and given.lora else Decision(True, "model")
    if given.lora is False:
        return None
    if given.adapted_by == "auto":
        return Decision(True, "auto", "full_does_not_fit")
    why = "resumed" if given.resumes else "only_then" if can_adapt else "takes_none"
    return Decision(False, "auto", why)
