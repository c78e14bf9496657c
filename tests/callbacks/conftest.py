"""What the callbacks' tests share: a tiny model without text, a Trainer that writes below tmp_path, a made-up NVML."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
import torch
from lightning.pytorch import LightningDataModule, LightningModule, Trainer
from lightning.pytorch.callbacks import Checkpoint, ProgressBar
from lightning.pytorch.demos.boring_classes import BoringModel, RandomDataset
from torch.utils.data import DataLoader

from callbacks.hardware.machine import Device, Machine


class TinyModel(BoringModel):
    """Logs `train/loss`, and `val/score` from a list: one value a validation, counted over resumes too.

    With losses, `val/loss` from another; with noise, `val/score_noise` from a third.
    """

    def __init__(
        self,
        scores: list[float] | None = None,
        losses: list[float] | None = None,
        noise: list[float] | None = None,
    ) -> None:
        super().__init__()
        self.scores = scores or [0.5]
        self.losses = losses
        self.noise = noise

    def training_step(self, batch: torch.Tensor, batch_idx: int) -> Any:
        loss = self.step(batch)
        self.log("train/loss", loss, prog_bar=True)
        return loss

    def on_validation_epoch_end(self) -> None:
        if not self.trainer.sanity_checking:
            score = self.scores[min(self.trainer.current_epoch, len(self.scores) - 1)]
            self.log("val/score", torch.tensor(score), prog_bar=True)
            if self.losses is not None:
                self.log("val/loss", torch.tensor(self.losses[self.trainer.current_epoch]))
            if self.noise is not None:
                self.log("val/score_noise", torch.tensor(self.noise[self.trainer.current_epoch]))

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


class RowsModel(LightningModule):
    """Learns from rows of numbers [B, T]; tells its loss, and can run out of a made-up memory.

    Args:
        room: Numbers that a batch of a training step may hold; more raise torch's own error.
        eval_room: The same for a batch that is only evaluated.
    """

    def __init__(self, room: float = float("inf"), eval_room: float = float("inf")) -> None:
        super().__init__()
        self.layers = torch.nn.Sequential(torch.nn.Linear(16, 32), torch.nn.Tanh(), torch.nn.Linear(32, 1))
        self.norm = torch.nn.BatchNorm1d(16)  # has buffers that a forward pass changes
        self.room = room
        self.eval_room = eval_room
        self.can_checkpoint_activations = True
        self.checkpoints = False
        self.seen: list[int] = []  # rows of each micro-batch that was trained on

    def configure_model(self) -> None:
        if not hasattr(self, "late"):
            self.late = torch.nn.Linear(1, 1)

    def checkpoint_activations(self, on: bool) -> None:
        self.checkpoints = on

    def forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        room = (self.room * (2 if self.checkpoints else 1)) if self.training else self.eval_room
        # a tensor without content takes no room: the estimate does not see this
        if type(batch["x"]) is torch.Tensor and batch["x"].numel() > room:
            raise torch.OutOfMemoryError(f"no room for {tuple(batch['x'].shape)}")
        x = self.norm(batch["x"]) if self.training and len(batch["x"]) > 1 else batch["x"]
        result: torch.Tensor = self.late(self.layers(x)).squeeze(1)
        return result

    def training_loss(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        return ((self(batch) - batch["y"]) ** 2).mean()

    def training_step(self, batch: dict[str, torch.Tensor], batch_idx: int) -> torch.Tensor:
        self.seen.append(len(batch["x"]))
        return self.training_loss(batch)

    def validation_step(self, batch: dict[str, torch.Tensor], batch_idx: int) -> None:
        self.log("val/score", self(batch).float().mean(), batch_size=len(batch["x"]))

    def test_step(self, batch: dict[str, torch.Tensor], batch_idx: int) -> None:
        self(batch)

    def predict_step(self, batch: dict[str, torch.Tensor], batch_idx: int) -> torch.Tensor:
        result: torch.Tensor = self(batch)
        return result

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW(self.parameters(), lr=1e-3)


class AdaptableRows(RowsModel):
    """RowsModel with wide layers, beside which adapters can learn: then there is room for all rows."""

    def __init__(self, room: float = float("inf"), eval_room: float = float("inf")) -> None:
        super().__init__(room, eval_room)
        self.layers = torch.nn.Sequential(
            torch.nn.Linear(16, 2048), torch.nn.Tanh(), torch.nn.Linear(2048, 1)
        )
        self.adapters: torch.nn.Module | None = None

    @property
    def can_adapt(self) -> bool:
        return self.adapters is None

    def adapt(self) -> None:
        assert self.adapters is None
        assert hasattr(self, "late"), "it is built before"
        self.requires_grad_(False)
        self.late.requires_grad_(True)
        device = self.late.weight.device
        self.adapters = torch.nn.Sequential(torch.nn.Linear(16, 2), torch.nn.Linear(2, 1)).to(device)
        self.room = float("inf")
        self.hparams["lora"] = {"rank": 2}

    def forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        beside = 0 if self.adapters is None else self.adapters(batch["x"]).squeeze(1)
        return super().forward(batch) + beside

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.AdamW([p for p in self.parameters() if p.requires_grad], lr=1e-3)


class RowsData(LightningDataModule):
    """64 rows of 16 numbers in steps of `effective_batch_size`, cut as the Trainer says."""

    def __init__(self, effective_batch_size: int = 16, eval_tokens: int = 512) -> None:
        super().__init__()
        self.effective_batch_size = effective_batch_size
        self.eval_tokens = eval_tokens
        numbers = torch.Generator().manual_seed(0)
        self.x = torch.randn(64, 16, generator=numbers)
        self.y = self.x.sum(1)

    def largest_batch(self, parts: int, *, shorten: int = 1) -> dict[str, torch.Tensor]:
        rows = -(-self.effective_batch_size // parts)
        return {"x": self.x[:rows], "y": self.y[:rows]}

    def largest_eval_batch(self) -> dict[str, torch.Tensor]:
        rows = max(1, self.eval_tokens // 16)
        return {"x": self.x[:rows], "y": self.y[:rows]}

    def train_dataloader(self) -> DataLoader[Any]:
        assert self.trainer is not None
        parts = self.trainer.accumulate_grad_batches * self.trainer.world_size
        return self._loader(self.effective_batch_size // parts)

    def val_dataloader(self) -> DataLoader[Any]:
        return self._loader(max(1, self.eval_tokens // 16))

    test_dataloader = predict_dataloader = val_dataloader

    def _loader(self, rows: int) -> DataLoader[Any]:
        data: Any = [{"x": x, "y": y} for x, y in zip(self.x, self.y, strict=True)]
        return DataLoader(data, batch_size=rows)


@pytest.fixture
def rows_model() -> type[RowsModel]:
    return RowsModel


@pytest.fixture
def adaptable_rows() -> type[AdaptableRows]:
    return AdaptableRows


@pytest.fixture
def rows_data() -> type[RowsData]:
    return RowsData


GIB = 2**30


@pytest.fixture
def make_machine() -> Callable[..., Machine]:
    """Makes up a machine: `cuda(8, "RTX 2080", (7, 5))`-like cards, or a processor with or without bf16."""

    def make(
        kind: Any = "cpu",
        gib: float = 16,
        capability: tuple[int, int] | None = None,
        *,
        devices: int = 1,
        name: str = "made up",
        free_gib: float | None = None,
        bf16_speedup: float | None = None,
    ) -> Machine:
        bf16 = bf16_speedup is not None if kind == "cpu" else (capability or (0, 0)) >= (8, 0)
        free = int((gib if free_gib is None else free_gib) * GIB)
        device = Device(kind, name, int(gib * GIB), free, capability, bf16, bf16_speedup)
        memory = int(gib * GIB) if kind == "cpu" else 64 * GIB
        return Machine(
            device, 0 if kind == "cpu" else devices, 8, memory, free if kind == "cpu" else 60 * GIB
        )

    return make
