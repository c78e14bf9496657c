"""What `finetune.json` says, by which a folder answers without this program. Writes no file.

Format 1:

    task, problem_type, labels   a row of TASKS, what plain Transformers goes by, the names of the outputs
    mark                         what joins several labels of a row; null: "|"
    max_length, pad_token_id     tokens after which a row is cut, and what fills a batch; null without a network
    pair                         whether a row has two texts
    columns                      text, pair, template: as they were named, or null; known: names of columns of texts
    repairs, max_characters      --data.fix_encoding and --data.max_characters of the training
    lower_capitals               --data.lower_capitals of the training; a folder without it has false
    calibration                  what is still to be done with logits, and thresholds: the fields of `Calibration`
    mix                          weight, network and words of `Mix`; null where the network answers alone. Of the weight
                                 1 words alone answer, and there need be no network
    language                     spoken where neither the user nor the system says another
    sha256                       sums of the files that it goes with, in the folder of a run
"""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from finetune.data.reading.columns import LIKELY_TEXTS, TEXT_NAMES
from finetune.evaluation.mix import Mix
from finetune.language.capitals import KEY as LOWER_CAPITALS
from finetune.language.which import language
from finetune.runs.exported import FORMAT
from finetune.tasks.calibration import Calibration, stored
from finetune.tasks.task import Task


def described(
    data: Mapping[str, Any],
    *,
    task: Task,
    labels: Sequence[str],
    mark: str | None,
    calibration: Calibration,
    mix: Mix | None,
    max_length: int | None = None,
    pad_token_id: int | None = None,
) -> dict[str, Any]:
    """Returns what the file says.

    Args:
        data: The options of the run's data, as its configuration has them.
        task: What is asked.
        labels: Names of the C outputs.
        mark: What joins several labels of a row, as in the training table.
        calibration: How logits become an answer.
        mix: What words have of it; None where the network answers alone.
        max_length: Tokens after which the network has a row cut.
        pad_token_id: What fills its batches.
    """
    return {
        "format": FORMAT,
        "task": task.name,
        "problem_type": task.problem_type,
        "labels": list(labels),
        "mark": mark,
        "max_length": max_length,
        "pad_token_id": pad_token_id,
        "pair": data.get("text_pair_column") is not None,
        "columns": {
            "text": data.get("text_column"),
            "pair": data.get("text_pair_column"),
            "template": data.get("template"),
            "known": [sorted(TEXT_NAMES), sorted(LIKELY_TEXTS)],
        },
        "repairs": bool(data.get("fix_encoding")),
        "max_characters": data.get("max_characters"),
        LOWER_CAPITALS: bool(data.get("lower_capitals")),
        "calibration": stored(calibration),
        "mix": None if mix is None else asdict(mix),
        "language": language(),
    }
