"""The folder opened: what it says of itself, its network and its words; texts go in, probabilities come out."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from .answers import Answer, Columns, Floats, columns, mixed, probabilities, task_of
from .more_columns import check_columns, with_more
from .network import Network
from .said import Refused, tell
from .texts import Texts, together
from .words import Words

FORMAT = 1
NEEDED: dict[str, tuple[type, ...]] = {
    "task": (str,),
    "problem_type": (str,),
    "labels": (list,),
    "max_length": (int, type(None)),
    "pad_token_id": (int, type(None)),
    "pair": (bool,),
    "calibration": (dict,),
    "mix": (dict, type(None)),
    "columns": (dict,),
    "repairs": (bool,),
    "max_characters": (int, type(None)),
    "language": (str,),
}
"""What `finetune.json` holds."""


def described(folder: Path) -> dict[str, Any]:
    """Returns what `finetune.json` says.

    Raises:
        Refused: It is missing or damaged, or of a newer program.
    """
    path = folder / "finetune.json"
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        written = content["format"]
        newer = isinstance(written, int) and written > FORMAT
        whole = written == FORMAT and all(isinstance(content[name], kinds) for name, kinds in NEEDED.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        newer = whole = False
    if newer:
        raise Refused(
            tell(
                "{path} is of a newer version (format {written}; this one reads {known}): install that, or make the "
                "folder anew",
                path=path,
                written=written,
                known=FORMAT,
            )
        )
    if not whole:
        raise Refused(tell("{path} is missing or damaged: put the file of the export back", path=path))
    return content


class Asked(Protocol):
    """What gives logits: the folder's own network, or one that its user has opened otherwise."""

    def logits(self, texts: Sequence[Texts]) -> Floats:
        """Returns the logits [N, C] of N rows, as they come."""


class Model:
    """A folder that answers; its network is loaded when it is first asked.

    Args:
        folder: The folder.
        described: What it says of itself.
        threads: Of the processor; all that the process may use when left out.
        network: What is asked in place of the folder's own network.
        top: Answers beside each row.
        probabilities: Whether each class has a column.

    Attributes:
        of_words: Whether words alone answer, so that there need be no network.

    Raises:
        Refused: Its task is somebody's own, or has none of the columns that are asked for.
    """

    def __init__(
        self,
        folder: Path,
        described: dict[str, Any],
        *,
        threads: int | None = None,
        network: Asked | None = None,
        top: int | None = None,
        probabilities: bool = False,
    ) -> None:
        self.folder, self.described, self.threads = folder, described, threads
        self.labels: list[str] = described["labels"]
        self.problem: str = described["problem_type"]
        self.calibration: dict[str, Any] = described["calibration"]
        self.answering = task_of(described["task"])
        check_columns(self.problem, top=top, probabilities=probabilities)
        self._top, self._every = top, probabilities
        mix = described["mix"]
        self.of_words = mix is not None and mix.get("weight") == 1
        self._network = network
        self._words: Words | None = None

    def load(self) -> None:
        """Loads the network, and words where they have a say.

        Raises:
            Refused: A file is missing or damaged.
        """
        # what is read in pieces first: the network is put where these were, and less memory is taken at once
        if self.described["mix"] is not None and self._words is None:
            self._words = Words(self.folder / "words.npz", len(self.labels))
        if not self.of_words:
            self._load_network()

    def _load_network(self) -> Asked:
        if self._network is None:
            self._network = Network(self.folder, self.described, threads=self.threads)
        return self._network

    def logits(self, texts: Sequence[Texts]) -> Floats:
        """Returns the logits [N, C] of the network alone, as they come, also where it has no say.

        Raises:
            Refused: There is none.
        """
        return self._load_network().logits(texts)

    def probabilities(self, texts: Sequence[Texts]) -> Floats:
        """Returns what is said of each output [N, C], by network and words together."""
        self.load()
        logits = np.zeros((len(texts), len(self.labels))) if self.of_words else self.logits(texts)
        if self._words is not None:
            said = self._words.probabilities([together(row) for row in texts])
            logits = mixed(logits, said, self.described["mix"], self.problem)
        return probabilities(logits, self.problem, self.calibration)

    def answer(self, probabilities: Floats) -> Answer:
        """Returns the answers to N rows."""
        return self.answering(probabilities, self.calibration)

    def columns(self, probabilities: Floats) -> Columns:
        """Returns what stands beside N rows, by the name of the column."""
        answer, mark = self.answer(probabilities), self.described.get("mark")
        own = columns(answer, probabilities, self.labels, self.problem, mark=mark)
        return with_more(
            own,
            answer,
            probabilities,
            self.labels,
            self.problem,
            top=self._top,
            probabilities=self._every,
        )
