"""FinetuneCLI: a LightningCLI that hands parser, Trainer, model and data to one verb. Knows none of the verbs."""

import inspect
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, LightningDataModule, LightningModule, Trainer
from lightning.pytorch.cli import ArgsType, LightningArgumentParser, LightningCLI

from callbacks.order import in_order
from finetune.cli.callback_options import add_callback_options
from finetune.cli.command_line import Prepared, prepare
from finetune.cli.ending import ending_in_turns, ending_the_launched
from finetune.cli.foreseen import keep_keys
from finetune.cli.options import add_shared_options
from finetune.cli.parser import Parser, config_text
from finetune.cli.recipes import recipe_names
from finetune.cli.resume import hold_against_checkpoint
from finetune.cli.taken_apart import runs_root
from finetune.cli.terminal import speak
from finetune.cli.trainer_settings import PLAN, TRAINER_DEFAULTS, trainer_settings
from finetune.cli.trusted import hold_against_own_runs, keep_config, names_ones_own
from finetune.cli.verb import Ready, Verb
from finetune.data.module import TextData
from finetune.language.say import say, show
from finetune.model.classifier import TextClassifier
from finetune.plugins import search_here
from finetune.processes.failing_together import is_first
from finetune.processes.parent import end_with_the_first
from finetune.processes.same_everywhere import SameEverywhere
from finetune.runs.folder import ROOT
from finetune.runs.in_one_line import in_one_line
from finetune.runs.kind import FIT, KINDS
from finetune.runs.lock import RunLock
from finetune.runs.logger import RunLogger
from finetune.runs.same_data import SameSplit, SameTable

OwnCallbacks = Callable[[str], list[Callback]]
"""Gives the callbacks that a verb brings, by the text of its options as `config.yaml` keeps them."""


def no_callbacks(options: str) -> list[Callback]:
    """Returns none: most verbs bring no callback of their own."""
    return []


def description(verb: Verb) -> str:
    """Returns what `--help` says above the options: also of those that are resolved before the parser sees them."""
    first, run = inspect.cleandoc(verb.__doc__ or "").split("\n\n")[:2]
    config = say("--config takes a file or a recipe ({recipes}).", recipes=", ".join(recipe_names()))
    trust = say("--trust runs what the config.yaml of another's run names: look at it first.")
    return " ".join(
        f"{first} {config} {run} {trust} {say('--language pt tells results in Portuguese.')}".split()
    )


class LightningParser(Parser, LightningArgumentParser):
    """Lightning's parser, as ours."""


