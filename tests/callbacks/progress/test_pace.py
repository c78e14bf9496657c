from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from lightning.pytorch import Trainer

from callbacks.language.which import speaking
from callbacks.progress.pace import (
    Pace,
    batch_rows,
    duration,
    fit_batches,
    samples_per_second,
    validations_left,
)

X = torch.zeros(5, 3)


@pytest.mark.parametrize(
    ("batch", "rows"),
    [
        (X, 5),
        ({"input_ids": X, "labels": torch.zeros(5)}, 5),
        ({"step_rows": torch.tensor(32), "names": ["a"], "labels": torch.zeros(4)}, 4),
        ((X, torch.zeros(5)), 5),
        ([{"deep": (None, X)}], 5),
        ({"text": "abc"}, None),
        (7, None),
    ],
)
def test_batch_rows(tiny: Any, batch: Any, rows: int | None) -> None:
    assert batch_rows(tiny(), batch) == rows


def test_module_counts_its_own_rows(tiny: Any) -> None:
    class Model(tiny):  # type: ignore[misc]
        def batch_rows(self, batch: Any) -> int:
            return 42

    assert batch_rows(Model(), X) == 42


def test_speed_leaves_out_validation() -> None:
    pace = Pace()
    pace.resume(0.0)
    pace.batch(2.0, 10)
    pace.resume(100.0)
    pace.batch(102.0, 30)
    assert pace.rows_per_second == 10


def test_time_left_counts_validations() -> None:
    pace = Pace()
    assert pace.seconds_left(10, 1, 6) is None
    pace.resume(0.0)
    pace.batch(3.0, None)
    assert pace.rows_per_second is None
    assert pace.seconds_left(10, 0, 6) == 30
    assert pace.seconds_left(10, 2, 6) == 30 + 2 * 6 * 1  # a third of a training batch, until measured
    pace.validated(50.0)
    assert pace.seconds_left(10, 2, 6) == 130


def test_only_the_newest_batches_count() -> None:
    pace = Pace(window=2)
    pace.resume(0.0)
    for now in (100.0, 101.0, 102.0):
        pace.batch(now, 8)
    assert pace.rows_per_second == 8


@pytest.mark.parametrize(
    ("settings", "total"),
    [
        ({"max_epochs": 3}, 12),
        ({"max_epochs": 3, "max_steps": 5}, 5),
        ({"max_epochs": -1, "max_steps": 5, "accumulate_grad_batches": 2}, 10),
        ({"max_epochs": -1}, None),
    ],
)
def test_fit_batches(
    make_trainer: Callable[..., Trainer], tiny: Any, settings: dict[str, Any], total: Any
) -> None:
    seen: list[int | None] = []

    class Model(tiny):  # type: ignore[misc]
        def on_train_start(self) -> None:
            seen.append(fit_batches(self.trainer))
            self.trainer.should_stop = True

    make_trainer(**settings).fit(Model())
    assert seen == [total]


@pytest.mark.parametrize(
    ("val_check_batch", "epochs", "done", "left"),
    [
        (4, 1, 0, 3),
        (4, 1, 4, 2),
        (4, 1, 11, 1),
        (2, 1, 0, 6),
        (4, 3, 0, 1),
        (3, None, 0, 4),
        (float("inf"), 1, 0, 0),
        (None, 1, 0, 0),
    ],
)
def test_validations_left(val_check_batch: Any, epochs: int | None, done: int, left: int) -> None:
    trainer: Any = SimpleNamespace(
        enable_validation=True, val_check_batch=val_check_batch, check_val_every_n_epoch=epochs
    )
    assert validations_left(trainer, done, 12) == left
    trainer.enable_validation = False
    assert validations_left(trainer, done, 12) == 0


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.2, "0 s"),
        (59.6, "1 min 0 s"),
        (125, "2 min 5 s"),
        (3599.7, "1 h 0 min"),
        (7_530, "2 h 5 min"),
        (93_600, "1 d 2 h"),
    ],
)
def test_a_time_in_words(seconds: float, text: str) -> None:
    assert str(duration(seconds)) == text


@pytest.mark.parametrize(
    ("speed", "english", "portuguese"),
    [
        (0.7234, "0.72 samples/s", "0,72 linhas/s"),
        (1.02, "1 sample/s", "1 linha/s"),
        (9.87, "9.9 samples/s", "9,9 linhas/s"),
        (1234.5, "1,234 samples/s", "1.234 linhas/s"),
    ],
)
def test_a_speed_is_told_with_its_noun(speed: float, english: str, portuguese: str) -> None:
    assert str(samples_per_second(speed)) == english
    with speaking("pt"):
        assert str(samples_per_second(speed)) == portuguese
