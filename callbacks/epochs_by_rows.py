"""EpochsByRows: as many epochs as a table of this size needs."""

from lightning.pytorch import Callback, LightningModule, Trainer
from typing_extensions import override

from callbacks.language.say import Message, note


def epochs_for(train_rows: int, *, rows_to_see: int, minimum: int, maximum: int) -> int:
    """Returns how many epochs show about `rows_to_see` rows, within the bounds."""
    return min(maximum, max(minimum, round(rows_to_see / train_rows)))


class EpochsByRows(Callback):
    """Chooses the number of epochs where the Trainer has no limit (`Trainer(max_epochs=-1)`), and says so.

    A small table must be seen more often than a large one for the same learning. The data module tells its
    size by an attribute `train_rows`. A Trainer with `max_epochs` or `max_steps` is left alone.
    Logs no key.

    Args:
        rows_to_see: Training rows to show over the whole fit, repeated ones counted again.
        minimum: Fewest epochs, for large tables.
        maximum: Most epochs, for small tables.
    """

    def __init__(self, rows_to_see: int = 10_000, *, minimum: int = 3, maximum: int = 8) -> None:
        if not 1 <= minimum <= maximum or rows_to_see < 1:
            raise ValueError(
                Message(
                    "EpochsByRows(rows_to_see={rows!r}, minimum={minimum!r}, maximum={maximum!r}): rows_to_see must be "
                    "at least 1, and minimum between 1 and maximum.",
                    rows=rows_to_see,
                    minimum=minimum,
                    maximum=maximum,
                )
            )
        self.rows_to_see = rows_to_see
        self.minimum = minimum
        self.maximum = maximum

    @override
    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        if stage != "fit" or trainer.max_epochs != -1 or trainer.max_steps != -1:
            return
        rows = getattr(trainer.datamodule, "train_rows", None)  # type: ignore[attr-defined]
        if not rows:
            raise ValueError(
                Message(
                    "EpochsByRows needs the number of training rows: {data} has no `train_rows`. Give it one, or set "
                    "Trainer(max_epochs=...).",
                    data=type(trainer.datamodule).__name__,  # type: ignore[attr-defined]
                )
            )
        epochs = epochs_for(rows, rows_to_see=self.rows_to_see, minimum=self.minimum, maximum=self.maximum)
        trainer.fit_loop.max_epochs = epochs
        note(
            "{n} epoch for {rows} (--trainer.max_epochs sets another number)",
            "{n} epochs for {rows} (--trainer.max_epochs sets another number)",
            n=epochs,
            rows=Message("{n:,} training row", "{n:,} training rows", n=rows),
        )
