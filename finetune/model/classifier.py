"""TextClassifier: a BERT-family classifier as a LightningModule: the step, its optimizer, its metrics."""

from collections.abc import Callable, Collection
from dataclasses import asdict, fields, replace
from typing import Any, Literal, cast

import torch
from lightning.pytorch.strategies import FSDPStrategy, ModelParallelStrategy
from lightning.pytorch.trainer.states import TrainerFn
from torch import Tensor, nn
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from finetune.errors import ConfigError
from finetune.language.say import note
from finetune.language.typed import option_value
from finetune.model.adapters import Lora, adapt, is_adapted, lora_of, merge_into, told_of, whole_names
from finetune.model.base_weights import Base, base_names, check_base, filled_in, left_out, sum_of
from finetune.model.export.folding import unfold
from finetune.model.head_start import Started, start_head, told, untrained_head
from finetune.model.known_classes import KnownClasses
from finetune.model.known_classes import told as told_of_classes
from finetune.model.last_validation import MOST_NUMBERS, Validation
from finetune.model.learner import Learner
from finetune.model.logits import logits_of
from finetune.model.network import load_network, open_classifier
from finetune.model.optim import freeze_embeddings, peak_rates
from finetune.model.quantize import (
    bytes_by_arithmetic,
    check_quantize,
    constants_of,
)
from finetune.model.regression import MOST_ROWS, Regression
from finetune.model.schedules import SCHEDULES
from finetune.model.settings import check_loss, check_ranges, check_smoothing, loss_of
from finetune.model.sharding import (
    NOT_FSDP1,
    NOT_WITH_ADAPTERS,
    is_sharded,
)
from finetune.model.vocabulary import rows_of, suit, suit_as, suit_rows, suit_saved
from finetune.plugins import have, require, resolve
from finetune.pretrained.folder import model_folder
from finetune.tasks.batch import Batch, counting
from finetune.tasks.calibration import Calibration, is_calibrated, read_calibration, write_calibration
from finetune.tasks.epoch_metrics import EpochMetrics, epoch_metrics, logged, scalars
from finetune.tasks.losses import RowLoss, row_losses
from finetune.tasks.table import SINGLE_LABEL, TASKS, task_of
from finetune.tasks.task import NUMBER, Task

Stage = Literal["train", "val", "test"]


