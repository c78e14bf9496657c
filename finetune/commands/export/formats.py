"""The table of formats: what a run can be exported as. Chooses and judges none.

A format is a value: functions that write a network into an empty folder and ask that folder in a process of its own.
Add one by writing it in a file of its own and adding a row to `FORMATS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from finetune.commands.export import hugging_face
from finetune.commands.export.limits import HALF, SAME, Limits
from finetune.commands.export.source import Row, Source
from finetune.language.say import Message
from finetune.tasks.calibration import Calibration
from finetune.tasks.task import Floats

Answered = tuple[Floats, Floats]
"""The network's logits [N, C] of N rows, and those of the answer: the same where words have no say."""


@dataclass(frozen=True)
class Format:
    """What a run can be exported as.

    Attributes:
        name: Its row in `FORMATS`.
        title: What it is, in words.
        variants: Names of what it can be written as, of which validation rows choose the first that is good enough: the
            smallest first.
        write: Writes a variant into an empty folder; what several variants have in common may lie in another.
        keep: Writes into that folder how its logits become an answer.
        ask: Has a process of its own open the folder and answer rows.
        limits: Gives how far a variant may be from the run.
        with_words: Whether what words have of a run's answer goes along.
    """

    name: str
    title: Message
    variants: Callable[[], Sequence[str]]
    write: Callable[[Source, Path, str, Path], None]
    keep: Callable[[Path, Calibration], None]
    ask: Callable[[Path, Sequence[Row]], Answered]
    limits: Callable[[str], Limits]
    with_words: bool = False


def _of_a_dtype(variant: str) -> Limits:
    return SAME if variant == "float32" else HALF


FORMATS: dict[str, Format] = {
    "hf": Format(
        name="hf",
        title=Message("a Hugging Face folder, which plain Transformers opens"),
        variants=lambda: hugging_face.DTYPES,
        write=hugging_face.write,
        keep=hugging_face.keep,
        ask=hugging_face.ask,
        limits=_of_a_dtype,
    ),
}
