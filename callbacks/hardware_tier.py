"""HardwareTier: the run fits the machine, and says how. Decides by `decision`, proves by `proof`."""

import json
import weakref
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal
from weakref import WeakKeyDictionary, WeakSet

from lightning.pytorch import Callback, LightningModule, Trainer
from lightning.pytorch.callbacks import GradientAccumulationScheduler
from lightning.pytorch.loggers import TensorBoardLogger
from lightning.pytorch.plugins.precision import Precision
from lightning.pytorch.trainer.states import TrainerFn
from lightning_utilities.core.rank_zero import rank_zero_info, rank_zero_warn
from typing_extensions import override

from callbacks.hardware.decision import Given, decide, decide_precision
from callbacks.hardware.machine import Machine, all_machines, this_machine, weakest
from callbacks.hardware.measured_peak import measured_peak, reset_peak
from callbacks.hardware.plan import Cut, Decision, Plan
from callbacks.hardware.plan_record import record
from callbacks.hardware.plan_report import markdown, nothing_fits, table
from callbacks.hardware.planner import alternatives, with_cut
from callbacks.hardware.proof import NothingFits, prove
from callbacks.hardware.tiers import tier_of
from callbacks.hardware.trainer_changes import (
    Before,
    brings_own_precision,
    build,
    checkpoint_activations,
    limit_evaluation,
    scales_float16,
    set_accumulation,
    set_precision,
    shares_model_out,
)
from callbacks.hardware.workload import Workload, all_float32, count_parameters
from callbacks.language.chosen import chosen_language
from callbacks.language.reasons import reason
from callbacks.language.say import Message, note, say
from callbacks.language.which import speaking
from callbacks.run_folder import is_remote, run_folder

FILE = "hardware.json"