class FinetuneCLI(LightningCLI):
    """Makes of a command line what its verb works with, and runs the verb.

    Attributes:
        status: The exit status, once the verb has run.
    """

    def __init__(
        self,
        verb: Verb,
        prepared: Prepared,
        *,
        root: Path,
        lock: RunLock,
        model_class: type[LightningModule] = TextClassifier,
        data_class: type[LightningDataModule] = TextData,
        own_callbacks: OwnCallbacks = no_callbacks,
        args: ArgsType = None,
    ) -> None:
        self.verb = verb
        self.prepared = prepared
        self.root = root
        self.lock = lock  # of the run folder, for what trains
        self.own_callbacks = own_callbacks
        self.command = prepared.argv[0]
        # the Trainer's own method of that name, if there is one; all that trains, trains by `fit`
        self.method = FIT if self.command in KINDS else self.command
        self.classes = (model_class, data_class)
        self.options = ""  # as `config.yaml` keeps them
        self.status = 0
        super().__init__(
            model_class,
            data_class,
            save_config_callback=None,
            seed_everything_default=42,
            parser_class=LightningParser,
            parser_kwargs={
                "prog": "finetune",
                self.command: {
                    "usage": say("finetune {command} [OPTIONS]", command=self.command),
                    "description": description(verb),
                },
            },
            auto_configure_optimizers=False,
            load_from_checkpoint_support=False,
            args=args,
        )

    # ---- the parser -----------------------------------------------------------------------------------------

    def subcommands(self) -> dict[str, set[str]]:  # type: ignore[override]
        """Returns the chosen command alone: a parser of all takes many times as long to build."""
        return {self.command: LightningCLI.subcommands().get(self.method, set())}

    def _add_subcommands(self, parser: LightningArgumentParser, **kwargs: Any) -> None:
        """Adds the command: what all have in common, what the Trainer's method takes, what the verb itself takes."""
        chosen = self.init_parser(**kwargs[self.command])
        self._add_arguments(chosen)
        self._own = chosen.add_function_arguments(self.verb, as_group=False, skip={"ready"})
        self._of_the_trainer: list[str] = []
        if self.method in LightningCLI.subcommands():
            skip: set[str | int] = set(self.subcommands()[self.command])
            self._of_the_trainer = chosen.add_method_arguments(Trainer, self.method, skip=skip)
        self._subcommand_parsers = {self.command: chosen}
        parser.add_subcommands().add_subcommand(self.command, chosen)

    def add_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Adds the options that are neither the data's nor the model's nor the Trainer's."""
        add_callback_options(parser, self.command)
        add_shared_options(parser, self.command)

    def add_core_arguments_to_parser(self, parser: LightningArgumentParser) -> None:
        """Adds what people look for first, so that `--help` begins with it."""
        # not add_lightning_class_args: to it any word may be a file, as one named `auto` beside a configuration
        model_class, data_class = self.classes
        for kind, key in ((data_class, "data"), (model_class, "model"), (Trainer, "trainer")):
            parser.add_class_arguments(kind, key, fail_untyped=False, instantiate=kind is not Trainer)
        parser.set_defaults({f"trainer.{key}": value for key, value in TRAINER_DEFAULTS.items()})

    def parse_arguments(self, parser: LightningArgumentParser, args: ArgsType) -> None:
        """Parses `sys.argv`, then leaves there what the Trainer's other processes, which are started from it, take."""
        assert isinstance(parser, Parser)
        keep_keys(self.command, parser.keys())  # before: the next one who misspells an option need not wait
        super().parse_arguments(parser, args)
        sys.argv = [sys.argv[0], *self.prepared.again, *self.prepared.for_others()]

    def _parse_ckpt_path(self) -> None:
        """Holds a checkpoint's hyper-parameters against the command line instead of letting them win silently."""
        self.same_table = hold_against_checkpoint(
            self.prepared,
            self._parser(self.command),
            self.config[self.command],
            root=self.root,
            lock=self.lock,
        )

    # ---- the trainer ----------------------------------------------------------------------------------------

    def instantiate_trainer(self, **kwargs: Any) -> Trainer:
        """Adds what keeps the run: its logger and its files; and what refuses a table that is not the run's."""
        # what is only to be planned keeps nothing
        command = PLAN if self.config_init[self.command].get("plan_only") else self.command
        settings = trainer_settings(command, self.config_init[self.command])
        options = self.options = config_text(self._parser(self.command), self.config[self.command])
        own = [] if command == PLAN else self.own_callbacks(options)
        if command in KINDS:
            settings["logger"] = self._loggers(settings["logger"], options)
        first: list[Callback] = [SameEverywhere(options)]  # before anything is computed
        if self.same_table is not None:
            first.append(SameTable(self.same_table))
        if self.prepared.same_split is not None:
            first.append(SameSplit(self.prepared.same_split))
        settings["callbacks"] = in_order([*first, *settings["callbacks"], *own])
        return Trainer(**settings | kwargs)

    def _loggers(self, given: Any, options: str) -> Any:
        """Returns the run folder's own logger, first, beside those that the user adds."""
        folder = self.prepared.run if self.prepared.resume else self.prepared.folder
        root = self.config[self.command].trainer.default_root_dir
        own_root = Path(root) / ROOT if root else self.root
        more = [] if given in (None, True, False) else given if isinstance(given, list) else [given]
        own = RunLogger(
            own_root,
            folder,
            events=given is not False,
            lock=self.lock,
            claimed=partial(keep_config, config=options),
            kind=KINDS[self.command],
        )
        return [own, *more]

    # ---- the verb -------------------------------------------------------------------------------------------

    def _run_subcommand(self, subcommand: str) -> None:
        options = self.config_init[subcommand]
        asked = {name: options[name] for name in self._of_the_trainer}
        if asked.get("ckpt_path"):
            asked["weights_only"] = True
        if "verbose" in asked:
            asked["verbose"] = False  # we show the result ourselves
        ready = Ready(self.trainer, self.model, self.datamodule, options, self.prepared, asked, self.options)
        with ending_the_launched(self.trainer):
            self.status = self.verb(ready, **{name: options[name] for name in self._own})


def run(
    argv: list[str],
    verb: Verb,
    *,
    model_class: type[LightningModule] = TextClassifier,
    data_class: type[LightningDataModule] = TextData,
    own_callbacks: OwnCallbacks = no_callbacks,
    within: Callable[[], AbstractContextManager[None]] = nullcontext,
) -> int:
    """Does what a command line asks of a verb; returns the exit status.

    Args:
        argv: The command and its options, as typed.
        verb: What the command does.
        model_class: What it trains or asks.
        data_class: What on.
        own_callbacks: Gives the callbacks that it brings.
        within: What all of it happens in.
    """
    speak()
    end_with_the_first()
    lock = RunLock()
    try:
        with ending_in_turns(), within():
            root = runs_root(argv)
            prepared = prepare(argv, root)
            hold_against_own_runs(prepared)
            if names_ones_own(prepared):  # class paths, mostly in a file beside the data
                search_here()  # else a file that only lies here could stand in for a package that is not installed
            if prepared.run is not None and is_first():
                show(in_one_line(prepared.run), file=sys.stderr)
            # the Trainer starts its other processes from this: they must not resolve `latest` anew
            sys.argv = [sys.argv[0], *prepared.argv]
            return FinetuneCLI(
                verb,
                prepared,
                root=root,
                lock=lock,
                model_class=model_class,
                data_class=data_class,
                own_callbacks=own_callbacks,
            ).status
    finally:
        lock.release()
