"""The machine as a run sees it: what it computes on, its cores and its memory. Decides nothing.

`limits` reads those of the container; torch tells of the device. Under several processes each looks at its
own device, and `weakest` makes one machine of them on which all can agree.
"""

import platform
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Literal

import torch

from callbacks.agreement import gathered
from callbacks.hardware.limits import allowed_cores, allowed_memory
from callbacks.hardware.precision import cpu_bf16_speedup
from callbacks.language.say import Message

Kind = Literal["cpu", "cuda", "mps"]


@dataclass(frozen=True)
class Device:
    """What the tensors of a run lie on.

    Attributes:
        kind: `cpu`, `cuda` or `mps`; other accelerators are not known here.
        name: The name of the card or processor; of a MIG slice too, which carries its size in its name.
        total_bytes: All its memory; on a CPU what this process may use.
        free_bytes: What of it is free.
        capability: CUDA's compute capability, such as (8, 9); None without CUDA.
        bf16: Whether it multiplies bf16 in hardware.
        bf16_speedup: How many times as fast as float32 a bf16 product was here; None where that was not timed.
    """

    kind: Kind
    name: str
    total_bytes: int
    free_bytes: int
    capability: tuple[int, int] | None = None
    bf16: bool = False
    bf16_speedup: float | None = None


@dataclass(frozen=True)
class Machine:
    """A machine with the one device that each process of the run computes on."""

    device: Device
    devices: int  # GPUs that this process sees; 0 without
    cores: float
    memory_bytes: int
    free_memory_bytes: int

    @property
    def is_gpu(self) -> bool:
        """Whether the run's memory is a card's own."""
        return self.device.kind != "cpu"


def this_machine(device: torch.device) -> Machine:
    """Returns the machine with the device that the Trainer computes on.

    Args:
        device: `trainer.strategy.root_device`.

    Raises:
        ValueError: The device is of a kind that is not known here.
    """
    memory = allowed_memory()
    free = max(0, memory.limit_bytes - memory.used_bytes)
    if device.type == "cuda":
        found, count = cuda_device(device), torch.cuda.device_count()
    elif device.type == "mps":
        total = torch.mps.recommended_max_memory()
        found = Device("mps", processor_name(), total, max(0, total - torch.mps.driver_allocated_memory()))
        count = 1
    elif device.type == "cpu":
        speedup = cpu_bf16_speedup()
        bf16 = speedup is not None
        found = Device("cpu", processor_name(), memory.limit_bytes, free, bf16=bf16, bf16_speedup=speedup)
        count = 0
    else:
        raise ValueError(
            Message(
                "HardwareTier knows CPUs, CUDA and MPS; this run computes on {device!r}. Leave HardwareTier out.",
                device=device.type,
            )
        )
    return Machine(found, count, allowed_cores(), memory.limit_bytes, free)


def cuda_device(device: torch.device) -> Device:
    """Returns a CUDA card or MIG slice as CUDA itself sees it; what this process holds already counts as free."""
    properties = torch.cuda.get_device_properties(device)
    free, total = torch.cuda.mem_get_info(device)
    held = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return Device(
        "cuda",
        properties.name,
        total,
        free + held,
        (properties.major, properties.minor),
        # asked plainly, torch says yes to Turing cards too, which emulate it
        bf16=torch.cuda.is_bf16_supported(including_emulation=False),
    )


@cache
def processor_name(cpuinfo: Path = Path("/proc/cpuinfo")) -> str:
    """Returns the processor's name as it gives it itself."""
    if cpuinfo.is_file():
        for line in cpuinfo.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith("model name"):
                return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def all_machines(machine: Machine, processes: int) -> list[Machine]:
    """Returns the machine of every process of a Trainer, in the order of the ranks."""
    return gathered(machine, processes)


def weakest(machines: Sequence[Machine]) -> Machine:
    """Returns one machine that promises no more than each of several does: a plan for it holds on all."""
    first = machines[0]
    devices = [machine.device for machine in machines]
    capabilities = [device.capability for device in devices if device.capability is not None]
    speedups = [device.bf16_speedup for device in devices if device.bf16_speedup is not None]
    least = min(devices, key=lambda device: device.free_bytes)
    return replace(
        first,
        device=replace(
            least,
            bf16=all(device.bf16 for device in devices),
            capability=min(capabilities) if capabilities else None,
            bf16_speedup=min(speedups) if len(speedups) == len(devices) else None,
        ),
        cores=min(machine.cores for machine in machines),
        memory_bytes=min(machine.memory_bytes for machine in machines),
        free_memory_bytes=min(machine.free_memory_bytes for machine in machines),
    )
