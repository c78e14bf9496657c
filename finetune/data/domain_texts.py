"""DomainTexts: from texts without labels to batches, as a LightningDataModule. Wires the other files."""

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.data import held_out
from finetune.data.asked import Reading, Source, check_ranges
from finetune.data.batched import BatchedData
from finetune.data.batching.part import Part
from finetune.data.batching.words_in_pieces import words_in_pieces
from finetune.data.domain.division import Division, check_fraction, divide
from finetune.data.domain.general import GENERAL, general_texts
from finetune.data.domain.rows import Pieces, cut, general_pieces
from finetune.data.domain.sources import each_source
from finetune.data.domain.texts import Texts, go_through
from finetune.data.domain.told import counts, sentences
from finetune.data.free_memory import give_back
from finetune.data.loading import tokenizer_of
from finetune.data.reading.cells import MOST_CHARACTERS
from finetune.data.reading.sums import Sums
from finetune.files.cache import cache_dir
from finetune.language.capitals import lowered
from finetune.language.say import joined, note, say
from finetune.tasks.batch import FILLER, Batch

MOST_TOKENS = 512
"""Tokens of a row where nothing else is asked for: what many models read at most; a longer row costs more a token."""


class DomainTexts(BatchedData):
    """Reads texts without labels, holds some out, tokenises the others once and batches them by length.

    Args:
        path: Texts of the domain: a file with a text in each line (.txt), a table (.csv .tsv .jsonl .parquet .xlsx,
            also .gz), a folder of such files, a `datasets` folder, a hub id, or `demo`; in Python also a DataFrame or a
            Dataset. Equal texts count once; a long one becomes several rows.
        text_column: Column of the texts in tables; found by its name when left out (texto, text, frase, ...).
        label_column: Column of the labels, where a table has some: they are not learned, but `fit` divides such a table
            by them, so that the texts that it validates and tests on are left out. Found by its name when left out.
        reader: How to read the files: a row of READERS or `package.module:function`; by suffix when left out.
        sheet: Sheet of an .xlsx workbook, by its title or its number from 1; the first that has the columns when left
            out.
        header_line: Line with the names of the columns in a text table or workbook, as a spreadsheet counts it; found
            by the names in it when left out.
        fix_encoding: Repair damaged letters (`nÃ£o`, `&atilde;`) in the texts when they are read; no file is changed.
        max_characters: Longest text in characters; the rest of a longer one is not read; no file is changed. `null`
            reads all.
        lower_capitals: Have the model read texts in CAPITALS in lower case: those of 8 letters or more of which 70% are
            capitals. Many vocabularies break such words into pieces; no file is changed.
        leave_out: Whose texts to validate and test on are not read, so that what is measured later stays true: a
            labelled table, divided as `fit` does by default; the folder of a run, divided as it was; a file of sums
            (.npy); or `nothing`. When left out, those of `path` itself, where it has labels.
        validation_fraction: Share of the texts that are held out, to measure what was learnt by them; at most 2000.
        split_seed: Seed of the choice of these.
        order_seed: Seed of the order of the rows in training; the run's seed (--seed_everything) when left out.
        effective_batch_size: Rows of each optimizer step, on any number of processes and micro-batches.
        max_length: Longest row in tokens; a longer text becomes several rows. What the data needs when left out, at
            most 512 and what the model reads.
        pad_to: A batch's length is rounded up to a multiple of this; left out, 4 on a CPU and 8 on a GPU.
        eval_tokens: Padded tokens of a batch that is only evaluated; left out, 2048 on a CPU and 8192 on a GPU.
        num_workers: Processes that make batches ahead; 0 makes them in the training process, mostly the fastest.
        tokenizer: Folder or hub id of the tokenizer; the model's own when left out.
    """

    def __init__(
        self,
        path: list[str] | Source | None = None,
        *,
        text_column: str | None = None,
        label_column: str | None = None,
        reader: str | None = None,
        sheet: str | int | None = None,
        header_line: int | None = None,
        fix_encoding: bool = False,
        max_characters: int | None = MOST_CHARACTERS,
        lower_capitals: bool = True,
        leave_out: list[str] | str | None = None,
        validation_fraction: float = 0.05,
        split_seed: int = 42,
        order_seed: int | None = None,
        effective_batch_size: int = 32,
        max_length: int | None = None,
        pad_to: int | None = None,
        eval_tokens: int | None = None,
        num_workers: int = 0,
        tokenizer: str | None = None,
    ) -> None:
        super().__init__(
            split_seed=split_seed,
            order_seed=order_seed,
            effective_batch_size=effective_batch_size,
            max_length=max_length,
            pad_to=pad_to,
            eval_tokens=eval_tokens,
            num_workers=num_workers,
            tokenizer=tokenizer,
        )
        check_ranges(header_line=header_line, max_characters=max_characters)
        check_fraction(validation_fraction)
        self.path = path
        self.reading = Reading(
            text_column=text_column,
            label_column=label_column,
            reader=reader,
            sheet=sheet,
            header_line=header_line,
            fix_encoding=fix_encoding,
            max_characters=max_characters,
        )
        self.lower_capitals = lower_capitals
        self.leave_out = [leave_out] if isinstance(leave_out, str) else leave_out
        self.validation_fraction = validation_fraction
        self._together = 1
        self._made_for: str | None = None
        self._read: tuple[Texts, Division] | None = None
        self._pieces: dict[str, Pieces] = {}

    # ---- what Lightning calls -------------------------------------------------------------------------------

    def prepare_data(self) -> None:
        """Reads and tokenises on one process, so that the others find the cache."""
        if self.trainer is not None:
            self._load()

    def setup(self, stage: str) -> None:
        """Loads the texts, whatever they are wanted for, where they have not been loaded yet."""
        module = self.trainer.lightning_module if self.trainer else None
        self._together = int(getattr(module, "rows_together", 1))
        self._load()

    def on_before_batch_transfer(self, batch: Batch, dataloader_idx: int) -> Batch:
        """Has the model do to a batch what its objective wants done before it is read, while it lies on the CPU."""
        module, trainer = self.trainer.lightning_module, self.trainer  # type: ignore[union-attr]
        prepare = getattr(module, "prepared", None)
        prepared: Batch = batch if prepare is None else prepare(batch, learning=trainer.training)  # type: ignore[union-attr]
        return prepared

    # ---- what the model, the callbacks and the command line ask ---------------------------------------------

    @property
    def rows_together(self) -> int:
        """Rows of a step that have to stay in one micro-batch, as the model's objective has it."""
        return self._together

    def fingerprint(self) -> str:
        """Returns a hash of the texts that are read, and of which of them are held out."""
        texts, division = self._texts()
        return division.fingerprint(texts.digest)

    def whereabouts(self, batch: Batch) -> str:
        """Returns where the texts of a training batch stand: "textos.txt, lines 3, 19 and 44"."""
        rows = np.array([row for row in batch["row"].tolist() if row != FILLER], dtype=np.int64)
        if not len(rows):
            return say("a batch without a row that counts")
        texts, _ = self._texts()
        return str(texts.where(self._pieces["train"].text_of(rows)))

    def texts(self, part: str, positions: NDArray[np.int64] | None = None) -> list[str]:
        """Returns the texts of a part's rows, or of some of them, by their place: of a long text the piece that it is.

        The sources are read again for them.
        """
        pieces, index = self._pieces[part], self.parts[part].index
        rows = index if positions is None else index[positions]
        numbers = pieces.text_of(rows)
        whole = self._wholes(part, numbers)
        pairs = zip(rows.tolist(), numbers.tolist(), strict=True)
        return [pieces.words_of(row, whole[number], self.tokenizer) for row, number in pairs]

    def each_text(self, part: str) -> Iterator[str]:
        """Gives the whole texts of a part in their order, a window of them in memory at a time."""
        if part == GENERAL:
            yield from general_texts()
            return
        texts, division = self._texts()
        wanted = np.zeros(len(texts), dtype=bool)
        wanted[division.texts[division.held_out == (part == "validation")]] = True
        yield from (text for _, text in texts.each(wanted))

    def facts_of_text(self) -> dict[str, Any]:
        """Returns what was read, in numbers, and the words that break into many pieces, for whoever tells of it.

        The texts are read again for the words.
        """
        read = map(lowered, self.each_text("train")) if self.lower_capitals else self.each_text("train")
        return {**self._counts(), "words": asdict(words_in_pieces(read, self.tokenizer))}

    # ---- wiring ---------------------------------------------------------------------------------------------

    def _counts(self) -> dict[str, Any]:
        return {**counts(*self._texts(), self._pieces["train"]), "max_length": self._most}

    @property
    def _most(self) -> int:
        """The longest row in tokens."""
        model = self.tokenizer.model_max_length
        return min(model, MOST_TOKENS) if self.max_length is None else self.max_length

    def _load(self) -> None:
        self._suit_the_device()
        name = self._tokenizer_name()
        texts, division = self._texts()
        if self._made_for == name:
            return
        # after the texts: a wrong one is said before a model is downloaded
        self.tokenizer = tokenizer_of(name, weightless=self.weightless, max_length=self.max_length)
        cache = cache_dir() / "tokens"
        pieces = cut(
            texts,
            division,
            self.tokenizer,
            max_length=self._most,
            cache=cache,
            lower_capitals=self.lower_capitals,
        )
        general = general_pieces(self.tokenizer, max_length=self._most)
        self._pieces = {"train": pieces, "validation": pieces, GENERAL: general}
        self.parts = {
            "train": pieces.part(held_out=False),
            "validation": pieces.part(held_out=True),
            GENERAL: general.part(held_out=True),
        }
        self._made_for = name
        asked = self.leave_out not in (None, [held_out.NOTHING])
        for each in sentences(self._counts(), cached=pieces.cached, asked=asked):
            note(each)
        give_back()

    def _texts(self) -> tuple[Texts, Division]:
        """The texts and where they went, which are read once."""
        if self._read is None:
            sources, said = each_source(self.path)
            for each in said:
                note(each)
            texts = go_through(sources, self.reading, note)
            division = divide(
                texts.sums,
                self._left_out(sources, texts),
                fraction=self.validation_fraction,
                seed=self.split_seed,
                source=joined([each.source for each in texts.windows], ", "),
            )
            self._read = texts, division
        return self._read

    def _left_out(self, sources: list[Source], texts: Texts) -> Sums:
        if self.leave_out is None:
            assert self.path is not None
            return held_out.own(self.path, sources, texts, self.reading, note)
        label = self.reading.label_column
        found = (held_out.named(each, label_column=label) for each in self.leave_out)
        return np.concatenate([held_out.NO_SUMS, *found])

    def _wholes(self, part: str, numbers: NDArray[np.int64]) -> dict[int, str]:
        """Whole texts by their numbers."""
        if part == GENERAL:
            return dict(enumerate(general_texts()))
        texts, _ = self._texts()
        wanted = np.zeros(len(texts), dtype=bool)
        wanted[numbers] = True
        return dict(texts.each(wanted))

    def _some(self, whole: Part, most: int) -> Part:
        """So many rows, chosen by the seed."""
        rows = np.random.default_rng(self.split_seed).choice(len(whole), size=most, replace=False)
        return whole.at(np.sort(rows))
