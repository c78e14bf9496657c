"""Which processor this is, and whether it has VNNI, by which int8 answers differ: sums of eight-bit numbers at once."""

import platform
import re
import subprocess
from pathlib import Path

UNKNOWN = "unknown"

CPUINFO = Path("/proc/cpuinfo")

VNNI = ("avx512_vnni", "avx_vnni", "avxvnni", "avx512vnni")
"""What Linux and macOS call it."""

DOT = ("asimddp", "i8mm")
"""What ARM calls it."""


def processor() -> dict[str, str]:
    """Returns the processor's architecture and name, and whether it has VNNI: yes, no or unknown."""
    name, flags = by_linux(CPUINFO) if CPUINFO.is_file() else by_others()
    return {
        "machine": platform.machine() or UNKNOWN,
        "processor": name or platform.processor() or UNKNOWN,
        "vnni": has_vnni(flags),
    }


def has_vnni(flags: set[str]) -> str:
    """Returns whether flags have it: unknown where there are none."""
    if not flags:
        return UNKNOWN
    return "yes" if flags & {*VNNI, *DOT} else "no"


def by_linux(file: Path) -> tuple[str, set[str]]:
    """Returns name and flags as Linux tells them."""
    text = file.read_text(encoding="utf-8", errors="replace")
    name = re.search(r"^model name\s*: (.+)$", text, flags=re.MULTILINE)
    flags = re.search(r"^(?:flags|Features)\s*: (.+)$", text, flags=re.MULTILINE)
    return name[1].strip() if name else "", set(flags[1].split()) if flags else set()


def by_others() -> tuple[str, set[str]]:
    """Returns name and flags as macOS tells them; elsewhere what Python knows, which are no flags."""
    if platform.system() != "Darwin":
        return "", set()
    told = []
    for key in ("machdep.cpu.brand_string", "machdep.cpu.leaf7_features", "hw.optional.arm.FEAT_DotProd"):
        done = subprocess.run(["sysctl", "-n", key], capture_output=True, check=False)
        told.append(done.stdout.decode("utf-8", errors="replace").strip())
    name, features, dot = told
    flags = {each.lower() for each in features.split()} | ({DOT[0]} if dot == "1" else set())
    return name, flags
