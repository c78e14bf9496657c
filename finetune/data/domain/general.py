"""Sentences of everyday Portuguese, written for this project: what a network forgets of them shows in their loss."""

from pathlib import Path

GENERAL = "general"
"""What their part is called."""

FILE = Path(__file__).parents[1] / "general" / "pt.txt"


def general_texts() -> list[str]:
    """Returns the sentences, one after the other."""
    return FILE.read_text(encoding="utf-8").splitlines()
