"""DomainModel: a pretrained network that goes on learning a language from texts alone, as a LightningModule."""

import os
from collections.abc import Callable, Iterator
from typing import Any, Literal, cast

import torch
from lightning.pytorch.strategies import FSDPStrategy
from torch import Tensor
from torchmetrics import MeanMetric
from transformers import PreTrainedTokenizerBase

from finetune.errors import ConfigError, ModelError
from finetune.language.say import note
from finetune.model.gap_start import Start, start_layers, told, untrained_layers
from finetune.model.language_network import load_language_network
from finetune.model.learner import Learner
from finetune.model.objectives.objective import Objective
from finetune.model.objectives.pieces import Pieces, pieces_of
from finetune.model.objectives.table import objective_of
from finetune.model.optim import freeze_embeddings, language_rates
from finetune.model.schedules import SCHEDULES
from finetune.model.settings import check_language_ranges
from finetune.model.sharding import NOT_FSDP1
from finetune.model.vocabulary import rows_of, suit
from finetune.plugins import resolve
from finetune.pretrained.folder import model_folder
from finetune.tasks.batch import Batch

START_TOKENS = 60_000
"""Tokens of texts that layers which tell words begin by: one pass takes seconds, and more change little."""

LEAST_TO_START = 64
"""And at least so many texts."""

TRAINING, HELD_OUT = 0, 1
"""Begin the seeds of what is left out of texts: in training by the epoch, in an evaluation always the same."""


