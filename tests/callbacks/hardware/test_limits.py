from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from callbacks.hardware.limits import allowed_cores, allowed_memory, cgroup_folders, visible_gpus

GIB = 2**30
V2 = "30 24 0:26 {root} /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n"
V1 = (
    "24 20 0:21 / / rw - ext4 /dev/vda rw\n"
    "31 24 0:28 {root} /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct\n"
    "34 24 0:31 {root} /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory\n"
)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Path]:
    """Makes a file system of 8 cores and 64 GiB, 16 of them free, with these files in it."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: set(range(8)), raising=False)

    def make(files: dict[str, str]) -> Path:
        meminfo = f"MemTotal: {64 * GIB // 1024} kB\nMemFree: 5 kB\nMemAvailable: {16 * GIB // 1024} kB\n"
        for name, text in {"proc/meminfo": meminfo, **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return make


def memory_v2(limit: str, used: int, cache: int) -> dict[str, str]:
    return {
        "memory.max": limit,
        "memory.current": str(used),
        "memory.stat": f"anon 5\ninactive_file {cache}\n",
    }


def within(folder: str, files: dict[str, str]) -> dict[str, str]:
    return {f"{folder}/{name}": text for name, text in files.items()}


def test_no_container(machine: Callable[..., Path]) -> None:
    root = machine({})
    assert cgroup_folders("memory", root) == []
    assert allowed_cores(root) == 8
    memory = allowed_memory(root)
    assert (memory.limit_bytes, memory.used_bytes, memory.limited_by) == (64 * GIB, 48 * GIB, "machine")


def test_cgroup_v2(machine: Callable[..., Path]) -> None:
    root = machine(
        {
            "proc/self/cgroup": "0::/\n",
            "proc/self/mountinfo": V2.format(root="/"),
            "sys/fs/cgroup/cpu.max": "150000 100000\n",
            **within("sys/fs/cgroup", memory_v2(str(2 * GIB), GIB, GIB // 4)),
        }
    )
    assert allowed_cores(root) == 1.5
    memory = allowed_memory(root)
    assert (memory.limit_bytes, memory.used_bytes) == (2 * GIB, GIB * 3 // 4)
    assert memory.limited_by.endswith("/sys/fs/cgroup")


def test_cgroup_v2_limit_of_a_parent_binds(machine: Callable[..., Path]) -> None:
    root = machine(
        {
            "proc/self/cgroup": "0::/user.slice/job.scope\n",
            "proc/self/mountinfo": V2.format(root="/"),
            "sys/fs/cgroup/user.slice/cpu.max": "400000 100000\n",
            "sys/fs/cgroup/user.slice/job.scope/cpu.max": "max 100000\n",
            **within("sys/fs/cgroup/user.slice", memory_v2(str(4 * GIB), 3 * GIB, 0)),
            **within("sys/fs/cgroup/user.slice/job.scope", memory_v2("max", GIB, 0)),
        }
    )
    assert allowed_cores(root) == 4
    assert (allowed_memory(root).limit_bytes, allowed_memory(root).used_bytes) == (4 * GIB, 3 * GIB)


def test_cgroup_inside_of_a_container_that_sees_its_part(machine: Callable[..., Path]) -> None:
    root = machine(
        {
            "proc/self/cgroup": "0::/docker/abc/job\n",
            "proc/self/mountinfo": V2.format(root="/docker/abc"),
            "sys/fs/cgroup/cpu.max": "400000 100000\n",
            "sys/fs/cgroup/job/cpu.max": "200000 100000\n",
        }
    )
    assert [folder.name for folder in cgroup_folders("cpu", root)] == ["job", "cgroup"]
    assert allowed_cores(root) == 2


@pytest.mark.parametrize("mount_root", ["/docker/abc", "/"])
def test_cgroup_v1(machine: Callable[..., Path], mount_root: str) -> None:
    """Docker shows the whole path in /proc/self/cgroup and mounts only the container's part, or the whole tree."""
    below = "" if mount_root == "/docker/abc" else "/docker/abc"
    root = machine(
        {
            "proc/self/cgroup": "5:memory:/docker/abc\n3:cpu,cpuacct:/docker/abc\n0::/\n",
            "proc/self/mountinfo": V1.format(root=mount_root),
            f"sys/fs/cgroup/cpu,cpuacct{below}/cpu.cfs_quota_us": "250000",
            f"sys/fs/cgroup/cpu,cpuacct{below}/cpu.cfs_period_us": "100000",
            **within(
                f"sys/fs/cgroup/memory{below}",
                {
                    "memory.limit_in_bytes": str(3 * GIB),
                    "memory.usage_in_bytes": str(2 * GIB),
                    "memory.stat": f"cache 1\ntotal_inactive_file {GIB}\n",
                },
            ),
        }
    )
    assert allowed_cores(root) == 2.5
    assert (allowed_memory(root).limit_bytes, allowed_memory(root).used_bytes) == (3 * GIB, GIB)


def test_cgroup_v1_without_limits(machine: Callable[..., Path]) -> None:
    folder = "sys/fs/cgroup/memory"
    no_limit = {
        "memory.limit_in_bytes": "9223372036854771712",
        "memory.usage_in_bytes": "5",
        "memory.stat": "cache 1\n",
    }
    root = machine(
        {
            "proc/self/cgroup": "5:memory:/\n3:cpu,cpuacct:/\n",
            "proc/self/mountinfo": V1.format(root="/"),
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "-1",
            "sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000",
            **within(folder, no_limit),
        }
    )
    assert allowed_cores(root) == 8
    assert allowed_memory(root).limited_by == "machine"


def test_path_outside_of_the_container(machine: Callable[..., Path]) -> None:
    root = machine(
        {
            "proc/self/cgroup": "0::/../elsewhere\n",
            "proc/self/mountinfo": V2.format(root="/docker/abc"),
            "sys/fs/cgroup/cpu.max": "100000 100000\n",
        }
    )
    assert allowed_cores(root) == 1


def test_affinity_counts(machine: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda pid: {3}, raising=False)
    assert allowed_cores(machine({})) == 1


def test_this_machine() -> None:
    assert 0 < allowed_cores() <= (os.cpu_count() or 1)
    memory = allowed_memory()
    assert 0 < memory.used_bytes < memory.limit_bytes <= psutil.virtual_memory().total


@pytest.mark.parametrize(
    ("wanted", "numbers"),
    [
        (None, [0, 1, 2]),
        ("1", [1]),
        ("2,0", [2, 0]),
        ("GPU-1aaa", [1]),
        ("GPU-2", [2]),  # the start of a UUID is enough
        ("MIG-7", [3]),
        ("MIG-8,0", []),
        ("", []),
        ("-1", []),
        ("0,9,1", [0]),  # CUDA stops at the first that is not there
        ("0,-1,1", [0]),
        (" 0 , 1 ", [0, 1]),
    ],
)
def test_cuda_visible_devices(fake_nvml: Any, wanted: str | None, numbers: list[int]) -> None:
    gpus = fake_nvml(3)
    gpus.uuids.append("MIG-7")
    gpus.names.append("slice")
    environ = {} if wanted is None else {"CUDA_VISIBLE_DEVICES": wanted}
    visible = visible_gpus(environ)
    assert [gpu.handle for gpu in visible] == numbers
    assert [gpu.number for gpu in visible] == list(range(len(numbers)))
    assert gpus.uses == (1 if numbers else 0)


def test_no_driver(fake_nvml: Any) -> None:
    fake_nvml(0)
    assert visible_gpus({}) == []
