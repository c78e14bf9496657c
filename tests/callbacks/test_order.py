from __future__ import annotations

from lightning.pytorch import Callback
from lightning.pytorch.callbacks import ModelCheckpoint

from callbacks import BestCheckpoint, LastCheckpoint
from callbacks.order import in_order


class LastOfMine(LastCheckpoint):
    """Of another name."""


def test_what_comes_last_says_so_itself_and_the_others_stay_as_they_were() -> None:
    last, best, other, plain = LastOfMine(), BestCheckpoint("val/score"), ModelCheckpoint(), Callback()
    assert in_order([last, best, plain, other]) == [best, plain, other, last]
    assert in_order([plain, best]) == [plain, best]
    assert in_order([]) == []
