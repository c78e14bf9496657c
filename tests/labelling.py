"""A page that labels rows of a model that was never trained: opened as `finetune label` opens it, for every kind of label."""

import contextlib
import json
import sys
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from finetune.commands.label.app import made
from finetune.commands.label.pool import Pool
from finetune.commands.label.progress import Worth
from finetune.commands.label.service import Service
from finetune.corrections.identity import FILE, Identity
from finetune.corrections.row import Row
from finetune.corrections.store import Store
from finetune.engines.engine import ONNX, Engine
from finetune.runtime.answering.answers import Floats
from finetune.runtime.answering.model import Model
from finetune.runtime.answering.texts import Making, Texts
from finetune.web.counted import Counted
from finetune.web.guards import Guard, Rules
from finetune.web.leaving import Leaving
from tests.serving import Client, answering

SUBJECTS = ["ferrugem asiática", "preço do milho", "crédito rural", "mastite", "colheita"]
PROBLEMS = {"multi_label": "multi_label_classification", "number": "regression"}
KINDS: dict[str, dict[str, Any]] = {
    "single_label": {},
    "multi_label": {"task": "multi_label"},
    "ordinal": {"task": "ordinal", "labels": ["1", "2", "3", "4"]},
    "number": {"task": "number", "labels": ["preço"]},
    "pair": {"columns": ["titulo", "corpo"], "pair": True},
    "template": {"columns": ["estado", "texto"], "template": "{estado}: {texto}"},
}


class Network:
    """Logits by a sum of the letters: the same for the same text."""

    def __init__(self, outputs: int) -> None:
        self.outputs = outputs

    def logits(self, texts: Sequence[Texts]) -> Floats:
        seeds = [zlib.crc32("|".join(each).encode("utf-8", "replace")) for each in texts]
        return np.array([np.random.default_rng(seed).normal(0, 2, self.outputs) for seed in seeds])


def engine(
    *,
    task: str = "single_label",
    labels: Sequence[str] = SUBJECTS,
    columns: Sequence[str] = ("texto",),
    pair: bool = False,
    template: str | None = None,
) -> Engine:
    """A model that answers something."""
    described = {
        "task": task,
        "problem_type": PROBLEMS.get(task, "single_label_classification"),
        "labels": list(labels),
        "max_length": 64,
        "pad_token_id": 0,
        "pair": pair,
        "calibration": {},
        "mix": None,
        "columns": {
            "text": columns[0],
            "pair": columns[1] if pair else None,
            "template": template,
            "known": [],
        },
        "repairs": False,
        "max_characters": None,
        "language": "en",
    }
    model = Model(Path("nowhere"), described, network=Network(len(labels)))
    return Engine(model, Making(described), ONNX, "version_3", "1a2b3c4d")


def rows_of(engine: Engine, count: int = 40, **others: Any) -> list[Row]:
    """Rows as the model reads them: with the texts of every kind."""
    found = []
    for number in range(count):
        text = f"Pergunta {number} sobre {SUBJECTS[number % 5]}: o que faço amanhã?"
        cells = dict.fromkeys(engine.columns, text)
        if len(engine.columns) > 1:
            cells[engine.columns[0]] = f"MG {number}"
        texts = tuple(cells.values()) if engine.making.of_pairs else (" ".join(cells.values()),)
        how = {"source": "perguntas.csv", "position": number, "line": number + 2, "part": "new"}
        found.append(Row(texts, cells, **{**how, **others}))
    return found


def pool_of(engine: Engine, rows: Sequence[Row]) -> Pool:
    """All rows in their order, and turned around."""
    places = range(len(rows))
    orders = {
        "unsure": lambda: [(place, "unsure") for place in places],
        "random": lambda: [(place, "random") for place in reversed(places)],
    }
    said = engine.model.probabilities([row.texts for row in rows])
    return Pool(rows, said, engine, orders, "unsure")


def opened(folder: Path, engine: Engine) -> Store:
    """The file of marks."""
    folder.mkdir(exist_ok=True)
    described = engine.model.described
    of = Identity("version_3", "sum", described["task"], tuple(engine.model.labels), tuple(engine.columns))
    return Store.opened(folder / FILE, of=of)


@contextlib.contextmanager
def labelling(
    folder: Path,
    *,
    engine: Engine,
    rows: Sequence[Row] | None = None,
    worth: Worth | None = None,
    token: str | None = None,
    port: int = 0,
) -> Iterator[Client]:
    """Serves the page for a while."""
    with opened(folder, engine) as store:
        counted, leaving = Counted(), Leaving()
        pool = pool_of(engine, rows_of(engine) if rows is None else rows)
        service = Service(store, pool, worth=worth)
        with answering(Guard(made(service), Rules(token=token), counted, leaving), port) as client:
            yield client


if __name__ == "__main__":  # a process that can be killed: its folder, then its port
    with labelling(Path(sys.argv[1]), engine=engine(), port=int(sys.argv[2])) as running:
        print(json.dumps({"port": running.port}), flush=True)
        sys.stdin.read()
