"""The three sizes of models, what machine the field advises for each, and how a machine compares. Advice only."""

from dataclasses import dataclass
from typing import Literal

from callbacks.hardware.limits import GIB
from callbacks.hardware.machine import Machine


@dataclass(frozen=True)
class Tier:
    """A size of models with the machine that is advised for it; GB as sellers count card and memory sizes."""

    name: Literal["small", "medium", "large"]
    parameters_below: float
    cores: int
    memory_gb: int
    gpu_memory_gb: int


TIERS = (
    Tier("small", 500e6, 8, 16, 8),
    Tier("medium", 3e9, 16, 32, 16),
    Tier("large", float("inf"), 32, 64, 24),
)
"""From the Portuguese tutorial that this project rewrites: small to 500 M parameters, medium to 3 B, large above."""

ENOUGH = 0.9
"""A machine sold with 16 GB shows its system a little less: this share of what is advised will do."""


@dataclass(frozen=True)
class Requirement:
    """One line of the comparison."""

    what: Literal["cores", "memory", "gpu_memory"]
    advised: float
    here: float
    met: bool


def tier_of(parameters: int) -> Tier:
    """Returns the tier of a model with so many parameters."""
    return next(tier for tier in TIERS if parameters <= tier.parameters_below)


def requirements(tier: Tier, machine: Machine) -> list[Requirement]:
    """Holds a machine against what its tier advises; memory in GiB, which is how systems count a GB."""
    gpu_gib = machine.device.total_bytes / GIB if machine.is_gpu else 0.0
    pairs: list[tuple[Literal["cores", "memory", "gpu_memory"], int, float]] = [
        ("cores", tier.cores, machine.cores),
        ("memory", tier.memory_gb, machine.memory_bytes / GIB),
        ("gpu_memory", tier.gpu_memory_gb, gpu_gib),
    ]
    return [Requirement(what, advised, here, here >= ENOUGH * advised) for what, advised, here in pairs]
