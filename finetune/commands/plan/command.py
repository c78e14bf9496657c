"""finetune plan: what a fit would do here or with a named card, and how long it would take. Keeps nothing."""

import os
import shlex
import shutil
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from typing_extensions import override

from callbacks.hardware.gpus import card_device, machine_with
from callbacks.hardware.limits import GIB
from callbacks.hardware.machine import this_machine
from callbacks.hardware.plan import Plan
from callbacks.hardware.plan_report import gib, table, wrapped
from callbacks.hardware_tier import HardwareTier
from callbacks.language.numbers import localized
from callbacks.run_folder import nearest_existing
from finetune.cli.command_line import take_option
from finetune.cli.lightning_cli import run
from finetune.cli.verb import Ready
from finetune.commands.plan.timing import StepTimer, Timing
from finetune.data.module import TextData
from finetune.errors import ConfigError
from finetune.language.which import language

BUSY = 0.75
"""Share of the cores that others may keep busy before a measured time means little."""

WORDS = {
    "en": {
        "fits": "It fits",
        "fits_not": "It does NOT fit",
        "cannot_tell": "Whether it fits cannot be told before it is tried",
        "takes": ", and would take about {total} (epochs: {epochs}).",
        "disk": "disk",
        "space": "{needed} GiB for a run folder, {more} more while it is written; {free} GiB free",
        "short": " - TOO LITTLE",
        "time": "time",
        "epoch": "about {epoch} an epoch ({rate} rows/s in {steps} timed steps)",
        "busy": " - THE MACHINE IS BUSY (load {load} on {cores} cores): measure again when it is not",
        "unknown": "not known: the card is not here",
        "next": "next",
    },
    "pt": {
        "fits": "Cabe",
        "fits_not": "NÃO cabe",
        "cannot_tell": "Só testando se sabe se cabe",
        "takes": ", e levaria cerca de {total} (épocas: {epochs}).",
        "disk": "disco",
        "space": "{needed} GiB para a pasta do treino, mais {more} ao gravar; {free} GiB livres",
        "short": " - É POUCO",
        "time": "tempo",
        "epoch": "cerca de {epoch} por época ({rate} linhas/s em {steps} passos medidos)",
        "busy": " - A MÁQUINA ESTÁ OCUPADA (carga {load} em {cores} núcleos): meça de novo depois",
        "unknown": "não se sabe: a placa não está aqui",
        "next": "a seguir",
    },
}


class Planned(Exception):  # noqa: N818
    """Ends a fit once it was set up: nothing is to be trained."""


class EndAtSetup(Callback):
    """Ends the fit when the callbacks before it have planned."""

    @override
    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        raise Planned


def plan(ready: Ready, gpu: str | None = None, steps: int = 8) -> int:
    """Show what fit would do here or on a named GPU, and how long it takes.

    --gpu "RTX 4060 8GB" plans for that card; --steps N times N steps.

    Args:
        ready: What it works with.
        gpu: A card to plan for in place of this machine, such as "RTX 4060 8GB".
        steps: How many steps to time, from the shortest texts to the longest.
    """
    trainer, data = ready.trainer, ready.data
    tier = next((callback for callback in trainer.callbacks if isinstance(callback, HardwareTier)), None)  # type: ignore[attr-defined]
    if tier is None:
        raise ConfigError("plan shows what HardwareTier decides: leave --hardware_tier switched on.")
    if steps < 1:
        raise ConfigError(f"--steps {steps}: give 1 or more.")
    tier.verbose = False
    data.sample_steps = steps
    data.on_findings = "skip"  # it asks whether the run fits, not whether the data are good
    if gpu is not None:
        tier.machine = machine_with(card_device(gpu), this_machine(torch.device("cpu")))
        data.device_type = "cuda"
    timer = StepTimer()
    trainer.callbacks.append(timer if gpu is None else EndAtSetup())  # type: ignore[attr-defined]
    load = load_of_others()
    with suppress(Planned):
        trainer.fit(ready.model, datamodule=data)
    assert tier.plan is not None
    if trainer.is_global_zero:
        show(tier.plan, timer, data, root=Path(trainer.default_root_dir), load=load)
        show_fit_command(ready.prepared.typed)
    return 1 if tier.plan.fits is False else 0


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status: 1 where the run does not fit."""
    return run(argv, plan)


def show(plan: Plan, timer: StepTimer, data: TextData, *, root: Path, load: float) -> None:
    """Prints machine, tier, plan, memory, disk and time.

    Args:
        plan: What was decided.
        timer: Of the steps that were taken, none where another machine was planned for.
        data: What they were taken on.
        root: Where the run folder would be.
        load: How many processes wanted a core before.
    """
    timing = timer.timing(data)
    lines = [
        headline(plan, timing, timer.epochs),
        table(plan, language()),
        *disk_lines(plan, root),
        *time_lines(timing, load=load, cores=plan.machine.cores),
    ]
    print("\n".join(lines))


def load_of_others() -> float:
    """Returns how many processes wanted a core in the last minute; 0 where the system does not count them."""
    return os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0


def headline(plan: Plan, timing: Timing | None, epochs: int | None) -> str:
    """Returns the whole answer in one sentence: whether it fits, and for how long it runs where that is known."""
    words = WORDS[language()]
    verdict = words["fits" if plan.fits else "fits_not" if plan.fits is False else "cannot_tell"]
    if timing is None or epochs is None or epochs < 1:
        return f"{verdict}."
    return f"{verdict}{words['takes'].format(total=duration(timing.epoch_seconds * epochs), epochs=epochs)}"


def time_lines(timing: Timing | None, *, load: float, cores: float) -> list[str]:
    """Returns how long an epoch takes and how that is known."""
    words = WORDS[language()]
    if timing is None:
        return wrapped(words["unknown"], f"{words['time']:<10}")
    text = words["epoch"].format(
        epoch=duration(timing.epoch_seconds), rate=f"{timing.rows_per_second:.0f}", steps=timing.steps
    )
    if load > BUSY * cores:
        text += localized(words["busy"].format(load=f"{load:.1f}", cores=f"{cores:g}"), language())
    return wrapped(text, f"{words['time']:<10}")


def duration(seconds: float) -> str:
    """Returns a time as the progress bar shows it."""
    return str(timedelta(seconds=round(seconds)))


def disk_needed(plan: Plan) -> tuple[int, int]:
    """Returns the bytes of a run folder and those that lie beside it while it is written.

    The best weights, the exported model, and the newest state with AdamW's two averages; while it trains there is the
    state before that, too, or the next one that is being written.
    """
    weights, state = 4 * plan.parameters, 4 * plan.parameters + 8 * plan.trainable
    return 2 * weights + state, state


def disk_lines(plan: Plan, root: Path) -> list[str]:
    """Returns what a run needs of the disk and what is free there."""
    words = WORDS[language()]
    needed, more = disk_needed(plan)
    free = shutil.disk_usage(nearest_existing(root.absolute())).free
    text = words["space"].format(needed=gib(needed), more=gib(more), free=f"{free / GIB:.0f}")
    text = localized(text, language())
    return wrapped(text + (words["short"] if free < needed + more else ""), f"{words['disk']:<10}")


def show_fit_command(argv: list[str]) -> None:
    """Prints the command that trains what was planned: the same options without those of `plan`."""
    options, _ = take_option(argv[1:], ("--gpu", "--steps"))
    print(f"{WORDS[language()]['next']:<10}{shlex.join(['finetune', 'fit', *options])}")
