"""The whole way from what the user names as data to rows, tokens and classes, in order. No Lightning, no batches.

`load` goes it to its end, `find_faults` as far as the checks of the data; the steps stand below in their order.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from transformers import PreTrainedTokenizerBase

from finetune.data.asked import Asked
from finetune.data.batching.pairs import AnyTokens, refuse_too_short, tokenize_rows
from finetune.data.batching.part import Part, summary
from finetune.data.batching.pieces import PieceTokens
from finetune.data.batching.tokenizer import load_tokenizer
from finetune.data.checks.before_fit import check_before_fit
from finetune.data.checks.doctor import CHECKS, CheckFunction, examine
from finetune.data.checks.examined import Examined, examined
from finetune.data.checks.finding import Finding
from finetune.data.checks.speech import known_languages
from finetune.data.dividing.by_column import Rows
from finetune.data.dividing.parts import Tell
from finetune.data.free_memory import give_back
from finetune.data.labels.outputs import label_names, targets_of
from finetune.data.reading.table import Table
from finetune.data.rows import divided, go_through, undivided
from finetune.data.windows import WINDOW, Windows
from finetune.errors import ConfigError, DataError
from finetune.files.cache import cache_dir
from finetune.language.say import Message
from finetune.pretrained.folder import model_folder
from finetune.tasks.task import Task

MOST_TOGETHER = 8192
"""Rows that no batch is larger than, to be measured by the longest."""


@dataclass(frozen=True)
class Loaded:
    """What was loaded.

    Attributes:
        tables: The table of each part.
        parts: The rows of each part with their tokens and class numbers.
        tokenizer: Whose tokens they are.
        labels: Names of the outputs; None where rows are only predicted.
        task: What the labels are; None where rows are only predicted.
        untouched: Test rows that a fold leaves alone; None where nothing was divided.
        report: What the check found, as JSON; None where it was not asked for.
        fingerprint: The hash of all tables that were loaded by then, where somebody wanted it.
    """

    tables: dict[str, Table]
    parts: dict[str, Part]
    tokenizer: PreTrainedTokenizerBase
    labels: list[str] | None
    task: Task | None
    untouched: int | None
    report: str | None
    fingerprint: str | None = None


def load(asked: Asked, needed: str, *, labels: Sequence[str] | None, check: bool, tell: Tell) -> Loaded:
    """Goes the whole way: reads and divides, tokenises, checks, and numbers the labels.

    Args:
        asked: What the data are asked to be.
        needed: The part that there must be: `train`, `validation`, `test` or `predict`.
        labels: Names of the classes where they are known; else they are those of the table.
        check: Whether to show what is wrong with the data.
        tell: Takes what the user should know.

    Raises:
        DataError: if a source cannot be used or divided as asked, or has labels that are none of the classes.
    """
    asked = replace(asked, reading=replace(asked.reading, classes=tuple(labels or ())))
    rows, untouched = _divided_or_why_not(asked, needed, check=check, tell=tell)
    tokenizer = open_tokenizer(asked)  # after the tables: a wrong one is said before a model is downloaded
    tokens = tokenized(asked, rows, tokenizer, tell)
    # before the labels are numbered: it says more of those that do not fit
    report = _checked(asked, looked_at(asked, rows, tokens, tokenizer)) if check else None
    names = None if needed == "predict" else list(labels or label_names(rows.get("train", rows[needed])[0]))
    parts = {name: numbered(name, of, tokens, names) for name, of in rows.items()}
    length = tokenizer.model_max_length
    tell(summary(parts, max_length=asked.max_length, model_length=length, pad_to=asked.pad_to))
    give_back()
    task = None if needed == "predict" else rows.get("train", rows[needed])[0].task
    tables = {name: of[0] for name, of in rows.items()}
    return Loaded(tables, parts, tokenizer, names, task, untouched, report)


def find_faults(
    asked: Asked, *, more: Sequence[CheckFunction] = (), tell: Tell
) -> tuple[list[Finding], Examined]:
    """Returns what is wrong with the data, the worst first, and the rows it was found in.

    Args:
        asked: What the data are asked to be.
        more: Checks to run besides those that run before each `fit`.
        tell: Takes what the user should know.
    """
    problem = None
    try:
        rows, _ = divided(asked, "train", tell)
    except DataError as error:
        # what cannot be divided can be looked at, and mostly shows why; a table that cannot be read raises again
        rows, problem = undivided(asked), error.message
    data = _look(asked, rows, tell)
    findings = examine(data, [*CHECKS, *asked.more_checks, *more])
    if problem is not None:
        what = Message(
            "row that cannot be divided into training, validation and test: {problem}",
            "rows that cannot be divided into training, validation and test: {problem}",
            n=len(data),
            problem=problem,
        )
        advice = Message("Mend what that sentence names; the other findings may say more of it.")
        findings.insert(0, Finding("undivided", "severe", len(data), what=what, advice=advice))
    return findings, data


def _divided_or_why_not(
    asked: Asked, needed: str, *, check: bool, tell: Tell
) -> tuple[dict[str, Rows], int | None]:
    """As `divided`; where that cannot be, the check shows first what mostly says why."""
    try:
        return divided(asked, needed, tell)
    except DataError:
        if check:
            _checked(asked, _look(asked, undivided(asked), tell), will_train=False)
        raise


# ---- a table of any length, in windows ----------------------------------------------------------------------


def load_windows(
    asked: Asked, *, tell: Tell, size: int = WINDOW
) -> tuple[Windows, PreTrainedTokenizerBase, Part]:
    """Goes the way to rows that are only predicted: they are not in memory together.

    Args:
        asked: What the data are asked to be.
        tell: Takes what the user should know.
        size: Rows of a window.

    Returns:
        The table, its tokenizer, and rows as long as the longest that there is.

    Raises:
        DataError: if the source cannot be used.
    """
    windows = go_through(asked, "predict", tell, size=size)
    tokenizer = open_tokenizer(asked)  # after the table: a wrong one is said before a model is downloaded
    longest = [[text] for text in windows.longest]
    tokens, _ = tokenize_rows(longest, tokenizer, cache=None, lower_capitals=asked.lower_capitals)
    many = np.zeros(min(windows.kept, MOST_TOGETHER), dtype=np.int64)
    part = Part(tokens, many, many, None)
    told = Message(
        "{source}: {n:,} text to predict, the longest of {letters:,} characters and {tokens:,} tokens",
        "{source}: {n:,} texts to predict, the longest of {letters:,} characters and {tokens:,} tokens",
        source=windows.source,
        n=windows.kept,
        letters=sum(map(len, windows.longest)),
        tokens=int(tokens.lengths[0]),
    )
    tell(told)
    give_back()
    return windows, tokenizer, part


def window_part(
    window: Table, tokenizer: PreTrainedTokenizerBase, *, first: int, lower_capitals: bool = False
) -> Part:
    """Returns the rows of a window with their tokens, which are in memory; `first` is the place of its first row."""
    texts = window.texts_apart(slice(None))
    tokens, _ = tokenize_rows(texts, tokenizer, cache=None, lower_capitals=lower_capitals)
    return Part(tokens, np.arange(len(window.row)), window.row + first, None)


# ---- their tokens -------------------------------------------------------------------------------------------


def open_tokenizer(asked: Asked) -> PreTrainedTokenizerBase:
    """Opens the tokenizer, which knows how much its model can read.

    Raises:
        ConfigError: if longer texts are asked for, or ones too short for two.
    """
    tokenizer = tokenizer_of(asked.tokenizer, weightless=asked.weightless, max_length=asked.max_length)
    if asked.max_length is not None and asked.reading.text_pair_column is not None:
        refuse_too_short(asked.max_length, tokenizer)
    return tokenizer


def tokenizer_of(name: str, *, weightless: bool, max_length: int | None) -> PreTrainedTokenizerBase:
    """Opens a tokenizer by its folder or hub id.

    Args:
        name: Folder or hub id.
        weightless: Whether that folder may lack the weights of its model.
        max_length: The longest text in tokens that is asked for.

    Raises:
        ConfigError: if its model does not read texts as long.
    """
    tokenizer = load_tokenizer(model_folder(name, weights=not weightless))
    most = tokenizer.model_max_length
    if max_length is not None and max_length > most:
        raise ConfigError(
            "max_length {asked} is more than the model's {most} positions. Give --data.max_length {most} or less.",
            asked=max_length,
            most=most,
        )
    return tokenizer


def tokenized(
    asked: Asked, rows: Mapping[str, Rows], tokenizer: PreTrainedTokenizerBase, tell: Tell
) -> dict[int, AnyTokens]:
    """Returns the tokens of the rows' tables, by the table's `id`."""
    found: dict[int, AnyTokens] = {}
    for key, table in {id(table): table for table, _ in rows.values()}.items():
        texts = table.texts_apart(slice(None))
        found[key], cached = tokenize_rows(
            texts, tokenizer, cache=cache_dir() / "tokens", lower_capitals=asked.lower_capitals
        )
        told = Message(
            "{source}: {n:,} text, {tokens:,} tokens{cached}",
            "{source}: {n:,} texts, {tokens:,} tokens{cached}",
            source=table.source,
            n=len(table.row),
            tokens=int(found[key].lengths.sum()),
            cached=Message(" (from the cache)") if cached else "",
        )
        tell(told)
    return found


# ---- what the checks look at --------------------------------------------------------------------------------


def looked_at(
    asked: Asked,
    rows: Mapping[str, Rows],
    tokens: Mapping[int, AnyTokens | PieceTokens],
    tokenizer: PreTrainedTokenizerBase,
) -> Examined:
    """Returns the rows of all parts as the checks look at them; `tokens` are those of each table, by its `id`."""
    data = examined(rows, {key: each.lengths for key, each in tokens.items()})
    most = tokenizer.model_max_length
    return replace(
        as_divided(asked, data),
        max_length=min(asked.max_length or most, most),
        model_length=most,
        languages=known_languages(asked.tokenizer),
        tokenizer=tokenizer,
        lower_capitals=asked.lower_capitals,
    )


def as_divided(asked: Asked, data: Examined) -> Examined:
    """Returns rows with how they were asked to be divided: all that is known of them without a tokenizer."""
    return replace(
        data,
        group_column=asked.division.group_column,
        time_column=asked.division.time_column,
        own_division=asked.division.split_column is not None or len(data.tables) > 1,
        seed=asked.division.seed,
    )


def _look(asked: Asked, rows: Mapping[str, Rows], tell: Tell) -> Examined:
    """The same of rows that are not tokenised yet."""
    tokenizer = open_tokenizer(asked)
    return looked_at(asked, rows, tokenized(asked, rows, tokenizer, tell), tokenizer)


def _checked(asked: Asked, data: Examined, *, will_train: bool = True) -> str:
    return check_before_fit(data, asked.more_checks, on_findings=asked.on_findings, will_train=will_train)


# ---- the targets of their labels ---------------------------------------------------------------------------


def numbered(name: str, rows: Rows, tokens: Mapping[int, AnyTokens], labels: Sequence[str] | None) -> Part:
    """Returns a part: its rows with their tokens and, where there are labels, their targets."""
    table, index = rows
    targets = None
    if labels is not None and table.label is not None:
        targets = targets_of(table, index, labels, part=name)
    return Part(tokens[id(table)], index, table.row[index], targets)
