"""What the tests of scripts share: a script as a module, which finds the files beside it as it does when it is called."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest

SCRIPTS = Path(__file__).parents[2] / "scripts"


@pytest.fixture(scope="session")
def script() -> Callable[[str], ModuleType]:
    """Imports one by its place in scripts/, such as `bench/train`."""

    def imported(place: str) -> ModuleType:
        path = SCRIPTS / place
        sys.path.insert(0, str(path.parent))
        try:
            return importlib.import_module(path.name)
        finally:
            sys.path.remove(str(path.parent))

    return imported
