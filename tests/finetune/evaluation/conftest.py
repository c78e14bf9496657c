"""Likely label errors are looked for in the table of the checks."""

from tests.finetune.data.checks.conftest import frame, look

__all__ = ["frame", "look"]
