"""HardwareTier: the run fits the machine, and says how. Sets on the Trainer what `planner` plans and `trial` proves."""

import json
import weakref
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal
from weakref import WeakKeyDictionary

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import GradientAccumulationScheduler
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.plugins.precision import Precision
from lightning.pytorch.trainer.states import TrainerFn
from lightning_utilities.core.rank_zero import rank_zero_info, rank_zero_warn
from typing_extensions import override

from callbacks.hardware.machine import Machine, all_machines, this_machine, weakest
from callbacks.hardware.measured_peak import measured_peak, reset_peak
from callbacks.hardware.plan import Cut, Decision, Plan, plan_precision
from callbacks.hardware.plan_report import markdown, nothing_fits, record, table
from callbacks.hardware.planner import alternatives, make_plan, plan_evaluation, with_cut
from callbacks.hardware.proof import checkpoint_activations, cpu_limit, prove_evaluation, prove_training
from callbacks.hardware.tiers import tier_of
from callbacks.hardware.trainer_changes import (
    Given,
    brings_own_precision,
    build,
    scales_float16,
    set_accumulation,
    set_precision,
    shares_model_out,
)
from callbacks.hardware.workload import Wishes, Workload, all_float32, count_parameters
from callbacks.language.which import Language, system_language
from callbacks.run_folder import is_remote, run_folder

FILE = "hardware.json"


