"""What the Trainer then does, on made-up machines: the tests themselves compute on a CPU."""

from __future__ import annotations

import json
import logging
import pickle
import threading
from collections import UserDict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from lightning.pytorch import Callback, Trainer
from lightning.pytorch.callbacks import GradientAccumulationScheduler
from lightning.pytorch.plugins.precision import MixedPrecision
from lightning.pytorch.strategies import ModelParallelStrategy
from torch.distributed.fsdp import FSDPModule, fully_shard

from callbacks import HardwareTier, LastCheckpoint, hardware_tier
from callbacks.hardware import proof
from callbacks.hardware.machine import Device, Machine
from callbacks.hardware.plan import CPU_MARGIN, CPU_RUNTIME_BYTES, Decision
from callbacks.hardware.plan_report import table
from callbacks.hardware.trainer_changes import scales_float16
from callbacks.hardware.trial import data_bytes
from tests.callbacks.conftest import RowsData, RowsModel
from tests.processes import start

GIB = 2**30


class Watch(Callback):
    """Notes the precision at work in each stage, and the rows of each optimizer step."""

    def __init__(self) -> None:
        self.precisions: dict[str, Any] = {}
        self.autocast: dict[str, Any] = {}
        self.rows_of_steps: list[int] = []
        self.micro_batches: list[int] = []
        self._rows = self._parts = 0

    def on_train_batch_start(self, trainer: Trainer, *_: Any) -> None:
        self._note(trainer)

    on_validation_batch_start = on_test_batch_start = on_predict_batch_start = on_train_batch_start

    def on_train_batch_end(self, trainer: Trainer, module: Any, outputs: Any, batch: Any, *_: Any) -> None:
        self._rows += len(batch["x"])
        self._parts += 1
        if trainer.global_step > len(self.rows_of_steps):
            self.rows_of_steps.append(self._rows)
            self.micro_batches.append(self._parts)
            self._rows = self._parts = 0

    def _note(self, trainer: Trainer) -> None:
        assert trainer.state.stage is not None
        self.precisions[str(trainer.state.stage.value)] = trainer.precision
        with trainer.precision_plugin.forward_context():
            self.autocast[str(trainer.state.stage.value)] = (
                torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else torch.float32
            )


@pytest.fixture
def on(monkeypatch: pytest.MonkeyPatch, make_machine: Callable[..., Machine]) -> Callable[..., Machine]:
    """Puts a made-up machine in place of this one."""

    def put(**machine: Any) -> Machine:
        made = make_machine(**machine)
        monkeypatch.setattr(hardware_tier, "this_machine", lambda device: made)
        return made

    return put


@pytest.fixture
def run(make_trainer: Callable[..., Trainer], rows_model: Any, rows_data: Any) -> Callable[..., Any]:
    """Fits RowsModel on RowsData; returns the Trainer, the model, the data and the watch."""

    def fit(
        tier: HardwareTier | None = None,
        *callbacks: Any,
        model: Any = None,
        data: Any = None,
        **settings: Any,
    ) -> Any:
        watch = Watch()
        trainer = make_trainer(tier or HardwareTier(), watch, *callbacks, **settings)
        model, data = model or rows_model(), data or rows_data()
        trainer.fit(model, datamodule=data)
        return trainer, model, data, watch

    return fit


CARDS: dict[str, dict[str, Any]] = {
    "8 GB Turing": {"kind": "cuda", "gib": 8, "capability": (7, 5)},
    "24 GB Ada": {"kind": "cuda", "gib": 24, "capability": (8, 9)},
    "80 GB Hopper x8": {"kind": "cuda", "gib": 80, "capability": (9, 0), "devices": 8},
    "MIG slice": {"kind": "cuda", "gib": 4.75, "capability": (8, 0), "name": "A100 MIG 1g.5gb"},
    "no GPU, bf16": {"bf16_speedup": 2.4},
    "no GPU, slow bf16": {"bf16_speedup": 0.7},
    "no GPU, no bf16": {},
    "2 GB container": {"gib": 2, "free_gib": 1.5},
}
PRECISIONS = {
    "8 GB Turing": ("16-mixed", torch.float16),
    "24 GB Ada": ("bf16-mixed", torch.bfloat16),
    "80 GB Hopper x8": ("bf16-mixed", torch.bfloat16),
    "MIG slice": ("bf16-mixed", torch.bfloat16),
    "no GPU, bf16": ("bf16-mixed", torch.bfloat16),
    "no GPU, slow bf16": ("32-true", torch.float32),
    "no GPU, no bf16": ("32-true", torch.float32),
    "2 GB container": ("32-true", torch.float32),
}


