"""Learner: what every training of a network has, whatever it learns: the step, its optimizer, what callbacks ask."""

from collections.abc import Collection, Iterator
from typing import Any

import lightning.pytorch as pl
import torch
from lightning.pytorch.utilities.types import OptimizerLRSchedulerConfig
from torch import Tensor, nn
from transformers import PreTrainedModel

from finetune.language.say import note
from finetune.model import activations
from finetune.model.network import layers_of
from finetune.model.optim import adamw
from finetune.model.schedules import Schedule, total_steps
from finetune.model.sharding import gathered_bytes, is_sharded, shard
from finetune.tasks.batch import Batch, counting, weighed


class Learner(pl.LightningModule):
    """A network that learns in float32 weights, by AdamW and a schedule, in steps of rows that are cut as memory asks.

    What learns says how: by its `training_step`, which ends with `of_the_step`, and by `rates`. Its `hparams` have
    `layer_decay`, `weight_decay`, `num_cycles` and `warmup_fraction`.

    Attributes:
        network: What learns; None until it is built.
        new_parameters: Names of its parameters that start untrained.
        weightless: Whether it is built without content: for what only plans.
        takes_steps: Whether a fit trains it; False where it ends before its first step.
        make_schedule: How the rate goes.
    """

    make_schedule: Schedule

    def __init__(self) -> None:
        super().__init__()
        self.network: PreTrainedModel | None = None
        self.new_parameters: set[str] = set()
        self.weightless = False
        self.takes_steps = True
        self._step: list[Tensor] = []  # of each micro-batch of this step: the sum of its losses, and its rows

    # ---- building -------------------------------------------------------------------------------------------

    def configure_model(self) -> None:
        """Builds the network, and shares it out over the processes where the strategy has made a mesh of them."""
        if self.network is None:
            self._build()
        if self.device_mesh is not None and not is_sharded(self.network):
            assert self.network is not None
            shard(self.network, self.device_mesh)

    def _build(self) -> None:
        """Builds the network, once what it is built for is known."""
        raise NotImplementedError

    def _of_the_trainer(self) -> Any:
        """The Trainer's data; None without one."""
        return self._trainer.datamodule if self._trainer is not None else None  # type: ignore[attr-defined]

    def draw_apart(self) -> None:
        """Has each process draw random numbers of its own: else dropout would leave out the same in the rows of all."""
        if self.global_rank > 0:
            torch.manual_seed(torch.initial_seed() + self.global_rank)

    # ---- the step -------------------------------------------------------------------------------------------

    def of_the_step(self, losses: Tensor, batch: Batch, batch_idx: int) -> Tensor:
        """Returns the loss whose gradients, added up by Lightning and DDP, are the mean over the step's rows.

        Args:
            losses: Of each row, 0 where it does not count. [B]
            batch: The micro-batch.
            batch_idx: Its number.
        """
        total = losses.sum()
        if batch_idx % self.trainer.accumulate_grad_batches == 0:
            self._step = []
        self._step.append(torch.stack([total.detach(), counting(batch).sum().to(total)]))
        return weighed(
            total,
            batch["step_rows"],
            accumulation=self.trainer.accumulate_grad_batches,
            world_size=self.trainer.world_size,
        )

    def on_before_optimizer_step(self, optimizer: torch.optim.Optimizer) -> None:
        """Logs the mean loss of the step's rows, in whatever micro-batches and processes they were."""
        if not self._step:
            return  # a subclass with a step of its own
        totals = torch.stack(self._step).sum(dim=0)
        if self.trainer.world_size > 1:
            torch.distributed.all_reduce(totals)  # Lightning's own has a GPU waited for
        self.log("train/loss", totals[0] / totals[1], prog_bar=True)

    def batch_rows(self, batch: Batch) -> float:
        """Returns the rows of a step by its micro-batches, for what tells the speed: they share tokens, not rows."""
        trainer = self.trainer
        rows = getattr(getattr(trainer, "datamodule", None), "effective_batch_size", None)
        if rows is None:
            return len(batch["row"])
        return float(rows) / (trainer.accumulate_grad_batches * trainer.world_size)

    def batches_of(self, part: str, *, most: int | None = None) -> Iterator[Batch]:
        """Gives this process's share of a part's rows, or of some of them, each once, on the device."""
        for batch in self.trainer.datamodule.once(part, most=most):  # type: ignore[attr-defined]
            yield self.transfer_batch_to_device(batch, self.trainer.strategy.root_device, 0)

    # ---- what a plan asks -----------------------------------------------------------------------------------

    def use_card_kernels(self) -> None:
        """Has the network compute as on a GPU, wherever its weights lie: for what counts the memory there."""
        assert self.network is not None
        activations.use_card_kernels(self.network)

    @property
    def gathered_bytes(self) -> int:
        """Bytes of weights and gradients that lie in one piece at a time where the network is shared out."""
        return gathered_bytes(self.network) if self.network is not None else 0

    @property
    def can_checkpoint_activations(self) -> bool:
        """Whether the network can compute its activations anew in the backward pass."""
        return bool(self.network is not None and self.network.supports_gradient_checkpointing)

    def checkpoint_activations(self, on: bool) -> None:
        """Has activations computed anew in the backward pass, or kept: memory against time, the same result."""
        assert self.network is not None
        activations.checkpoint_activations(self.network, on)

    # ---- the optimizer --------------------------------------------------------------------------------------

    def rates(self) -> tuple[float, float]:
        """Returns the peak learning rates of the encoder and of the head."""
        raise NotImplementedError

    @property
    def head_parameters(self) -> Collection[str]:
        """Names of the parameters that learn at the head's rate beside those behind the encoder."""
        return self.new_parameters

    def total_steps(self) -> int:
        """Optimizer steps of the whole fit: the schedule ends with the last of them."""
        trainer = self.trainer
        per_epoch = getattr(getattr(trainer, "datamodule", None), "steps_per_epoch", None)
        if per_epoch is None:
            # other people's loaders; for ours this would build them before their saved state is restored
            return int(trainer.estimated_stepping_batches)
        return total_steps(
            per_epoch,
            limit=trainer.limit_train_batches,
            accumulation=trainer.accumulate_grad_batches,
            max_epochs=trainer.max_epochs,
            max_steps=trainer.max_steps,
        )

    def configure_optimizers(self) -> OptimizerLRSchedulerConfig:
        """Returns AdamW and the schedule, stepped after every optimizer step."""
        assert self.network is not None
        encoder, head = self.rates()
        optimizer = adamw(
            self.network,
            new=self.head_parameters,
            rates=(encoder, head),
            layer_decay=self.hparams["layer_decay"],
            weight_decay=self.hparams["weight_decay"],
            # not with scaled float16 gradients: the fused kernel unscales them itself, after they were clipped
            fused=self.device.type in ("cpu", "cuda") and self.trainer.precision != "16-mixed",
        )
        steps = self.total_steps()
        warmup = round(steps * self.hparams["warmup_fraction"])
        if self.takes_steps:
            self.tell_the_steps(steps, warmup, rates=(encoder, head))
            self.tell_what_learns()
        scheduler = self.make_schedule(
            optimizer, warmup_steps=warmup, total_steps=steps, num_cycles=self.hparams["num_cycles"]
        )
        return {"optimizer": optimizer, "lr_scheduler": {"scheduler": scheduler, "interval": "step"}}

    def tell_the_steps(self, steps: int, warmup: int, *, rates: tuple[float, float]) -> None:
        """Says how many steps will be taken, and at which peak rates of encoder and head."""
        encoder, head = rates
        note(
            "{n} optimizer step, {warmup:,} of it warm-up; peak learning rate {encoder:g}, head {head:g}",
            "{n:,} optimizer steps, {warmup:,} of them warm-up; peak learning rate {encoder:g}, head {head:g}",
            n=steps,
            warmup=warmup,
            encoder=encoder,
            head=head,
        )

    def tell_what_learns(self) -> None:
        """Says which layers start untrained."""
        if self.new_parameters and not self.trainer.ckpt_path:
            note(
                "layers that start untrained: {layers}",
                layers=", ".join(layers_of(self.new_parameters)),
            )

    def configure_gradient_clipping(
        self,
        optimizer: torch.optim.Optimizer,
        gradient_clip_val: int | float | None = None,
        gradient_clip_algorithm: str | None = None,
    ) -> None:
        """Clips as the Trainer asks; by norm also before a fused optimizer, which Lightning takes to unscale."""
        if gradient_clip_val and gradient_clip_algorithm in (None, "norm") and optimizer.defaults["fused"]:
            nn.utils.clip_grad_norm_(self.parameters(), gradient_clip_val)
        else:
            self.clip_gradients(optimizer, gradient_clip_val, gradient_clip_algorithm)
