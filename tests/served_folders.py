"""Folders that answer each kind of label by a bag of tokens, opened as the server opens them: no training."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finetune.data.batching.tokenizer import load_tokenizer
from finetune.evaluation.answering import Answering
from finetune.evaluation.mix import Mix
from finetune.evaluation.words import tfidf
from finetune.evaluation.words_file import save_words
from finetune.runtime.answering.said import speak
from finetune.tasks.calibration import Calibration
from finetune.tasks.table import TASKS
from tests.journeys.conftest import sentences
from tests.made_once import made_once
from tests.onnx_folder import make_folder

NEEDED = ("fastapi", "uvicorn", "onnx", "onnxruntime")


LABELS = ["Clima", "Pecuária", "Preços"]

KINDS: dict[str, dict[str, Any]] = {
    "single_label": {"labels": LABELS, "text_column": "texto"},
    "ordinal": {"labels": ["1", "2", "3", "4"]},
    "multi_label": {"labels": LABELS, "mark": ";", "calibration": Calibration(1.0, 0.4)},
    "number": {
        "labels": ["preço"],
        "calibration": Calibration(facts={"edges": [0.0], "half_widths": [1.0, 2.0], "widest": [3.0]}),
    },
    "pair": {"labels": LABELS[:2], "text_column": "titulo", "text_pair_column": "corpo"},
    "template": {"labels": LABELS, "template": "{estado}: {texto}"},
    "words": {"labels": LABELS, "text_column": "texto"},
}


@pytest.fixture(autouse=True)
def english() -> None:
    """Another test of the process may have had the program of exports speak Portuguese."""
    speak("en", "en")


@pytest.fixture(scope="session")
def folders(tiny_model: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of each kind."""

    def make(root: Path) -> None:
        tokenizer = load_tokenizer(str(tiny_model))
        words = tfidf([text for text, _ in sentences(60)], np.arange(60) % 3, 3, 0)
        save_words(root / "words.npz", words)
        answering = Answering(Calibration(0.5, 0.9), Mix(0.4, 1.2, 0.8), words, LABELS)
        for kind, how in KINDS.items():
            task = TASKS[kind if kind in TASKS else "single_label"]()
            more = {"answering": answering, "words": root / "words.npz"} if kind == "words" else {}
            make_folder(root / kind, tokenizer, task=task, **how, **more)

    return made_once(tmp_path_factory, "served_folders", make)


@pytest.fixture
def engine_of(folders: Path, tmp_path: Path) -> Any:
    """Opens the engine of a kind."""
    from finetune.engines.opened import opened

    def made(kind: str) -> Any:
        found = opened(str(folders / kind), engine="auto", answer=None, root=tmp_path)
        found.warm()
        return found

    return made


@pytest.fixture
def engine(engine_of: Any) -> Any:
    """An engine of one label of several."""
    return engine_of("single_label")
