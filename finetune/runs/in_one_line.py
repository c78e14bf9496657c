"""A run in one line: where it is, what it reached, when it was trained. Nobody should label with it unawares."""

from datetime import datetime
from pathlib import Path

from finetune.errors import ConfigError
from finetune.language.numbers import moment, number
from finetune.language.say import AnyMessage, Message
from finetune.language.scores import score_name
from finetune.runs.folder import METRICS, RunFolder, ranked_by

MEASURED = {
    "test": Message("its test rows"),
    "validation": Message("its validation rows"),
}
"""What a score is of; the first that there is counts."""


def in_one_line(run: Path) -> AnyMessage:
    """Returns a run with its score and the date of its training, as far as they are known."""
    folder = RunFolder(run)
    try:
        scores = {part: folder.score(part) for part in MEASURED}
    except ConfigError as error:
        return Message("run: {run}; its score is not known: {why}", run=run, why=error.message)
    for part, score in scores.items():
        if score is not None:
            return Message(
                "run: {run} ({name} {score} on {rows}, trained {moment})",
                run=run,
                name=score_name(ranked_by(folder.metrics())),
                score=number(score, digits=2),
                rows=MEASURED[part],
                moment=moment(datetime.fromtimestamp((run / METRICS).stat().st_mtime)),
            )
    return Message("run: {run}", run=run)
