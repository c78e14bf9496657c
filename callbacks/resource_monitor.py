"""ResourceMonitor: what a run takes of its machine, measured in a thread; to a table and to the logger."""

import csv as csv_format
import threading
import warnings
from contextvars import copy_context
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, LightningModule, Trainer
from typing_extensions import override

from callbacks.hardware.resource_sample import ResourceSampler, gpu_order_is_sure
from callbacks.language.reasons import reason
from callbacks.language.say import Message, joined, say
from callbacks.run_folder import is_remote, nearest_existing, run_folder
from callbacks.saving.patience import patiently

Row = dict[str, float | int | str]


class ResourceMonitor(Callback):
    """Records CPU, memory, disk and GPU use while a model is trained. It only observes and never stops a run.

    Each sample becomes a row of `resources.csv` in the run folder (columns `time`, UTC, `global_step` and
    those below), and the newest sample goes to the logger at the rhythm of `log_every_n_steps`:

    - `resources/cpu_percent`: CPU time of this process and its children since the sample before, in % of the
      cores that the container and CPU affinity allow (100 = all of them busy)
    - `resources/ram_gib`: memory of this process and its children (data workers), shared pages counted once,
      in GiB
    - `resources/ram_limit_percent`: use of the memory limit that binds (the container's, or the machine's),
      in %, by all who share it
    - `resources/disk_free_gib`: free space on the disk of the run folder, in GiB
    - `resources/gpu<N>_utilisation_percent`: share of the time in which the GPU had work, in %
    - `resources/gpu<N>_memory_gib`: memory in use on the GPU, by all processes, in GiB
    - `resources/gpu<N>_temperature_celsius`: temperature of the GPU in °C
    - `resources/gpu<N>_power_watts`: power drawn by the GPU in W

    `N` counts the GPUs named by CUDA_VISIBLE_DEVICES, from 0. Without a GPU, and for what a GPU cannot tell,
    there is no column. One process a machine measures; other machines than the first write
    `resources.node<M>.csv`. A run that is resumed appends to its table. With `fast_dev_run` nothing is
    measured.

    Args:
        interval_seconds: Seconds from one sample to the next; a sample takes a few milliseconds of one core.
        csv: Write the samples to `resources.csv` in the run's folder.
        csv_without_logger: Write the table also when the Trainer has no logger; it then goes into
            `default_root_dir`.
    """

    def __init__(
        self, interval_seconds: float = 5.0, *, csv: bool = True, csv_without_logger: bool = False
    ) -> None:
        if not interval_seconds > 0:
            raise ValueError(
                Message(
                    "ResourceMonitor(interval_seconds={given!r}): give more than 0.", given=interval_seconds
                )
            )
        if csv_without_logger and not csv:
            raise ValueError(Message("ResourceMonitor(csv=False, csv_without_logger=True): set csv=True."))
        self.interval_seconds = interval_seconds
        self.csv = csv
        self.csv_without_logger = csv_without_logger
        self._recorder: _Recorder | None = None
        self._samples_logged = 0

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        folder = run_folder(trainer)  # on every rank: it broadcasts
        if trainer.fast_dev_run or trainer.local_rank != 0:  # type: ignore[attr-defined]
            return
        self._stop()  # a fit that died without its hooks may have left one
        self._start(trainer, folder)

    @override
    def on_train_batch_end(
        self, trainer: Trainer, pl_module: LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        if self._recorder is None:
            return
        self._recorder.global_step = trainer.global_step
        rhythm = max(1, trainer.log_every_n_steps)  # type: ignore[attr-defined]
        if trainer.global_step % rhythm == 0:
            self._log(trainer, self._recorder)

    @override
    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self._recorder is not None:
            self._recorder.stop()  # takes a last sample: a run shorter than the interval has one too
            self._log(trainer, self._recorder)

    @override
    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        self._stop()

    @override
    def on_exception(self, trainer: Trainer, pl_module: LightningModule, exception: BaseException) -> None:
        self._stop()

    def _start(self, trainer: Trainer, folder: str) -> None:
        writes = self.csv and (bool(trainer.loggers) or self.csv_without_logger)
        if not writes and not trainer.loggers:
            return
        if is_remote(folder):
            text = say("ResourceMonitor writes no table and sees no disk at {folder}.", folder=folder)
            warnings.warn(text, stacklevel=2)
        name = "resources.csv" if trainer.node_rank == 0 else f"resources.node{trainer.node_rank}.csv"
        self._samples_logged = 0
        recorder = _Recorder(
            None if is_remote(folder) else Path(folder),
            name if writes else None,
            interval_seconds=self.interval_seconds,
            global_step=trainer.global_step,
        )
        recorder.start()
        self._recorder = recorder

    def _log(self, trainer: Trainer, recorder: "_Recorder") -> None:
        # From the main thread only: Lightning's loggers are not made for two
        samples, newest = recorder.newest
        if samples == self._samples_logged or not trainer.is_global_zero:
            return
        self._samples_logged = samples
        metrics = {f"resources/{name}": value for name, value in newest.items()}
        for logger in trainer.loggers:
            logger.log_metrics(metrics, step=trainer.global_step)

    def _stop(self) -> None:
        if self._recorder is not None:
            self._recorder.stop()
            self._recorder = None


class _Recorder(threading.Thread):
    """The thread that samples and writes the table, if any; what fails is warned of once and left out."""

    def __init__(
        self, folder: Path | None, table_name: str | None, *, interval_seconds: float, global_step: int
    ) -> None:
        super().__init__(name="ResourceMonitor", daemon=True)
        self.global_step = global_step  # set by the main thread
        # How many samples so far, and the last one: swapped in one piece, so no lock is needed
        self.newest: tuple[int, dict[str, float]] = (0, {})
        self._interval_seconds = interval_seconds
        self._stopping = threading.Event()
        self._broken = False
        self._context = copy_context()  # it speaks the language of whoever starts it
        self._sampler = ResourceSampler(None if folder is None else nearest_existing(folder))
        self._open_gpus()
        self._table: Path | None = None
        if folder is not None and table_name is not None:
            self._open_table(folder / table_name)

    @override
    def run(self) -> None:
        self._context.run(self._record)

    def _record(self) -> None:
        wait = min(1.0, self._interval_seconds)  # the first one early, for short runs
        while not self._stopping.wait(wait):
            self._sample()
            wait = self._interval_seconds

    def stop(self) -> None:
        """Ends the thread and takes the last sample; may be called twice."""
        if self._stopping.is_set():
            return
        self._stopping.set()
        self.join()
        self._sample()
        self._sampler.close_gpus()

    def _sample(self) -> None:
        if self._broken:
            return
        try:
            values = {**self._sampler.sample(), **self._sample_gpus()}
        except OSError as error:  # the run folder or the cgroup is gone
            self._broken = True
            why = joined([part for part in (error.filename, reason(error)) if part], ": ")
            warnings.warn(
                say("ResourceMonitor stops recording: {why}. Training goes on.", why=why), stacklevel=2
            )
            return
        self.newest = (self.newest[0] + 1, values)
        if self._table is not None:
            time = datetime.now(UTC).isoformat(timespec="milliseconds")
            self._write(self._table, {"time": time, "global_step": self.global_step, **values})

    def _open_table(self, table: Path) -> None:
        try:
            self._columns = open_table(table, ["time", "global_step", *self._sampler.columns])
        except OSError as error:
            text = say(
                "ResourceMonitor cannot write {table}: {why}. Training goes on.",
                table=table,
                why=reason(error),
            )
            warnings.warn(text, stacklevel=2)
        else:
            self._table = table

    def _open_gpus(self) -> None:
        import pynvml

        try:
            self._sampler.open_gpus()
        except pynvml.NVMLError as error:
            self._sampler.close_gpus()
            text = say("ResourceMonitor does not record the GPUs: NVML answered {error}.", error=error)
            warnings.warn(text, stacklevel=2)
        if not gpu_order_is_sure(self._sampler.gpus):
            text = say(
                "ResourceMonitor numbers GPUs by PCI bus; these are of different kinds and CUDA may number them "
                "otherwise. Set CUDA_DEVICE_ORDER=PCI_BUS_ID for both to agree."
            )
            warnings.warn(text, stacklevel=2)

    def _sample_gpus(self) -> dict[str, float]:
        import pynvml

        try:
            return self._sampler.sample_gpus()
        except pynvml.NVMLError as error:
            self._sampler.close_gpus()
            text = say(
                "ResourceMonitor stops recording the GPUs: NVML answered {error}. Training goes on.",
                error=error,
            )
            warnings.warn(text, stacklevel=2)
            return {}

    def _write(self, table: Path, row: Row) -> None:
        shown = {name: f"{value:.3f}" if isinstance(value, float) else value for name, value in row.items()}
        try:
            with table.open("a", encoding="utf-8", newline="") as file:
                csv_format.DictWriter(file, self._columns, restval="").writerow(shown)
        except OSError as error:
            self._table = None
            text = say(
                "ResourceMonitor stops writing {table}: {why}. Training goes on.",
                table=table,
                why=reason(error),
            )
            warnings.warn(text, stacklevel=2)


def open_table(table: Path, columns: list[str]) -> list[str]:
    """Makes the table with these columns, or readies the one that is there; gives the table's columns.

    A table of an earlier part of the run keeps its rows and its columns; columns that it lacks are added at
    the end.
    """
    if not table.exists():
        table.parent.mkdir(parents=True, exist_ok=True)
        table.write_text(",".join(columns) + "\n", encoding="utf-8")
        return columns
    with table.open(encoding="utf-8", newline="") as file:
        reader = csv_format.DictReader(file)
        old, rows = list(reader.fieldnames or []), list(reader)
    all_columns = old + [name for name in columns if name not in old]
    if all_columns != old:
        whole = table.with_suffix(".csv.part")
        with whole.open("w", encoding="utf-8", newline="") as file:
            writer = csv_format.DictWriter(file, all_columns, restval="")
            writer.writeheader()
            writer.writerows(rows)
        patiently(lambda: whole.replace(table))  # in one step: the old table is never half there
    return all_columns
