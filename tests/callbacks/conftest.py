"""What the callbacks' tests share: a tiny model without text, a Trainer that writes below tmp_path, a made-up NVML."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from lightning.pytorch import Trainer
from lightning.pytorch.callbacks import Checkpoint, ProgressBar
from lightning.pytorch.demos.boring_classes import BoringModel, RandomDataset
from torch.utils.data import DataLoader


class TinyModel(BoringModel):
    """Logs `train/loss`, and `val/score` from a list: one value a validation, counted over resumes too."""

    def __init__(self, scores: list[float] | None = None) -> None:
        super().__init__()
        self.scores = scores or [0.5]

    def training_step(self, batch: torch.Tensor, batch_idx: int) -> Any:
        loss = self.step(batch)
        self.log("train/loss", loss, prog_bar=True)
        return loss

    def on_validation_epoch_end(self) -> None:
        if not self.trainer.sanity_checking:
            score = self.scores[min(self.trainer.current_epoch, len(self.scores) - 1)]
            self.log("val/score", torch.tensor(score), prog_bar=True)

    def configure_optimizers(self) -> Any:
        return torch.optim.AdamW(self.parameters(), lr=1e-3)

    def train_dataloader(self) -> DataLoader[torch.Tensor]:
        return DataLoader(RandomDataset(32, 12), batch_size=3)  # 4 batches

    def val_dataloader(self) -> DataLoader[torch.Tensor]:
        return DataLoader(RandomDataset(32, 6), batch_size=3)


@pytest.fixture
def tiny() -> type[TinyModel]:
    return TinyModel


@pytest.fixture
def make_trainer(tmp_path: Path) -> Callable[..., Trainer]:
    def make(*callbacks: Any, **changes: Any) -> Trainer:
        settings: dict[str, Any] = {
            "max_epochs": 1,
            "accelerator": "cpu",
            "devices": 1,
            "default_root_dir": tmp_path,
            "enable_checkpointing": any(isinstance(callback, Checkpoint) for callback in callbacks),
            "enable_progress_bar": any(isinstance(callback, ProgressBar) for callback in callbacks),
            "enable_model_summary": False,
            "log_every_n_steps": 2,
        }
        return Trainer(callbacks=list(callbacks), **{**settings, **changes})

    return make


class FakeGpus:
    """A machine of made-up GPUs; `uses` counts nvmlInit less nvmlShutdown, `fail` makes every reading fail."""

    def __init__(self, count: int) -> None:
        self.uuids = [f"GPU-{number}aaa" for number in range(count)]
        self.names = ["H200"] * count
        self.uses = 0
        self.fail = False
        self.unsupported: set[str] = set()


@pytest.fixture
def fake_nvml(monkeypatch: pytest.MonkeyPatch) -> Callable[[int], FakeGpus]:
    """Puts a made-up `pynvml` with so many GPUs in place of the real one. Each value tells which GPU gave it."""

    def install(count: int) -> FakeGpus:
        gpus = FakeGpus(count)
        monkeypatch.setitem(sys.modules, "pynvml", _module(gpus))
        monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
        return gpus

    return install


def _module(gpus: FakeGpus) -> ModuleType:
    module: Any = ModuleType("pynvml")
    module.NVMLError = type("NVMLError", (Exception,), {})
    for name in (
        "LibraryNotFound",
        "DriverNotLoaded",
        "NotSupported",
        "NotFound",
        "InvalidArgument",
        "NoPermission",
        "GpuIsLost",
    ):
        setattr(module, f"NVMLError_{name}", type(f"NVMLError_{name}", (module.NVMLError,), {}))

    def init() -> None:
        if not gpus.uuids:
            raise module.NVMLError_LibraryNotFound("no driver here")
        gpus.uses += 1

    def shutdown() -> None:
        gpus.uses -= 1

    def by_uuid(uuid: str) -> Any:
        if uuid in gpus.uuids:
            return gpus.uuids.index(uuid)
        raise module.NVMLError_NotFound(uuid)

    def reading(what: str, value: Callable[[int], Any]) -> Callable[..., Any]:
        def read(handle: int, kind: int = 0) -> Any:
            if what in gpus.unsupported:
                raise module.NVMLError_NotSupported(what)
            if gpus.fail:
                raise module.NVMLError_GpuIsLost("GPU is lost")
            return value(handle)

        return read

    module.NVML_TEMPERATURE_GPU = 0
    module.nvmlInit = init
    module.nvmlShutdown = shutdown
    # MIG slices have UUIDs and are not counted
    module.nvmlDeviceGetCount = lambda: sum(uuid.startswith("GPU-") for uuid in gpus.uuids)
    module.nvmlDeviceGetHandleByIndex = lambda index: index
    module.nvmlDeviceGetHandleByUUID = by_uuid
    module.nvmlDeviceGetUUID = lambda handle: gpus.uuids[handle]
    module.nvmlDeviceGetName = lambda handle: gpus.names[handle]
    module.nvmlDeviceGetUtilizationRates = reading("use", lambda handle: SimpleNamespace(gpu=90 + handle))
    module.nvmlDeviceGetMemoryInfo = reading(
        "memory", lambda handle: SimpleNamespace(used=(handle + 1) * 2**30)
    )
    module.nvmlDeviceGetTemperature = reading("temperature", lambda handle: 60 + handle)
    module.nvmlDeviceGetPowerUsage = reading("power", lambda handle: 300_000 + handle)
    return module
