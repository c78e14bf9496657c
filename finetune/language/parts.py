"""What the parts of a table are called where people read them."""

from finetune.language.say import Message

PART_NAMES = {
    "train": Message("training", context="part of the table"),
    "validation": Message("validation", context="part of the table"),
    "test": Message("test", context="part of the table"),
    "predict": Message("prediction", context="part of the table"),
    "general": Message("general sentences", context="part of the table"),
}
"""What a part is called in a sentence."""


def part_name(name: str) -> str:
    """Returns what a part of the table is called: `train`, `validation`, `test` or `predict`."""
    return str(PART_NAMES[name])
