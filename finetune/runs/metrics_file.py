"""`metrics.json` of a run, written: first while something is still to come, then as that of a finished run."""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finetune.files.whole import write_text
from finetune.runs.folder import METRICS, UNFINISHED


def keep_metrics(folder: Path, content: Mapping[str, Any], *, finished: bool) -> None:
    """Writes what a run says of itself.

    Args:
        folder: Of the run.
        content: What it says.
        finished: Whether all is done: then nothing is written behind it. Else the run counts as unfinished, for what
            follows may fail.
    """
    write_text(folder / METRICS, to_json(dict(content) if finished else {**content, UNFINISHED: True}))


def to_json(content: dict[str, Any]) -> str:
    """Returns JSON that every reader takes: a loss that became NaN or infinite is null."""

    def finite(value: Any) -> Any:
        if isinstance(value, dict):
            return {key: finite(item) for key, item in value.items()}
        return None if isinstance(value, float) and not math.isfinite(value) else value

    return json.dumps(finite(content), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