SEEN = ("_work", "_before", "_adapted", "_fitted")
"""What the callback keeps of the Trainers and modules of this process."""


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
        lora: `auto` trains adapters (LoRA) in place of the weights where nothing else fits, which changes the result;
            left out, the plan only says what they would take.
        language: Language of the printed table, such as `pt`; the reader's when left out.
        verbose: Whether to print the table.
    """

    def __init__(
        self,
        precision: Literal["auto", "32-true", "bf16-mixed", "16-mixed"] = "auto",
        accumulation: int | Literal["auto"] = "auto",
        activation_checkpointing: bool | Literal["auto"] = "auto",
        lora: Literal["auto", False] = False,
        *,
        language: str | None = None,
        verbose: bool = True,
    ) -> None:
        if precision not in ("auto", "32-true", "bf16-mixed", "16-mixed"):
            raise ValueError(
                Message(
                    "HardwareTier(precision={given!r}): give 'auto', '32-true', 'bf16-mixed' or '16-mixed'; others go "
                    "to the Trainer.",
                    given=precision,
                )
            )
        if accumulation != "auto" and accumulation < 1:
            raise ValueError(
                Message(
                    "HardwareTier(accumulation={given!r}): give 'auto', or 1 or more.", given=accumulation
                )
            )
        if lora not in ("auto", False):
            raise ValueError(
                Message(
                    "HardwareTier(lora={given!r}): give 'auto', or leave it away. Adapters whether or not all fits are "
                    "the model's: --model.lora true.",
                    given=lora,
                )
            )
        self.precision = precision
        self.accumulation = accumulation
        self.activation_checkpointing = activation_checkpointing
        self.lora = lora
        self.language = chosen_language("HardwareTier", language)
        self.verbose = verbose
        # set to plan for another machine than this one; nothing is tried then
        self.machine: Machine | None = None
        # set where a fit goes on from a checkpoint: that decides whether there are adapters, and the module has them
        self.resumes = False
        self.plan: Plan | None = None
        self.trainer_was_asked: set[str] = set()
        self._forget()

    def _forget(self) -> None:
        self._work: Workload | None = None
        self._before: WeakKeyDictionary[Trainer, Before] = WeakKeyDictionary()
        self._adapted: WeakSet[Any] = WeakSet()  # modules that were given adapters here
        # module and data of the last fit
        self._fitted: tuple[weakref.ref[Any], weakref.ref[Any]] | None = None

    def __getstate__(self) -> dict[str, Any]:
        """Returns what goes to another process: nothing of the Trainers seen in this one."""
        return {key: value for key, value in vars(self).items() if key not in SEEN}

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
        self._before.setdefault(trainer, Before.by(trainer))
        given, device = self._read(trainer, pl_module), self._look(trainer).device
        set_precision(trainer, decide_precision(device, given))  # the weights are made in it
        build(trainer, pl_module)
        set_precision(trainer, decide_precision(device, given, float32=all_float32(pl_module)))
        data = trainer.datamodule  # type: ignore[attr-defined]
        if stage in ("validate", "test") and self._has_fitted(pl_module, data):
            return  # the fit has planned these evaluations too, and what it took of memory is kept for them
        takes_steps = bool(getattr(pl_module, "takes_steps", True))
        work = Workload(pl_module, data, trains=stage == "fit" and takes_steps)
        plan = self._planned(trainer, work)
        if work.trains:
            self._take_for_fit(trainer, plan, work)
        else:
            self._take_for_evaluation(plan, work)
            self._fitted = self._fit_of(work) if stage == "fit" else self._fitted

    @override
    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        if self.plan is None:
            return
        parameters, trainable = count_parameters(pl_module)  # a module that was not built before is now
        self.plan = replace(self.plan, parameters=parameters, trainable=trainable, tier=tier_of(parameters))
        if not self.verbose:
            return
        with speaking(self.language):
            rank_zero_info(table(self.plan))
            if self.plan.fits is False:
                rank_zero_warn(say("{why} Training begins all the same.", why=nothing_fits(self.plan)))

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        reset_peak(trainer.strategy.root_device)
        self._write(trainer, {})
        if self.plan is not None:
            with speaking(self.language):
                text = markdown(self.plan)
            for logger in trainer.loggers if trainer.is_global_zero else []:
                if isinstance(logger, TensorBoardLogger) and not trainer.fast_dev_run:  # type: ignore[attr-defined]
                    logger.experiment.add_text("hardware", text, trainer.global_step)

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
            and saved in self._work.accumulations(self.plan.processes)
            and saved > self.plan.accumulation.value
        ):
            plan = with_cut(self.plan, Cut(saved, self.plan.checkpointing.value), self._work)
            self.plan = replace(plan, accumulation=Decision(saved, "auto", "resumed"))
            set_accumulation(trainer, self._before[trainer], self.plan.accumulation)
            with speaking(self.language):
                note("steps are cut into {parts} micro-batches, as before the run was stopped", parts=saved)

    # ---- what there is --------------------------------------------------------------------------------------

    def _look(self, trainer: Trainer) -> Machine:
        if self.machine is not None:
            return self.machine
        return weakest(all_machines(this_machine(trainer.strategy.root_device), trainer.world_size))

    def _read(self, trainer: Trainer, module: LightningModule) -> Given:
        before, strategy, asked = self._before[trainer], trainer.strategy, self.trainer_was_asked
        brings_precision = brings_own_precision(strategy)
        scheduled = any(isinstance(each, GradientAccumulationScheduler) for each in trainer.callbacks)  # type: ignore[attr-defined]
        precise = brings_precision or type(before.plugin) is not Precision or "precision" in asked
        cut = scheduled or before.accumulation != 1 or "accumulate_grad_batches" in asked
        return Given(
            precision=self.precision,
            accumulation=self.accumulation,
            checkpointing=self.activation_checkpointing,
            trainer_precision=str(before.plugin.precision) if precise else None,
            trainer_accumulation=before.accumulation if cut else None,
            scheduled=scheduled,
            manual=not module.automatic_optimization,
            strategy=type(strategy).__name__,
            brings_precision=brings_precision,
            scales_float16=scales_float16(strategy),
            sharded=shares_model_out(strategy),
            processes=trainer.world_size,
            processes_here=trainer.num_devices,
            lora=self.lora,
            adapted_by="auto" if module in self._adapted else "model" if module.hparams.get("lora") else None,
            resumes=self.resumes,
        )

    def _has_fitted(self, module: LightningModule, data: Any) -> bool:
        return self._fitted is not None and self._fitted[0]() is module and self._fitted[1]() is data

    # ---- what is decided ------------------------------------------------------------------------------------

    def _planned(self, trainer: Trainer, work: Workload) -> Plan:
        """Decides, and where nothing fits and it was asked for once more with adapters."""
        try:
            plan = self._proved(trainer, work)
        except NothingFits:
            if not self._may_adapt(work):
                raise
        else:
            if plan.fits is not False or not self._may_adapt(work):
                return plan
        work.adapt()
        self._adapted.add(work.module)
        with speaking(self.language):
            note(
                "training all weights does not fit: adapters (LoRA) are trained in their place. The result changes"
            )
        return self._proved(trainer, work)

    def _proved(self, trainer: Trainer, work: Workload) -> Plan:
        # read again: the weights have taken their memory, and a module may know only now how it optimizes
        plan = decide(self._look(trainer), work, self._read(trainer, work.module))
        return plan if self.machine is not None else prove(plan, work, trainer)  # it is not here

    def _may_adapt(self, work: Workload) -> bool:
        return self.lora == "auto" and work.trains and work.can_adapt and not self.resumes

    # ---- what is done ---------------------------------------------------------------------------------------

    def _take_for_fit(self, trainer: Trainer, plan: Plan, work: Workload) -> None:
        if plan.fits is False:
            plan = replace(plan, ways=alternatives(plan, work))
        self.plan, self._work = plan, work
        self._fitted = self._fit_of(work)
        set_accumulation(trainer, self._before[trainer], plan.accumulation)
        checkpoint_activations(work, plan.checkpointing)
        limit_evaluation(work, plan.eval_tokens)

    def _fit_of(self, work: Workload) -> tuple[weakref.ref[Any], weakref.ref[Any]] | None:
        """Module and data of a fit, whose evaluations are planned with it."""
        return None if work.data is None else (weakref.ref(work.module), weakref.ref(work.data))

    def _take_for_evaluation(self, plan: Plan, work: Workload) -> None:
        asked = work.eval_tokens
        if limit_evaluation(work, plan.eval_tokens):
            with speaking(self.language):
                note(
                    "evaluation batches of {n:,} token: {asked:,} do not fit into memory",
                    "evaluation batches of {n:,} tokens: {asked:,} do not fit into memory",
                    n=work.eval_tokens,
                    asked=asked,
                )

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
                with speaking(self.language):
                    rank_zero_warn(
                        say(
                            "{file} could not be written: {why}. Training goes on.",
                            file=FILE,
                            why=reason(error),
                        )
                    )
