"""Whether a run has changed on the disk since it was opened, told by its files from outside. Opens none."""

from pathlib import Path

from finetune.engines.engine import Engine
from finetune.runs.folder import ANSWER, DESCRIPTION, METRICS, MODEL, WORDS

LOOKED_AT = (METRICS, DESCRIPTION, WORDS, ANSWER, f"{MODEL}/config.json", f"{MODEL}/model.safetensors")
OF_EXPORTS = ("model.onnx", "model.onnx.data", "proof.json")

Signature = tuple[tuple[str, int, int], ...]


def signature(engine: Engine) -> Signature:
    """Returns what the files of a model look like from outside: another one once it was trained on or replaced."""
    folders = dict.fromkeys([engine.run or engine.model.folder, engine.model.folder])
    return tuple(
        found for folder in folders for name in (*LOOKED_AT, *OF_EXPORTS) if (found := _looks(folder / name))
    )


def _looks(file: Path) -> tuple[str, int, int] | None:
    try:
        found = file.stat()
    except OSError:
        return None
    return str(file), found.st_size, found.st_mtime_ns
