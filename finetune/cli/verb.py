"""What a verb is: a function of what the options made, whose further parameters are options of its own. Has no verb."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Concatenate, Generic, TypeAlias

from jsonargparse import Namespace
from lightning.pytorch import LightningDataModule, LightningModule, Trainer
from typing_extensions import TypeVar

from finetune.cli.command_line import Prepared
from finetune.data.module import TextData
from finetune.errors import ConfigError, ModelError
from finetune.evaluation.answering import Answering, asked_of, kept_answering
from finetune.evaluation.threshold import look_at_confidence, with_threshold
from finetune.language.lists import listed
from finetune.language.say import note
from finetune.model.classifier import TextClassifier
from finetune.model.network import fingerprint, layers_of
from finetune.runs.folder import ANSWER

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

    def threshold(self: "Ready", abstain_below: float | None = None) -> float | None:
        """Returns the confidence that was asked for in place of the model's own, before anything is computed.

        Args:
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
            without_words=run is not None
            and (self.options.mix == "none" or not self.prepared.exported)
            and (run / ANSWER).is_file(),
        )

    def answering(self) -> Answering | None:
        """Returns how the run that is named answers, before anything is computed; None where the network alone does.

        Raises:
            ConfigError: if it is asked to answer as it was not trained to.
            DataError: if what it has kept of it is damaged.
        """
        run = self.prepared.run
        as_trained = asked_of(run, self.options.mix)
        if run is None or not as_trained:
            return None
        kept = kept_answering(run)
        if kept is not None and not self.prepared.exported:
            note(
                "it answers with its network alone: what words have of the answer holds for the run's own model"
            )
            return None
        return kept

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
            kept.check(self.model.hparams["labels"], fingerprint(self.model.network))
        return replace(
            how, calibration=with_threshold(how.calibration, threshold, self.options.wanted_precision)
        )


Verb: TypeAlias = Callable[Concatenate[Ready[Any, Any], ...], int]
"""Does what a command is for; returns the exit status.

The first paragraph of its docstring is what `--help` says first, the second what it says of run and recipe; the
arguments that it documents are options.
"""
