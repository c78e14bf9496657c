"""How a run answers, in its folder: `answer.json`, and `words.npz` where words have learned something."""

import json
import math
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from finetune.errors import ConfigError, DataError
from finetune.evaluation.answering import UNMIXED, Answering, words_alone
from finetune.evaluation.answers import kept_task
from finetune.evaluation.mix import Mix
from finetune.evaluation.words_file import open_learned, save_words
from finetune.evaluation.words_of_numbers import OfNumbers
from finetune.files.whole import write_text
from finetune.language.say import Message
from finetune.runs.export_sums import sum_of
from finetune.runs.folder import ANSWER, CONFIG, WORDS, RunFolder
from finetune.tasks.calibration import Calibration

MIXED, NETWORK, SIMPLE = "mixed", "network", "simple"
"""What `--answer` may be: as the run was made to answer, by its network alone, or by words alone."""


def write_answering(
    folder: Path, answering: Answering, simple: Answering | None, *, network: str, folded: float
) -> None:
    """Writes how a run answers into its folder, where words have learned; else takes away what an earlier try left.

    Args:
        folder: The run folder.
        answering: How the network answers as it was trained.
        simple: How words answer alone; None where they have learned nothing.
        network: The fingerprint of the exported one.
        folded: By what number the logits of the exported one are divided already.
    """
    for name in (ANSWER, WORDS):
        (folder / name).unlink(missing_ok=True)
    if simple is None or simple.words is None:
        return
    save_words(folder / WORDS, simple.words)
    mixed: dict[str, Any] = {"mix": None, "calibration": None}  # where words weigh nothing
    if answering.words is not None:
        mix = replace(answering.mix, network=answering.mix.network / folded)
        mixed = {"mix": asdict(mix), "calibration": asdict(answering.calibration)}
    content = {
        **mixed,
        SIMPLE: {"mix": asdict(simple.mix), "calibration": asdict(simple.calibration)},
        "labels": simple.labels,
        "network": network,
        "words": file_print(folder / WORDS),
    }
    write_text(folder / ANSWER, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


@dataclass(frozen=True)
class Kept:
    """What a run's `answer.json` says.

    Attributes:
        mixed: What words have of the answer, and its calibration; None where they weigh nothing.
        simple: The same of words alone; None in a run of before, which did not keep it.
        labels: Names of the classes.
        network: The fingerprint of the exported network.
        words: The sum of the file of words.
    """

    mixed: tuple[Mix, Calibration] | None
    simple: tuple[Mix, Calibration] | None
    labels: list[str]
    network: str
    words: str


def kept(run: Path) -> Kept | None:
    """Returns what a run has kept of how it answers; None where it has kept nothing.

    Raises:
        DataError: if the file is damaged.
    """
    if not (run / ANSWER).is_file():
        return None
    try:
        content: dict[str, Any] = json.loads((run / ANSWER).read_text(encoding="utf-8"))
        labels, network, words = content["labels"], content["network"], content["words"]
        return Kept(_way(content), _way(content.get(SIMPLE)), list(labels), str(network), str(words))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DataError(
            "{file} is damaged: it does not say how the run answers. Train anew, or answer with the network alone: add "
            "--answer network.",
            file=run / ANSWER,
        ) from error


def _way(content: dict[str, Any] | None) -> tuple[Mix, Calibration] | None:
    """What a part of the file says; None where there is nothing to say."""
    if content is None or content["mix"] is None:
        return None
    mix, calibration = Mix(**content["mix"]), Calibration(**content["calibration"])
    temperatures = (mix.network, mix.words, calibration.temperature)
    if not 0 <= mix.weight <= 1 or not all(0 < each < math.inf for each in temperatures):
        raise ValueError(content)
    return mix, calibration


def words_weigh(run: Path) -> bool:
    """Returns whether words have a say in how a run answers; for those who do not ask them, so nothing is refused."""
    try:
        found = kept(run)
    except DataError:
        return True
    return found is not None and found.mixed is not None


def kept_answering(run: Path, asked: str = MIXED) -> Answering | None:
    """Returns how a run answers; None where the network alone does.

    Args:
        run: Its folder.
        asked: A word of `--answer`.

    Raises:
        ConfigError: if words are to answer alone, and it has kept none.
        DataError: if its files are damaged, or do not belong to each other.
    """
    found = kept(run) if asked != NETWORK else None
    if asked == SIMPLE and found is None:
        raise _without_words(run)
    if found is None or (asked == MIXED and found.mixed is None):
        return None
    if file_print(run / WORDS) != found.words:
        raise DataError(
            "{file} is missing, or another than the run's own. Put that back, or answer with the network alone: add "
            "--answer network.",
            file=run / WORDS,
        )
    words = open_learned(run / WORDS)
    outputs = 1 if isinstance(words, OfNumbers) else words.num_classes
    if outputs != len(found.labels):
        raise DataError(
            "{file} tells {words:,} classes apart, and the run has {classes:,}: it is another's. Put the run's own "
            "back, or answer with the network alone: add --answer network.",
            file=run / WORDS,
            words=outputs,
            classes=len(found.labels),
        )
    way = found.mixed if asked == MIXED else found.simple
    if way is None:  # a run of before: it kept words where they weighed something, and how vague they are
        task, vague = kept_task(RunFolder(run).metrics()), found.mixed[0].words if found.mixed else 1.0
        return words_alone(words, found.labels, vague, task, found.network)
    mix, calibration = way
    return Answering(calibration, mix, words, found.labels, found.network)


def file_print(path: Path) -> str:
    """Returns the SHA-256 of a file; nothing where there is none."""
    return sum_of(path) if path.is_file() else ""


def _without_words(run: Path) -> ConfigError:
    """That a run has no words that could answer alone, and why."""
    folder = RunFolder(run)
    config, metrics = folder.config(), folder.metrics() if folder.finished() else {}
    if not metrics:
        return ConfigError(
            "--answer simple: {run} has not finished, and its words learn at the end. To go on with it:\n"
            "  finetune fit --run {run} --resume",
            run=run,
        )
    mix = config.get("mix", "none")
    why = (
        Message("it was trained with --mix {mix}, and no TF-IDF beside it", mix=mix)
        if mix in UNMIXED
        else Message("there was nothing to learn, or it was trained before they were always kept")
    )
    return ConfigError(
        "--answer simple: {run} has kept no words (TF-IDF), for {why}. Have words alone "
        "learn from the same table, in seconds:\n  finetune baseline --config {config}",
        run=run,
        why=why,
        config=run / CONFIG,
    )