@pytest.mark.parametrize("name", CARDS)
def test_every_stage_computes_in_the_precision_of_the_machine(name: str, on: Any, run: Any) -> None:
    on(**CARDS[name])
    trainer, model, data, watch = run()
    trainer.validate(model, datamodule=data, verbose=False)
    trainer.test(model, datamodule=data, verbose=False)
    trainer.predict(model, datamodule=data)
    precision, dtype = PRECISIONS[name]
    stages = ["sanity_check", "train", "validate", "test", "predict"]
    assert watch.precisions == dict.fromkeys(stages, precision)
    assert watch.autocast == dict.fromkeys(stages, dtype)
    assert watch.rows_of_steps == [16] * 4
    # the scaler of float16 goes with Lightning's own plug-in
    assert isinstance(trainer.precision_plugin, MixedPrecision) == (precision != "32-true")


def test_a_stage_without_a_fit_has_it_too(
    on: Any, make_trainer: Any, rows_model: Any, rows_data: Any
) -> None:
    on(**CARDS["8 GB Turing"])
    watch = Watch()
    make_trainer(HardwareTier(), watch).predict(rows_model(), datamodule=rows_data())
    assert watch.precisions == {"predict": "16-mixed"}


def tight(model: Any, data: Any, parts: int) -> float:
    """So much free memory, in GiB, that the estimate of a step in `parts` micro-batches fits, and of fewer not."""
    from callbacks.hardware.memory_estimate import estimate_training
    from callbacks.hardware.precision import precision_plugin

    made = model()
    made.configure_model()

    def peak(count: int) -> int:
        plugin = precision_plugin("32-true", "cpu")
        return estimate_training(made, data().largest_batch(count), plugin, accumulates=count > 1).peak_bytes

    resident = sum(tensor.nbytes for tensor in [*made.parameters(), *made.buffers()])
    assert peak(parts) < peak(parts // 2)
    wanted = (peak(parts) + peak(parts // 2)) / 2 - resident
    return (wanted + CPU_RUNTIME_BYTES) / (1 - CPU_MARGIN) / GIB


@pytest.mark.parametrize("parts", [2, 8])
def test_steps_are_cut_until_the_estimate_fits(
    parts: int, on: Any, run: Any, rows_model: Any, rows_data: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    def wide() -> Any:
        made = rows_model()
        made.layers = torch.nn.Sequential(
            torch.nn.Linear(16, 4096), torch.nn.Tanh(), torch.nn.Linear(4096, 1)
        )
        return made

    def data() -> Any:
        return rows_data(effective_batch_size=64, eval_tokens=16)

    monkeypatch.setattr(proof, "can_limit_memory", lambda: False)  # the estimate alone decides
    on(gib=16, free_gib=tight(wide, data, parts))
    tier = HardwareTier()
    trainer, model, _, watch = run(tier, model=wide(), data=data())
    assert tier.plan is not None
    assert trainer.accumulate_grad_batches == tier.plan.accumulation.value == parts
    assert set(model.seen) == {64 // parts}
    assert (watch.rows_of_steps, watch.micro_batches) == ([64], [parts])
    assert not model.checkpoints


def test_out_of_memory_is_survived_with_the_rows_of_a_step_kept(on: Any, run: Any, rows_model: Any) -> None:
    """The estimate says that all fits; the card says no to 16 and to 8 rows."""
    on(**CARDS["24 GB Ada"])
    tier = HardwareTier()
    _, model, _, watch = run(tier, model=rows_model(room=4 * 16))
    assert tier.plan is not None
    assert tier.plan.accumulation.value == 4
    assert (tier.plan.accumulation.by, tier.plan.accumulation.why) == ("auto", "cut_by_trial")
    assert set(model.seen) == {4}
    assert (watch.rows_of_steps, watch.micro_batches) == ([16] * 4, [4] * 4)
    assert tier.plan.proved
    assert not model.checkpoints


def test_activations_are_computed_anew_only_where_nothing_else_fits(
    on: Any, run: Any, rows_model: Any
) -> None:
    on(**CARDS["24 GB Ada"])
    tier = HardwareTier()
    _, model, _, watch = run(tier, model=rows_model(room=8))  # a row has 16 numbers, and 8 with it
    assert tier.plan is not None
    assert model.checkpoints
    assert tier.plan.checkpointing.why == "needed"
    assert watch.rows_of_steps == [16] * 4


def test_evaluation_batches_are_halved_too(on: Any, run: Any, rows_model: Any) -> None:
    on(**CARDS["24 GB Ada"])
    trainer, model, data, _ = run(model=rows_model(eval_room=5 * 16))
    assert data.eval_tokens == 64  # 512, 256, 128 do not fit
    on(gib=16, free_gib=1e-6)  # the fit holds it all, and its evaluations may use it
    trainer.test(model, datamodule=data, verbose=False)
    assert data.eval_tokens == 64


def test_evaluation_alone_is_made_to_fit_and_said(
    on: Any, make_trainer: Any, rows_model: Any, rows_data: Any, caplog: pytest.LogCaptureFixture
) -> None:
    on(**CARDS["24 GB Ada"])
    data = rows_data()
    with caplog.at_level(logging.INFO):
        make_trainer(HardwareTier()).test(rows_model(eval_room=100), datamodule=data, verbose=False)
    assert data.eval_tokens == 64
    assert "evaluation batches of 64 tokens: 512 do not fit" in caplog.text


def test_nothing_fits_says_what_would(on: Any, run: Any, rows_model: Any) -> None:
    on(**CARDS["8 GB Turing"])
    with pytest.raises(ValueError, match="does not fit into the memory of made up") as error:
        run(model=rows_model(room=1))
    text = str(error.value)
    for way in ("rows of half the length", "LoRA", "a model of half the size"):
        assert way in text
    assert text.count("GiB") >= 5


def test_an_evaluation_that_never_fits_is_an_error(on: Any, run: Any, rows_model: Any) -> None:
    on(**CARDS["8 GB Turing"])
    with pytest.raises(ValueError, match="does not fit into the memory"):
        run(model=rows_model(eval_room=1))


def test_the_trial_changes_nothing_of_the_result(on: Any, run: Any, rows_model: Any) -> None:
    def weights(tier: HardwareTier) -> dict[str, Any]:
        torch.manual_seed(3)
        result: dict[str, Any] = run(tier)[1].state_dict()
        return result

    on(**CARDS["no GPU, no bf16"])
    untried = weights(HardwareTier())
    on(kind="cuda", gib=8, capability=(6, 1))
    tier = HardwareTier()
    tried = weights(tier)
    assert tier.plan is not None
    assert tier.plan.proved
    assert all(torch.equal(untried[name], tried[name]) for name in untried)


@pytest.mark.parametrize(
    "tier", [HardwareTier("32-true", 2, True), HardwareTier(precision="32-true", accumulation=2)]
)
def test_options_of_the_callback_win_over_the_machine(tier: HardwareTier, on: Any, run: Any) -> None:
    on(**CARDS["24 GB Ada"])
    _, model, _, watch = run(tier)
    assert watch.precisions["train"] == "32-true"
    assert watch.micro_batches == [2] * 4
    assert model.checkpoints == (tier.activation_checkpointing is True)
    assert tier.plan is not None
    assert (tier.plan.precision.by, tier.plan.accumulation.by) == ("callback", "callback")


def test_options_of_the_trainer_win_over_all(on: Any, run: Any) -> None:
    on(**CARDS["8 GB Turing"])
    tier = HardwareTier("32-true", 4)
    _, _, _, watch = run(tier, precision="bf16-mixed", accumulate_grad_batches=8)
    assert watch.precisions["train"] == "bf16-mixed"
    assert watch.micro_batches == [8] * 4
    assert tier.plan is not None
    assert (tier.plan.precision.by, tier.plan.accumulation.by) == ("trainer", "trainer")


def test_options_that_equal_lightnings_defaults_can_be_heeded(on: Any, run: Any, rows_model: Any) -> None:
    on(**CARDS["24 GB Ada"])
    tier = HardwareTier()
    tier.heed("precision", "accumulate_grad_batches")
    with pytest.raises(
        ValueError, match=r"ran out of memory in a trial run.*number of micro-batches left to HardwareTier"
    ):
        run(tier, model=rows_model(room=4 * 16))
    _, _, _, watch = run(tier)
    assert watch.precisions["train"] == "32-true"
    assert watch.micro_batches == [1] * 4


def test_what_it_set_itself_is_no_wish_of_the_trainer(on: Any, run: Any, rows_model: Any) -> None:
    on(**CARDS["24 GB Ada"])
    tier = HardwareTier()
    trainer, model, data, _ = run(tier, model=rows_model(room=4 * 16))
    trainer.fit_loop.max_epochs = 2
    trainer.fit(model, datamodule=data)
    assert tier.plan is not None
    assert (tier.plan.precision.by, tier.plan.accumulation.by) == ("auto", "auto")
    assert set(model.seen) == {4}


def test_a_schedule_of_accumulation_is_left_alone(on: Any, run: Any) -> None:
    on(**CARDS["24 GB Ada"])
    tier = HardwareTier()
    run(tier, GradientAccumulationScheduler({0: 2}))
    assert tier.plan is not None
    assert tier.plan.accumulation.why == "schedule"


def test_a_module_that_optimizes_by_itself_is_left_alone(on: Any, run: Any, rows_model: Any) -> None:
    class Manual(rows_model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.automatic_optimization = False

        def training_step(self, batch: Any, batch_idx: int) -> None:
            self.seen.append(len(batch["x"]))

    on(**CARDS["24 GB Ada"])
    tier = HardwareTier()
    trainer, model, _, _ = run(tier, model=Manual())
    assert trainer.accumulate_grad_batches == 1
    assert set(model.seen) == {16}


def test_any_project_gets_the_precision_and_is_told_why_no_more(
    on: Any, make_trainer: Any, tiny: Any, caplog: pytest.LogCaptureFixture
) -> None:
    on(**CARDS["8 GB Turing"])
    tier = HardwareTier(language="en")
    with caplog.at_level(logging.INFO):
        trainer = make_trainer(tier)
        trainer.fit(tiny())
    assert trainer.precision == "16-mixed"
    assert "no estimate: the module has no training_loss(batch)" in caplog.text
    assert tier.plan is not None
    assert (tier.plan.estimate, tier.plan.proved, tier.plan.fits) == (None, None, None)


def test_a_loss_that_looks_into_its_tensors_is_still_tried(on: Any, run: Any, rows_model: Any) -> None:
    class Looks(rows_model):  # type: ignore[misc]
        def training_loss(self, batch: Any) -> Any:
            loss = super().training_loss(batch)
            return loss * 2 if loss.item() > 1 else loss

    on(**CARDS["24 GB Ada"])
    tier = HardwareTier()
    _, model, _, watch = run(tier, model=Looks(room=4 * 16))
    assert tier.plan is not None
    assert (tier.plan.estimate, tier.plan.proved, tier.plan.no_estimate) == (None, True, "fails")
    assert set(model.seen) == {4}
    assert watch.rows_of_steps == [16] * 4


def test_on_a_cpu_a_trial_is_made_only_where_memory_is_short(
    on: Any, run: Any, rows_model: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits: list[int | None] = []
    real = proof.training_fits

    def spy(*arguments: Any, **named: Any) -> bool:
        limits.append(named["limit_bytes"])
        return real(*arguments, **{**named, "limit_bytes": None})

    monkeypatch.setattr(proof, "training_fits", spy)
    on(gib=16)
    run()
    assert limits == []
    on(gib=16, free_gib=0.25)
    run()
    # the process is stopped from taking more than nearly all that is free: it gets an error in place of a kill
    (limit,) = limits
    assert limit is not None
    assert 0 < limit - data_bytes() < 0.25 * GIB


def test_what_does_not_fit_by_the_estimate_alone_is_warned_of_and_tried(
    on: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proof, "can_limit_memory", lambda: False)  # no trial on this system
    on(gib=16, free_gib=1e-6)
    with pytest.warns(UserWarning, match="does not fit into the memory.*Training begins all the same"):
        trainer = run()[0]
    assert trainer.global_step == 64 // 16


def test_a_strategy_without_a_scaler_gets_no_float16(
    on: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(**CARDS["8 GB Turing"])
    assert not scales_float16(ModelParallelStrategy())
    monkeypatch.setattr(hardware_tier, "scales_float16", lambda strategy: False)
    tier = HardwareTier()
    run(tier)
    assert tier.plan is not None
    assert tier.plan.precision == Decision("32-true", "auto", "no_scaler")
    with pytest.raises(
        ValueError, match=r"precision='16-mixed'.*has no scaler for float16. Give 'bf16-mixed'"
    ):
        run(HardwareTier(precision="16-mixed"))


def test_a_sharded_run_keeps_its_precision_is_not_tried_and_is_planned(
    on: Any, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    on(**CARDS["24 GB Ada"])
    monkeypatch.setattr(hardware_tier, "brings_own_precision", lambda strategy: True)
    monkeypatch.setattr(hardware_tier, "shares_model_out", lambda strategy: True)
    monkeypatch.setattr(proof, "training_fits", lambda *a, **k: 1 / 0)
    tier = HardwareTier()
    trainer, *_ = run(tier)
    assert trainer.precision == "32-true"
    assert tier.plan is not None
    assert (tier.plan.precision.by, tier.plan.proved) == ("strategy", None)
    assert tier.plan.estimate is not None


def test_a_model_that_is_shared_out_layer_by_layer_is_planned_before(
    on: Any, run: Any, rows_model: Any, process_group: None
) -> None:
    on(bf16_speedup=2.4)
    meshes = []

    class InParts(rows_model):  # type: ignore[misc]
        gathered_bytes = 12_345

        def configure_model(self) -> None:
            super().configure_model()
            meshes.append(self.device_mesh)
            if self.device_mesh is not None and not isinstance(self.layers, FSDPModule):
                fully_shard(self.layers, mesh=self.device_mesh["data_parallel"])

    tier, model = HardwareTier(), InParts()
    trainer, *_ = run(tier, model=model, strategy=ModelParallelStrategy(1, 1))
    assert [mesh is None for mesh in meshes] == [True, False]
    assert trainer.precision == "bf16-mixed"
    assert tier.plan is not None
    assert (tier.plan.precision.by, tier.plan.proved) == ("auto", None)
    assert tier.plan.estimate is not None
    assert tier.plan.estimate.buckets_bytes == 12_345
    assert tier.plan.evaluation_bytes > tier.plan.estimate.kept_bytes
    run(tier, model=model, strategy=ModelParallelStrategy(1, 1))
    assert tier.plan.estimate is None
    assert "the model is shared out over the processes already" in table(tier.plan)


def test_the_record_in_the_run_folder(on: Any, run: Any, rows_model: Any) -> None:
    on(**CARDS["24 GB Ada"])
    trainer, *_ = run(model=rows_model(room=4 * 16))
    found = json.loads(Path(trainer.log_dir, "hardware.json").read_text(encoding="utf-8"))
    assert found["machine"]["name"] == "made up"
    assert found["machine"]["capability"] == [8, 9]
    assert found["tier"]["name"] == "small"
    assert found["plan"]["accumulation"] == {
        "value": 4,
        "decided_by": "HardwareTier: until the trial run fitted",
        "told": {"en": "HardwareTier: until the trial run fitted", "pt": "HardwareTier: até caber no ensaio"},
    }
    assert found["plan"]["largest_batch"] == [4, 16]
    assert found["plan"]["tried"] is True
    assert 0 < found["estimate"]["peak_gib"] < found["estimate"]["budget_gib"]
    assert found["measured_peak"]["process_gib"] > 0.1
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(trainer.log_dir).Reload()
    (text,) = events.Tensors("hardware/text_summary")
    assert "24.0 of 24.0 GiB free" in text.tensor_proto.string_val[0].decode()


def test_without_a_logger_nothing_is_written(on: Any, run: Any, tmp_path: Path) -> None:
    on(**CARDS["24 GB Ada"])
    run(logger=False)
    assert list(tmp_path.iterdir()) == []


def test_a_resumed_run_keeps_its_micro_batches(
    on: Any, run: Any, rows_model: Any, make_trainer: Any, rows_data: Any
) -> None:
    on(**CARDS["24 GB Ada"])
    trainer, *_ = run(None, LastCheckpoint(), model=rows_model(room=4 * 16))
    last = Path(trainer.log_dir, "checkpoints", "last.ckpt")
    tier, watch, model = HardwareTier(), Watch(), rows_model()  # now there is room for all
    resumed = make_trainer(tier, watch, LastCheckpoint(), max_epochs=2)
    resumed.fit(model, datamodule=rows_data(), ckpt_path=last, weights_only=True)
    assert resumed.global_step == 8
    assert set(model.seen) == {4}
    assert tier.plan is not None
    assert tier.plan.accumulation.why == "resumed"


@pytest.mark.parametrize(
    ("arguments", "text"),
    [
        ({"precision": "bf16"}, "give 'auto', '32-true', 'bf16-mixed' or '16-mixed'"),
        ({"accumulation": 0}, "give 'auto', or 1 or more"),
    ],
)
def test_wrong_options(arguments: dict[str, Any], text: str) -> None:
    with pytest.raises(ValueError, match=text):
        HardwareTier(**arguments)


def test_activations_that_cannot_be_computed_anew_are_said(on: Any, run: Any, rows_model: Any) -> None:
    on(**CARDS["24 GB Ada"])
    model = rows_model()
    model.can_checkpoint_activations = False
    with pytest.raises(ValueError, match=r"RowsModel cannot compute its activations anew\. Leave it at auto"):
        run(HardwareTier(activation_checkpointing=True), model=model)


# ---- projects of all kinds ----------------------------------------------------------------------------------


def estimate_of(run: Any, model: Any, **settings: Any) -> tuple[Any, str, str]:
    tier = HardwareTier()
    trainer = run(tier, model=model, **settings)[0]
    assert trainer.global_step == 4
    assert tier.plan is not None
    return tier.plan.estimate, tier.plan.no_estimate, tier.plan.estimate_error


def test_what_cannot_be_copied_is_trained_without_an_estimate(on: Any, run: Any, rows_model: Any) -> None:
    class Locked(rows_model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.lock = threading.Lock()

    on(**CARDS["no GPU, no bf16"])
    assert estimate_of(run, Locked()) == (None, "fails", "TypeError: cannot pickle '_thread.lock' object")


def test_a_loss_may_ask_the_trainer(on: Any, run: Any, rows_model: Any) -> None:
    class Asks(rows_model):  # type: ignore[misc]
        def training_loss(self, batch: Any) -> Any:
            return super().training_loss(batch) / self.trainer.max_epochs

    on(**CARDS["no GPU, no bf16"])
    assert estimate_of(run, Asks())[0] is not None


def test_a_module_without_anything_that_learns_is_trained_without_an_estimate(
    on: Any, run: Any, rows_model: Any
) -> None:
    class Manual(rows_model):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.automatic_optimization = False
            self.requires_grad_(False)

        def configure_model(self) -> None:
            super().configure_model()
            self.requires_grad_(False)

        def training_step(self, batch: Any, batch_idx: int) -> None:
            self.optimizers().step()

        def configure_optimizers(self) -> Any:
            return torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.1)

    on(**CARDS["no GPU, no bf16"])
    assert estimate_of(run, Manual())[1] == "fails"


def test_a_module_that_builds_from_its_own_setup_is_built_after_it(
    on: Any, make_trainer: Any, tiny: Any
) -> None:
    class Late(tiny):  # type: ignore[misc]
        def setup(self, stage: str) -> None:
            self.width = 2

        def configure_model(self) -> None:
            self.layer = torch.nn.Linear(32, self.width)

    on(**CARDS["no GPU, no bf16"])
    tier = HardwareTier()
    make_trainer(tier).fit(Late())
    assert tier.plan is not None
    assert tier.plan.parameters == 32 * 2 + 2


def test_a_lazy_module_is_no_trouble(on: Any, make_trainer: Any, tiny: Any) -> None:
    class Lazy(tiny):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layer = torch.nn.LazyLinear(2)

        def setup(self, stage: str) -> None:
            self.layer(torch.zeros(1, 32))

    on(**CARDS["8 GB Turing"])
    trainer = make_trainer(HardwareTier())
    trainer.fit(Lazy())
    assert trainer.global_step == 4


@pytest.mark.parametrize("precision", ["64-true", "bf16-true"])
def test_other_precisions_are_left_alone(precision: str, on: Any, run: Any, rows_model: Any) -> None:
    on(**CARDS["24 GB Ada"])

    class Converted(rows_model):  # type: ignore[misc]
        def training_step(self, batch: Any, batch_idx: int) -> Any:
            batch["x"] = batch["x"].to(self.late.weight.dtype)
            return super().training_step(batch, batch_idx)

        validation_step = test_step = None  # type: ignore[assignment]

    assert estimate_of(run, Converted(), precision=precision, limit_val_batches=0)[1] == "other_precision"


def test_float16_is_not_chosen_for_weights_that_no_scaler_can_serve(
    on: Any, make_trainer: Any, tiny: Any
) -> None:
    class Half(tiny):  # type: ignore[misc]
        def __init__(self) -> None:
            super().__init__()
            self.layer = self.layer.bfloat16()

        def step(self, batch: torch.Tensor) -> Any:
            return super().step(batch.bfloat16())

    on(**CARDS["8 GB Turing"])
    tier = HardwareTier()
    trainer = make_trainer(tier)
    trainer.fit(Half())
    assert trainer.precision == "32-true"
    assert tier.plan is not None
    assert tier.plan.precision.why == "half_weights"


@pytest.mark.parametrize(("limit", "steps"), [(2, 2), (0.5, 2)])
def test_limits_mean_as_many_steps_however_they_are_cut(
    limit: float, steps: int, on: Any, run: Any, rows_model: Any
) -> None:
    on(**CARDS["24 GB Ada"])
    tier = HardwareTier()
    trainer, model, data, watch = run(tier, model=rows_model(room=4 * 16), limit_train_batches=limit)
    assert (watch.rows_of_steps, watch.micro_batches) == ([16] * steps, [4] * steps)
    trainer.fit_loop.max_epochs = 2
    trainer.fit(model, datamodule=data)  # and the second time too
    assert watch.rows_of_steps == [16] * 2 * steps


def test_one_callback_serves_two_trainers_in_turn(on: Any, run: Any, rows_model: Any, rows_data: Any) -> None:
    on(**CARDS["24 GB Ada"])
    tier = HardwareTier()
    first, model, data, _ = run(tier, model=rows_model(room=4 * 16))
    run(tier)
    assert tier.plan is not None
    assert tier.plan.accumulation.value == 1
    first.fit_loop.max_epochs = 2
    first.fit(model, datamodule=data)
    assert (tier.plan.accumulation.value, tier.plan.accumulation.by) == (4, "auto")


def test_it_can_go_to_another_process_after_a_fit(on: Any, run: Any) -> None:
    on(**CARDS["24 GB Ada"])
    tier = HardwareTier(accumulation=2)
    run(tier)
    other = pickle.loads(pickle.dumps(tier))
    assert (other.accumulation, other.plan) == (2, tier.plan)


def test_rows_to_predict_are_tried_after_a_fit_on_others(on: Any, run: Any, rows_model: Any) -> None:
    on(**CARDS["24 GB Ada"])
    trainer, model, data, _ = run(model=rows_model())
    model.eval_room = 5 * 16  # longer rows
    trainer.predict(model, datamodule=data)
    assert data.eval_tokens == 64


def test_an_evaluation_alone_that_never_fits_says_so(
    on: Any, make_trainer: Any, rows_model: Any, rows_data: Any
) -> None:
    on(**CARDS["8 GB Turing"])
    with pytest.raises(ValueError, match="evaluation batches of one row ran out of memory in a trial run"):
        make_trainer(HardwareTier()).predict(rows_model(eval_room=1), datamodule=rows_data())


def test_halving_ends_where_rows_cannot_be_seen(on: Any, run: Any, rows_model: Any, rows_data: Any) -> None:
    class Opaque(rows_data):  # type: ignore[misc]
        def largest_eval_batch(self) -> Any:
            return UserDict({"x": self.x, "y": self.y})  # whatever `eval_tokens` says

    on(**CARDS["8 GB Turing"])
    with pytest.raises(ValueError, match="evaluation batches of one row ran out of memory"):
        run(model=rows_model(eval_room=1), data=Opaque())


def test_data_that_cannot_be_limited_are_evaluated_as_they_are(on: Any, run: Any, rows_data: Any) -> None:
    data = rows_data()
    del data.eval_tokens
    data.val_dataloader = lambda: data._loader(4)
    on(**CARDS["8 GB Turing"])
    assert run(data=data)[0].global_step == 4


def test_a_plan_that_ran_fits_whatever_the_estimate_says(on: Any, run: Any) -> None:
    on(kind="cuda", gib=8, free_gib=1e-6, capability=(8, 9))
    tier = HardwareTier()
    run(tier)
    assert tier.plan is not None
    assert (tier.plan.proved, tier.plan.fits) == (True, True)


def test_what_the_user_switched_on_in_the_model_stays(on: Any, run: Any, rows_model: Any) -> None:
    on(**CARDS["24 GB Ada"])
    model = rows_model()
    model.checkpoints = True
    run(model=model)
    assert model.checkpoints
    run(HardwareTier(activation_checkpointing=False), model=model)
    assert not model.checkpoints


class Uneven(RowsModel):
    """A model in two processes, of which the second has a smaller card."""

    def forward(self, batch: dict[str, torch.Tensor]) -> torch.Tensor:
        if self._trainer is not None and self.trainer.global_rank == 1:
            self.room, self.eval_room = 2 * 16, 3 * 16
        return super().forward(batch)


def trains_unevenly() -> int:
    """Trains on a made-up card, and writes what was decided; a process of two."""
    card = Device("cuda", "made up", 24 * 2**30, 24 * 2**30, (8, 9), bf16=True)
    hardware_tier.this_machine = lambda device: Machine(card, 2, 8, 2**36, 2**36)
    tier = HardwareTier()
    trainer = Trainer(
        accelerator="cpu", devices=2, strategy="ddp", max_epochs=1, callbacks=[tier], logger=False,
        enable_checkpointing=False, enable_progress_bar=False, enable_model_summary=False,
        use_distributed_sampler=False,
    )  # fmt: skip
    data = RowsData()
    trainer.fit(Uneven(), datamodule=data)
    assert tier.plan is not None
    assert tier.plan.batch_shape is not None
    found = [tier.plan.accumulation.value, data.eval_tokens, tier.plan.batch_shape[0]]
    Path(f"{trainer.global_rank}.json").write_text(json.dumps(found))
    torch.distributed.destroy_process_group()  # Lightning leaves it, and gloo's threads may then end it badly
    return 0


@pytest.mark.slow
def test_one_process_that_runs_out_of_memory_cuts_the_steps_of_all(tmp_path: Path) -> None:
    """16 rows for 2 processes are 8 each; the second has room for 2 of them."""
    ended = start(2, trains_unevenly, folder=tmp_path).wait()
    assert [each.status for each in ended] == [0, 0], ended[1].err
    found = [json.loads((tmp_path / f"{rank}.json").read_text()) for rank in (0, 1)]
    assert found == [[4, 32, 2], [4, 32, 2]]
