"""finetune plan: what a fit would do here or with a named card, and how long it would take. Keeps nothing."""

import torch

from callbacks.hardware.gpus import card_device, machine_with
from callbacks.hardware.machine import this_machine
from callbacks.progress.pace import duration
from finetune.cli.candidates import open_to, told_time
from finetune.cli.lightning_cli import run
from finetune.cli.planned import plan_ahead, show_command, tier_of
from finetune.cli.timing import START_ROWS, Timing
from finetune.cli.verb import Ready
from finetune.commands.plan.quick import plan_quick
from finetune.language.say import Message
from finetune.language.say import show as tell
from finetune.pretrained.folder import lacks_weights
from finetune.runs.effort import BEST, QUICK


def plan(ready: Ready, gpu: str | None = None, steps: int = 8, seeds: int | None = None) -> int:
    """Show what fit would do here or on a named GPU, and how long it takes.

    --gpu "RTX 4060 8GB" plans for that card; --steps N times N steps.

    Args:
        ready: What it works with.
        gpu: A card to plan for in place of this machine, such as "RTX 4060 8GB".
        steps: How many steps to time, from the shortest texts to the longest.
        seeds: How many networks fit would train, of whose weights the mean is the model.
    """
    trainer, data = ready.trainer, ready.data
    if ready.options.effort == QUICK:
        return plan_quick(ready, here=gpu is None)
    tier = tier_of(trainer)
    ready.model.start_rows = START_ROWS
    data.on_findings = "skip"  # it asks whether the run fits, not whether the data are good
    if gpu is not None:
        tier.machine = machine_with(card_device(gpu), this_machine(torch.device("cpu")))
        data.device_type = "cuda"
    elif lacks_weights(ready.model.hparams["name"]):
        tier.machine = this_machine(trainer.strategy.root_device)
    timed = tier.machine is None
    # shapes tell what a step takes: of a model of billions the weights alone would not fit here
    ready.model.weightless = data.weightless = not timed
    found = plan_ahead(ready, tier, steps=steps, timed=timed, here=gpu is None)
    if trainer.is_global_zero:
        if ready.options.effort == BEST:
            tell(told_time(open_to(ready, ready.model.task.problem_type), found.timing, found.epochs))
        elif seeds is not None:
            tell(time_of_several(seeds, found.timing, found.epochs))
        if not ready.prepared.looked_at:  # else a fit has asked, which goes on by itself
            show_command("fit", ready.prepared.typed, without=("--gpu", "--steps"))
    return 1 if found.plan.fits is False else 0


def time_of_several(seeds: int, timing: Timing | None, epochs: int | None) -> Message:
    """Returns how long the networks of several seeds take, one after the other.

    Args:
        seeds: How many there are.
        timing: By the steps of one; None where none were timed.
        epochs: Of one.
    """
    if timing is None or epochs is None or epochs < 1:
        return Message(
            "--seeds {n} trains {n} networks, one after another. How long that takes is not known here.",
            n=seeds,
        )
    return Message(
        "--seeds {n} trains {n} networks, one after another: about {time} in all. What each takes to start and to be "
        "measured comes on top.",
        n=seeds,
        time=duration(seeds * timing.total(epochs)),
    )


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status: 1 where the run does not fit."""
    return run(argv, plan)
