"""What the pages call the parts of the table and the models, and why a part of a page is empty. Looks nothing up."""

from finetune.language.say import Message

NO_METRICS = Message("Not known: the run has no metrics.json, which is written when a training has finished.")
NO_ANSWERS = Message(
    "Not shown: the run folder has no predictions.csv with the answer to each row. Runs of older versions lack it; a "
    "new training writes it."
)
INTERVAL = Message("95% interval")


def part_name(part: str) -> Message:
    """Returns what a part of the table is called: `train`, `validation` or `test`."""
    names = {
        "train": Message("training", context="part of the table"),
        "validation": Message("validation", context="part of the table"),
        "test": Message("test", context="part of the table"),
    }
    return names[part]


def rows_name(part: str) -> Message:
    """Returns what the rows of a part that was measured are called, as in "on the test rows"."""
    return Message("test rows") if part == "test" else Message("validation rows")


def rows_of(part: str, n: int) -> Message:
    """Returns so many rows of a part that was measured: "1 test row", "1,828 validation rows"."""
    if part == "test":
        return Message("{n:,} test row", "{n:,} test rows", n=n)
    return Message("{n:,} validation row", "{n:,} validation rows", n=n)


def model_name(name: str) -> str:
    """Returns what a model is called beside others; one of the user's own by its own name."""
    names = {
        "model": Message("this model"),
        "majority": Message("most frequent class"),
        "tfidf": Message("TF-IDF + logistic regression"),
    }
    return str(names.get(name, name))
