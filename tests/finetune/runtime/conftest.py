"""The tokenizer of the tiny model; where there is no onnx, what asks a network is left out."""

from pathlib import Path
from typing import Any

import pytest

from finetune.data.batching.tokenizer import load_tokenizer
from finetune.runtime.answering.said import speak


@pytest.fixture(scope="session")
def tokenizer(tiny_model: Path) -> Any:
    for package in ("onnx", "onnxruntime"):
        pytest.importorskip(package, reason="pip install -e '.[onnx]'")
    return load_tokenizer(str(tiny_model))


@pytest.fixture(autouse=True)
def english() -> None:
    """Another test of the process may have had it answer in Portuguese."""
    speak("en", "en")
