"""What a verb is: a function of what the options made, whose further parameters are options of its own. Has no verb."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Concatenate, Generic, TypeAlias

from jsonargparse import Namespace
from lightning.pytorch import LightningDataModule, LightningModule, Trainer
from typing_extensions import TypeVar

from finetune.cli.command_line import Prepared
from finetune.cli.taken_apart import names
from finetune.data.module import TextData
from finetune.errors import ConfigError, ModelError
from finetune.evaluation.answer_file import MIXED, SIMPLE, kept_answering, words_weigh
from finetune.evaluation.answering import Answering
from finetune.evaluation.threshold import look_at_confidence, with_threshold
from finetune.language.lists import listed
from finetune.language.say import note
from finetune.model.classifier import TextClassifier
from finetune.model.network import fingerprint, layers_of

Model = TypeVar("Model", bound=LightningModule, default=TextClassifier)
Data = TypeVar("Data", bound=LightningDataModule, default=TextData)


@dataclass(frozen=True)
class Ready(Generic[Model, Data]):
    """What a verb works with.

    Attributes:
        trainer: With the callbacks and the logger that serve the verb.
        model: What is trained or asked; its network is built by the Trainer.
        data: What on; read by the Trainer.
        options: The options that all verbs share, such as `baselines`; and all others.
        prepared: The command line that they come from.
        asked: What the Trainer's method of the same name is asked with, such as `ckpt_path`.
        config: The options as `config.yaml` of a run keeps them.
    """

    trainer: Trainer
    model: Model
    data: Data
    options: Namespace
    prepared: Prepared
    asked: dict[str, Any]
    config: str = ""

    @property
    def base(self) -> str:
        """The name of the pretrained model."""
        return str(self.model.hparams["name"])

    @property
    def root(self) -> Path | None:
        """The folder in which runs are kept; None where it is not named."""
        folder = self.options.trainer.default_root_dir
        return Path(folder) if folder else None

    @property
    def is_first(self) -> bool:
        """Whether this is the only process, or the first of several."""
        return self.trainer.is_global_zero

    def trained(self) -> dict[str, Any]:
        """Returns what the Trainer is asked with, by a verb that trains nothing.

        Raises:
            ConfigError: if there is no trained model.
        """
        if not (self.asked["ckpt_path"] or self.prepared.exported):
            raise ConfigError(
                "it needs a trained model: add --run latest, --run with a run's folder, --model.name with the folder "
                "or hub id of a classifier, or --ckpt_path with a checkpoint."
            )
        return self.asked

    def answering(self: "Ready") -> Answering | None:
        """Returns how the run that is named answers, before anything is computed; None where the network alone does.

        Raises:
            ConfigError: if it is asked for what it has not kept.
            DataError: if what it has kept of it is damaged.
        """
        asked, run = self.options.answer, self.prepared.run
        if asked == SIMPLE and (run is None or names(("--ckpt_path", "--model.name"), self.prepared.typed)):
            raise ConfigError(
                "--answer simple: the words (TF-IDF) that a run of fit keeps answer without a network. Name the run "
                "with --run, and leave --model.name and --ckpt_path away."
            )
        if run is None:
            return None
        kept = kept_answering(run, asked)
        if kept is not None and asked == MIXED and not self.prepared.exported:
            note(
                "it answers with its network alone: what words have of the answer holds for the run's own model"
            )
            return None
        self.model.is_asked = kept is None or not kept.is_of_words_alone
        return kept

    def threshold(self: "Ready", kept: Answering | None, abstain_below: float | None = None) -> float | None:
        """Returns the confidence that was asked for in place of the model's own, before anything is computed.

        Args:
            kept: What `answering` gave.
            abstain_below: The confidence itself, where a verb takes it.

        Raises:
            ConfigError: if a number is out of its range, or the wish for right answers cannot be granted.
        """
        run = self.prepared.run
        return look_at_confidence(
            self.model,
            run,
            self.asked["ckpt_path"],
            wanted_precision=self.options.wanted_precision,
            abstain_below=abstain_below,
            without_words=kept is None and run is not None and words_weigh(run),
            simple=kept if self.options.answer == SIMPLE else None,
        )

    def answered(self: "Ready", kept: Answering | None, threshold: float | None) -> Answering:
        """Returns how the logits that the model has just given become answers.

        Every process takes part.

        Args:
            kept: What `answering` gave.
            threshold: What `threshold` gave.

        Raises:
            DataError: if the run answers with another network.
            ModelError: if a model that was exported lacks weights of its last layers.
        """
        if self.prepared.exported and self.model.new_parameters:
            raise ModelError(
                "the weights in {folder} lack those of {names}, which tell one class from another, so that every "
                "answer would be chance. Take the folder that the classifier was saved in, as `save_pretrained` writes "
                "it, or a checkpoint: --ckpt_path.",
                folder=self.model.hparams["name"],
                names=listed(layers_of(self.model.new_parameters)),
            )
        how = kept or Answering(self.model.calibration)
        if kept is not None:
            assert self.model.network is not None
            # of a checkpoint words alone answer, which need none: its weights are those that were not folded yet
            network = fingerprint(self.model.network) if self.prepared.exported else None
            kept.check(self.model.hparams["labels"], network)
        return replace(
            how, calibration=with_threshold(how.calibration, threshold, self.options.wanted_precision)
        )


Verb: TypeAlias = Callable[Concatenate[Ready[Any, Any], ...], int]
"""Does what a command is for; returns the exit status.

The first paragraph of its docstring is what `--help` says first, the second what it says of run and recipe; the
arguments that it documents are options.
"""
