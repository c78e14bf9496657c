"""What a training would do here and how long it would take, by some of its first steps. Keeps nothing."""

import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import Timer

from callbacks.hardware.limits import GIB
from callbacks.hardware.plan import Plan
from callbacks.hardware.plan_report import gib, hanging, table
from callbacks.hardware_tier import HardwareTier
from callbacks.progress.pace import duration
from callbacks.run_folder import nearest_existing
from finetune.cli.ahead import EndAtSetup, fit_up_to
from finetune.cli.take_option import take_option
from finetune.cli.timing import StepTimer, Timing
from finetune.cli.verb import Ready
from finetune.errors import ConfigError
from finetune.language.numbers import rows
from finetune.language.say import Message, say
from finetune.language.say import show as tell
from finetune.language.typed import command_line

BUSY = 0.75
"""Share of the cores that others may keep busy before a measured time means little."""


@dataclass(frozen=True)
class Ahead:
    """What a training would do, and how long it would take.

    Attributes:
        plan: What was decided.
        timing: By its first steps; None where none were taken, and on all processes but the first.
        epochs: Of the run, where it has a limit.
    """

    plan: Plan
    timing: Timing | None = None
    epochs: int | None = None


def tier_of(trainer: Trainer) -> HardwareTier:
    """Returns what decides.

    Raises:
        ConfigError: if it was switched off.
    """
    for callback in trainer.callbacks:  # type: ignore[attr-defined]
        if isinstance(callback, HardwareTier):
            return callback
    raise ConfigError("plan shows what HardwareTier decides: leave --hardware_tier switched on.")


def plan_ahead(
    ready: Ready[Any, Any], tier: HardwareTier, *, steps: int, timed: bool = True, here: bool = True
) -> Ahead:
    """Goes as far as a training has to, prints what it would do and take, and returns it.

    Args:
        ready: What it works with.
        tier: What decides.
        steps: How many steps to time.
        timed: Whether any are taken; else the plan alone is made.
        here: Whether it is for this machine.

    Raises:
        ConfigError: if there are no steps to time.
    """
    if steps < 1:
        raise ConfigError("--steps {steps}: give 1 or more.", steps=steps)
    tier.verbose = False
    ready.data.sample_steps = steps
    timer, load, most = StepTimer(), load_of_others(), seconds_allowed(ready.options.trainer.max_time)
    fit_up_to(ready, timer if timed else EndAtSetup())
    assert tier.plan is not None
    if not ready.trainer.is_global_zero:
        return Ahead(tier.plan)
    timing = timer.timing(ready.model, ready.data)
    root = Path(ready.trainer.default_root_dir)
    show(tier.plan, timing, timer.epochs, root=root, load=load, here=here, most=most)
    return Ahead(tier.plan, timing, timer.epochs)


def seconds_allowed(max_time: Any) -> float | None:
    """Returns after how many seconds a Trainer ends by itself, as it is asked to; None where it is not."""
    return None if max_time is None else Timer(max_time).time_remaining()


def show(
    plan: Plan,
    timing: Timing | None,
    epochs: int | None,
    *,
    root: Path,
    load: float,
    here: bool = True,
    most: float | None = None,
) -> None:
    """Prints machine, tier, plan, memory, disk and time.

    Args:
        plan: What was decided.
        timing: By the steps that were taken; None where none could be.
        epochs: Of the run, where it has a limit.
        root: Where the run folder would be.
        load: How many processes wanted a core before.
        here: Whether it was planned for this machine.
        most: Seconds after which it ends by itself.
    """
    lines = [
        headline(plan, timing, epochs, most=most),
        table(plan),
        *disk_lines(plan, root),
        *time_lines(timing, load=load, cores=plan.machine.cores, here=here),
    ]
    print("\n".join(lines))


def load_of_others() -> float:
    """Returns how many processes wanted a core in the last minute; 0 where the system does not count them."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def headline(plan: Plan, timing: Timing | None, epochs: int | None, *, most: float | None = None) -> str:
    """Returns the whole answer: whether it fits, and for how long it runs where that is known."""
    verdict = say(
        "It fits."
        if plan.fits
        else "It does NOT fit."
        if plan.fits is False
        else "Whether it fits cannot be told before it is tried."
    )
    if timing is None or epochs is None or epochs < 1:
        return verdict
    takes = say(
        "The run would take about {total} ({n} epoch).",
        "The run would take about {total} ({n:,} epochs).",
        total=duration(timing.total(epochs)),
        n=epochs,
    )
    if most is None or most >= timing.total(epochs):
        return f"{verdict} {takes}"
    ended = say(
        "--trainer.max_time ends it after {most}: that is too short for all of it.", most=duration(most)
    )
    return f"{verdict} {takes} {ended}"


def labelled(label: str, text: str) -> list[str]:
    """Returns a text in lines behind its label, as the plan has them."""
    return hanging(text, f"{label:<9} ")


def time_lines(timing: Timing | None, *, load: float, cores: float, here: bool = True) -> list[str]:
    """Returns how long an epoch takes and how that is known."""
    label = say("time")
    if timing is None:
        why = say("not known: its weights are not here") if here else say("not known: the card is not here")
        return labelled(label, why)
    text = say(
        "about {epoch} an epoch ({rows} a second in {n} timed step)",
        "about {epoch} an epoch ({rows} a second in {n} timed steps)",
        epoch=duration(timing.epoch_seconds),
        rows=rows(round(timing.rows_per_second)),
        n=timing.steps,
    )
    if round(timing.start_seconds):
        before = say(
            "about {start} before the first: the new layers' start", start=duration(timing.start_seconds)
        )
        text = f"{text}; {before}"
    if load > BUSY * cores:
        busy = say(
            "THE MACHINE IS BUSY (load {load:.1f} on {cores}): measure again when it is not",
            load=load,
            cores=Message("{n:g} core", "{n:g} cores", n=int(cores) if cores == int(cores) else cores),
        )
        text = f"{text} - {busy}"
    return labelled(label, text)


def disk_needed(plan: Plan) -> tuple[int, int]:
    """Returns the bytes of a run folder and those that lie beside it while it is written.

    The best weights, the exported model, and the newest state with AdamW's two averages; while it trains there is the
    state before that, too, or the next one that is being written. With adapters these states hold only what learns;
    the exported model is whole.
    """
    adapted = plan.lora is not None and plan.lora.value
    model, kept = 4 * plan.parameters, 4 * (plan.trainable if adapted else plan.parameters)
    state = kept + 8 * plan.trainable
    return model + kept + state, state


def disk_lines(plan: Plan, root: Path) -> list[str]:
    """Returns what a run needs of the disk and what is free there."""
    needed, more = disk_needed(plan)
    free = shutil.disk_usage(nearest_existing(root.absolute())).free
    text = say(
        "{needed} GiB for a run folder, {more} more while it is written; {free:,.0f} GiB free - TOO LITTLE"
        if free < needed + more
        else "{needed} GiB for a run folder, {more} more while it is written; {free:,.0f} GiB free",
        needed=gib(needed),
        more=gib(more),
        free=free / GIB,
    )
    return labelled(say("disk"), text)


def show_command(command: str, typed: list[str], *, without: tuple[str, ...]) -> None:
    """Prints the command that trains what was planned.

    Args:
        command: Its name.
        typed: What was typed, with its command.
        without: Options of the plan alone.
    """
    options, _ = take_option(typed[1:], without)
    tell(say("To train it:\n  {command}", command=command_line(["finetune", command, *options])))
