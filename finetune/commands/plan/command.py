"""finetune plan: what a fit would do here or with a named card, and how long it would take. Keeps nothing."""

import os
import shlex
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from typing_extensions import override

from callbacks.hardware.gpus import card_device, machine_with
from callbacks.hardware.limits import GIB
from callbacks.hardware.machine import this_machine
from callbacks.hardware.plan import Plan
from callbacks.hardware.plan_report import gib, localized, table, wrapped
from callbacks.hardware_tier import HardwareTier
from callbacks.progress.pace import EVALUATION_SHARE
from callbacks.run_folder import nearest_existing
from finetune.cli.command_line import take_option
from finetune.data.module import TextData
from finetune.errors import ConfigError
from finetune.language.which import language
from finetune.model.classifier import TextClassifier

ENOUGH_SECONDS = 60
"""A slow machine does not take the steps a second time, when kernels are built and caches filled."""

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


class StepTimer(Callback):
    """Times the optimizer steps of two passes over a sample of them, of which the first only warms up, then ends."""

    def __init__(self) -> None:
        self.passes: list[list[float]] = []  # seconds of each step
        self.epochs: int | None = None  # of the run that is planned
        self._begin = self._start = 0.0
        self._steps = 0

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self.epochs = trainer.max_epochs
        if self.epochs == 1:
            trainer.fit_loop.max_epochs = 2  # the first pass warms up

    @override
    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._start = time.perf_counter()
        self._begin = self._begin or self._start
        self.passes.append([])

    @override
    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if trainer.global_step == self._steps:
            return  # within a step
        if trainer.strategy.root_device.type == "cuda":
            torch.cuda.synchronize()
        now = time.perf_counter()
        self.passes[-1].append(now - self._start)
        self._steps, self._start = trainer.global_step, now
        whole = len(self.passes) == 2 and len(self.passes[1]) == len(self.passes[0])
        enough = whole or now - self._begin > ENOUGH_SECONDS
        trainer.should_stop = trainer.should_stop or trainer.strategy.reduce_boolean_decision(
            enough, all=False
        )

    def timing(self, data: TextData) -> "Timing | None":
        """Returns what the steps tell of an epoch; None where none was timed."""
        whole = [number for number, steps in enumerate(self.passes) if len(steps) == len(self.passes[0])]
        if not whole or not self.passes[0]:
            return None
        sampler = data.train_dataloader().sampler
        sampler.set_epoch(whole[-1])
        seconds = self.passes[whole[-1]]
        sampled = [sampler.tokens(rows) for rows in sampler.sampled()]
        every = [sampler.tokens(rows) for rows in sampler.order()]
        return epoch_timing(
            seconds, sampled, every, rows=data.train_rows, validation_tokens=data.tokens_of("validation")
        )


@dataclass(frozen=True)
class Timing:
    """How long an epoch takes, with its validation, by so many steps that were timed."""

    epoch_seconds: float
    rows_per_second: float
    steps: int


def epoch_timing(
    seconds: Sequence[float],
    sampled: Sequence[int],
    every: Sequence[int],
    *,
    rows: int,
    validation_tokens: int,
) -> Timing:
    """Returns the time of an epoch, read off between timed steps: long texts cost more than by the token.

    Args:
        seconds: Of each timed step.
        sampled: Tokens of each sampled step, the timed ones first.
        every: Tokens of each step of the epoch.
        rows: Rows of the epoch.
        validation_tokens: Tokens of the validation; they cost what those of training cost on average, less the share
            of the backward pass.
    """
    timed = sorted(zip(sampled, seconds, strict=False))
    training = float(np.interp(every, [pair[0] for pair in timed], [pair[1] for pair in timed]).sum())
    validation = EVALUATION_SHARE * training * validation_tokens / sum(every)
    return Timing(training + validation, rows / training, len(seconds))


class PlanTrainer(Trainer):
    """A Trainer with one more verb, whose arguments are the options of `finetune plan`."""

    def plan(
        self, model: TextClassifier, datamodule: TextData, gpu: str | None = None, steps: int = 8
    ) -> bool:
        """Prints what a fit would do: machine, tier, plan, memory, disk and time, without training.

        Args:
            model: What would be trained.
            datamodule: On what.
            gpu: A card to plan for in place of this machine, such as "RTX 4060 8GB".
            steps: How many steps to time, from the shortest texts to the longest.

        Returns:
            Whether the run fits, as far as can be told.

        Raises:
            ConfigError: HardwareTier is switched off.
        """
        tier = next((callback for callback in self.callbacks if isinstance(callback, HardwareTier)), None)  # type: ignore[attr-defined]
        if tier is None:
            raise ConfigError("plan shows what HardwareTier decides: leave --hardware_tier switched on.")
        if steps < 1:
            raise ConfigError(f"--steps {steps}: give 1 or more.")
        tier.verbose = False
        timer = StepTimer()
        datamodule.sample_steps = steps
        datamodule.on_findings = "skip"  # it asks whether the run fits, not whether the data are good
        if gpu is not None:
            tier.machine = machine_with(card_device(gpu), this_machine(torch.device("cpu")))
            datamodule.device_type = "cuda"
        self.callbacks.append(timer if gpu is None else EndAtSetup())  # type: ignore[attr-defined]
        load = load_of_others()
        with suppress(Planned):
            self.fit(model, datamodule=datamodule)
        assert tier.plan is not None
        if self.is_global_zero:
            timing = timer.timing(datamodule)
            lines = [
                headline(tier.plan, timing, timer.epochs),
                table(tier.plan, language()),
                *disk_lines(tier.plan, Path(self.default_root_dir)),
                *time_lines(timing, load=load, cores=tier.plan.machine.cores),
            ]
            print("\n".join(lines))
        return tier.plan.fits is not False


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
