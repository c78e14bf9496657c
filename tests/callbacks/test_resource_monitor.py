from __future__ import annotations

import csv
import mmap
import os
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest
from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.loggers import Logger

import callbacks.resource_monitor as resource_monitor_module
from callbacks import LastCheckpoint, ResourceMonitor
from callbacks.hardware.resource_sample import GIB, ResourceSampler
from callbacks.language.which import speaking
from callbacks.resource_monitor import open_table

Make = Callable[..., Trainer]
MACHINE = ["cpu_percent", "ram_gib", "ram_limit_percent", "disk_free_gib"]
GPU = ["utilisation_percent", "memory_gib", "temperature_celsius", "power_watts"]


def rows_of(table: Path) -> list[dict[str, str]]:
    with table.open() as file:
        return list(csv.DictReader(file))


class Slow(Callback):
    """Makes a training batch take a while, and calls something before one of them."""

    def __init__(
        self, seconds: float = 0.03, at_step: int = -1, then: Callable[[], None] | None = None
    ) -> None:
        self.seconds, self.at_step, self.then = seconds, at_step, then

    def on_train_batch_start(
        self, trainer: Trainer, pl_module: LightningModule, batch: Any, batch_idx: int
    ) -> None:
        time.sleep(self.seconds)
        if self.then is not None and trainer.global_step == self.at_step:
            self.then()


