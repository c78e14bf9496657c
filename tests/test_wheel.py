"""What is packed: `pyproject.toml` names every file of the packages that is no Python. scripts/prove/wheel.sh installs it."""

import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKED = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]


@pytest.mark.parametrize("package", ["finetune", "callbacks"])
def test_every_file_of_a_package_is_packed(package):
    folder = ROOT / package
    there = {path for path in folder.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    packed = {path for pattern in PACKED["package-data"][package] for path in folder.glob(pattern)}
    assert [path for path in sorted(there - packed) if path.suffix != ".py"] == []
    assert {path.suffix for path in packed} >= {".po", ".typed"}


def test_every_folder_of_modules_is_a_package():
    folders = {
        path.parent for package in ("finetune", "callbacks") for path in (ROOT / package).rglob("*.py")
    }
    assert [folder for folder in sorted(folders) if not (folder / "__init__.py").is_file()] == []


def test_every_pattern_packs_something():
    patterns = [(package, each) for package, those in PACKED["package-data"].items() for each in those]
    assert [each for each in patterns if not any((ROOT / each[0]).glob(each[1]))] == []
