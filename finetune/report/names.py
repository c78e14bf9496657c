"""Words that parts of the report share; of scores, models: `evaluation/score_names`; of the table: `language/parts`."""

from finetune.language.say import Message

NO_METRICS = Message("Not known: the run has no metrics.json, which is written when a training has finished.")
NO_ANSWERS = Message(
    "Not shown: the run folder has no predictions.csv with the answer to each row. Runs of older versions lack it; a "
    "new training writes it."
)


def rows_name(part: str) -> Message:
    """Returns what the rows of a part that was measured are called, as in "on the test rows"."""
    return Message("test rows") if part == "test" else Message("validation rows")


def rows_of(part: str, n: int) -> Message:
    """Returns so many rows of a part that was measured: "1 test row", "1,828 validation rows"."""
    if part == "test":
        return Message("{n:,} test row", "{n:,} test rows", n=n)
    return Message("{n:,} validation row", "{n:,} validation rows", n=n)


def points(share: float) -> Message:
    """Returns a difference of two shares: "4.5 percentage points"."""
    value = round(100 * share, 1)
    # where one stands before the decimal mark, some languages have the noun as for one
    return Message(
        "{value:.1f} percentage points",
        "{value:.1f} percentage points",
        n=max(1, int(value)),
        value=value,
    )
