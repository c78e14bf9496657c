"""FinetuneCLI: fit, validate, test and predict as a LightningCLI over TextClassifier and TextData."""

import shutil
import signal
import sys
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, Trainer
from lightning.pytorch.cli import ArgsType, LightningArgumentParser, LightningCLI
from lightning.pytorch.utilities.exceptions import SIGTERMException
from lightning_utilities.core.rank_zero import rank_zero_info

from callbacks.metrics.monitored import check_monitored
from callbacks.saving.stop_signals import STOPPED, stopping_at_once
from finetune.__main__ import COMMANDS
from finetune.cli.command_line import Prepared, prepare, recipe_names, runs_root
from finetune.cli.options import add_own_options
from finetune.cli.parser import Parser, config_text
from finetune.cli.resume import go_on, note_how_to_go_on
from finetune.cli.terminal import speak
from finetune.cli.trainer_settings import TRAINER_DEFAULTS, trainer_settings
from finetune.commands.baseline import BaselineTrainer
from finetune.commands.check import CheckTrainer
from finetune.commands.fit import finish
from finetune.commands.fit.save_run import SameSplit, SameTable, SaveRun
from finetune.commands.plan.command import PlanTrainer, show_fit_command
from finetune.data.module import TextData
from finetune.errors import ConfigError, DiskError, LostProcessError, WorkerError
from finetune.evaluation.abstention import check_precision
from finetune.evaluation.baselines import BASELINES
from finetune.evaluation.predicted_table import gather, output_path, write_predictions
from finetune.evaluation.printed import show_measured, show_predicted
from finetune.evaluation.threshold import asked_threshold, why_not_calibrated
from finetune.model.calibration import Calibration
from finetune.model.classifier import TextClassifier
from finetune.plugins import resolve, search_here
from finetune.processes.failing_together import (
    end_launched,
    is_first,
    let_the_others_end,
    take_turns,
    tell_torchrun,
)
from finetune.processes.failures import as_user_error
from finetune.processes.fsdp2 import check_checkpoint
from finetune.processes.parent import end_with_the_first
from finetune.processes.same_everywhere import SameEverywhere
from finetune.runs.folder import MODEL, ROOT
from finetune.runs.lock import RunLock
from finetune.runs.logger import RunLogger
from finetune.runs.saved import saved_facts

TRAINERS: dict[str, type[Trainer]] = {
    "plan": PlanTrainer,
    "check": CheckTrainer,
    "baseline": BaselineTrainer,
}
"""Commands that train nothing, and the Trainer that has the verb."""


def description(command: str) -> str:
    """Returns what `--help` says above the options: also of those that are resolved before the parser sees them."""
    line = COMMANDS[command][1]
    text = f"{line[0].upper()}{line[1:]}. --config takes a file or a recipe ({', '.join(recipe_names())})."
    more = {
        "plan": '--gpu "RTX 4060 8GB" plans for that card; --steps N times N steps.',
        "check": "The exit status is 1 where something severe is found.",
        "baseline": "Nothing of the model is loaded.",
        "fit": "--run RUN --resume goes on with a run; RUN is a folder, its number, or latest, which begins one where "
        "there is none.",
    }
    run = "--run RUN takes a run's settings and best model; RUN is a folder, its number, or latest."
    return f"{text} {more.get(command, run)} --language pt tells results in Portuguese."


