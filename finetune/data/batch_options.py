"""BatchOptions: what a data module of tokens is asked of its batches. No Lightning, and no batches."""

from typing import Any

from finetune.data.asked import check_ranges
from finetune.data.batching.part import Part
from finetune.errors import ConfigError


class BatchOptions:
    """What is asked of the batches of the rows of `parts`, which whoever reads them fills.

    Args:
        split_seed: Seed of the division, and of what else is left to chance.
        order_seed: Seed of the order of the rows in training; the run's seed when left out.
        effective_batch_size: Rows of each optimizer step.
        max_length: Longest row in tokens; what the data needs, when left out.
        pad_to: Multiple of a batch's length; what suits the device, when left out.
        eval_tokens: Padded tokens of a batch that is only evaluated; what suits the device, when left out.
        num_workers: Processes that make batches ahead.
        tokenizer: Folder or hub id of the tokenizer; the model's own when left out.
    """

    def __init__(
        self,
        *,
        split_seed: int,
        order_seed: int | None,
        effective_batch_size: int,
        max_length: int | None,
        pad_to: int | None,
        eval_tokens: int | None,
        num_workers: int,
        tokenizer: str | None,
    ) -> None:
        super().__init__()
        check_ranges(
            effective_batch_size=effective_batch_size,
            pad_to=pad_to,
            eval_tokens=eval_tokens,
            max_length=max_length,
            split_seed=split_seed,
            order_seed=order_seed,
            num_workers=num_workers,
        )
        self.split_seed = split_seed
        self.order_seed = order_seed
        self.effective_batch_size = effective_batch_size
        self.max_length = max_length
        self._asked_sizes = {"pad_to": pad_to, "eval_tokens": eval_tokens}
        # 0 until `setup` knows the device
        self.pad_to = pad_to or 0
        self.eval_tokens = eval_tokens or 0
        self.device_type: str | None = None  # that of the machine at hand, unless a plan is made for another
        self._suits: str | None = None
        self.num_workers = num_workers
        self.tokenizer_name = tokenizer
        self.weightless = (
            False  # the tokenizer's folder may lack the weights of its model: for what only plans
        )
        self.sample_steps: int | None = None  # train on so many steps of an epoch, for what only times them
        self.parts: dict[str, Part] = {}

    def _of_model(self, name: str) -> Any:
        """A hyper-parameter of the model that is trained or asked; None where there is none, as here."""
        return None

    def _tokenizer_name(self) -> str:
        name = self._of_model("name") if self.tokenizer_name is None else self.tokenizer_name
        if name is None:
            raise ConfigError(
                "which tokenizer to use is not known: the model has no `name`. Give {data}(tokenizer=...).",
                data=type(self).__name__,
            )
        return str(name)
