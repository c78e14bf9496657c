from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from callbacks.hardware.machine import Machine
from callbacks.hardware.plan import Cut, accumulations, budget, cuts_to_try, plan_precision

GIB = 2**30


@pytest.mark.parametrize(
    ("machine", "precision", "why"),
    [
        ({"kind": "cuda", "capability": (8, 9)}, "bf16-mixed", "card_bf16"),
        ({"kind": "cuda", "capability": (9, 0)}, "bf16-mixed", "card_bf16"),
        (
            {"kind": "cuda", "capability": (7, 5)},
            "16-mixed",
            "card_fp16",
        ),  # emulates bf16, slower than float32
        ({"kind": "cuda", "capability": (6, 1)}, "32-true", "card_old"),
        ({"kind": "mps"}, "32-true", "mps"),
        ({}, "32-true", "cpu_fp32"),
        ({"bf16_speedup": 2.4}, "bf16-mixed", "cpu_bf16"),
        ({"bf16_speedup": 0.8}, "32-true", "cpu_bf16_slow"),  # the flag is there, the speed is not
    ],
)
def test_precision(
    make_machine: Callable[..., Machine], machine: dict[str, Any], precision: str, why: str
) -> None:
    decision = plan_precision(make_machine(**machine).device)
    assert (decision.value, decision.by, decision.why) == (precision, "auto", why)


def test_a_tenth_of_what_is_free_is_left_alone(make_machine: Callable[..., Machine]) -> None:
    card = make_machine("cuda", 8, (8, 9), free_gib=7)
    assert budget(card, processes_here=8, resident_bytes=0) == int(7 * GIB * 0.9)
    # weights that are in place already are no new need
    assert budget(card, processes_here=1, resident_bytes=GIB) == int(7 * GIB * 0.9) + GIB


def test_processes_of_one_machine_share_its_memory(make_machine: Callable[..., Machine]) -> None:
    assert budget(make_machine("cpu", 16), processes_here=4, resident_bytes=0) == 3 * GIB - GIB // 4


def test_a_machine_without_free_memory_leaves_nothing(make_machine: Callable[..., Machine]) -> None:
    assert budget(make_machine("cpu", 16, free_gib=0.1), processes_here=1, resident_bytes=7) == 7


@pytest.mark.parametrize(
    ("rows", "processes", "expected"),
    [(32, 1, [1, 2, 4, 8, 16, 32]), (32, 8, [1, 2, 4]), (12, 1, [1, 2, 4, 8, 12]), (8, 8, [1]), (1, 1, [1])],
)
def test_a_step_is_halved_until_each_micro_batch_has_one_row(
    rows: int, processes: int, expected: list[int]
) -> None:
    assert accumulations(rows, processes) == expected


def test_rows_that_stay_together_are_not_cut() -> None:
    assert accumulations(32, 1, together=16) == [1, 2]
    assert accumulations(33, 1, together=16) == [1, 2, 3]
    assert accumulations(64, 2, together=16) == [1, 2]
    with pytest.raises(ValueError, match=r"to 3 processes: 16 rows at a time .* Give 33 rows or more"):
        accumulations(32, 3, together=16)


def test_more_processes_than_rows_are_refused() -> None:
    with pytest.raises(ValueError, match="an effective batch of 4 rows cannot be shared out to 8 processes"):
        accumulations(4, 8)


BLOCKS = [[Cut(n, False) for n in (1, 2, 4, 8, 16, 32)], [Cut(n, True) for n in (1, 2, 4, 8, 16, 32)]]


def memory(cut: Cut) -> float:
    return 320 / cut.accumulation / (4 if cut.checkpointing else 1)


@pytest.mark.parametrize(
    ("room", "first"),
    [
        (400, Cut(1, False)),
        (320, Cut(1, False)),
        (319, Cut(2, False)),
        (41, Cut(8, False)),
        (10, Cut(32, False)),  # rather 32 micro-batches than a slower step
        (9, Cut(16, True)),
        (2.5, Cut(32, True)),
        (1, Cut(32, True)),  # nothing fits by the estimate: the least there is
    ],
)
def test_the_gentlest_cut_that_fits_comes_first(room: float, first: Cut) -> None:
    assert next(iter(cuts_to_try(BLOCKS, lambda cut: memory(cut) <= room))) == first


def test_what_follows_takes_ever_less_and_goes_on_to_the_slower_block() -> None:
    tried = list(cuts_to_try(BLOCKS, lambda cut: memory(cut) <= 41))
    assert tried == [*BLOCKS[0][3:], *BLOCKS[1][1:]]


def test_few_estimates_are_asked_for() -> None:
    asked: list[Cut] = []

    def fits(cut: Cut) -> bool:
        asked.append(cut)
        return memory(cut) <= 41

    next(iter(cuts_to_try(BLOCKS, fits)))
    assert len(asked) <= 5
    assert not any(cut.checkpointing for cut in asked)
