"""A run's own network as what answers: its settings read, its weights loaded, asked by torch."""

import json
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from transformers import PreTrainedModel, PreTrainedTokenizerBase

from finetune.cli.classifier_folder import class_names
from finetune.data.batching.tokenizer import load_tokenizer
from finetune.data.batching.tokens import plain
from finetune.engines.engine import TORCH, WORDS, Engine, short
from finetune.errors import ConfigError, ModelError
from finetune.evaluation.answer_file import kept_answering
from finetune.evaluation.answering import Answering
from finetune.evaluation.answers import kept_task
from finetune.evaluation.described import described
from finetune.language.lists import listed
from finetune.model.logits import logits_of
from finetune.model.network import MARK, fingerprint, layers_of, load_network
from finetune.model.vocabulary import suit
from finetune.runs.folder import MODEL, RunFolder
from finetune.runtime.answering.answers import TASKS, Floats
from finetune.runtime.answering.model import Model
from finetune.runtime.answering.network import Tokens, batches
from finetune.runtime.answering.said import Refused, tell
from finetune.runtime.answering.texts import Making, Texts
from finetune.tasks.batch import TYPES, Batch
from finetune.tasks.calibration import KEY, Calibration
from finetune.tasks.task import MULTI

Ids = np.ndarray[Any, np.dtype[np.int64]]


class TorchNetwork:
    """A network that torch asks, where an export has its own.

    Args:
        network: It.
        tokens: What makes rows of ids.
        pad: What fills a batch.
        outputs: C.
    """

    def __init__(self, network: PreTrainedModel, tokens: Tokens, *, pad: int, outputs: int) -> None:
        self.tokens, self.pad = tokens, pad
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.network = network.to(self.device)  # type: ignore[arg-type]
        self.outputs = outputs

    def logits(self, texts: Sequence[Texts]) -> Floats:
        """Returns the logits [N, C] of N rows, as they come.

        Raises:
            Refused: They are no numbers.
        """
        rows = self.tokens.rows(texts)
        found = np.zeros((len(rows), self.outputs))
        with torch.inference_mode():
            for places in batches([len(ids) for ids, _ in rows]):
                batch = self._batch([rows[place] for place in places.tolist()], pairs=len(texts[0]) == 2)
                found[places] = logits_of(self.network, batch).double().cpu().numpy()
        if not np.isfinite(found).all():
            raise Refused(tell("the network's answers are no numbers: its file is damaged"))
        return found

    def _batch(self, rows: Sequence[tuple[Ids, Ids]], *, pairs: bool) -> Batch:
        lengths = [max(1, len(ids)) for ids, _ in rows]  # of a text without a token a padding is read
        ids = torch.full((len(rows), max(lengths)), self.pad)
        types = torch.zeros_like(ids)
        for number, (of_row, types_of_row) in enumerate(rows):
            ids[number, : len(of_row)] = torch.from_numpy(of_row)
            types[number, : len(of_row)] = torch.from_numpy(types_of_row)
        mask = (torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]).long()
        batch = {"input_ids": ids, "attention_mask": mask, **({TYPES: types} if pairs else {})}
        return {name: each.to(self.device) for name, each in batch.items()}


def of_run(run: Path, answer: str) -> Engine:
    """Returns a finished run, its network loaded where that has a say.

    Args:
        run: Its folder.
        answer: Who answers, a word of `--answer`.

    Raises:
        UserError: if something of it is missing or damaged.
    """
    folder = RunFolder(run)
    metrics, data = folder.metrics(), folder.config().get("data") or {}
    refuse_own_task(run, str(metrics.get("task")))
    config, task = _model_config(run), kept_task(metrics)
    labels = class_names(config)
    how = kept_answering(run, answer) or Answering(Calibration(**(config.get(KEY) or {})))
    tokenizer = load_tokenizer(str(run / MODEL))
    content = described(
        data,
        task=task,
        labels=labels,
        mark=config.get(MARK) if task.problem_type == MULTI else None,
        calibration=how.calibration,
        mix=None if how.words is None else how.mix,
        max_length=min(data.get("max_length") or tokenizer.model_max_length, tokenizer.model_max_length),
        pad_token_id=tokenizer.pad_token_id,
    )
    network, printed = None, None
    if not how.is_of_words_alone:
        loaded, new = load_network(str(run / MODEL), labels, task)
        _refuse_untrained(run, new)
        suit(loaded, tokenizer, model=str(run / MODEL))
        loaded.train(False)
        printed = fingerprint(loaded)
        network = TorchNetwork(
            loaded, _tokens(tokenizer, content), pad=int(tokenizer.pad_token_id), outputs=len(labels)
        )
    if how.words is not None:
        how.check(labels, printed)
    number = short(json.dumps([content, printed], sort_keys=True).encode())
    kind = WORDS if how.is_of_words_alone else TORCH
    return Engine(
        Model(run, content, network=network),
        Making(content),
        kind,
        run.absolute().name,
        number,
        run,
        tokens=None if network is None else network.tokens,
    )


def refuse_own_task(run: Path, task: str) -> None:
    """Refuses a task that is a function of somebody's own, which what answers does not know."""
    if task not in TASKS:
        raise ConfigError(
            "{run} was trained for the task {task}, a function of your own, and what answers row by row knows "
            "{known} alone. Use finetune predict.",
            run=run,
            task=task,
            known=", ".join(TASKS),
        )


def _model_config(run: Path) -> dict[str, Any]:
    file = run / MODEL / "config.json"
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        class_names(content)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise ConfigError(
            "{file} is missing or damaged, so that the run cannot answer. Put a copy of the folder {model}/ back, or "
            "train anew.",
            file=file,
            model=MODEL,
        ) from error
    return content


def _refuse_untrained(run: Path, new: set[str]) -> None:
    if new:
        raise ModelError(
            "the weights in {folder} lack those of {names}, so that every answer would be chance. Put a copy of the "
            "folder back, or train anew.",
            folder=run / MODEL,
            names=listed(layers_of(new)),
        )


def _tokens(tokenizer: PreTrainedTokenizerBase, content: dict[str, Any]) -> Tokens:
    """The tokenizer as an export reads it: from its file."""
    with tempfile.TemporaryDirectory(prefix="finetune_", ignore_cleanup_errors=True) as folder:
        file = Path(folder) / "tokenizer.json"
        plain(tokenizer).save(str(file))
        return Tokens(
            file,
            max_length=content["max_length"],
            pair=content["pair"],
            lower_capitals=content["lower_capitals"],
        )
