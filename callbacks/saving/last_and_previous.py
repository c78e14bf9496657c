"""Two checkpoints of which one is always whole: the last one, and the previous one. Loads and writes none."""

from pathlib import Path

from callbacks.language.say import Message
from callbacks.saving.checksum import damage

PREVIOUS = "previous"
"""Name of the checkpoint before the last, without `.ckpt`."""


def previous_to(last: Path) -> Path:
    """Returns where the checkpoint before the last one stands: beside it."""
    return last.with_name(f"{PREVIOUS}.ckpt")


def newest_whole(last: Path) -> tuple[Path, Message | None] | None:
    """Returns the last checkpoint, or the previous one with what is wrong with the last; None if neither is whole."""
    wrong = damage(last)
    if wrong is None:
        return last, None
    return (previous_to(last), wrong) if damage(previous_to(last)) is None else None
