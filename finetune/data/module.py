"""TextData: from the user's table to batches, as a LightningDataModule. Wires the other files; no logic of its own."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Literal

import lightning.pytorch as pl
import pandas as pd
from lightning_utilities.core.rank_zero import rank_zero_info
from torch import Tensor

from finetune.data.batching.batches import (
    FILLER,
    LengthSampler,
    StepSampler,
    largest_micro_batch,
    longest_rows,
    round_up,
)
from finetune.data.batching.loader import Batches, Collated, Part
from finetune.data.batching.tokenizer import load_tokenizer
from finetune.data.batching.tokens import Tokens, tokenize
from finetune.data.checks.before_fit import OnFindings, check_before_fit
from finetune.data.checks.doctor import CHECKS, examine
from finetune.data.checks.examined import Examined, examined
from finetune.data.checks.finding import Finding
from finetune.data.checks.speech import known_languages
from finetune.data.dividing.fingerprint import fingerprint
from finetune.data.dividing.fold import chosen_fold
from finetune.data.dividing.labels import class_numbers, label_names
from finetune.data.dividing.parts import UNTOUCHED, Division, Rows
from finetune.data.free_memory import give_back
from finetune.data.loading import FLAGS, Reading, Source, read_one, read_parts, undivided
from finetune.data.reading.table import Table
from finetune.errors import ConfigError, DataError
from finetune.files.cache import cache_dir
from finetune.pretrained.folder import model_folder

# Measured on a CPU with bf16 (README, "Speed"): coarser multiples pad more, finer ones give a new shape to nearly every
# batch; larger evaluation batches fall out of the caches. A GPU wants multiples of 8, and large batches.
CPU_PAD_TO, GPU_PAD_TO = 4, 8
CPU_EVAL_TOKENS, GPU_EVAL_TOKENS = 4096, 8192


class TextData(pl.LightningDataModule):
    """Reads a table of texts and labels, divides it, tokenises it once and batches it by length.

    Args:
        path: Table to train on: a file (.csv .tsv .jsonl .parquet .xlsx, also .gz), a folder of such files, a
            `datasets` folder, a hub id, or `demo`; in Python also a DataFrame or a Dataset. Divided into train,
            validation and test unless it is divided already or the other paths are given.
        validation_path: Table to validate on, instead of a part of `path`.
        test_path: Table to test on, instead of a part of `path`.
        predict_path: Table to predict; it needs no labels.
        text_column: Column of the texts; found by its name when left out (texto, text, frase, ...).
        label_column: Column of the labels; found by its name when left out (rotulo, label, classe, ...).
        reader: How to read the files: a row of READERS or `package.module:function`; by suffix when left out.
        on_bad_rows: What to do with rows without text or label: `drop` them and say so, or stop with an `error`.
        fix_encoding: Repair damaged letters (`nÃ£o`, `&atilde;`) in the texts when they are read; no file is changed.
        on_findings: What `fit` does when the check of the data finds something severe: `report` it and go on, or stop
            with an `error`; `skip` does not check.
        more_checks: Checks of your own, each as `package.module:function`.
        split: How to divide: `stratified`, by class; `by_time`, the default with a time column; or
            `package.module:function`. Equal texts always stay in one part.
        group_column: Column whose rows of one value (a farm, an author, a document) stay in one part.
        time_column: Column of dates or numbers: the most recent rows are those to test on.
        split_column: Column that says the part of each row: treino/train, validacao/validation, teste/test.
        validation_fraction: Share of the rows to validate on, when no validation table is given.
        test_fraction: Share of the rows to test on, when no test table is given; 0 for no test.
        split_seed: Seed of the division.
        folds: Cut the rows that are not for the test into so many folds; `finetune crossval` trains once for each.
        fold: The fold, from 1, that takes the place of the test; the test itself is left alone.
        fold_seed: Seed of the cut into folds; `split_seed` when left out.
        order_seed: Seed of the order of the rows in training; the run's seed (--seed_everything) when left out.
        effective_batch_size: Rows of each optimizer step, on any number of processes and micro-batches.
        max_length: Longest text in tokens; longer ones are cut. What the data needs, when left out.
        pad_to: A batch's length is rounded up to a multiple of this; left out, 4 on a CPU and 8 on a GPU.
        eval_tokens: Padded tokens of a batch that is only evaluated; left out, 4096 on a CPU and 8192 on a GPU.
        num_workers: Processes that make batches ahead; 0 makes them in the training process, mostly the fastest.
        tokenizer: Folder or hub id of the tokenizer; the model's own when left out.
    """

    def __init__(
        self,
        path: Source | None = None,
        *,
        validation_path: Source | None = None,
        test_path: Source | None = None,
        predict_path: Source | None = None,
        text_column: str | None = None,
        label_column: str | None = None,
        reader: str | None = None,
        on_bad_rows: Literal["drop", "error"] = "drop",
        fix_encoding: bool = False,
        on_findings: OnFindings = "report",
        more_checks: list[str] | None = None,
        split: str | None = None,
        group_column: str | None = None,
        time_column: str | None = None,
        split_column: str | None = None,
        validation_fraction: float = 0.1,
        test_fraction: float = 0.1,
        split_seed: int = 42,
        folds: int | None = None,
        fold: int | None = None,
        fold_seed: int | None = None,
        order_seed: int | None = None,
        effective_batch_size: int = 16,
        max_length: int | None = None,
        pad_to: int | None = None,
        eval_tokens: int | None = None,
        num_workers: int = 0,
        tokenizer: str | None = None,
    ) -> None:
        super().__init__()
        for name, value, least in (
            ("effective_batch_size", effective_batch_size, 1),
            ("pad_to", pad_to, 1),
            ("eval_tokens", eval_tokens, 1),
            ("max_length", max_length, 3),  # a token between the two special ones
            ("split_seed", split_seed, 0),
            ("fold_seed", fold_seed, 0),
            ("order_seed", order_seed, 0),
            ("num_workers", num_workers, 0),
        ):
            if value is not None and value < least:
                raise ConfigError(f"{name} is {value}: it must be at least {least}.")
        self.paths: dict[str, Source | None] = {
            "train": path,
            "validation": validation_path,
            "test": test_path,
            "predict": predict_path,
        }
        self.reading = Reading(text_column, label_column, reader, on_bad_rows, fix_encoding)
        self.division = Division(
            validation_fraction=validation_fraction,
            test_fraction=test_fraction,
            seed=split_seed,
            split=split,
            group_column=group_column,
            time_column=time_column,
            split_column=split_column,
            fold=chosen_fold(folds, fold, seed=fold_seed, split_seed=split_seed),
        )
        self.untouched = 0  # test rows that a fold leaves alone
        self.on_findings = on_findings
        self.more_checks = more_checks or []
        self.report: str | None = None  # what the check of the data found, as JSON
        self.order_seed = order_seed
        self.effective_batch_size = effective_batch_size
        self.max_length = max_length
        self._asked = (pad_to, eval_tokens)
        # 0 until `setup` knows the device
        self.pad_to = pad_to or 0
        self.eval_tokens = eval_tokens or 0
        self.device_type: str | None = None  # that of the machine at hand, unless a plan is made for another
        self._suits: str | None = None
        self.num_workers = num_workers
        self.tokenizer_name = tokenizer
        self.sample_steps: int | None = None  # train on so many steps of an epoch, for what only times them
        self.labels: list[str] | None = None
        self._made_for: str | None = None
        self._fingerprint: str | None = None
        self.tables: dict[str, Table] = {}
        self.parts: dict[str, Part] = {}

    # ---- what Lightning calls -------------------------------------------------------------------------------

    def prepare_data(self) -> None:
        """Reads, checks and tokenises on one process, so that the others find the cache."""
        trainer = self.trainer
        if trainer is not None and trainer.state.fn is not None:
            stage = trainer.state.fn.value
            self._load(stage, check=stage == "fit" and self.on_findings != "skip")

    def setup(self, stage: str) -> None:
        """Loads what a stage (`fit`, `validate`, `test`, `predict`) needs and has not been loaded yet."""
        self._load(stage, check=False)

    def train_dataloader(self) -> Batches:
        """Returns this process's micro-batches of each epoch."""
        trainer = self.trainer
        sampler = StepSampler(
            self.parts["train"].lengths(self._cut("train")),
            effective_batch_size=self.effective_batch_size,
            accumulation=trainer.accumulate_grad_batches if trainer else 1,
            world_size=trainer.world_size if trainer else 1,
            rank=trainer.global_rank if trainer else 0,
            seed=self._order_seed(),
            pad_to=self.pad_to,
            sample=self.sample_steps,
        )
        return self._batches("train", sampler)

    def val_dataloader(self) -> Batches | list[Batches]:
        """Returns this process's share of the validation rows; nothing where there are none."""
        return self._evaluation("validation") if "validation" in self.parts else []

    def test_dataloader(self) -> Batches:
        """Returns this process's share of the test rows."""
        return self._evaluation("test")

    def predict_dataloader(self) -> Batches:
        """Returns this process's share of the rows to predict."""
        return self._evaluation("predict")

    def state_dict(self) -> dict[str, str]:
        """Returns what each checkpoint keeps of the data: by what a run that goes on knows its table again."""
        return {"fingerprint": self.fingerprint()}

    # ---- what the model, the callbacks and the command line ask ---------------------------------------------

    @property
    def steps_per_epoch(self) -> int:
        """Optimizer steps of an epoch, whatever the number of processes and micro-batches."""
        return -(-self.train_rows // self.effective_batch_size)

    @property
    def train_rows(self) -> int:
        """Rows to train on."""
        return len(self.parts["train"])

    def largest_batch(self, parts: int, *, shorten: int = 1) -> dict[str, Tensor]:
        """Returns a batch that takes at least the memory of any that training gives.

        Args:
            parts: Micro-batches of a step, over all processes.
            shorten: The batch as it would be with texts cut at 1/shorten of the longest.
        """
        cut = max(3, self._cut("train") // shorten)
        micro_batch = largest_micro_batch(
            self.parts["train"].lengths(cut), self.effective_batch_size, parts=parts, pad_to=self.pad_to
        )
        return Collated(self.parts["train"], cut, self.pad_to)[micro_batch]

    def largest_eval_batch(self) -> dict[str, Tensor] | None:
        """Returns a batch that takes at least the memory of any evaluation at hand; None without rows for one."""
        parts = [name for name, part in self.parts.items() if name != "train" and len(part)]
        if not parts:
            return None
        longest = max(parts, key=lambda name: self.parts[name].lengths(self._cut(name)).max())
        lengths, cut = self.parts[longest].lengths(self._cut(longest)), self._cut(longest)
        micro_batch = longest_rows(lengths, self.eval_tokens, pad_to=self.pad_to)
        return Collated(self.parts[longest], cut, self.pad_to)[micro_batch]

    def tokens_of(self, part: str) -> int:
        """Returns the tokens of a part in one pass, padding not counted; 0 where there is none."""
        return int(self.parts[part].lengths(self._cut(part)).sum()) if part in self.parts else 0

    def whereabouts(self, batch: Mapping[str, Tensor]) -> str:
        """Returns where the rows of a training batch stand in the user's table: "dados.csv, lines 3, 19 and 44"."""
        rows = sorted(row for row in batch["row"].tolist() if row != FILLER)
        return self.tables["train"].where_all(rows) if rows else "a batch without a row that counts"

    def split_frame(self) -> pd.DataFrame:
        """Returns where every row went: its table, position (from 0), spreadsheet line, and split."""
        frames = [
            pd.DataFrame(
                {
                    "source": self.tables[name].source,
                    "row": part.row,
                    "line": [self.tables[name].line(int(row)) for row in part.row],
                    "split": name,
                }
            )
            for name, part in self.parts.items()
            if name != "predict"
        ]
        return pd.concat(frames).sort_values(["source", "row"], kind="stable")

    def fingerprint(self) -> str:
        """Returns a hash of the tables that were loaded, by what trains and what divides; computed once."""
        if self._fingerprint is None:
            tables = {id(table): table for table in self.tables.values()}
            self._fingerprint = fingerprint(tables.values(), self.division)
        return self._fingerprint

    @property
    def rows(self) -> dict[str, Rows]:
        """The rows of train, validation and test, as far as they were loaded."""
        return {
            name: (self.tables[name], part.index) for name, part in self.parts.items() if name != "predict"
        }

    def divided(self) -> dict[str, Rows]:
        """Reads and divides the data, without a tokenizer; returns the rows of each part."""
        return self._rows("train")

    def examined(self) -> Examined:
        """Returns the rows of all parts as the checks look at them."""
        tokens = {id(self.tables[name]): part.tokens for name, part in self.parts.items()}
        return self._examined(self.rows, tokens)

    def check(self, more: Sequence[str] = ()) -> tuple[list[Finding], Examined]:
        """Reads the data and returns what is wrong with them, the worst first, and the rows it was found in.

        Args:
            more: Checks to run besides those that run before each `fit`.
        """
        self._suit_the_device()
        problem = None
        try:
            rows = self._rows("train")
        except DataError as error:
            # what cannot be divided can be looked at, and mostly shows why; a table that cannot be read raises again
            rows, problem = undivided(self.paths, self.reading, self.division), str(error)
        data = self._examined(rows, self._tokens(rows))
        findings = examine(data, [*CHECKS, *self.more_checks, *more])
        if problem is not None:
            findings.insert(0, Finding("undivided", "severe", len(data), values={"problem": problem}))
        return findings, data

    # ---- wiring ---------------------------------------------------------------------------------------------

    def _load(self, stage: str, *, check: bool) -> None:
        needed = {"fit": "train", "validate": "validation"}.get(stage, stage)
        self._suit_the_device()
        if self._made_for != self._tokenizer_name():
            # one TextData, two models: ids are of one tokenizer alone
            self.parts, self.tables, self.labels = {}, {}, None
            self._made_for = self._tokenizer_name()
        if needed in self.parts:
            return
        try:
            rows = self._rows(needed)
        except DataError:
            if check:
                rows = undivided(self.paths, self.reading, self.division)
                # what it finds mostly says why they cannot be divided
                self._check(rows, self._tokens(rows), will_train=False)
            raise
        tokens = self._tokens(rows)
        if check:
            self._check(rows, tokens)  # before the labels are numbered: it says more of those that do not fit
        if self.labels is None and needed != "predict":
            self.labels = self._model_labels() or label_names(rows["train" if "train" in rows else needed][0])
        for part, (table, index) in rows.items():
            labels = None
            if part != "predict" and table.label is not None and self.labels is not None:
                labels = class_numbers(table, index, self.labels, part=part)
            self.tables[part], self._fingerprint = table, None
            self.parts[part] = Part(tokens[id(table)], index, table.row[index], labels)
        rank_zero_info(self._summary(list(rows)))
        give_back()

    def _rows(self, needed: str) -> dict[str, Rows]:
        """The rows that a stage needs, by part."""
        if needed == "predict" or (needed != "train" and self.paths[needed] is not None):
            return read_one(self.paths, needed, self.reading, rank_zero_info)
        rows = read_parts(self.paths, self.reading, self.division, rank_zero_info)
        self.untouched = len(rows.pop(UNTOUCHED)[1]) if UNTOUCHED in rows else 0
        if needed not in rows:
            raise DataError(
                f"there is no {needed} data: {FLAGS[needed]} is not given and --data.{needed}_fraction is 0."
            )
        return rows

    def _tokens(self, rows: Mapping[str, Rows]) -> dict[int, Tokens]:
        """The tokens of the rows' tables, by the table's `id`."""
        self._open_tokenizer()  # after the tables: a wrong one is said before a model is downloaded
        tables = {id(table): table for table, _ in rows.values()}
        return {key: self._tokenize(table) for key, table in tables.items()}

    def _examined(self, rows: Mapping[str, Rows], tokens: Mapping[int, Tokens]) -> Examined:
        data = examined(rows, {key: each.lengths for key, each in tokens.items()})
        own = self.division.split_column is not None or len(data.tables) > 1
        return replace(
            data,
            max_length=min(self.max_length or self._cap, self._cap),
            model_length=self._cap,
            languages=known_languages(self._tokenizer_name()),
            group_column=self.division.group_column,
            time_column=self.division.time_column,
            own_division=own,
            seed=self.division.seed,
        )

    def _check(
        self, rows: Mapping[str, Rows], tokens: Mapping[int, Tokens], *, will_train: bool = True
    ) -> None:
        data = self._examined(rows, tokens)
        self.report = check_before_fit(
            data, self.more_checks, on_findings=self.on_findings, will_train=will_train
        )

    def _suit_the_device(self) -> None:
        here = self.trainer.strategy.root_device.type if self.trainer else "cpu"
        kind = self.device_type or here
        if kind == self._suits:
            return  # what HardwareTier lowered stays so
        pad_to, eval_tokens = self._asked
        self.pad_to = pad_to or (CPU_PAD_TO if kind == "cpu" else GPU_PAD_TO)
        self.eval_tokens = eval_tokens or (CPU_EVAL_TOKENS if kind == "cpu" else GPU_EVAL_TOKENS)
        self._suits = kind

    def _model_labels(self) -> list[str] | None:
        module = self.trainer.lightning_module if self.trainer else None
        return getattr(module.hparams, "labels", None) if module is not None else None

    def _tokenizer_name(self) -> str:
        if self.tokenizer_name is not None:
            return self.tokenizer_name
        module = self.trainer.lightning_module if self.trainer else None
        name = getattr(module.hparams, "name", None) if module is not None else None
        if name is None:
            raise ConfigError(
                "which tokenizer to use is not known: the model has no `name`. Give TextData(tokenizer=...)."
            )
        return str(name)

    def _open_tokenizer(self) -> None:
        self.tokenizer = load_tokenizer(model_folder(self._tokenizer_name()))
        self._cap: int = self.tokenizer.model_max_length
        if self.max_length is not None and self.max_length > self._cap:
            raise ConfigError(
                f"max_length {self.max_length} is more than the model's {self._cap} positions. "
                f"Give --data.max_length {self._cap} or less."
            )

    def _tokenize(self, table: Table) -> Tokens:
        texts = table.text
        tokens, cached = tokenize(texts, self.tokenizer, cache=cache_dir() / "tokens")
        rank_zero_info(
            f"{table.source}: {len(texts):,} texts, {int(tokens.lengths.sum()):,} tokens"
            f"{' (from the cache)' if cached else ''}"
        )
        return tokens

    def _order_seed(self) -> int:
        """The seed of the order: given, or that of Lightning's `seed_everything`, which tells it to all processes."""
        if self.order_seed is not None:
            return self.order_seed
        return int(os.environ.get("PL_GLOBAL_SEED", self.division.seed))

    def _cut(self, part: str) -> int:
        """The longest row of a part in tokens: as asked for, or what the data needs, capped by the model."""
        longest = round_up(int(self.parts[part].tokens.lengths.max()), self.pad_to)
        return min(self.max_length or longest, self._cap)

    def _summary(self, parts: list[str]) -> str:
        lines = []
        for name in parts:
            lengths = self.parts[name].tokens.lengths[self.parts[name].index]
            cut = self._cut(name)
            share = float((lengths > cut).mean()) if len(lengths) else 0.0
            lines.append(
                f"{name} {len(lengths):,} rows, longest {lengths.max()} tokens, {share:.1%} cut to {cut}"
            )
        return "; ".join(lines)

    def _batches(self, part: str, sampler: StepSampler | LengthSampler) -> Batches:
        data = Collated(self.parts[part], self._cut(part), self.pad_to)
        return Batches(data, sampler, num_workers=self.num_workers, seed=self.division.seed)

    def _evaluation(self, part: str) -> Batches:
        trainer = self.trainer
        sampler = LengthSampler(
            self.parts[part].lengths(self._cut(part)),
            max_tokens=self.eval_tokens,
            world_size=trainer.world_size if trainer else 1,
            rank=trainer.global_rank if trainer else 0,
            pad_to=self.pad_to,
        )
        return self._batches(part, sampler)