class DomainModel(Learner):
    """Goes on with the pretraining of a model that reads whole texts, in float32 weights; `fit` then begins with it.

    Logs `train/loss` (each logged step: the mean over its rows, on all processes and in all micro-batches), and at the
    end of each validation `val/loss` and, where gaps are filled, `val/perplexity`: among how many pieces of words the
    model wavers, on the mean.

    Args:
        name: Pretrained model: `embedded` (English and Portuguese, needs no network), a folder, or a hub id such as
            neuralmind/bert-base-portuguese-cased.
        objective: How it learns: `masked_words` (whole words are left out, and it tells them), `two_views` (it tells
            two readings of a text from other texts), or `package.module:function`.
        masked_share: Share of a text's pieces that is left out.
        learning_rate: Peak rate of the encoder; left out, by its width.
        head_learning_rate: Peak rate of the layers that start untrained; left out, 10 times `learning_rate`.
        layer_decay: Each encoder layer learns at this share of the rate of the layer above it; 1 for one rate.
        weight_decay: AdamW's decay, of matrices only.
        freeze_embeddings: Whether the word embeddings stay as they are: faster and lighter.
        schedule: How the rate goes: cosine_with_restarts, cosine, linear, constant, or `package.module:function`.
        num_cycles: How often the cosine falls from the peak to 0; 1 is a cosine without restart.
        warmup_fraction: Share of all steps in which the rate rises from 0 to its peak.
    """

    def __init__(
        self,
        name: str = "embedded",
        *,
        objective: str = "masked_words",
        masked_share: float = 0.15,
        learning_rate: float | None = None,
        head_learning_rate: float | None = None,
        layer_decay: float = 1.0,
        weight_decay: float = 0.01,
        freeze_embeddings: bool = True,
        schedule: str = "linear",
        num_cycles: int = 1,
        warmup_fraction: float = 0.1,
    ) -> None:
        super().__init__()
        self.save_hyperparameters()
        check_language_ranges(dict(self.hparams))
        self.make_schedule = resolve(schedule, SCHEDULES, "schedule")
        self.objective: Objective = objective_of(objective, share=masked_share)
        self.held_out = MeanMetric()
        self.pieces: Pieces | None = None
        self.head_is_new = True  # False once it has been started, or filled from a checkpoint

    # ---- building -------------------------------------------------------------------------------------------

    def setup(self, stage: str) -> None:
        """Checks that the strategy is one that goes with this model."""
        if isinstance(self.trainer.strategy, FSDPStrategy):
            raise ConfigError(NOT_FSDP1)

    def _build(self) -> None:
        whole = not self.weightless
        folder = model_folder(self.hparams["name"], tokenizer=whole, weights=whole)
        self.network, self.new_parameters = load_language_network(
            folder, fills_gaps=self.objective.fills_gaps, weightless=self.weightless
        )
        tokenizer = getattr(self._of_the_trainer(), "tokenizer", None)
        if isinstance(tokenizer, PreTrainedTokenizerBase):
            self.read_by(tokenizer)
        self.network.train()  # transformers hands it over in evaluation mode, without dropout
        if self.hparams["freeze_embeddings"]:
            freeze_embeddings(self.network)

    def read_by(self, tokenizer: PreTrainedTokenizerBase) -> None:
        """Takes the tokenizer whose numbers the network reads.

        Raises:
            ModelError: if it is another model's, or gaps are to be filled and it has nothing to stand for one.
        """
        assert self.network is not None
        if self.objective.fills_gaps and tokenizer.mask_token_id is None:
            raise ModelError(
                "the tokenizer of {model} has no piece that stands for a gap (a mask token), which filling gaps needs. "
                "Give --model.objective two_views, or --model.name a model that was trained to fill gaps, such as BERT "
                "and its family.",
                model=self.hparams["name"],
            )
        suit(self.network, tokenizer, model=self.hparams["name"])
        self.pieces = pieces_of(tokenizer, rows_of(self.network))

    @property
    def rows_together(self) -> int:
        """Rows of a step that no cut may part."""
        return self.objective.together

    def on_fit_start(self) -> None:
        """Has dropout leave out something else in each process; starts the layers that nothing is known of."""
        self.draw_apart()
        if self.head_is_new and not self.trainer.ckpt_path:
            self.start_gaps()
        self.head_is_new = False

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Builds the network before its weights are filled in."""
        self.head_is_new = False
        self.configure_model()

    def start_gaps(self) -> None:
        """Has untrained layers that tell words begin as a regression on some of the texts, where there are such."""
        assert self.network is not None
        data = self._of_the_trainer()
        fills_gaps = self.objective.fills_gaps and hasattr(data, "once")
        layers = untrained_layers(self.network, self.new_parameters) if fills_gaps else None
        if layers is None:
            return
        most = max(LEAST_TO_START, round(START_TOKENS * data.train_rows / max(1, data.tokens_of("train"))))

        def pairs() -> Iterator[tuple[Batch, Batch]]:
            """Texts, whole and with gaps."""
            for batch in data.once("train", most=most):
                gaps = self.prepared(batch, learning=False)
                yield self._on_device(batch), self._on_device(gaps)

        def from_first(make: Callable[[], Start]) -> Start:
            made = make() if self.global_rank == 0 else None
            return cast(Start, self.trainer.strategy.broadcast(made))

        with self.trainer.precision_plugin.forward_context():
            note(told(start_layers(self.network, layers, pairs(), from_first=from_first)))

    def _on_device(self, batch: Batch) -> Batch:
        return cast(Batch, self.transfer_batch_to_device(batch, self.trainer.strategy.root_device, 0))

    # ---- the step -------------------------------------------------------------------------------------------

    def prepared(self, batch: Batch, *, learning: bool) -> Batch:
        """Returns a batch as the network reads it: in an epoch otherwise than in the next, in evaluations the same.

        The data hand all batches that go to the steps through it, while they lie on the CPU.

        Args:
            batch: Texts alone.
            learning: Whether it is to learn from.
        """
        assert self.pieces is not None
        # the seed of the run, which Lightning tells to all processes
        drawn = int(os.environ.get("PL_GLOBAL_SEED", 0))
        seed = (TRAINING, drawn, self.current_epoch) if learning else (HELD_OUT,)
        return self.objective.prepare(batch, self.pieces, seed=seed)

    def forward(self, batch: Batch) -> Tensor:
        """Returns each row's loss, of a batch that was not prepared yet, wherever it lies. [B]"""
        device = batch["input_ids"].device
        ready = self.prepared({name: each.cpu() for name, each in batch.items()}, learning=self.training)
        return self._losses({name: each.to(device) for name, each in ready.items()})[0]

    def _losses(self, batch: Batch) -> tuple[Tensor, Tensor]:
        assert self.network is not None
        return self.objective.losses(self.network, batch)

    def training_loss(self, batch: Batch) -> Tensor:
        """Returns the mean loss of a batch; nothing is logged or measured. For what tries a step before training."""
        loss: Tensor = self(batch).mean()
        return loss

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Returns the loss whose gradients, added up by Lightning and DDP, are the mean over the step's rows."""
        return self.of_the_step(self._losses(batch)[0], batch, batch_idx)

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Measures a batch of texts that nothing was learned from."""
        self.held_out.update(*self._losses(batch))

    def on_validation_epoch_end(self) -> None:
        """Logs the mean loss over what was left out of them."""
        loss = self.held_out.compute()
        self.log("val/loss", loss, prog_bar=True)
        if self.objective.fills_gaps:
            self.log("val/perplexity", loss.exp())
        self.held_out.reset()

    @torch.no_grad()
    def language_of(self, part: str) -> float:
        """Returns the mean loss over a part of the texts, as a validation measures it. Every process takes part."""
        mean = MeanMetric().to(self.trainer.strategy.root_device)
        was = self.training
        self.eval()
        with self.trainer.precision_plugin.val_step_context():
            for batch in self.trainer.datamodule.once(part):  # type: ignore[attr-defined]
                mean.update(*self._losses(self._on_device(self.prepared(batch, learning=False))))
        self.train(was)
        return float(mean.compute())

    # ---- what callbacks ask ---------------------------------------------------------------------------------

    @property
    def metric_directions(self) -> dict[str, Literal["min", "max"]]:
        """The metrics that it logs, and which of their values are better."""
        found: dict[str, Literal["min", "max"]] = {"train/loss": "min", "val/loss": "min"}
        return found | ({"val/perplexity": "min"} if self.objective.fills_gaps else {})

    @property
    def monitored(self) -> tuple[str, Literal["min", "max"]]:
        """The metric by which epochs are told apart, and which of its values are better."""
        return "val/loss", "min"

    can_smooth_labels = False

    def rates(self) -> tuple[float, float]:
        """Returns the peak learning rates of the encoder and of the layers that start untrained."""
        assert self.network is not None
        return language_rates(
            self.network,
            learning_rate=self.hparams["learning_rate"],
            head_learning_rate=self.hparams["head_learning_rate"],
        )
