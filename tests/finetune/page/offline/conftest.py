"""The tokenizer of the tiny model; where there is no onnx, what asks a network is left out."""

from pathlib import Path
from typing import Any

import pytest

from finetune.data.batching.tokenizer import load_tokenizer


@pytest.fixture(scope="session")
def tokenizer(tiny_model: Path) -> Any:
    for package in ("onnx", "onnxruntime"):
        pytest.importorskip(package, reason="pip install -e '.[onnx]'")
    return load_tokenizer(str(tiny_model))
