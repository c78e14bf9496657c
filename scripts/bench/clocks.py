"""Callbacks that work in a fit or a prediction of ours and tell its times to the bench that started it.

They are named by their class path, such as `clocks.StepClock`. What else they tell is what a bench reckons with.
"""

import os
import threading
import time
from contextlib import suppress
from typing import Any

import psutil
import torch
from child import elapsed, tell
from lightning.pytorch import Callback, LightningModule, Trainer

WARM_UP_STEPS = 10


class StepTimes:
    """The seconds of training, of A and B alike: from the end of a step to that of the next one.

    What stands between two steps is not counted where it is a validation, with the checkpoint that follows it, or the
    start of an epoch.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self.steps = 0
        self.curve: list[tuple[float, float]] = []
        self._since: float | None = None

    def begins(self) -> None:
        """A step begins: the clock starts where it stands still."""
        if self._since is None:
            self._since = time.perf_counter()

    def ends(self) -> None:
        """A step ends."""
        assert self._since is not None
        now = time.perf_counter()
        self.seconds, self._since, self.steps = self.seconds + now - self._since, now, self.steps + 1

    def stands(self) -> None:
        """Something begins that is not counted."""
        self._since = None

    def reached(self, score: float) -> None:
        """The validation rows were asked: keeps the score, and the seconds until then."""
        self.curve.append((self.seconds, score))


class TrainingClock(Callback):
    """Times the steps of a fit, and measures the machine's limit when they are over; for train.py.

    What comes before the first step, the head's start as a regression above all, counts in the seconds until a score.
    """

    def __init__(self) -> None:
        self.times = StepTimes()
        self.start = self.before = 0.0

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The module has its head begin after this."""
        self.start = time.perf_counter()

    def on_sanity_check_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The head has begun."""
        self.before = time.perf_counter() - self.start

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """The head has begun, where no validation is tried before the first step."""
        self.before = self.before or time.perf_counter() - self.start

    def on_train_epoch_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Starts the clock at the first step of an epoch."""
        self.times.stands()

    def on_train_batch_start(self, *_: Any) -> None:
        """Starts the clock where it stands still."""
        self.times.begins()

    def on_train_batch_end(self, *_: Any) -> None:
        """Counts the step."""
        self.times.ends()

    def on_validation_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Stops the clock."""
        self.times.stands()

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Keeps the score."""
        if not trainer.sanity_checking:
            self.times.reached(float(trainer.callback_metrics["val/f1_macro"]))

    def on_train_end(self, trainer: Trainer, pl_module: Any) -> None:
        """Tells the times and the limit."""
        dtype = torch.bfloat16 if "bf16" in trainer.precision else torch.float32
        data = trainer.datamodule  # type: ignore[attr-defined]
        tokens = data.tokens_of("train")
        step_tokens = tokens * data.effective_batch_size // data.train_rows
        tell(
            seconds=self.times.seconds,
            curve=[(self.before + seconds, score) for seconds, score in self.times.curve],
            epochs=trainer.current_epoch,
            tokens=tokens,
            parameters=parameters_of(pl_module.network),
            precision=trainer.precision,
            limit=matmul_rate(shapes_of(pl_module, step_tokens), dtype),
        )


class StepClock(Callback):
    """Times the optimizer steps after the first ten; for processes.py."""

    def __init__(self) -> None:
        self.start = 0.0

    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Looks at the clock."""
        if trainer.global_step == WARM_UP_STEPS:
            self.start = time.perf_counter()

    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Tells how long they took."""
        seconds, steps = time.perf_counter() - self.start, trainer.global_step - WARM_UP_STEPS
        if trainer.is_global_zero:
            tell(seconds=seconds, steps=steps, precision=trainer.precision)


