"""What a data module of tokens gives to Lightning, the model and the callbacks. Reads and divides nothing."""

import os
from typing import Any

import lightning.pytorch as pl
from transformers import PreTrainedTokenizerBase
from typing_extensions import override

from finetune.data.batch_options import BatchOptions
from finetune.data.batching.batches import LengthSampler, StepSampler
from finetune.data.batching.largest import largest_batch, largest_eval_batch, suited_to
from finetune.data.batching.loader import Batches, Collated
from finetune.data.batching.part import Part, cut_at
from finetune.tasks.batch import Batch


class BatchedData(BatchOptions, pl.LightningDataModule):
    """Batches of the rows of `parts`, which whoever reads them fills, with their `tokenizer`."""

    tokenizer: PreTrainedTokenizerBase

    # ---- what Lightning calls -------------------------------------------------------------------------------

    def train_dataloader(self) -> Batches:
        """Returns this process's micro-batches of each epoch."""
        trainer, data = self.trainer, self._collated(self.parts["train"])
        sampler = StepSampler(
            data.lengths,
            effective_batch_size=self.effective_batch_size,
            accumulation=trainer.accumulate_grad_batches if trainer else 1,
            world_size=trainer.world_size if trainer else 1,
            rank=trainer.global_rank if trainer else 0,
            seed=self._order_seed(),
            pad_to=self.pad_to,
            sample=self.sample_steps,
            together=self.rows_together,
        )
        return self._batches(data, sampler)

    def val_dataloader(self) -> Batches | list[Batches]:
        """Returns this process's share of the validation rows; nothing where there are none."""
        return self.once("validation") if "validation" in self.parts else []

    def state_dict(self) -> dict[str, str]:
        """Returns what each checkpoint keeps of the data: by what a run that goes on knows its table again."""
        return {"fingerprint": self.fingerprint()}

    # ---- what the model, the callbacks and the command line ask ---------------------------------------------

    @property
    def rows_together(self) -> int:
        """Rows of a step that have to stay in one micro-batch."""
        return 1

    def fingerprint(self) -> str:
        """Returns a hash of what was read, by what trains and what divides."""
        raise NotImplementedError

    def once(self, part: str, *, most: int | None = None) -> Batches:
        """Returns this process's share of a part's rows, each once and the longest first, to look at and not to train.

        Args:
            part: Its name.
            most: Rows to take; all of them when left out.
        """
        whole = self.parts[part]
        return self._evaluation(whole if most is None or len(whole) <= most else self._some(whole, most))

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps of an epoch, whatever the number of processes and micro-batches."""
        return -(-self.train_rows // self.effective_batch_size)

    @property
    def train_rows(self) -> int:
        """Rows to train on."""
        return len(self.parts["train"])

    def largest_batch(self, parts: int, *, shorten: int = 1) -> Batch:
        """Returns a batch that takes at least the memory of any that training gives.

        Args:
            parts: Micro-batches of a step, over all processes.
            shorten: The batch as it would be with texts cut at 1/shorten of the longest.
        """
        return largest_batch(
            self._collated(self.parts["train"]),
            self.effective_batch_size,
            parts=parts,
            shorten=shorten,
            together=self.rows_together,
        )

    def largest_eval_batch(self) -> Batch | None:
        """Returns a batch that takes at least the memory of any evaluation at hand; None without rows for one."""
        parts = [self._collated(part) for part in self._evaluated() if len(part)]
        return largest_eval_batch(parts, self.eval_tokens)

    def tokens_of(self, part: str) -> int:
        """Returns the tokens of a part in one pass, padding not counted; 0 where there is none."""
        return int(self._collated(self.parts[part]).lengths.sum()) if part in self.parts else 0

    # ---- what another kind of rows does in its own way --------------------------------------------------------

    def _some(self, whole: Part, most: int) -> Part:
        """So many rows of a part that stand for all of it."""
        raise NotImplementedError

    def _evaluated(self) -> list[Part]:
        """All rows that may be evaluated."""
        return list(self.parts.values())

    # ---- wiring ---------------------------------------------------------------------------------------------

    def _suit_the_device(self) -> None:
        here = self.trainer.strategy.root_device.type if self.trainer else "cpu"
        kind = self.device_type or here
        if kind != self._suits:  # else what HardwareTier lowered stays so
            self.pad_to, self.eval_tokens = suited_to(kind, **self._asked_sizes)
            self._suits = kind

    @override
    def _of_model(self, name: str) -> Any:
        """A hyper-parameter of the model that the Trainer has; None without model or parameter."""
        module = self.trainer.lightning_module if self.trainer else None
        return getattr(module.hparams, name, None) if module is not None else None

    def _order_seed(self) -> int:
        """The seed of the order: given, or that of Lightning's `seed_everything`, which tells it to all processes."""
        if self.order_seed is not None:
            return self.order_seed
        return int(os.environ.get("PL_GLOBAL_SEED", self.split_seed))

    def _collated(self, part: Part) -> Collated:
        """The rows of a part, cut and padded as they are batched."""
        cut = cut_at(
            part,
            max_length=self.max_length,
            model_length=self.tokenizer.model_max_length,
            pad_to=self.pad_to,
        )
        return Collated(part, cut, self.pad_to)

    def _batches(self, data: Collated, sampler: StepSampler | LengthSampler) -> Batches:
        return Batches(data, sampler, num_workers=self.num_workers, seed=self.split_seed)

    def _alone(self, part: Part) -> Batches:
        """All rows of a part, of which other processes have none."""
        data = self._collated(part)
        sampler = LengthSampler(data.lengths, max_tokens=self.eval_tokens, pad_to=self.pad_to)
        return self._batches(data, sampler)

    def _evaluation(self, part: Part) -> Batches:
        trainer, data = self.trainer, self._collated(part)
        sampler = LengthSampler(
            data.lengths,
            max_tokens=self.eval_tokens,
            world_size=trainer.world_size if trainer else 1,
            rank=trainer.global_rank if trainer else 0,
            pad_to=self.pad_to,
        )
        return self._batches(data, sampler)
