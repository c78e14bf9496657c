"""What is decided, without a Trainer: the machine, the work and what is given are plain values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from callbacks.hardware.decision import (
    Given,
    decide,
    decide_accumulation,
    decide_checkpointing,
    decide_precision,
)
from callbacks.hardware.machine import Machine
from callbacks.hardware.plan import Decision
from callbacks.hardware.workload import Workload

TURING: dict[str, Any] = {"kind": "cuda", "gib": 8, "capability": (7, 5)}


@pytest.fixture
def work(rows_model: Any, rows_data: Any) -> Callable[..., Workload]:
    """Makes up a workload of RowsModel and RowsData."""

    def make(data: Any = None, **options: Any) -> Workload:
        model = rows_model()
        model.configure_model()
        return Workload(model, data or rows_data(), **options)

    return make


@pytest.mark.parametrize(
    ("given", "float32", "decision"),
    [
        (Given(), True, Decision("16-mixed", "auto", "card_fp16")),
        (Given(), False, Decision("32-true", "auto", "half_weights")),
        (Given(scales_float16=False), False, Decision("32-true", "auto", "no_scaler")),
        (Given("bf16-mixed"), False, Decision("bf16-mixed", "callback")),
        (Given("16-mixed"), False, Decision("16-mixed", "callback")),  # asked for is asked for
        (Given("bf16-mixed", trainer_precision="64-true"), True, Decision("64-true", "trainer")),
        (
            Given(trainer_precision="bf16-true", brings_precision=True),
            True,
            Decision("bf16-true", "strategy"),
        ),
    ],
)
def test_the_precision(
    given: Given, float32: bool, decision: Decision[str], make_machine: Callable[..., Machine]
) -> None:
    assert decide_precision(make_machine(**TURING).device, given, float32=float32) == decision


def test_float16_without_a_scaler_names_the_strategy(make_machine: Callable[..., Machine]) -> None:
    given = Given("16-mixed", scales_float16=False, strategy="ModelParallelStrategy")
    with pytest.raises(ValueError, match="ModelParallelStrategy has no scaler for float16"):
        decide_precision(make_machine(**TURING).device, given)


@pytest.mark.parametrize(
    ("given", "decision"),
    [
        (Given(), Decision(1, "auto", "whole")),
        (Given(accumulation=4), Decision(4, "callback")),
        (Given(accumulation=4, trainer_accumulation=8), Decision(8, "trainer")),
        (Given(accumulation=4, trainer_accumulation=1, scheduled=True), Decision(1, "trainer", "schedule")),
        (Given(accumulation=4, trainer_accumulation=8, manual=True), Decision(1, "trainer", "manual")),
    ],
)
def test_who_says_into_how_many_micro_batches(given: Given, decision: Decision[int]) -> None:
    assert decide_accumulation(given, rows=16) == decision


def test_a_step_of_unknown_rows_is_the_trainers() -> None:
    assert decide_accumulation(Given(), rows=None) == Decision(1, "trainer", "not_known")


def test_activations_are_kept_unless_it_is_given() -> None:
    assert decide_checkpointing(Given()) == Decision(False, "auto", "not_needed")
    assert decide_checkpointing(Given(checkpointing=True)) == Decision(True, "callback")
    assert decide_checkpointing(Given(checkpointing=False)) == Decision(False, "callback")


def test_a_plan_where_all_fits(work: Any, make_machine: Callable[..., Machine]) -> None:
    machine = make_machine(**TURING)
    plan = decide(machine, work(), Given())
    assert plan.precision.why == "card_fp16"
    assert (plan.accumulation, plan.checkpointing.value) == (Decision(1, "auto", "whole"), False)
    assert (plan.batch_shape, plan.step_rows, plan.eval_tokens) == (
        (16, 16),
        16,
        Decision(512, "auto", "whole"),
    )
    assert (plan.fits, plan.proved, plan.machine) == (True, None, machine)
    assert plan.parameters == plan.trainable == 611


def test_a_plan_where_nothing_fits_takes_the_least(work: Any, make_machine: Callable[..., Machine]) -> None:
    asked = work()
    plan = decide(make_machine(**(TURING | {"free_gib": 1e-6})), asked, Given())
    assert (plan.accumulation.value, plan.checkpointing.why, plan.batch_shape) == (16, "needed", (1, 16))
    assert plan.eval_tokens == Decision(16, "auto", "cut")
    assert plan.fits is False
    assert asked.data.eval_tokens == 512  # only decided, not set
    fixed = decide(
        make_machine(**(TURING | {"free_gib": 1e-6})), asked, Given(accumulation=2, checkpointing=False)
    )
    assert (fixed.accumulation, fixed.checkpointing) == (Decision(2, "callback"), Decision(False, "callback"))


def test_processes_share_a_step(work: Any, make_machine: Callable[..., Machine]) -> None:
    plan = decide(make_machine(**TURING), work(), Given(processes=4, processes_here=2))
    assert (plan.processes, plan.batch_shape) == (4, (4, 16))
    assert plan.estimate is not None
    assert plan.estimate.buckets_bytes == plan.estimate.gradients_bytes


def test_an_evaluation_alone_has_no_step(
    work: Any, make_machine: Callable[..., Machine], rows_data: Any
) -> None:
    class ToPredict(rows_data):  # type: ignore[misc]
        @property
        def train_rows(self) -> int:
            raise KeyError("train")  # there are none

    machine = make_machine(**(TURING | {"free_gib": 1e-6}))
    plan = decide(machine, work(ToPredict(), trains=False), Given())
    assert (plan.estimate, plan.batch_shape, plan.step_rows) == (None, None, None)
    assert plan.evaluation_bytes > 0
    assert plan.eval_tokens is not None
    assert plan.eval_tokens.why == "cut"


def test_data_that_tell_nothing_leave_the_precision(work: Any, make_machine: Callable[..., Machine]) -> None:
    class Silent:
        """Neither rows nor batches."""

    plan = decide(make_machine(**TURING), work(Silent()), Given())
    assert plan.precision.value == "16-mixed"
    assert (plan.accumulation, plan.no_estimate) == (Decision(1, "trainer", "not_known"), "no_largest_batch")
    assert (plan.estimate, plan.eval_tokens, plan.fits) == (None, None, None)
