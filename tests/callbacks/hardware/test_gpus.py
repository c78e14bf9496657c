from __future__ import annotations

import pytest

from callbacks.hardware.gpus import CARDS, card_device, machine_with
from callbacks.hardware.machine import Device, Machine

GIB = 2**30


@pytest.mark.parametrize(
    ("text", "name", "gib", "capability", "bf16"),
    [
        ("RTX 4060 8GB", "RTX 4060 8 GB", 8, (8, 9), True),
        ("rtx4060", "RTX 4060 8 GB", 8, (8, 9), True),
        ("4060ti 16 GB", "RTX 4060 Ti 16 GB", 16, (8, 9), True),
        ("NVIDIA GeForce GTX 1080 Ti", "GTX 1080 Ti 11 GB", 11, (6, 1), False),
        ("NVIDIA A100-SXM4-40GB", "A100 40 GB", 40, (8, 0), True),
        ("Tesla T4", "T4 15 GB", 15, (7, 5), False),
        ("Quadro RTX 5000", "RTX 5000 16 GB", 16, (7, 5), False),
        ("RTX 5000 Ada", "RTX 5000 Ada 32 GB", 32, (8, 9), True),
        ("A100", "A100 40 GB", 40, (8, 0), True),  # the smaller of the two
        ("RTX 4060 8", "RTX 4060 8 GB", 8, (8, 9), True),
        ("a100 80", "A100 80 GB", 80, (8, 0), True),
        ("NVIDIA GeForce RTX 3080 Laptop GPU 16GB", "RTX 3080 Laptop 16 GB", 16, (8, 6), True),
    ],
)
def test_a_card_is_known_as_people_write_it(
    text: str, name: str, gib: int, capability: tuple[int, int], bf16: bool
) -> None:
    device = card_device(text)
    assert (device.name, device.total_bytes, device.capability, device.bf16) == (
        name,
        gib * GIB,
        capability,
        bf16,
    )
    assert device.free_bytes == gib * GIB - GIB // 2  # CUDA's own context


def test_every_row_is_found_by_its_own_name_in_each_size() -> None:
    for name, card in CARDS.items():
        for size in card.sizes_gb:
            assert card_device(f"{name} {size}GB").total_bytes == size * GIB


def test_an_unknown_card_is_said_with_those_near_to_it() -> None:
    with pytest.raises(ValueError, match=r'no card "RTX 4061" is known\. Near to it: RTX 4060'):
        card_device("RTX 4061")


@pytest.mark.parametrize("text", ["Voodoo", "", " ", "cpu", "8GB", "2x RTX 4060 8GB 16GB 4GB", "Radeon RX 9"])
def test_what_is_no_card_gets_examples_and_the_way_without(text: str) -> None:
    with pytest.raises(ValueError, match=r"no card .* is known.*or none to plan for this machine") as error:
        card_device(text)
    assert len(str(error.value)) < 350


def test_a_size_that_was_never_sold_is_said_with_those_that_were() -> None:
    with pytest.raises(ValueError, match="the RTX 3060 has 12 GB or 8 GB, not 24 GB"):
        card_device("RTX 3060 24GB")


def test_a_named_card_is_put_into_this_machine() -> None:
    here = Machine(Device("cpu", "x", GIB, GIB), 0, 6, 32 * GIB, 20 * GIB)
    there = machine_with(card_device("L4"), here)
    assert (there.device.name, there.devices, there.cores, there.memory_bytes) == ("L4 24 GB", 1, 6, 32 * GIB)