class FinetuneCLI(LightningCLI):
    """The Lightning commands, each with the run folder, the default callbacks and what follows the command."""

    model: TextClassifier
    datamodule: TextData

    def __init__(self, prepared: Prepared, root: Path, lock: RunLock, args: ArgsType = None) -> None:
        self.prepared = prepared
        self.root = root
        self.lock = lock  # of the run folder, for fit
        self.same_table = prepared.same_table
        self.command = prepared.argv[0]
        self.status = 0
        self.threshold: float | None = None  # asked for in place of the model's own
        super().__init__(
            TextClassifier,
            TextData,
            trainer_class=TRAINERS.get(self.command, Trainer),
            save_config_callback=None,
            seed_everything_default=42,
            parser_class=Parser,
            parser_kwargs={
                "prog": "finetune",
                self.command: {
                    "usage": f"finetune {self.command} [OPTIONS]",
                    "description": description(self.command),
                },
            },
            auto_configure_optimizers=False,
            load_from_checkpoint_support=False,
            args=args,
        )

    # ---- the parser -----------------------------------------------------------------------------------------

    def subcommands(self) -> dict[str, set[str]]:  # type: ignore[override]
        """Returns the chosen command alone: a parser of all four takes four times as long to build."""
        every = {**LightningCLI.subcommands(), **{name: {"model", "datamodule"} for name in TRAINERS}}
        return {self.command: every[self.command]}

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Adds the options that are neither the data's nor the model's nor the Trainer's."""
        add_own_options(parser, self.command)

    def add_core_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Adds what people look for first, so that `--help` begins with it."""
        parser.add_lightning_class_args(TextData, "data")
        parser.add_lightning_class_args(TextClassifier, "model")
        parser.add_lightning_class_args(Trainer, "trainer")
        parser.set_defaults({f"trainer.{key}": value for key, value in TRAINER_DEFAULTS.items()})

    def parse_arguments(self, parser: LightningArgumentParser, args: ArgsType) -> None:
        """Parses `sys.argv`, then adds what the Trainer's other processes, which are started from it, must check."""
        super().parse_arguments(parser, args)
        sys.argv += self.prepared.for_others()

    def _parse_ckpt_path(self) -> None:
        """Holds a checkpoint's hyper-parameters against the command line instead of letting them win silently."""
        config = self.config[self.command]
        path = Path(config.ckpt_path) if config.get("ckpt_path") else None
        saved = saved_facts(path, to_go_on=self.command == "fit") if path is not None else None
        if path is not None:
            check_checkpoint(path, config.trainer.strategy, to_go_on=self.command == "fit")
        if self.command == "fit":
            go_on(self.prepared, self._parser("fit"), config, saved, root=self.root, lock=self.lock)
            self.same_table = self.same_table or (saved.table if saved is not None else None)
        elif saved is not None and path is not None:
            own_copy = Path(config.model.name).absolute() == path.absolute().parent.parent / MODEL
            for key in saved.parameters.keys() & config.model.keys():
                if key != "name" or not own_copy:  # the run's own copy of the model stands in for it
                    config.model[key] = saved.parameters[key]
        if saved is not None:
            config.model.labels = saved.parameters["labels"]

    # ---- the trainer ----------------------------------------------------------------------------------------

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        """Adds what keeps the run: its logger and its files; and what refuses a table that is not the run's."""
        settings = trainer_settings(self.command, self.config_init[self.command])
        options = config_text(self._parser(self.command), self.config[self.command])
        if self.command == "fit":
            settings["logger"] = self._loggers(settings["logger"])
            self.save_run = SaveRun(options)
            settings["callbacks"].append(self.save_run)
        if self.prepared.same_split is not None:
            settings["callbacks"].insert(
                0, SameSplit(self.prepared.same_split)
            )  # before anything is computed
        if self.same_table is not None:
            settings["callbacks"].insert(0, SameTable(self.same_table))
        settings["callbacks"].insert(0, SameEverywhere(options))
        settings["callbacks"].sort(key=lambda callback: type(callback).__name__ == "LastCheckpoint")
        trainer: Trainer = self.trainer_class(**settings | kwargs)
        return trainer

    def _loggers(self, given: Any) -> Any:
        """Returns the run folder's own logger, first, beside those that the user adds."""
        folder = self.prepared.run if self.prepared.resume else self.prepared.folder
        root = self.config[self.command].trainer.default_root_dir
        own_root = Path(root) / ROOT if root else self.root
        self.run_logger = RunLogger(own_root, folder, events=given is not False, lock=self.lock)
        more = [] if given in (None, True, False) else given if isinstance(given, list) else [given]
        return [self.run_logger, *more]

    def _prepare_subcommand_kwargs(self, subcommand: str) -> dict[str, Any]:
        kwargs = super()._prepare_subcommand_kwargs(subcommand)
        if kwargs.get("ckpt_path"):
            kwargs["weights_only"] = True
            if "verbose" in kwargs:
                kwargs["verbose"] = False  # we show the result ourselves
        elif subcommand != "fit" and subcommand not in TRAINERS:
            raise ConfigError(
                "it needs a trained model: add --run latest, --run with a run's folder, or "
                "--ckpt_path with a checkpoint."
            )
        return kwargs

    def _run_subcommand(self, subcommand: str) -> None:
        try:
            super()._run_subcommand(subcommand)
        except BaseException as error:
            told = as_user_error(error)
            if isinstance(
                told, WorkerError
            ):  # each further one would raise again, wherever this process is by then
                signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            wrong_input = isinstance(error, ValueError) or told is not None
            began = subcommand == "fit" and self.save_run.began
            if wrong_input and not (began and isinstance(told, (DiskError, WorkerError, LostProcessError))):
                self._discard_untrained()
            in_fold = self.datamodule.division.fold is not None  # finetune crossval says it of its folds
            if subcommand == "fit" and not in_fold and (began or not wrong_input):
                note_how_to_go_on(error, self.run_logger.folder)
            if isinstance(error, Exception):  # those that stop or are interrupted end together
                end_launched(self.trainer, told or error)
            if told is None or told is error:
                raise
            raise told from error

    def _discard_untrained(self) -> None:
        """Removes the folder of a new run that an error ended before it had anything to keep."""
        logger = self.trainer.loggers[0] if self.trainer.loggers else None
        if not isinstance(logger, RunLogger) or logger.folder is None or self.prepared.resume:
            return
        if logger.folder.is_dir() and not any(logger.folder.glob("checkpoints/*.ckpt")):
            logger.finalize("failed")
            shutil.rmtree(logger.folder)

    # ---- the commands ---------------------------------------------------------------------------------------

    def before_fit(self) -> None:
        """Refuses a misspelt baseline or monitored metric, or an impossible wish, before the training."""
        config = self.config[self.command]
        for name in config.baselines or ():
            resolve(name, BASELINES, "baseline")
        if config.wanted_precision is not None:
            check_precision(config.wanted_precision)
        for callback in self.trainer.callbacks:  # type: ignore[attr-defined]
            self._check_monitored(callback)

    def _check_monitored(self, callback: Callback) -> None:
        """Checks every callback that monitors: Lightning's own and the user's do not check themselves."""
        monitor, mode = getattr(callback, "monitor", None), getattr(callback, "mode", None)
        tolerant = not getattr(callback, "strict", True)  # Lightning's EarlyStopping may be told to bear it
        if isinstance(monitor, str) and mode in ("min", "max") and not tolerant:
            who = type(callback).__name__
            check_monitored(who, monitor, mode=mode, trainer=self.trainer, module=self.model)

    def after_fit(self) -> None:
        """Measures the best model on validation and test, exports it, and shows the result."""
        if self.trainer.fast_dev_run:  # type: ignore[attr-defined]
            return
        config = self.config[self.command]
        finish.finish_fit(
            self.trainer,
            self.model,
            self.datamodule,
            baselines=config.baselines or (),
            wanted_precision=config.wanted_precision,
            write_report=config.write_report,
        )

    def plan(self, model: TextClassifier, datamodule: TextData, gpu: str | None, steps: int) -> None:
        """Shows what fit would do; the exit status is 1 where the run does not fit."""
        assert isinstance(self.trainer, PlanTrainer)
        self.status = 0 if self.trainer.plan(model, datamodule, gpu=gpu, steps=steps) else 1
        if self.trainer.is_global_zero:
            show_fit_command(self.prepared.typed)

    def check(self, model: TextClassifier, datamodule: TextData, report: str) -> None:
        """Shows what is wrong with the data; the exit status is 1 where something severe is."""
        assert isinstance(self.trainer, CheckTrainer)
        self.status = 0 if self.trainer.check(model, datamodule, report=report) else 1

    def baseline(self, model: TextClassifier, datamodule: TextData, baselines: list[str] | None) -> None:
        """Shows what simple models reach."""
        assert isinstance(self.trainer, BaselineTrainer)
        self.trainer.baseline(model, datamodule, baselines)

    def _look_at_confidence(self) -> None:
        """Finds out, before anything is computed, what the confidence of the weights at hand is held against."""
        config, run = self.config[self.command], self.prepared.run
        why = why_not_calibrated(run, config.ckpt_path)
        self.threshold = asked_threshold(
            run,
            wanted_precision=config.wanted_precision,
            abstain_below=config.get("abstain_below"),
            not_calibrated=why,
        )
        if why is not None:
            self.model.calibrated = False
            rank_zero_info(f"{why}: it abstains only where --abstain_below says so")

    def _calibration(self) -> Calibration:
        """Returns how logits become an answer: as the model says, with the threshold that was asked for."""
        own = self.model.calibration
        if self.threshold is None:
            return own
        wanted = self.config[self.command].wanted_precision
        return replace(own, abstain_below=self.threshold, wanted_precision=wanted)

    def _show_measured(self, part: str) -> None:
        # on every process: the answers are gathered
        show_measured(self.model, self.datamodule, part, calibration=self._calibration())

    def before_validate(self) -> None:
        """Has the model keep its answers."""
        self._look_at_confidence()
        self.model.answers = []

    def after_validate(self) -> None:
        """Shows the result."""
        self._show_measured("validation")

    def before_test(self) -> None:
        """Has the model keep its answers."""
        self._look_at_confidence()
        self.model.answers = []

    def after_test(self) -> None:
        """Shows the result."""
        self._show_measured("test")

    def before_predict(self) -> None:
        """Looks at which weights will answer."""
        self._look_at_confidence()

    def predict(
        self, model: TextClassifier, datamodule: TextData, ckpt_path: str, weights_only: bool, **_: Any
    ) -> None:
        """Labels every row of the table and writes it with its label and confidence."""
        source = datamodule.paths["predict"]
        config = self.config[self.command]
        output = output_path(source, config.output)
        outputs = self.trainer.predict(
            model, datamodule=datamodule, ckpt_path=ckpt_path, weights_only=weights_only
        )
        rows, probabilities = gather(outputs or [])
        if self.trainer.is_global_zero:
            threshold = self._calibration().abstain_below
            write_predictions(
                output,
                datamodule.tables["predict"],
                rows,
                probabilities,
                labels=model.hparams["labels"],
                abstain_below=threshold,
            )
            show_predicted(output, probabilities.max(axis=1), threshold=threshold)


