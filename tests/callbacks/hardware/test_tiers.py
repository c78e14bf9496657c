from __future__ import annotations

import pytest

from callbacks.hardware.machine import Device, Machine
from callbacks.hardware.tiers import requirements, tier_of

GIB = 2**30


@pytest.mark.parametrize(
    ("parameters", "name"),
    [
        (39_600_000, "small"),
        (500_000_000, "small"),
        (560_000_000, "medium"),
        (3_000_000_000, "medium"),
        (7e9, "large"),
    ],
)
def test_the_parameters_decide_the_tier(parameters: int, name: str) -> None:
    assert tier_of(int(parameters)).name == name


def test_each_requirement_stands_beside_what_there_is() -> None:
    card = Device("cuda", "RTX 3070", int(7.8 * GIB), 7 * GIB, (8, 6), bf16=True)
    machine = Machine(card, 1, cores=4, memory_bytes=int(15.4 * GIB), free_memory_bytes=8 * GIB)
    found = {
        r.what: (r.advised, round(r.here, 1), r.met) for r in requirements(tier_of(110_000_000), machine)
    }
    # 16 GB of memory show as 15.4 GiB and 8 GB of a card as 7.8: that is enough
    assert found == {"cores": (8, 4, False), "memory": (16, 15.4, True), "gpu_memory": (8, 7.8, True)}


def test_a_machine_without_a_card_has_no_card_memory() -> None:
    machine = Machine(Device("cpu", "x", 64 * GIB, 60 * GIB), 0, 32, 64 * GIB, 60 * GIB)
    (card,) = [r for r in requirements(tier_of(1), machine) if r.what == "gpu_memory"]
    assert (card.here, card.met) == (0, False)