class TextClassifier(Learner):
    """Fine-tunes any `AutoModelForSequenceClassification`; always in float32 weights.

    Logs `train/loss` (each logged step: the mean over its rows, on all processes and in all micro-batches), and what
    its task measures. Of one label of several that is `train/accuracy` and `train/f1_macro` (each epoch), and at the
    end of each evaluation `val/` or `test/` with `loss`, `accuracy`, `balanced_accuracy` (mean recall of the classes),
    `f1_macro`, `f1_micro`, `f1_weighted`, `mcc` (Matthews' coefficient), `brier` and `log_loss`. Of several labels
    together it is `train/f1_micro` besides, and `loss`, `accuracy` (rows of which every label is right), `f1_macro`,
    `f1_micro`, `f1_samples`, `hamming_loss`, `brier` and `log_loss`, where a label counts that is likelier than not.

    Args:
        name: Pretrained model: `embedded` (English and Portuguese, needs no network), a folder, or a hub id such
            as neuralmind/bert-base-portuguese-cased, which usually scores better.
        labels: Names of the classes in order; left out, they come from the data and are kept with the model.
        task: What a label is, a row of TASKS or `package.module:function`; left out, the data tell.
        facts: What the task has to know of the training rows; left out, it comes from the data.
        mark: What joins several labels in a cell of the training table, or stands before the decimals of its numbers;
            left out, it comes from the data.
        learning_rate: Peak rate of the encoder's last layer; left out, by the encoder's width: 1.5e-4
            for narrow ones such as `embedded`, 5e-5 for base, 3e-5 for large, 1e-5 for wider ones.
        head_start: Whether layers that start untrained begin as a logistic regression on what the encoder gives of the
            training rows (`auto`), which needs half the epochs, or as numbers drawn at random (`none`).
        head_learning_rate: Peak rate of the layers that start untrained; left out, `learning_rate` where they begin as
            a regression, else 7 times that.
        layer_decay: Each encoder layer learns at this share of the rate of the layer above it; 1 for one rate.
        weight_decay: AdamW's decay, of matrices only.
        freeze_embeddings: Whether the word embeddings stay as they are: faster, lighter, and as good on most data.
        schedule: How the rate goes: cosine_with_restarts, cosine, linear, constant, or `package.module:function`.
        num_cycles: How often the cosine falls from the peak to 0; 1 is a cosine without restart.
        warmup_fraction: Share of all steps in which the rate rises from 0 to its peak.
        loss: Left out, the usual one of the task. For classes cross_entropy or focal, for several labels
            binary_cross_entropy, for an order cumulative, emd or those of classes, for a number huber, squared or
            absolute; or `package.module:function`.
        label_smoothing: Probability taken from the right class and spread over all, against overconfidence.
        lora: Whether adapters of low rank learn in place of the encoder, which spares memory and disk: true, or what
            adapters, such as {rank: 8, kind: dora}. The head is trained whole, and `model/` is merged: it needs
            no adapter. Needs the package peft.
        keep_adapter: Whether the adapters are also written by themselves, to `adapter/` in the run folder, which
            peft opens.
        quantize: nf4 keeps the matrices of the encoder's layers in 4 bits, an eighth of the memory of float32, rounded.
            Needs `lora`, an NVIDIA GPU and the package bitsandbytes.
    """

    def __init__(
        self,
        name: str = "embedded",
        *,
        labels: list[str] | None = None,
        task: str | None = None,
        facts: dict[str, list[float]] | None = None,
        mark: str | None = None,
        head_start: Literal["auto", "none"] = "auto",
        learning_rate: float | None = None,
        head_learning_rate: float | None = None,
        layer_decay: float = 0.9,
        weight_decay: float = 0.01,
        freeze_embeddings: bool = True,
        schedule: str = "cosine_with_restarts",
        num_cycles: int = 1,
        warmup_fraction: float = 0.1,
        loss: str | None = None,
        label_smoothing: float = 0.0,
        lora: Lora | bool | None = None,
        keep_adapter: bool = False,
        quantize: Literal["nf4"] | None = None,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        wanted = lora_of(self.hparams["lora"])
        if wanted is not None:
            require("peft")  # what is missing is said before the data are read
        self.hparams["lora"] = None if wanted is None else asdict(wanted)
        check_quantize(quantize, self.hparams["lora"])
        check_ranges(dict(self.hparams))
        self.make_schedule = resolve(schedule, SCHEDULES, "schedule")
        self.reports: dict[
            str, dict[str, float]
        ] = {}  # single numbers of each stage that was evaluated, the last
        self.answers: list[dict[str, Tensor]] | None = None  # a list keeps the logits of each evaluated row
        self.last_validation: Validation | None = None  # of this fit, where its answers can be held
        self.calibrated = True  # False takes the logits as they are, whatever the network's config says
        self.started: Started | None = None  # what the head began as, where this fit started it
        self.head_is_new = True  # False once it has been started, or filled from a checkpoint
        self.is_asked = (
            True  # False has it answer 0 to all, without computing: where others answer in its place
        )
        self.start_rows = MOST_ROWS  # training rows that the head's start learns from, at most
        self.known_classes: KnownClasses | None = (
            None  # those of the head that was opened, where it knows some
        )
        self._base: Base | None = None  # what the adapters stand beside
        self._task: Task | None = None
        self._loss: RowLoss | None = None

    # ---- building -------------------------------------------------------------------------------------------

    def setup(self, stage: str) -> None:
        """Checks that the strategy is one that goes with this model."""
        strategy = self.trainer.strategy
        if isinstance(strategy, FSDPStrategy):
            raise ConfigError(NOT_FSDP1)
        if isinstance(strategy, ModelParallelStrategy) and self.hparams["lora"] is not None:
            raise ConfigError(NOT_WITH_ADAPTERS)
        if stage != "fit" and isinstance(strategy, ModelParallelStrategy):
            strategy.optimizers = []  # those of a fit before: Lightning would look for their states in best.ckpt

    def _build(self) -> None:
        """Builds the network once the classes are known: from the checkpoint, the arguments, or the data."""
        labels = self.hparams["labels"] or self._data_labels()
        self.hparams["labels"] = list(labels)
        data = self._of_the_trainer()
        self.hparams["task"] = self.hparams["task"] or getattr(data, "task", SINGLE_LABEL)
        if self.hparams["facts"] is None:
            self.hparams["facts"] = dict(getattr(data, "facts", {}))
        self.hparams["mark"] = self.hparams["mark"] or getattr(data, "mark", None)
        whole = not self.weightless
        folder = model_folder(self.hparams["name"], tokenizer=whole, weights=whole)
        self.network, self.new_parameters, self.known_classes = open_classifier(
            folder,
            labels,
            self.task,
            mark=self.hparams["mark"],
            weightless=self.weightless,
            quantize=self.hparams["quantize"],
        )
        tokenizer = getattr(self._of_the_trainer(), "tokenizer", None)
        if isinstance(tokenizer, PreTrainedTokenizerBase):
            suit(self.network, tokenizer, model=self.hparams["name"])
        self.network.train()  # transformers hands it over in evaluation mode, without dropout
        if self.hparams["freeze_embeddings"]:
            freeze_embeddings(self.network)
        if self.hparams["lora"] is not None:
            lora = Lora(**self.hparams["lora"])
            # what stands for 4 bits is computed with as these are
            lora = replace(lora, base="bfloat16") if self.hparams["quantize"] else lora
            adapt(self.network, lora, new=self.new_parameters)
        self.epoch_metrics = epoch_metrics(self.task, len(labels))
        check_smoothing(self.task, self.hparams["label_smoothing"])
        check_loss(self.task, self.hparams["loss"])

    @property
    def task(self) -> Task:
        """What is asked: the task of the checkpoint, the arguments or the data; before these are known, one label."""
        name = self.hparams["task"] or SINGLE_LABEL
        if self._task is None or self._task.name != name:
            self._task = task_of(name)
        return self._task

    @property
    def row_loss(self) -> RowLoss:
        """The loss of the task, or the one that was asked for."""
        # an exported model keeps the facts with what is done with its logits, and not those of the table at hand
        if self._loss is None:
            kept = self.calibration
            facts = kept.facts if kept.is_folded else self.hparams["facts"] or kept.facts
            self._loss = loss_of(self.task, self.hparams["loss"], facts)
        return self._loss

    def _data_labels(self) -> list[str]:
        labels = getattr(self._of_the_trainer(), "labels", None)
        if not labels:
            raise ConfigError(
                "the classes are not known: neither the checkpoint nor the data names them. Train first, or give "
                "TextClassifier(labels=[...])."
            )
        return list(labels)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Takes what the head began as, and builds the network before its weights are filled in."""
        self.head_is_new = False
        started = checkpoint.get("head_start")
        self.started = None if started is None else Started(**started)
        saved = checkpoint["hyper_parameters"]
        self.hparams["labels"] = self.hparams["labels"] or saved["labels"]
        self.hparams["task"] = self.hparams["task"] or saved.get("task", SINGLE_LABEL)
        self.hparams["facts"] = saved.get("facts") or {}
        self.hparams["mark"] = self.hparams["mark"] or saved.get(
            "mark"
        )  # there is none in checkpoints of before
        self._loss = None
        self._take_adapters(saved.get("lora"))
        self.configure_model()
        assert self.network is not None
        suit_saved(self.network, checkpoint.get("state_dict", {}), prefix="network.")
        if "base" in checkpoint:
            suit_rows(self.network, checkpoint["base"].get("pieces"))
            names = self._base_names
            check_base(checkpoint["base"], self._base_of(names))
            checkpoint["state_dict"] = filled_in(checkpoint["state_dict"], self.state_dict(), names)
        if self.calibration.is_folded:  # built from an export, of whose weights these take the place
            self.calibrate(self.calibration.unfolded)

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keeps what the head began as, by which the regression alone is measured at the end; leaves out the base."""
        if self.started is not None:
            checkpoint["head_start"] = {
                field.name: getattr(self.started, field.name) for field in fields(self.started)
            }
        if self.is_adapted:
            names = self._base_names
            checkpoint["base"] = asdict(self._base_of(names))
            constants = constants_of(checkpoint["state_dict"], names)
            checkpoint["state_dict"] = left_out(checkpoint["state_dict"], {*names, *constants})

    def as_started(self) -> PreTrainedModel | None:
        """Returns the pretrained network with the head that the training began with, ready to answer.

        None where the head was not started, or the network is shared out over processes: a whole one may not fit.
        """
        if self.started is None or is_sharded(self.network):
            return None
        assert self.network is not None
        network = self._plain_network()
        network.load_state_dict(self.started.head, strict=False)
        nn.Module.to(network, self.trainer.strategy.root_device)  # after a fit its own weights lie on the CPU
        network.train(False)
        return network

    def _plain_network(self) -> PreTrainedModel:
        """The network as it was before the training, without adapters, its new layers drawn at random."""
        assert self.network is not None
        network, _ = load_network(model_folder(self.hparams["name"]), self.hparams["labels"], self.task)
        suit_as(network, self.network)
        return network

    # ---- adapters -------------------------------------------------------------------------------------------

    @property
    def is_adapted(self) -> bool:
        """Whether adapters learn in place of the encoder."""
        return is_adapted(self.network)

    @property
    def can_adapt(self) -> bool:
        """Whether the network that was built can be given adapters: it has none yet, and peft is there."""
        frozen = self.hparams["freeze_embeddings"]
        return self.network is not None and frozen and not self.is_adapted and have("peft")

    def adapt(self) -> None:
        """Gives the network that was built the default adapters, as `lora: true` does, and keeps that with it."""
        assert self.network is not None
        lora = Lora()
        adapt(self.network, lora, new=self.new_parameters)
        self.hparams["lora"] = asdict(lora)

    def _take_adapters(self, saved: dict[str, Any] | None) -> None:
        """Gives the network the adapters that a checkpoint has, where nobody asked for them: a callback has chosen."""
        if self.hparams["lora"] is None and saved is not None:
            self.hparams["lora"] = dict(saved)
            if self.network is not None:
                adapt(self.network, Lora(**saved), new=self.new_parameters)
        if self.hparams["lora"] != saved:
            raise ConfigError(
                "the checkpoint was trained with --model.lora {was}, and here it is {now}: give what it was trained "
                "with.",
                was=option_value(saved) if saved else "false",
                now=option_value(self.hparams["lora"]) if self.hparams["lora"] else "false",
            )

    @property
    def _base_names(self) -> list[str]:
        return base_names(self, {f"network.{name}" for name in self.new_parameters})

    def _base_of(self, names: list[str]) -> Base:
        """What the adapters stand beside; read once, for it does not learn."""
        if self._base is None:
            assert self.network is not None
            sum_, pieces = sum_of(self.state_dict(), names), rows_of(self.network)
            self._base = Base(self.hparams["name"], sum_, pieces)
        return self._base

    def merged_network(self) -> PreTrainedModel:
        """Returns a plain network that answers as the one with adapters does: what they have learned is in it."""
        assert self.network is not None
        plain = self._plain_network()
        merge_into(plain, self.network)
        return plain

    # ---- the step -------------------------------------------------------------------------------------------

    def forward(self, batch: Batch) -> Tensor:
        """Returns the logits of a batch. [B, C]"""
        if not self.is_asked:
            return batch["input_ids"].new_zeros(
                (len(batch["row"]), len(self.hparams["labels"])), dtype=torch.float32
            )
        assert self.network is not None
        return logits_of(self.network, batch)

    def _losses(self, logits: Tensor, batch: Batch, *, smoothing: float) -> Tensor:
        """Each row's loss, 0 for those that do not count. [B]"""
        return row_losses(self.row_loss, logits, batch["labels"], counting(batch), smoothing=smoothing)

    def training_loss(self, batch: Batch) -> Tensor:
        """Returns the mean loss of a batch; nothing is logged or measured. For what tries a step before training."""
        return self._losses(self(batch), batch, smoothing=self.hparams["label_smoothing"]).mean()

    @property
    def quantization_bytes(self) -> tuple[int, int]:
        """By how many bytes weights will be fewer in 4 bits, where they are not yet, and how many lie beside."""
        if self.network is None or not self.weightless or self.hparams["quantize"] is None:
            return 0, 0
        return bytes_by_arithmetic(self.network)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Returns the loss whose gradients, added up by Lightning and DDP, are the mean over the step's rows."""
        logits = self(batch)
        losses = self._losses(logits, batch, smoothing=self.hparams["label_smoothing"])
        self._measure("train", logits, batch, losses)
        return self.of_the_step(losses, batch, batch_idx)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Measures a validation batch."""
        self._evaluate("val", batch)

    def test_step(self, batch: Batch, batch_idx: int) -> None:
        """Measures a test batch."""
        self._evaluate("test", batch)

    def predict_step(self, batch: Batch, batch_idx: int) -> dict[str, Tensor]:
        """Returns each row's position in the table [B] and its logits [B, C], as they come."""
        return {"row": batch["row"], "logits": self(batch)}

    def _evaluate(self, stage: Stage, batch: Batch) -> None:
        logits = self(batch)
        if self.answers is not None:
            self.answers.append({"row": batch["row"], "logits": logits})
        # smoothing is a way to train, not to measure: losses of runs with and without it can be compared
        losses = self._losses(self.calibration.as_trained(logits), batch, smoothing=0.0)
        self._measure(stage, logits, batch, losses)

    # ---- calibration ----------------------------------------------------------------------------------------

    @property
    def calibration(self) -> Calibration:
        """How logits become an answer: as the network's config says, which `fit` has found on validation rows."""
        if self.network is None:
            return Calibration()
        known = self.task.known(self.hparams["facts"] or {})
        if not self.calibrated:
            return known
        return read_calibration(self.network.config) if is_calibrated(self.network.config) else known

    def calibrate(self, calibration: Calibration | None) -> None:
        """Sets how logits become an answer from now on, also in what is exported; None takes them as they are."""
        assert self.network is not None
        write_calibration(self.network.config, calibration)
        self._loss = None  # what it has to know may stand there

    def on_fit_start(self) -> None:
        """Forgets the calibration of an earlier training, in its weights too: new ones are of another confidence."""
        assert self.network is not None
        unfold(self.network)
        self.calibrate(None)
        self.last_validation = None
        self.draw_apart()
        if self.head_is_new and self.can_start_head and not self.trainer.ckpt_path:
            self.start_head()
        self.head_is_new = False

    # ---- the head's start -----------------------------------------------------------------------------------

    @property
    def can_start_head(self) -> bool:
        """Whether a fit on the Trainer's data starts the head: it is untrained, and the rows can be read beforehand."""
        data = self._trainer.datamodule if self._trainer is not None else None  # type: ignore[attr-defined]
        if self.hparams["head_start"] == "none" or self.network is None or not hasattr(data, "once"):
            return False
        return untrained_head(self.network, self.new_parameters) is not None

    def start_head(self) -> None:
        """Has the head begin as a logistic regression on what the encoder gives of the training rows."""
        assert self.network is not None
        head = untrained_head(self.network, self.new_parameters)
        assert head is not None

        def from_first(make: Callable[[], Regression]) -> Regression:
            made = make() if self.global_rank == 0 else None
            return cast(Regression, self.trainer.strategy.broadcast(made))

        with self.trainer.precision_plugin.forward_context():
            self.started = start_head(
                self.network,
                head,
                lambda most: self.batches_of("train", most=most),
                most=self.start_rows,
                seed=self.trainer.datamodule.division.seed,  # type: ignore[attr-defined]
                from_first=from_first,
                known=self.task.known(self.hparams["facts"] or {}),
                classes=self.known_classes,
            )
        note(told(self.started, self.task, classes=self.known_classes))

    # ---- metrics --------------------------------------------------------------------------------------------

    @property
    def metric_directions(self) -> dict[str, Literal["min", "max"]]:
        """The metrics that a fit logs, and which of their values are better. A subclass that logs more adds its own."""
        name = self.hparams["task"] or getattr(self._of_the_trainer(), "task", None)
        # before the table is read it may be any of them
        return logged([task_of(name)] if name else [make() for make in TASKS.values()])

    @property
    def monitored(self) -> tuple[str, Literal["min", "max"]]:
        """The metric by which epochs are told apart, and which of its values are better."""
        task = self._asked_task
        return f"val/{task.monitored}", task.directions[task.monitored]

    @property
    def watched(self) -> tuple[str, str, Literal["min", "max"]]:
        """The metric of training and of validation rows by which overfitting is seen, and its better values."""
        score = self._asked_task.score
        return f"train/{score}", f"val/{score}", self._asked_task.directions[score]

    @property
    def can_smooth_labels(self) -> bool:
        """Whether `label_smoothing` can help against overfitting: there are probabilities to take it from."""
        return self._asked_task.problem_type != NUMBER

    @property
    def _asked_task(self) -> Task:
        """The task, of a network that need not be built: what the table tells is known before."""
        return task_of(self.hparams["task"] or getattr(self._of_the_trainer(), "task", None) or SINGLE_LABEL)

    def _of(self, stage: Stage) -> EpochMetrics:
        return cast(EpochMetrics, self.epoch_metrics[f"{stage}_epoch"])

    def _measure(self, stage: Stage, logits: Tensor, batch: Batch, losses: Tensor) -> None:
        # A row that does not count stands in a batch by itself (the batch contract): a larger batch needs no look,
        # for which a GPU would have to be waited for
        if len(losses) > 1 or counting(batch).all():
            scored = self.task.scored(logits.detach(), self.calibration)
            self._of(stage).update(scored, batch["labels"], losses.detach())

    def _close(self, stage: Stage) -> None:
        """Computes over the epoch and all ranks, and logs and keeps the single numbers."""
        values = self._of(stage).close()
        shown = scalars(values)
        if stage != "train":
            self.reports[stage] = {name: value.item() for name, value in shown.items()}
        for name, value in shown.items():
            # every rank has the same value already: torchmetrics gathered it
            self.log(f"{stage}/{name}", value, prog_bar=stage == "val" and name in ("loss", self.task.score))

    def on_train_epoch_end(self) -> None:
        """Logs the epoch's training metrics."""
        # A run that resumes after an epoch's validation ends that epoch once more, without a batch. And a process may
        # have met no row where another has met some
        if self.trainer.strategy.reduce_boolean_decision(self._of("train").updated, all=False):
            self._close("train")

    def on_validation_epoch_start(self) -> None:
        """Keeps the answers of a fit's validation: mostly they are those of the weights that are kept."""
        if self._keeps_its_validation:
            self.answers = []

    def on_validation_epoch_end(self) -> None:
        """Logs the validation metrics."""
        self._close("val")
        if self._keeps_its_validation and self.answers is not None:
            self.last_validation = Validation(self.trainer.global_step, self.answers, self.reports["val"])
            self.answers = None

    @property
    def _keeps_its_validation(self) -> bool:
        parts = getattr(self._of_the_trainer(), "parts", None)
        if parts is None or self.trainer.state.fn != TrainerFn.FITTING or self.trainer.sanity_checking:
            return False
        return len(parts["validation"]) * len(self.hparams["labels"]) <= MOST_NUMBERS

    def on_test_epoch_end(self) -> None:
        """Logs the test metrics."""
        self._close("test")

    # ---- the optimizer --------------------------------------------------------------------------------------

    def rates(self) -> tuple[float, float]:
        """Returns the peak learning rates of the encoder and of the head."""
        assert self.network is not None
        return peak_rates(
            self.network,
            started=self.can_start_head,
            learning_rate=self.hparams["learning_rate"],
            head_learning_rate=self.hparams["head_learning_rate"],
            adapted=self.is_adapted,
        )

    @property
    def head_parameters(self) -> Collection[str]:
        """Names of the parameters that learn at the head's rate: beside adapters whatever else learns."""
        assert self.network is not None
        return whole_names(self.network, self.new_parameters) if self.is_adapted else self.new_parameters

    def tell_what_learns(self) -> None:
        """Says what the adapters are, which classes the head knows, or else which layers start untrained."""
        assert self.network is not None
        if self.is_adapted:
            note(told_of(self.network, rank=self.hparams["lora"]["rank"]))
        known = self.known_classes
        if known is not None and not self.trainer.ckpt_path:
            note(told_of_classes(known))
        if known is None or not known.is_kept:
            super().tell_what_learns()