def run(argv: list[str], lock: RunLock) -> int:
    """Resolves the command line and does what it asks for; returns the exit status."""
    root = runs_root(argv)
    prepared = prepare(argv, root)
    if prepared.run is not None and is_first():
        print(f"run: {prepared.run}", file=sys.stderr)
    # the Trainer starts its other processes from this: they must not resolve `latest` anew
    sys.argv = [sys.argv[0], *prepared.argv]
    return FinetuneCLI(prepared, root, lock).status


def main(argv: list[str]) -> int:
    """Runs a Lightning command; returns the exit status."""
    speak()
    end_with_the_first()
    search_here()  # callbacks and loggers of the user's own are class paths, mostly in a file beside the data
    lock = RunLock()
    try:
        with stopping_at_once() if argv[0] == "fit" else nullcontext():
            return run(argv, lock)
    except Exception as error:
        told = as_user_error(error) or error
        take_turns(told)
        if told is error:
            raise
        raise told from error
    except SystemExit as error:
        if isinstance(error.__context__, KeyboardInterrupt):  # Lightning makes status 1 of it
            raise KeyboardInterrupt from error
        if isinstance(error, SIGTERMException):  # and 0 of this
            raise SystemExit(128 + signal.SIGTERM) from error
        if error.code == STOPPED:
            tell_torchrun("this process was asked to stop")
            let_the_others_end()
        raise
    finally:
        lock.release()