class Recording(Logger):
    """Keeps what is logged and by which thread."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self.folder = folder
        self.logged: list[tuple[int | None, dict[str, float]]] = []
        self.threads: set[str] = set()

    @property
    def name(self) -> str:
        return "recording"

    @property
    def version(self) -> str:
        return "0"

    @property
    def save_dir(self) -> str:
        return str(self.folder)

    def log_hyperparams(self, params: Any) -> None:  # type: ignore[override]
        return

    def log_metrics(self, metrics: dict[str, float], step: int | None = None) -> None:
        self.threads.add(threading.current_thread().name)
        if any(name.startswith("resources/") for name in metrics):
            self.logged.append((step, metrics))


def test_table_and_logger_without_gpu(make_trainer: Make, tiny: Any, tmp_path: Path, fake_nvml: Any) -> None:
    fake_nvml(0)
    logger = Recording(tmp_path / "run")
    trainer = make_trainer(ResourceMonitor(0.02), Slow(), logger=logger, max_epochs=3)
    trainer.fit(tiny())
    rows = rows_of(tmp_path / "run" / "resources.csv")
    assert list(rows[0]) == ["time", "global_step", *MACHINE]
    assert len(rows) >= 3
    assert [row["time"] for row in rows] == sorted(row["time"] for row in rows)
    steps = [int(row["global_step"]) for row in rows]
    assert steps == sorted(steps)
    assert steps[-1] == 12
    for row in rows:
        assert 0 < float(row["ram_gib"]) < psutil.virtual_memory().total / GIB
        assert 0 < float(row["ram_limit_percent"]) <= 100
        assert float(row["disk_free_gib"]) > 0
    assert {name for _, metrics in logger.logged for name in metrics} == {
        f"resources/{name}" for name in MACHINE
    }
    assert [step for step, _ in logger.logged][-1] == 12
    assert all(step is not None and step % 2 == 0 for step, _ in logger.logged)  # log_every_n_steps
    assert logger.threads == {"MainThread"}


def test_run_shorter_than_the_interval_has_one_row(make_trainer: Make, tiny: Any, tmp_path: Path) -> None:
    logger = Recording(tmp_path)
    make_trainer(ResourceMonitor(60), logger=logger).fit(tiny())
    assert [row["global_step"] for row in rows_of(tmp_path / "resources.csv")] == ["4"]
    assert [step for step, _ in logger.logged] == [4]


def test_a_sample_is_logged_once(make_trainer: Make, tiny: Any, tmp_path: Path) -> None:
    logger = Recording(tmp_path)
    make_trainer(ResourceMonitor(0.1), Slow(), logger=logger, max_epochs=3, log_every_n_steps=1).fit(tiny())
    assert 2 <= len(logger.logged) <= len(rows_of(tmp_path / "resources.csv"))


def test_gpus(make_trainer: Make, tiny: Any, tmp_path: Path, fake_nvml: Any) -> None:
    gpus = fake_nvml(2)
    logger = Recording(tmp_path)
    make_trainer(ResourceMonitor(0.02), Slow(), logger=logger).fit(tiny())
    row = rows_of(tmp_path / "resources.csv")[-1]
    assert list(row)[6:] == [f"gpu{number}_{name}" for number in (0, 1) for name in GPU]
    assert [float(row[f"gpu1_{name}"]) for name in GPU] == [91, 2, 61, 300.001]
    assert logger.logged[-1][1]["resources/gpu0_power_watts"] == 300.0
    assert gpus.uses == 0  # NVML is let go


def test_cuda_visible_devices(
    make_trainer: Make, tiny: Any, tmp_path: Path, fake_nvml: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_nvml(3)
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    make_trainer(ResourceMonitor(0.02), logger=Recording(tmp_path)).fit(tiny())
    row = rows_of(tmp_path / "resources.csv")[-1]
    assert list(row)[6:] == [f"gpu0_{name}" for name in GPU]
    assert float(row["gpu0_utilisation_percent"]) == 91  # the second card, cuda:0 to this process


def test_what_a_gpu_cannot_tell_has_no_column(
    make_trainer: Make, tiny: Any, tmp_path: Path, fake_nvml: Any
) -> None:
    fake_nvml(1).unsupported = {"use", "power"}
    make_trainer(ResourceMonitor(0.02), logger=Recording(tmp_path)).fit(tiny())
    row = rows_of(tmp_path / "resources.csv")[-1]
    assert list(row)[6:] == ["gpu0_memory_gib", "gpu0_temperature_celsius"]


def test_nvml_failing_in_mid_run(make_trainer: Make, tiny: Any, tmp_path: Path, fake_nvml: Any) -> None:
    gpus = fake_nvml(2)
    breaks = Slow(0.05, at_step=6, then=lambda: setattr(gpus, "fail", True))
    trainer = make_trainer(ResourceMonitor(0.02), breaks, logger=Recording(tmp_path), max_epochs=3)
    with pytest.warns(
        UserWarning, match="stops recording the GPUs: NVML answered GPU is lost. Training"
    ) as caught:
        trainer.fit(tiny())
    assert sum("NVML" in str(warning.message) for warning in caught) == 1
    assert trainer.global_step == 12
    rows = rows_of(tmp_path / "resources.csv")
    assert rows[0]["gpu0_memory_gib"] == "1.000"
    assert rows[-1]["gpu0_memory_gib"] == ""  # nothing rather than zero
    assert float(rows[-1]["ram_gib"]) > 0
    assert gpus.uses == 0


def test_nvml_that_does_not_answer(make_trainer: Make, tiny: Any, tmp_path: Path, fake_nvml: Any) -> None:
    fake_nvml(1).fail = True
    with pytest.warns(UserWarning, match="does not record the GPUs: NVML answered GPU is lost"):
        make_trainer(ResourceMonitor(0.02), logger=Recording(tmp_path)).fit(tiny())
    assert list(rows_of(tmp_path / "resources.csv")[-1])[2:] == MACHINE


def test_gpus_of_different_kinds(
    make_trainer: Make, tiny: Any, tmp_path: Path, fake_nvml: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake_nvml(2).names = ["T4", "H200"]
    with pytest.warns(UserWarning, match="Set CUDA_DEVICE_ORDER=PCI_BUS_ID"):
        make_trainer(ResourceMonitor(0.02), logger=Recording(tmp_path)).fit(tiny())
    monkeypatch.setenv("CUDA_DEVICE_ORDER", "PCI_BUS_ID")
    with warnings.catch_warnings(record=True) as caught:
        make_trainer(ResourceMonitor(0.02), logger=Recording(tmp_path)).fit(tiny())
    assert not any("CUDA_DEVICE_ORDER" in str(warning.message) for warning in caught)


def test_resumed_run_appends(make_trainer: Make, tiny: Any, tmp_path: Path, fake_nvml: Any) -> None:
    fake_nvml(0)
    last = LastCheckpoint()
    make_trainer(ResourceMonitor(60), last, logger=Recording(tmp_path)).fit(tiny())
    fake_nvml(1)  # goes on on another machine
    trainer = make_trainer(ResourceMonitor(60), last, logger=Recording(tmp_path), max_epochs=2)
    trainer.fit(tiny(), ckpt_path=last.last_model_path, weights_only=True)
    rows = rows_of(tmp_path / "resources.csv")
    assert [row["global_step"] for row in rows] == ["4", "8"]
    assert [row["gpu0_memory_gib"] for row in rows] == ["", "1.000"]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["checkpoints", "resources.csv"]


def test_columns_that_are_there_keep_their_place(tmp_path: Path) -> None:
    table = tmp_path / "resources.csv"
    assert open_table(table, ["time", "a", "b"]) == ["time", "a", "b"]
    before = table.read_bytes()
    assert open_table(table, ["time", "b"]) == ["time", "a", "b"]
    assert table.read_bytes() == before


def test_without_logger_nothing_is_written_unless_told(make_trainer: Make, tiny: Any, tmp_path: Path) -> None:
    make_trainer(ResourceMonitor(0.02), logger=False).fit(tiny())
    assert list(tmp_path.iterdir()) == []
    make_trainer(ResourceMonitor(0.02, csv_without_logger=True), logger=False).fit(tiny())
    assert [path.name for path in tmp_path.iterdir()] == ["resources.csv"]


def test_logger_only(make_trainer: Make, tiny: Any, tmp_path: Path) -> None:
    logger = Recording(tmp_path / "run")
    make_trainer(ResourceMonitor(0.02, csv=False), logger=logger).fit(tiny())
    assert "resources/disk_free_gib" in logger.logged[-1][1]
    assert list(tmp_path.iterdir()) == []


def test_other_nodes_and_ranks(
    make_trainer: Make, tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logger = Recording(tmp_path)
    monkeypatch.setattr(Trainer, "node_rank", 1)
    monkeypatch.setattr(Trainer, "is_global_zero", False)
    make_trainer(ResourceMonitor(60), logger=logger).fit(tiny())
    assert [path.name for path in tmp_path.iterdir()] == ["resources.node1.csv"]
    assert logger.logged == []
    monkeypatch.setattr(Trainer, "local_rank", 1)
    (tmp_path / "resources.node1.csv").unlink()
    make_trainer(ResourceMonitor(60), logger=logger).fit(tiny())
    assert list(tmp_path.iterdir()) == []


def test_table_that_cannot_be_written(make_trainer: Make, tiny: Any, tmp_path: Path) -> None:
    (tmp_path / "run").mkdir()
    (
        tmp_path / "run" / "resources.csv"
    ).mkdir()  # root may write anywhere: a folder of that name stops it too
    logger = Recording(tmp_path / "run")
    trainer = make_trainer(ResourceMonitor(0.02), logger=logger)
    with pytest.warns(UserWarning, match="cannot write .*resources.csv"):
        trainer.fit(tiny())
    assert trainer.global_step == 4
    assert logger.logged


def test_disk_full_in_mid_run(
    make_trainer: Make, tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    fill = Slow(0.05, at_step=4, then=lambda: monkeypatch.setattr(csv.DictWriter, "writerow", full))
    logger = Recording(tmp_path)
    trainer = make_trainer(ResourceMonitor(0.02), fill, logger=logger, max_epochs=3)
    with pytest.warns(
        UserWarning, match="stops writing .*resources.csv: no space left on the disk. Training"
    ) as caught:
        trainer.fit(tiny())
    assert sum("no space" in str(warning.message) for warning in caught) == 1
    assert logger.logged[-1][0] == trainer.global_step == 12


def test_run_folder_that_goes_away(
    make_trainer: Make, tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def gone(path: Path) -> None:
        raise FileNotFoundError(2, "No such file or directory", str(path))

    remove = Slow(0.05, at_step=4, then=lambda: monkeypatch.setattr("shutil.disk_usage", gone))
    trainer = make_trainer(ResourceMonitor(0.02), remove, logger=Recording(tmp_path), max_epochs=3)
    with pytest.warns(
        UserWarning, match="stops recording: .*: there is no such file or folder. Training"
    ) as caught:
        trainer.fit(tiny())
    assert sum("stops recording" in str(warning.message) for warning in caught) == 1
    assert trainer.global_step == 12


def test_its_thread_speaks_the_language_of_whoever_started_it(
    make_trainer: Make, tiny: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("FINETUNE_LANGUAGE")
    monkeypatch.setenv("LC_ALL", "C")
    threads = []

    def gone(path: Path) -> None:
        threads.append(threading.current_thread().name)
        raise FileNotFoundError(2, "No such file or directory", str(path))

    remove = Slow(0.05, at_step=4, then=lambda: monkeypatch.setattr("shutil.disk_usage", gone))
    trainer = make_trainer(ResourceMonitor(0.02), remove, logger=Recording(tmp_path), max_epochs=3)
    with speaking("pt"), pytest.warns(UserWarning, match="para de registrar: .*O treino continua"):
        trainer.fit(tiny())
    assert threads == ["ResourceMonitor"]


def test_remote_folder(make_trainer: Make, tiny: Any) -> None:
    logger = Recording(Path("/unused"))
    logger.folder = "memory://runs"  # type: ignore[assignment]
    with pytest.warns(UserWarning, match="writes no table and sees no disk at memory://runs"):
        make_trainer(ResourceMonitor(60), logger=logger).fit(tiny())
    assert list(logger.logged[-1][1]) == [f"resources/{name}" for name in MACHINE[:3]]


@pytest.mark.parametrize("cores", [1.0, 10.0])
def test_cpu_percent_is_of_the_cores_allowed(monkeypatch: pytest.MonkeyPatch, cores: float) -> None:
    monkeypatch.setattr("callbacks.hardware.resource_sample.allowed_cores", lambda: cores)
    sampler = ResourceSampler(None)
    started, cpu = time.monotonic(), time.process_time()
    while time.process_time() - cpu < 0.3:
        pass
    time.sleep(0.2)
    expected = 100 * (time.process_time() - cpu) / (time.monotonic() - started) / cores
    assert sampler.sample()["cpu_percent"] == pytest.approx(expected, rel=0.25)


def test_children_count_once() -> None:
    sampler = ResourceSampler(None)
    before = sampler.sample()["ram_gib"]
    # not by the allocator: what other tests freed may be kept by it, and would be given out again
    held = mmap.mmap(-1, 200 * 2**20, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
    for _ in range(200):
        held.write(b"x" * 2**20)
    if (child := os.fork()) == 0:  # shares the pages of its parent
        time.sleep(30)
        os._exit(0)
    try:
        with_fork = sampler.sample()["ram_gib"]
    finally:
        os.kill(child, 9)
        os.waitpid(child, 0)
    assert 0.15 < with_fork - before < 0.3
    del held
    before = sampler.sample()["ram_gib"]
    code = "x = b'x' * (200 * 2**20); print('up', flush=True); input()"
    with subprocess.Popen([sys.executable, "-c", code], stdin=-1, stdout=subprocess.PIPE) as own:
        assert own.stdout is not None
        own.stdout.readline()
        after = sampler.sample()["ram_gib"]
        own.communicate(b"\n")
    assert 0.15 < after - before < 0.3


def test_wrong_arguments_are_named() -> None:
    with pytest.raises(ValueError, match="interval_seconds=0"):
        ResourceMonitor(0)
    with pytest.raises(ValueError, match="csv_without_logger=True"):
        ResourceMonitor(csv=False, csv_without_logger=True)


def test_docstring_names_every_key(fake_nvml: Any, tmp_path: Path) -> None:
    fake_nvml(1)
    sampler = ResourceSampler(tmp_path)
    sampler.open_gpus()
    for name in sampler.columns:
        assert f"`resources/{name.replace('gpu0', 'gpu<N>')}`" in (
            resource_monitor_module.ResourceMonitor.__doc__ or ""
        )
