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


def ran(scratch: Path, expression: str) -> Any:
    """Returns the value of an expression in the worker."""
    found = _node(scratch, {"run": expression})
    assert "ran" in found, found["threw"]
    return found["ran"]


def told(scratch: Path, *sessions: dict[str, Any], before: str = "") -> list[dict[str, Any]]:
    """Starts the worker, several times where it is told so, asks it, and returns what it answered.

    Args:
        scratch: A folder of the test's own.
        sessions: Each has `start`, as of `parts_of`, and what is `asked` then.
        before: What is done in the worker's world before it is.
    """
    found: list[dict[str, Any]] = _node(scratch, {"sessions": sessions}, before)
    return found


def _node(scratch: Path, what: dict[str, Any], before: str = "") -> Any:
    assert NODE is not None
    script, file = scratch / "worker.js", scratch / "told.json"
    script.write_text(before + worker(), encoding="utf-8")
    file.write_text(json.dumps(what), encoding="utf-8")
    done = subprocess.run(
        [NODE, str(HERE / "in_node.js"), str(script), str(file)],
        capture_output=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr.decode()
    return json.loads(done.stdout)


def asked(path: str, body: Any = None, method: str = "POST") -> dict[str, Any]:
    """A question."""
    return {"method": method, "path": path, "body": body}
