"""Micro-batches into tensors, in an order that can be saved. Chooses no order and cuts no step: see `batches`."""

import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
import torch
from numpy.typing import NDArray
from torch.utils.data import DataLoader, Dataset

from finetune.data.batching.batches import Integers, LengthSampler, MicroBatch, StepSampler, round_up
from finetune.data.batching.pairs import PairTokens
from finetune.data.batching.part import Part
from finetune.errors import ConfigError
from finetune.tasks.batch import FILLER, TYPES, Batch
from finetune.tasks.task import Targets


def single(targets: Targets) -> Targets:
    """Returns targets with numbers that have a point in single precision, as networks compute."""
    return targets.astype(np.float32) if targets.dtype.kind == "f" else targets


def filled(rows: Sequence[NDArray[np.int32]], length: int, padding: int) -> torch.Tensor:
    """Returns rows of numbers as one tensor, each filled up to the length. [B, T]"""
    numbers = torch.full((len(rows), length), padding, dtype=torch.int64)
    for place, row in enumerate(rows):
        numbers[place, : len(row)] = torch.from_numpy(row.astype(np.int64))
    return numbers


@dataclass(frozen=True)
class Collated(Dataset[Batch]):
    """A split as a dataset whose index is a whole `MicroBatch` and whose item is its tensors."""

    part: Part
    max_length: int
    pad_to: int

    @property
    def lengths(self) -> Integers:
        """The tokens of each row once cut. [N]"""
        return self.part.lengths(self.max_length)

    def __getitem__(self, micro_batch: MicroBatch) -> Batch:
        part = self.part
        counts = micro_batch.positions != FILLER
        positions = np.where(counts, micro_batch.positions, 0)
        rows = part.index[positions].tolist()
        ids = [part.tokens.ids(row, self.max_length) for row in rows]
        # never past max_length: the model may have no position for the padding
        lengths = [max(1, len(row)) for row in ids]  # of a text without a token a padding is read
        length = min(round_up(max(lengths), self.pad_to), self.max_length)
        batch = {
            "input_ids": filled(ids, length, part.tokens.pad_token_id),
            "attention_mask": (torch.arange(length) < torch.tensor(lengths)[:, None]).long(),
            "row": torch.from_numpy(np.where(counts, part.row[positions], FILLER)),
            "step_rows": torch.tensor(micro_batch.step_rows),
        }
        if isinstance(part.tokens, PairTokens) and part.tokens.has_types:
            batch[TYPES] = filled([part.tokens.types(row, self.max_length) for row in rows], length, 0)
        if part.labels is not None:
            batch["labels"] = torch.from_numpy(single(part.labels[positions]))  # of a filler those of a row
        return batch


def leave_the_terminal_to_the_parent(worker: int) -> None:
    """Has a process that makes batches not end with Ctrl-C, which reaches it too: the one that trains saves, then ends.

    One that is forked has inherited how that one listens; one that is started anew, as on Windows and macOS, has not.
    """
    for name in ("SIGINT", "SIGBREAK"):  # the second is Ctrl-Break of Windows
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), signal.SIG_IGN)


class Batches:
    """The batches of one split, pass after pass, with a state that says how far the pass has come.

    No `DataLoader` by type, so that Lightning takes it as it is: it neither replaces the sampler under several
    processes nor builds it anew when predicting. It has what Lightning looks for: a length, `state_dict` and
    `load_state_dict`, and for training, where the order changes, `sampler` with `set_epoch`.
    """

    def __init__(
        self, data: Collated, order: StepSampler | LengthSampler, *, num_workers: int = 0, seed: int = 0
    ) -> None:
        self.data = data
        self.order = order
        if isinstance(order, StepSampler):
            self.sampler = order
        self.num_workers = num_workers
        self.seed = seed
        self._yielded = 0
        self._resume: dict[str, int] | None = None

    def __len__(self) -> int:
        return len(self.order)

    @property
    def epoch(self) -> int:
        """The epoch whose order the next pass takes."""
        return self.order.epoch if isinstance(self.order, StepSampler) else 0

    def __iter__(self) -> Iterator[Batch]:
        # A generator: the order is fixed at the first batch, after Lightning has set the epoch.
        start = 0
        if self._resume is not None and self._resume["epoch"] == self.epoch:
            start = self._resume["batches"]
        self._resume = None
        self._yielded = start
        loader = DataLoader(
            self.data,
            batch_size=None,
            # cut as they are asked for: an epoch of a large table begins at once
            sampler=islice(self.order, start, None),
            num_workers=self.num_workers,
            # its own: the loader's draw must not move the random state that dropout uses; and the same for an epoch
            # whether it is begun or taken up
            generator=torch.Generator().manual_seed(self.seed + self.epoch),
            pin_memory=torch.cuda.is_available(),
            worker_init_fn=leave_the_terminal_to_the_parent,
        )
        for batch in loader:
            self._yielded += 1
            yield batch

    @property
    def accumulation(self) -> int:
        """Micro-batches of each step on this process."""
        return self.order.accumulation if isinstance(self.order, StepSampler) else 1

    def state_dict(self) -> dict[str, int]:
        """Returns the epoch, how many of its batches were handed out, and how many make a step."""
        if self._resume is not None:
            return dict(self._resume)  # taken up, and none handed out since: a validation comes first
        return {"epoch": self.epoch, "batches": self._yielded, "accumulation": self.accumulation}

    def load_state_dict(self, state: dict[str, int]) -> None:
        """Makes the next pass over the saved epoch begin after the batches handed out before.

        Raises:
            ConfigError: if steps are cut another way in the middle of an epoch: batches are what was counted, so
                that steps would begin and end in the wrong places.
        """
        was = state.get("accumulation", self.accumulation)
        whole_epoch = len(self) // self.accumulation * was
        if was != self.accumulation and 0 < state["batches"] < whole_epoch:
            raise ConfigError(
                "the run stopped in the middle of an epoch with each step in {n} micro-batch, and is to go on with "
                "{now}. Add --trainer.accumulate_grad_batches {n}.",
                "the run stopped in the middle of an epoch with each step in {n} micro-batches, and is to go on with "
                "{now}. Add --trainer.accumulate_grad_batches {n}.",
                n=was,
                now=self.accumulation,
            )
        self._resume = dict(state)
