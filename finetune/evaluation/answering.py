"""How a run answers: the network's logits, with words beside them or alone, and what their confidence is worth.

What a run has kept of it stands beside it: `answer.json`, and `words.npz` where words have a say.
"""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.errors import ConfigError, DataError
from finetune.evaluation.measured import Measured
from finetune.evaluation.mix import NETWORK_ALONE, Mix
from finetune.evaluation.words import Classifier, open_words, save_words
from finetune.files.whole import write_text
from finetune.runs.folder import ANSWER, CONFIG, MODEL, WORDS, RunFolder
from finetune.tasks.calibration import Calibration

Floats = NDArray[np.float64]

ASKED = ("auto", "none")
"""What `--mix` may be besides a number."""


@dataclass(frozen=True)
class Answering:
    """How logits of the network become an answer.

    Attributes:
        calibration: Of the answer.
        mix: What words have of it.
        words: What they have learned; None where they have no say.
        labels: Names of the classes that it is for, where words have a say.
        network: The fingerprint of the exported network that it is for, where that is known.
    """

    calibration: Calibration
    mix: Mix = NETWORK_ALONE
    words: Classifier | None = None
    labels: list[str] | None = None
    network: str | None = None

    def said(self, texts: Sequence[str]) -> Floats | None:
        """Returns the probabilities [N, C] that words give N texts; None where they have no say."""
        return None if self.words is None else self.words.predict_proba(texts)

    def logits(self, network: Floats, said: Floats | None) -> Floats:
        """Returns the logits [N, C] of the answers, not divided by a temperature.

        Args:
            network: [N, C] the network's.
            said: [N, C] what words say; None where they have no say.
        """
        return network if self.words is None or said is None else self.mix.logits(network, said)

    def measured(self, found: Measured, said: Floats | None) -> Measured:
        """Returns what was found of the network as it is found of the answer. The loss stays that of the network."""
        return replace(found, logits=self.logits(found.logits, said))

    def check(self, labels: Sequence[str], network: str) -> None:
        """Refuses a network that it was not made for.

        Args:
            labels: Names of its classes.
            network: Its fingerprint.

        Raises:
            DataError: if it is another one.
        """
        if (self.labels, self.network) != (list(labels), network):
            raise DataError(
                "the weights in {model} are not those that the run's {file} was made for, so that the answers would be "
                "wrong. Put the run's own {model} back, or answer with the network alone: add --mix none.",
                model=f"{MODEL}/",
                file=ANSWER,
            )


def check_mix(asked: float | str) -> None:
    """Refuses what `--mix` cannot be.

    Raises:
        ConfigError: if it is neither a share nor one of `ASKED`.
    """
    if isinstance(asked, str) and asked not in ASKED:
        raise ConfigError("--mix {asked}: give auto, none, or a share from 0 to 1 such as 0.3.", asked=asked)
    if not isinstance(asked, str) and not 0 <= asked <= 1:
        raise ConfigError("--mix {asked}: the share of words is from 0 to 1.", asked=f"{asked:g}")


def write_answering(folder: Path, answering: Answering, *, network: str, folded: float) -> None:
    """Writes how a run answers into its folder, where words have a say; else takes away what an earlier try left.

    Args:
        folder: The run folder.
        answering: How the network answers as it was trained.
        network: The fingerprint of the exported one.
        folded: By what number the logits of the exported one are divided already.
    """
    for name in (ANSWER, WORDS):
        (folder / name).unlink(missing_ok=True)
    if answering.words is None:
        return
    save_words(folder / WORDS, answering.words)
    content = {
        "mix": asdict(replace(answering.mix, network=answering.mix.network / folded)),
        "calibration": asdict(answering.calibration),
        "labels": answering.labels,
        "network": network,
        "words": file_print(folder / WORDS),
    }
    write_text(folder / ANSWER, json.dumps(content, ensure_ascii=False, indent=2) + "\n")


def kept_answering(run: Path) -> Answering | None:
    """Returns how a run answers; None where the network alone does.

    Raises:
        DataError: if its files are damaged, or do not belong to each other.
    """
    if not (run / ANSWER).is_file():
        return None
    try:
        content: dict[str, Any] = json.loads((run / ANSWER).read_text(encoding="utf-8"))
        mix, calibration = Mix(**content["mix"]), Calibration(**content["calibration"])
        labels, network, words = content["labels"], content["network"], content["words"]
    except (ValueError, KeyError, TypeError) as error:
        raise DataError(
            "{file} is damaged: it does not say how the run answers. Train anew, or answer with the network alone: add "
            "--mix none.",
            file=run / ANSWER,
        ) from error
    if file_print(run / WORDS) != words:
        raise DataError(
            "{file} is missing, or another than the run's own. Put that back, or answer with the network alone: add "
            "--mix none.",
            file=run / WORDS,
        )
    return Answering(calibration, mix, open_words(run / WORDS), labels, network)


def file_print(path: Path) -> str:
    """Returns the SHA-256 of a file; nothing where there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def asked_of(run: Path | None, asked: float | str) -> bool:
    """Returns whether a trained run is asked to answer as it was made to, rather than with the network alone.

    Raises:
        ConfigError: if it is asked for a share that it was not trained with: its confidence is of its own.
    """
    check_mix(asked)
    if run is None:
        return False
    own = RunFolder(run).config().get("mix", "none")
    if asked != own and asked != "none":
        raise ConfigError(
            "--mix {asked}: the run was trained with --mix {own}, and what its confidence is worth holds for that "
            "alone. Give none for the network alone, or train anew:\n  finetune fit --config {config} --mix {asked}",
            asked=asked,
            own=own,
            config=run / CONFIG,
        )
    return asked != "none"
