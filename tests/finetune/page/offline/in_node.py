"""The worker of a page started in Node, where there is one, with the parts of an export."""

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from finetune.page import said
from finetune.page.offline.tokenizer import readable
from finetune.page.offline.worker import packed_words, worker

HERE = Path(__file__).parent
KEPT = Path(said.__file__).parent / "offline" / "kept"
NODE = shutil.which("node")
NEEDED = pytest.mark.skipif(NODE is None, reason="there is no node")
LIMITS = {"characters": 100_000}


def parts_of(folder: Path, scratch: Path, **facts: Any) -> dict[str, Any]:
    """What a worker is started with, its large parts as files that Node reads."""
    tokenizer, words = scratch / "readable.json", None
    tokenizer.write_text(readable((folder / "tokenizer.json").read_text(encoding="utf-8")), encoding="utf-8")
    if (folder / "words.npz").is_file():
        words = scratch / "words.bin"
        words.write_bytes(packed_words(folder / "words.npz"))
    return {
        "described": json.loads((folder / "finetune.json").read_text(encoding="utf-8")),
        "tokenizer": {"file": str(tokenizer), "text": True},
        "network": {"file": str(folder / "model.onnx")},
        "wasm": {"file": str(KEPT / "onnxruntime.wasm.gz"), "gzip": True},
        "words": words and {"file": str(words)},
        "said": said.offline(),
        "language": "en",
        "facts": {"model": "demo-1", "limits": LIMITS, **facts},
    }


def told(scratch: Path, **what: Any) -> dict[str, Any]:
    """Tells the worker something, and returns what it answered.

    Args:
        scratch: A folder of the test's own.
        what: `start` and `asked`, or `run`: an expression whose value is returned as `ran`.
    """
    assert NODE is not None
    script, file = scratch / "worker.js", scratch / "told.json"
    script.write_text(worker(), encoding="utf-8")
    file.write_text(json.dumps(what), encoding="utf-8")
    done = subprocess.run(
        [NODE, str(HERE / "in_node.js"), str(script), str(file)],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    found: dict[str, Any] = json.loads(done.stdout)
    assert "threw" not in found, found["threw"]
    return found


def predict(body: dict[str, Any]) -> dict[str, Any]:
    return {"method": "POST", "path": "predict", "body": body}