class FirstBatch(Callback):
    """Tells when all processes have their first batch, and what they took until then; for scale.py."""

    def __init__(self) -> None:
        self.peak = 0
        if os.environ.get("LOCAL_RANK", "0") == "0":
            threading.Thread(target=self._watch, daemon=True).start()

    def on_train_batch_start(self, trainer: Trainer, *_: Any) -> None:
        """Waits for the others, tells, and ends the training."""
        trainer.strategy.barrier()
        if trainer.is_global_zero:
            seconds, kept, cpu_seconds = elapsed(), memory_of_all(), cpu_seconds_of_all()
            gib = {"kept_gib": kept / 2**30, "peak_gib": max(kept, self.peak) / 2**30}
            tell(seconds=seconds, cpu_seconds=cpu_seconds, **gib)
        trainer.strategy.barrier()
        os._exit(0)

    def _watch(self) -> None:
        while True:
            self.peak = max(self.peak, memory_of_all())
            time.sleep(1)


def processes() -> list[psutil.Process]:
    """Returns this process and those that it has started."""
    return [psutil.Process(), *psutil.Process().children(recursive=True)]


def memory_of_all() -> int:
    """Returns the memory of these in bytes, pages that several have in common counted once."""
    found = 0
    for process in processes():
        with suppress(psutil.NoSuchProcess, psutil.ZombieProcess):
            found += process.memory_full_info().pss
    return found


def cpu_seconds_of_all() -> float:
    """Returns the seconds of processors that these have taken."""
    return sum(sum(process.cpu_times()[:2]) for process in processes())


class PredictionClock(Callback):
    """Times a prediction from the reading of the settings to the last label; for predict.py."""

    def __init__(self) -> None:
        self.start, self.cpu_start = time.perf_counter(), time.process_time()

    def on_predict_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Tells the time, and that of processors."""
        tell(seconds=time.perf_counter() - self.start, cpu_seconds=time.process_time() - self.cpu_start)


class Stages(Callback):
    """Tells when a fit reaches its stages, up to the first step, by what begins then; for start.py."""

    def __init__(self) -> None:
        self._begins("reading and dividing the table, tokens from the cache")

    def setup(self, *_: Any, **__: Any) -> None:
        """After the data was set up; comes again for the test."""
        self._begins("HardwareTier: opening the model, estimating its memory")

    def on_fit_start(self, *_: Any) -> None:
        """After the other callbacks' setup."""
        self._begins("optimizer, run folder, first validation batch")

    def on_train_start(self, *_: Any) -> None:
        """The optimizer is made, a validation batch was tried."""
        self._begins("loader")

    def on_train_batch_start(self, *_: Any) -> None:
        """The first step begins."""
        self._begins("first step")

    def _begins(self, what: str) -> None:
        tell(**{what: round(elapsed(), 3)})


# ---- the limit of matrix products ---------------------------------------------------------------------------


def matmul_rate(shapes: list[tuple[int, int, int]], dtype: torch.dtype, *, seconds: float = 0.5) -> float:
    """Returns the best rate that products of a shape (m, k, n) keep up, in floating-point operations a second."""
    rates = []
    for m, k, n in shapes:
        a, b = torch.randn(m, k).to(dtype), torch.randn(n, k).to(dtype).t()
        torch.mm(a, b)
        start, done = time.perf_counter(), 0
        while time.perf_counter() < start + seconds:
            torch.mm(a, b)
            done += 1
        rates.append(done * 2 * m * k * n / (time.perf_counter() - start))
    return max(rates)


def shapes_of(module: torch.nn.Module, tokens: int) -> list[tuple[int, int, int]]:
    """Returns large squares and the shapes of the module's own layers, for so many tokens."""
    layers = {(m.in_features, m.out_features) for m in module.modules() if isinstance(m, torch.nn.Linear)}
    return [(size,) * 3 for size in (1024, 2048, 4096)] + [(tokens, k, n) for k, n in sorted(layers)]


def parameters_of(network: Any) -> int:
    """Returns the number of parameters outside the word, position and type embeddings."""
    return sum(p.numel() for name, p in network.named_parameters() if "embeddings" not in name)
