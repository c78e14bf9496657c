from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from callbacks.hardware import machine as module
from callbacks.hardware.limits import Memory
from callbacks.hardware.machine import Machine, processor_name, this_machine, weakest

GIB = 2**30


@pytest.fixture
def fake_cuda(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Puts made-up cards in place: what torch would say of each."""

    def install(name: str, gib: float, capability: tuple[int, int], free_gib: float, count: int = 1) -> None:
        major, minor = capability
        properties = SimpleNamespace(name=name, major=major, minor=minor, total_memory=int(gib * GIB))
        monkeypatch.setattr(torch.cuda, "get_device_properties", lambda device: properties)
        monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (int(free_gib * GIB), int(gib * GIB)))
        monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: GIB)
        monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: GIB // 4)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: count)
        # as torch does: plainly asked, emulation counts
        monkeypatch.setattr(
            torch.cuda,
            "is_bf16_supported",
            lambda including_emulation=True: including_emulation or major >= 8,
        )

    return install


@pytest.mark.parametrize(
    ("name", "gib", "capability", "count", "bf16"),
    [
        ("NVIDIA GeForce RTX 2080", 8, (7, 5), 1, False),
        ("NVIDIA GeForce RTX 4090", 24, (8, 9), 1, True),
        ("NVIDIA H100 80GB HBM3", 80, (9, 0), 8, True),
        ("NVIDIA A100-SXM4-40GB MIG 1g.5gb", 4.75, (8, 0), 1, True),
    ],
)
def test_a_card_as_cuda_tells_of_it(
    fake_cuda: Any, name: str, gib: float, capability: tuple[int, int], count: int, bf16: bool
) -> None:
    fake_cuda(name, gib, capability, free_gib=gib - 1, count=count)
    found = this_machine(torch.device("cuda", 0))
    assert (found.device.name, found.device.capability, found.devices) == (name, capability, count)
    assert found.device.bf16 is bf16
    assert found.device.total_bytes == int(gib * GIB)
    # what this process holds without using it is free too
    assert found.device.free_bytes == int((gib - 1) * GIB) + GIB * 3 // 4
    assert found.is_gpu


def test_a_container_of_2_gib(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "allowed_memory", lambda: Memory(2 * GIB, GIB // 2, "/sys/fs/cgroup"))
    monkeypatch.setattr(module, "allowed_cores", lambda: 1.5)
    monkeypatch.setattr(module, "cpu_bf16_speedup", lambda: None)
    found = this_machine(torch.device("cpu"))
    assert (found.cores, found.memory_bytes, found.free_memory_bytes) == (1.5, 2 * GIB, GIB * 3 // 2)
    assert (found.device.total_bytes, found.device.free_bytes) == (2 * GIB, GIB * 3 // 2)
    assert (found.device.bf16, found.devices, found.is_gpu) == (False, 0, False)


def test_a_processor_whose_bf16_was_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "cpu_bf16_speedup", lambda: 2.4)
    found = this_machine(torch.device("cpu")).device
    assert (found.bf16, found.bf16_speedup) == (True, 2.4)


def test_an_apple(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.mps, "recommended_max_memory", lambda: 10 * GIB)
    monkeypatch.setattr(torch.mps, "driver_allocated_memory", lambda: 3 * GIB)
    found = this_machine(torch.device("mps"))
    assert (found.device.kind, found.device.free_bytes, found.device.bf16) == ("mps", 7 * GIB, False)


def test_an_unknown_accelerator_is_said() -> None:
    with pytest.raises(ValueError, match="knows CPUs, CUDA and MPS; this run computes on 'xla'"):
        this_machine(torch.device("xla"))


def test_the_processors_name(tmp_path: Path) -> None:
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text("processor\t: 0\nmodel name\t: AMD EPYC 9R14\nflags\t: fpu\n")
    assert processor_name(cpuinfo) == "AMD EPYC 9R14"
    assert processor_name(tmp_path / "none")


def test_the_weakest_promises_no_more_than_any(make_machine: Callable[..., Machine]) -> None:
    large = make_machine("cuda", 24, (8, 9))
    small = replace(make_machine("cuda", 8, (7, 5)), cores=4)
    both = weakest([large, small])
    assert (both.device.free_bytes, both.device.bf16, both.device.capability) == (8 * GIB, False, (7, 5))
    assert both.cores == 4
    assert weakest([small, large]).device == both.device


def test_processors_agree_on_the_slower_timing(make_machine: Callable[..., Machine]) -> None:
    fast, slow = make_machine(bf16_speedup=2.5), make_machine(bf16_speedup=0.9)
    assert weakest([fast, slow]).device.bf16_speedup == 0.9
    assert weakest([fast, make_machine()]).device.bf16 is False
