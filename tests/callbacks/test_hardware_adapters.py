"""Adapters in place of the weights: taken where nothing else fits and they were asked for, and told. On made-up machines."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Trainer
from lightning.pytorch.strategies import ModelParallelStrategy

from callbacks import HardwareTier, hardware_tier
from callbacks.hardware.decision import Given, decide
from callbacks.hardware.machine import Machine
from callbacks.hardware.plan import Decision
from callbacks.hardware.plan_report import table
from callbacks.hardware.planner import alternatives
from callbacks.hardware.workload import Workload
from callbacks.language.which import speaking

ADA: dict[str, Any] = {"kind": "cuda", "gib": 24, "capability": (8, 9)}
TAKEN = Decision(True, "auto", "full_does_not_fit")


@pytest.fixture
def fit(
    make_trainer: Callable[..., Trainer],
    make_machine: Callable[..., Machine],
    rows_data: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> Callable[..., Trainer]:
    """Fits a model on RowsData with a made-up card, which by the estimate has room for all."""

    def run(tier: HardwareTier, model: Any, **settings: Any) -> Trainer:
        monkeypatch.setattr(hardware_tier, "this_machine", lambda device: make_machine(**ADA))
        trainer = make_trainer(tier, **settings)
        trainer.fit(model, datamodule=rows_data())
        return trainer

    return run


def test_where_no_step_fits_adapters_are_put_in_and_trained_alone(
    fit: Any, adaptable_rows: Any, caplog: pytest.LogCaptureFixture
) -> None:
    tier, model = HardwareTier(lora="auto"), adaptable_rows(room=1)
    before = model.layers[0].weight.clone()
    with caplog.at_level(logging.INFO):
        trainer = fit(tier, model)
    assert tier.plan is not None
    assert tier.plan.lora == TAKEN
    # with them there is room: nothing of what was tried without is left
    assert (tier.plan.accumulation.value, tier.plan.checkpointing.value, model.checkpoints) == (
        1,
        False,
        False,
    )
    assert tier.plan.proved
    assert set(model.seen) == {16}
    assert torch.equal(model.layers[0].weight, before)
    assert tier.plan.trainable == sum(p.numel() for p in model.parameters() if p.requires_grad)
    assert "adapters (LoRA) are trained in their place. The result changes" in caplog.text
    assert "adapters (LoRA)       yes         HardwareTier: nothing else fits; the result" in table(tier.plan)
    kept = json.loads(Path(trainer.log_dir, "hardware.json").read_text(encoding="utf-8"))["plan"]["lora"]
    assert (kept["value"], kept["decided_by"]) == (
        True,
        "HardwareTier: nothing else fits; the result changes",
    )


def test_a_second_fit_puts_no_more_in(fit: Any, adaptable_rows: Any) -> None:
    tier, model = HardwareTier(lora="auto"), adaptable_rows(room=1)
    fit(tier, model)
    fit(tier, model)  # `adapt` refuses a second time
    assert tier.plan is not None
    assert tier.plan.lora == TAKEN


def test_where_all_fits_nothing_is_put_in(fit: Any, adaptable_rows: Any) -> None:
    tier, model = HardwareTier(lora="auto"), adaptable_rows()
    fit(tier, model)
    assert tier.plan is not None
    assert (tier.plan.lora, model.adapters) == (Decision(False, "auto", "only_then"), None)


def test_where_fewer_rows_fit_nothing_is_put_in(fit: Any, adaptable_rows: Any) -> None:
    tier, model = (
        HardwareTier(lora="auto"),
        adaptable_rows(room=8),
    )  # half a row, a whole one with the activations anew
    fit(tier, model)
    assert tier.plan is not None
    assert (tier.plan.accumulation.value, tier.plan.checkpointing.value) == (16, True)
    assert model.adapters is None


def test_unasked_they_are_only_proposed(fit: Any, adaptable_rows: Any) -> None:
    model = adaptable_rows(room=1)
    with pytest.raises(ValueError, match=r"in place of the weights \(--model.lora true\): 0.00 GiB"):
        fit(HardwareTier(), model)
    assert model.adapters is None


def test_a_module_that_takes_none_is_told_so(fit: Any, rows_model: Any) -> None:
    with pytest.raises(ValueError, match=r"in place of the weights \(LoRA\): about"):
        fit(HardwareTier(lora="auto"), rows_model(room=1))
    tier = HardwareTier(lora="auto")
    fit(tier, rows_model())
    assert tier.plan is not None
    assert tier.plan.lora == Decision(False, "auto", "takes_none")


def test_a_run_that_goes_on_has_what_its_checkpoint_has(fit: Any, adaptable_rows: Any) -> None:
    tier, model = HardwareTier(lora="auto"), adaptable_rows(room=1)
    tier.resumes = True
    with pytest.raises(ValueError, match="ran out of memory in a trial run"):
        fit(tier, model)
    assert model.adapters is None
    model.adapt = lambda: 1 / 0
    model.adapters, model.room = torch.nn.Linear(16, 1), 1e9
    model.hparams["lora"] = {"rank": 2}
    fit(tier, model)
    assert tier.plan is not None
    assert tier.plan.lora == Decision(True, "auto", "resumed")


def test_adapters_that_the_model_was_given_are_told(fit: Any, adaptable_rows: Any) -> None:
    model = adaptable_rows()
    model.configure_model()
    model.adapt()
    for option in ("auto", False):
        tier = HardwareTier(lora=option)
        fit(tier, model)
        assert tier.plan is not None
        assert tier.plan.lora == Decision(True, "model")
        with speaking("en"):
            assert "adapters (LoRA)       yes         option of the model" in table(tier.plan)


def test_a_model_that_is_shared_out_is_refused(fit: Any, adaptable_rows: Any, process_group: None) -> None:
    with pytest.raises(
        ValueError, match=r"lora='auto'\): ModelParallelStrategy shares the model out.*such as ddp"
    ):
        fit(HardwareTier(lora="auto"), adaptable_rows(), strategy=ModelParallelStrategy(1, 1))


def test_another_value_is_refused() -> None:
    with pytest.raises(ValueError, match=r"HardwareTier\(lora=True\): give 'auto', or leave it away"):
        HardwareTier(lora=True)  # type: ignore[arg-type]


# ---- by the estimate alone, as `plan` for another machine ---------------------------------------------------


def test_by_the_estimate_alone(
    make_trainer: Any, make_machine: Any, adaptable_rows: Any, rows_data: Any
) -> None:
    """A machine that has room for a little less than the weights, gradients and averages of all."""

    def planned(lora: Any, free_gib: float) -> tuple[Any, Any]:
        tier, model = HardwareTier(lora=lora), adaptable_rows()
        tier.machine = make_machine(kind="cuda", gib=8, capability=(7, 0), free_gib=free_gib)
        make_trainer(tier, limit_train_batches=0).fit(model, datamodule=rows_data())
        return tier.plan, model

    full = planned(False, 1)[0].estimate
    assert full is not None
    tight = (full.kept_bytes - full.weights_bytes / 2) / 0.9 / 2**30
    unasked, model = planned(False, tight)
    assert (unasked.fits, unasked.lora, model.adapters) == (False, None, None)
    plan, model = planned("auto", tight)
    assert (plan.fits, plan.lora) == (True, TAKEN)
    assert model.adapters is not None
    assert planned("auto", 1)[0].lora == Decision(False, "auto", "only_then")


def test_what_adapters_would_take_is_counted_of_a_copy(
    make_machine: Any, adaptable_rows: Any, rows_data: Any
) -> None:
    model = adaptable_rows()
    model.configure_model()
    before, state = {name: each.clone() for name, each in model.state_dict().items()}, torch.get_rng_state()
    work, machine = Workload(model, rows_data()), make_machine(**(ADA | {"free_gib": 1e-6}))
    plan = decide(machine, work, Given())
    told = alternatives(plan, work)["adapters"]
    assert torch.equal(torch.get_rng_state(), state)
    assert model.adapters is None
    assert "lora" not in model.hparams
    assert all(torch.equal(each, before[name]) for name, each in model.state_dict().items())
    assert all(parameter.requires_grad for parameter in model.parameters())
    work.adapt()
    adapted = decide(machine, work, Given())
    assert adapted.estimate is not None
    assert told == adapted.estimate.peak_bytes
    assert not {"lora", "adapters"} & alternatives(adapted, work).keys()  # they are in


def test_adapters_that_cannot_be_put_into_a_copy_are_told_about(
    make_machine: Any, adaptable_rows: Any, rows_data: Any
) -> None:
    class Broken(adaptable_rows):  # type: ignore[misc]
        def adapt(self) -> None:
            raise RuntimeError("no")

    model = Broken()
    model.configure_model()
    work = Workload(model, rows_data())
    plan = decide(make_machine(**(ADA | {"free_gib": 1e-6})), work, Given())
    assert plan.fits is False
    assert "lora" in alternatives(plan, work)
