"""Who may import whom, as a table; and what importing and helping must not load."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# room -> what no file in it may import
FORBIDDEN = {
    "callbacks": ("finetune", "transformers", "datasets"),
    "finetune/data": ("finetune.model", "finetune.cli.lightning_cli", "finetune.commands", "callbacks"),
    "finetune/model": ("finetune.data", "finetune.cli.lightning_cli", "finetune.commands", "callbacks"),
    "finetune/evaluation": (
        "finetune.cli.lightning_cli",
        "finetune.commands",
        "finetune.report",
        "callbacks",
    ),
    "finetune/commands/crossval": (
        "lightning",
        "torch",
        "finetune.model",
        "finetune.data",
        "finetune.cli.lightning_cli",
        "callbacks",
    ),
    "finetune/report": (
        "finetune.model",
        "finetune.data.module",
        "finetune.cli.lightning_cli",
        "finetune.commands",
        "lightning",
        "callbacks",
    ),
}
# room -> what it may import all the same, because it loads nothing
ALLOWED = {"finetune/commands/crossval": ("callbacks.saving",)}
# room -> the only files in it that may import Lightning
LIGHTNING = {
    "finetune/evaluation": {"measured.py"},
    "finetune/data": {"module.py"},
    "finetune/model": {"classifier.py"},
}


def imported(file: Path) -> set[str]:
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names


def within(name: str, package: str) -> bool:
    return name == package or name.startswith(f"{package}.")


@pytest.mark.parametrize("room", FORBIDDEN)
def test_rooms_keep_to_their_side_of_the_wall(room):
    files = list((ROOT / room).rglob("*.py"))
    assert len(files) > 3
    broken = {
        f"{file.relative_to(ROOT)} imports {name}"
        for file in files
        for name in imported(file)
        if any(within(name, package) for package in FORBIDDEN[room])
        and not any(within(name, package) for package in ALLOWED.get(room, ()))
    }
    assert not broken


@pytest.mark.parametrize("room", LIGHTNING)
def test_only_one_file_of_a_room_knows_lightning(room):
    knowing = {
        file.name
        for file in (ROOT / room).rglob("*.py")
        if any(within(name, "lightning") for name in imported(file))
    }
    assert knowing == LIGHTNING[room]


@pytest.mark.parametrize("statement", ["import finetune", "import callbacks", "import finetune.__main__"])
def test_importing_is_instant(statement):
    heavy = ["torch", "lightning", "transformers", "datasets", "pandas", "numpy"]
    code = f"{statement}; import sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_loads_neither_torch_nor_lightning_and_lists_every_command():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "finetune", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
    assert not {"torch", "lightning", "transformers", "numpy", "pandas"} & loaded
    from finetune.__main__ import COMMANDS

    assert all(f"  {name}" in done.stdout for name in COMMANDS)