class HardwareTier(Callback):
    """Makes the run fit the machine: precision, micro-batches and memory, with the rows of a step as they are.

    Before anything is trained it looks at the machine, estimates the memory of a training step by running it on
    tensors without content, cuts the steps into as many micro-batches as memory asks for, tries the largest one
    (on a GPU always, on a CPU where memory is short), and prints what was decided and by whom. An option that the
    Trainer was given wins. Where the data module does not tell its largest batch (see
    `callbacks/hardware/workload.py`), only the precision is decided. Writes `hardware.json` into the run folder where
    there is a logger, and the same as text to TensorBoard. Logs no key.

    Args:
        precision: `auto`, or what to compute with: `32-true`, `bf16-mixed`, `16-mixed`.
        accumulation: `auto`, or into how many micro-batches each process cuts its part of a step.
        activation_checkpointing: `auto`, or whether to compute activations anew in the backward pass, which saves
            memory and costs 20 to 40 % of the speed; by itself it is done only where nothing else fits.
        language: Language of the printed table, `en` or `pt`; the system's when left out.
        verbose: Whether to print the table.
    """

    def __init__(
        self,
        precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed"] = "auto",
        accumulation: int | Literal["auto"] = "auto",
        activation_checkpointing: bool | Literal["auto"] = "auto",
        *,
        language: Language | None = None,
        verbose: bool = True,
    ) -> None:
        if precision not in ("auto", "32-true", "bf16-mixed", "16-mixed"):
            raise ValueError(
                f"HardwareTier(precision={precision!r}): give 'auto', '32-true', 'bf16-mixed' or '16-mixed'; others go "
                "to the Trainer."
            )
        if accumulation != "auto" and accumulation < 1:
            raise ValueError(f"HardwareTier(accumulation={accumulation}): give 'auto', or 1 or more.")
        self.precision = precision
        self.accumulation = accumulation
        self.activation_checkpointing = activation_checkpointing
        self.language = language
        self.verbose = verbose
        # set to plan for another machine than this one; nothing is tried then
        self.machine: Machine | None = None
        self.plan: Plan | None = None
        self.trainer_was_asked: set[str] = set()
        self._forget()

    def _forget(self) -> None:
        self._work: Workload | None = None
        self._given: WeakKeyDictionary[Trainer, Given] = WeakKeyDictionary()
        # module and data of the last fit
        self._fitted: tuple[weakref.ref[Any], weakref.ref[Any]] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Returns what goes to another process: nothing of the Trainers seen in this one."""
        return {key: value for key, value in vars(self).items() if key not in ("_work", "_given", "_fitted")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Takes what came from another process."""
        vars(self).update(state)
        self._forget()

    def heed(self, *trainer_options: str) -> None:
        """Takes `precision` or `accumulate_grad_batches` for the user's wish though they equal Lightning's default."""
        self.trainer_was_asked |= set(trainer_options)

    # ---- hooks ----------------------------------------------------------------------------------------------

    @override
    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        given = self._given.setdefault(trainer, Given.by(trainer))
        precision = self._decide_precision(trainer, given, self._look(trainer))
        set_precision(trainer, precision)
        build(trainer, pl_module)
        if precision.value == "16-mixed" and precision.by == "auto" and not all_float32(pl_module):
            precision = Decision("32-true", "auto", "half_weights")  # no scaler can unscale their gradients
            set_precision(trainer, precision)
        machine = self._look(trainer)  # again: the weights have taken their memory
        wishes = self._wishes(trainer, pl_module, given, precision)
        work = Workload(pl_module, trainer.datamodule, wishes, card=machine.is_gpu)  # type: ignore[attr-defined]
        if stage == "fit":
            self._plan_fit(trainer, given, work, machine)
        elif stage == "predict" or not self._has_fitted(pl_module, work.data):
            # else the fit has planned these evaluations too, and what it took of memory is kept for them
            self._plan_evaluation_alone(trainer, work, machine)

    @override
    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.plan is None:
            return
        parameters, trainable = count_parameters(pl_module)  # a module that was not built before is now
        self.plan = replace(self.plan, parameters=parameters, trainable=trainable, tier=tier_of(parameters))
        if not self.verbose:
            return
        rank_zero_info(table(self.plan, self.language or system_language()))
        if self.plan.fits is False:
            rank_zero_warn(f"{nothing_fits(self.plan)} Training begins all the same.")

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        reset_peak(trainer.strategy.root_device)
        self._write(trainer, {})
        if self.plan is not None:
            for logger in trainer.loggers if trainer.is_global_zero else []:
                if isinstance(logger, TensorBoardLogger) and not trainer.fast_dev_run:  # type: ignore[attr-defined]
                    logger.experiment.add_text("hardware", markdown(self.plan), trainer.global_step)

    @override
    def on_train_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        self._write(trainer, {"measured_peak": measured_peak(trainer.strategy.root_device)})

    @override
    def teardown(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        self._work = None  # it holds the module and its data

    @override
    def state_dict(self) -> dict[str, Any]:
        # in the middle of an epoch Lightning's count of batches only means something with it
        return {} if self.plan is None else {"accumulation": self.plan.accumulation.value}

    @override
    def on_load_checkpoint(
        self, trainer: Trainer, pl_module: LightningModule, checkpoint: dict[str, Any]
    ) -> None:
        """Goes on with as many micro-batches as before, if that takes no more memory."""
        saved = checkpoint.get("callbacks", {}).get(self.state_key, {}).get("accumulation", 1)
        if self.plan is None or self._work is None or trainer.state.fn != TrainerFn.FITTING:
            return
        if (
            self.plan.accumulation.by == "auto"
            and saved in self._work.accumulations
            and saved > self.plan.accumulation.value
        ):
            plan = with_cut(self.plan, Cut(saved, self.plan.checkpointing.value), self._work)
            self.plan = replace(plan, accumulation=Decision(saved, "auto", "resumed"))
            set_accumulation(trainer, self._given[trainer], self.plan.accumulation)
            rank_zero_info(f"steps are cut into {saved} micro-batches, as before the run was stopped")

    # ---- what was asked for ---------------------------------------------------------------------------------

    def _look(self, trainer: Trainer) -> Machine:
        if self.machine is not None:
            return self.machine
        return weakest(all_machines(this_machine(trainer.strategy.root_device), trainer.world_size))

    def _has_fitted(self, module: LightningModule, data: Any) -> bool:
        return self._fitted is not None and self._fitted[0]() is module and self._fitted[1]() is data

    def _decide_precision(self, trainer: Trainer, given: Given, machine: Machine) -> Decision[str]:
        plugin = given.plugin
        if brings_own_precision(trainer.strategy):
            return Decision(str(plugin.precision), "strategy")
        if type(plugin) is not Precision or "precision" in self.trainer_was_asked:
            return Decision(str(plugin.precision), "trainer")
        scaled = scales_float16(trainer.strategy)
        if self.precision == "16-mixed" and not scaled:
            raise ValueError(
                f"HardwareTier(precision='16-mixed'): {type(trainer.strategy).__name__} has no scaler for float16. "
                "Give 'bf16-mixed', '32-true' or 'auto'."
            )
        if self.precision != "auto":
            return Decision(self.precision, "callback")
        found = plan_precision(machine.device)
        return found if scaled or found.value != "16-mixed" else Decision("32-true", "auto", "no_scaler")

    def _wishes(
        self, trainer: Trainer, module: LightningModule, given: Given, precision: Decision[str]
    ) -> Wishes:
        accumulation: Decision[int] | None = None
        if not module.automatic_optimization:
            accumulation = Decision(1, "trainer", "manual")
        elif any(isinstance(callback, GradientAccumulationScheduler) for callback in trainer.callbacks):  # type: ignore[attr-defined]
            accumulation = Decision(given.accumulation, "trainer", "schedule")
        elif given.accumulation != 1 or "accumulate_grad_batches" in self.trainer_was_asked:
            accumulation = Decision(given.accumulation, "trainer")
        elif self.accumulation != "auto":
            accumulation = Decision(self.accumulation, "callback")
        checkpointing: Decision[bool] | None = None
        if self.activation_checkpointing != "auto":
            checkpointing = Decision(self.activation_checkpointing, "callback")
        return Wishes(
            precision,
            accumulation,
            checkpointing,
            processes=trainer.world_size,
            processes_here=trainer.num_devices,
            sharded=shares_model_out(trainer.strategy),
        )

    # ---- planning and proving -------------------------------------------------------------------------------

    def _plan_fit(self, trainer: Trainer, given: Given, work: Workload, machine: Machine) -> None:
        plan, order = make_plan(work, machine)
        plan = self._prove(trainer, plan, work, order)
        if plan.fits is False:
            plan = replace(plan, ways=alternatives(work, plan))
        self.plan, self._work = plan, work
        self._fitted = None if work.data is None else (weakref.ref(work.module), weakref.ref(work.data))
        set_accumulation(trainer, given, plan.accumulation)
        checkpoint_activations(work, plan.checkpointing.value)

    def _plan_evaluation_alone(self, trainer: Trainer, work: Workload, machine: Machine) -> None:
        """Makes evaluation batches fit where nothing is trained; says so only where something changed."""
        if work.evaluation_batch() is None:
            return
        asked = work.data.eval_tokens
        plan, _ = make_plan(Workload(work.module, None, work.wishes, card=work.card), machine)
        self._prove(trainer, plan, work)
        if work.data.eval_tokens != asked:
            rank_zero_info(
                f"evaluation batches of {work.data.eval_tokens:,} tokens: {asked:,} do not fit into memory"
            )

    def _prove(
        self, trainer: Trainer, plan: Plan, work: Workload, order: Iterator[Cut] | None = None
    ) -> Plan:
        """Tries the largest batches where that is due; of training only where there is an order of cuts."""
        if self.machine is not None:  # it is not here
            return plan_evaluation(plan, work)
        limit = cpu_limit(plan.machine, work.wishes.processes_here)
        if order is not None:
            plan = prove_training(trainer, plan, work, order, limit_bytes=limit)
        return prove_evaluation(trainer, plan_evaluation(plan, work), work, limit_bytes=limit)

    # ---- the record -----------------------------------------------------------------------------------------

    def _write(self, trainer: Trainer, more: dict[str, Any]) -> None:
        folder = run_folder(trainer)  # on every rank: it broadcasts
        if self.plan is None or not trainer.is_global_zero or trainer.fast_dev_run:  # type: ignore[attr-defined]
            return
        if trainer.loggers and not is_remote(folder):
            content = json.dumps({**record(self.plan), **more}, ensure_ascii=False, indent=2)
            try:
                Path(folder).mkdir(parents=True, exist_ok=True)
                Path(folder, FILE).write_text(content + "\n", encoding="utf-8")
            except OSError as error:  # what only tells of a run does not end it
                rank_zero_warn(f"{FILE} could not be written: {error}. Training goes on.")
