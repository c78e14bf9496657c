"""What machine is this: cores and memory as the container allows them, and the GPUs this process may use.

Reads only; no torch and no CUDA. Each function takes the root of the file system, so that a test can give a
made-up machine.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

ROOT = Path("/")
GIB = 2**30


@dataclass(frozen=True)
class Memory:
    """The memory this process may use, and how much of it is taken (by whomever it is shared with)."""

    limit_bytes: int
    used_bytes: int
    limited_by: str  # "machine", or the folder of the cgroup that sets the limit


@dataclass(frozen=True)
class Gpu:
    """One GPU (or MIG slice) that this process may use."""

    number: int  # place among the visible ones: torch's cuda:<number> where CUDA_DEVICE_ORDER is PCI_BUS_ID
    name: str
    uuid: str
    handle: Any  # NVML's


def allowed_cores(root: Path = ROOT) -> float:
    """Cores this process may keep busy, by CPU affinity and the cgroup's quotas; may be a fraction."""
    cores = float(len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    return min([cores, *(quota for folder in cgroup_folders("cpu", root) for quota in _cpu_quota(folder))])


def allowed_memory(root: Path = ROOT) -> Memory:
    """The tightest memory limit over this process, the machine's own included, and its use in bytes."""
    memories = [_machine_memory(root)]
    memories += [memory for folder in cgroup_folders("memory", root) for memory in _cgroup_memory(folder)]
    return min(memories, key=lambda memory: memory.limit_bytes)


def cgroup_folders(controller: str, root: Path = ROOT) -> list[Path]:
    """Folders of this process's cgroup and of those around it, innermost first, for "cpu" or "memory".

    A limit may be set at any level. Cgroup v1 mounts each controller apart, v2 has one tree; a container may
    see its own part of the tree only, and then the mount's root says which part. Empty where the system has
    no cgroups.
    """
    own, mounts = root / "proc/self/cgroup", root / "proc/self/mountinfo"
    if not own.exists() or not mounts.exists():
        return []
    paths = dict(_cgroup_paths(own.read_text(encoding="utf-8")))  # controller -> path, "" for v2
    version_1 = controller in paths
    path = paths.get(controller if version_1 else "")
    if path is None:
        return []
    for line in mounts.read_text(encoding="utf-8").splitlines():
        left, _, right = line.partition(" - ")
        mount_root, mount_point = left.split()[3:5]
        kind, _, options = right.split()[:3]
        if (kind == "cgroup" and controller in options.split(",")) if version_1 else kind == "cgroup2":
            return _levels(root / mount_point.lstrip("/"), _below(path, mount_root))
    return []


def _cgroup_paths(text: str) -> Iterator[tuple[str, str]]:
    for line in text.splitlines():
        _, controllers, path = line.split(":", 2)
        for name in controllers.split(","):
            yield name, path


def _below(path: str, mount_root: str) -> str:
    """The part of a cgroup's path below the mount's root; "" when it lies outside what the container sees."""
    prefix = mount_root.rstrip("/") + "/"
    return path.removeprefix(prefix) if path.startswith(prefix) else ""


def _levels(mount: Path, below: str) -> list[Path]:
    leaf = mount / below
    inside = [leaf, *leaf.parents]
    return [folder for folder in inside[: inside.index(mount) + 1] if folder.is_dir()]


def _cpu_quota(folder: Path) -> Iterator[float]:
    if (folder / "cpu.max").exists():  # v2: "150000 100000" or "max 100000"
        quota, period = (folder / "cpu.max").read_text(encoding="utf-8").split()
    elif (folder / "cpu.cfs_quota_us").exists():  # v1: -1 is no limit
        quota = (folder / "cpu.cfs_quota_us").read_text(encoding="utf-8").strip()
        period = (folder / "cpu.cfs_period_us").read_text(encoding="utf-8").strip()
    else:
        return
    if quota not in ("max", "-1"):
        yield int(quota) / int(period)


def _cgroup_memory(folder: Path) -> Iterator[Memory]:
    if (folder / "memory.max").exists():
        limit, used, cache = "memory.max", "memory.current", "inactive_file"
    elif (folder / "memory.limit_in_bytes").exists():
        limit, used, cache = "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file"
    else:
        return
    limit_text = (folder / limit).read_text(encoding="utf-8").strip()
    if limit_text == "max":
        return
    # Files read once count as used although the kernel gives them back when asked: left out, as Docker and
    # Kubernetes do
    stat = dict(line.split() for line in (folder / "memory.stat").read_text(encoding="utf-8").splitlines())
    used_bytes = int((folder / used).read_text(encoding="utf-8")) - int(stat.get(cache, 0))
    yield Memory(int(limit_text), max(0, used_bytes), str(folder))


def _machine_memory(root: Path) -> Memory:
    meminfo = root / "proc/meminfo"
    if not meminfo.exists():  # not Linux
        memory = psutil.virtual_memory()
        return Memory(memory.total, memory.total - memory.available, "machine")
    kib = {
        line.split(":")[0]: int(line.split()[1]) for line in meminfo.read_text(encoding="utf-8").splitlines()
    }
    return Memory(kib["MemTotal"] * 1024, (kib["MemTotal"] - kib["MemAvailable"]) * 1024, "machine")


def visible_gpus(environ: Mapping[str, str] = os.environ) -> list[Gpu]:
    """The NVIDIA GPUs this process may use, by NVML, in the order of CUDA_VISIBLE_DEVICES.

    Empty without an NVIDIA driver. Takes what CUDA takes: numbers, UUIDs or the start of one, MIG slices by
    UUID; it stops at the first entry that names nothing, and "" and "-1" mean none. Numbers count in PCI bus
    order. NVML stays initialised when GPUs are returned: call `pynvml.nvmlShutdown` when done.

    Raises:
        pynvml.NVMLError: There is a driver and it does not answer.
    """
    import pynvml

    try:
        pynvml.nvmlInit()
    except (pynvml.NVMLError_LibraryNotFound, pynvml.NVMLError_DriverNotLoaded):
        return []
    installed = [pynvml.nvmlDeviceGetHandleByIndex(index) for index in range(pynvml.nvmlDeviceGetCount())]
    handles = _chosen(pynvml, installed, environ.get("CUDA_VISIBLE_DEVICES"))
    if not handles:
        pynvml.nvmlShutdown()
    return [
        Gpu(number, pynvml.nvmlDeviceGetName(handle), pynvml.nvmlDeviceGetUUID(handle), handle)
        for number, handle in enumerate(handles)
    ]


def _chosen(pynvml: Any, installed: list[Any], wanted: str | None) -> list[Any]:
    if wanted is None:
        return installed
    handles = []
    for entry in wanted.split(","):
        handle = _named(pynvml, installed, entry.strip())
        if handle is None:
            break
        handles.append(handle)
    return handles


def _named(pynvml: Any, installed: list[Any], entry: str) -> Any | None:
    if entry.isdigit():
        return installed[int(entry)] if int(entry) < len(installed) else None
    if entry.startswith("MIG-"):
        try:
            return pynvml.nvmlDeviceGetHandleByUUID(entry)
        except (pynvml.NVMLError_NotFound, pynvml.NVMLError_InvalidArgument):
            return None
    if entry.startswith("GPU-"):
        return next((h for h in installed if pynvml.nvmlDeviceGetUUID(h).startswith(entry)), None)
    return None  # "" and "-1" among others
