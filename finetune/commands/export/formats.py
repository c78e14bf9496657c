"""The table of formats: what a run can be exported as. Chooses and judges none.

A format is a value: functions that write a network into an empty folder and ask that folder in a process of its own.
Add one by writing it in a file of its own and adding a row to `FORMATS`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from finetune.commands.export import html, hugging_face, without_torch
from finetune.commands.export.carried import keep_calibration
from finetune.commands.export.limits import CLOSE, HALF, SAME, Limits
from finetune.commands.export.source import Row, Source
from finetune.tasks.calibration import Calibration
from finetune.tasks.task import Floats

Answered = tuple[Floats, Floats]
"""The network's logits [N, C] of N rows, and those of the answer: the same where words have no say."""


@dataclass(frozen=True)
class Format:
    """What a run can be exported as.

    Attributes:
        name: Its row in `FORMATS`.
        check: Refuses a run that cannot be written so, before anything is computed.
        variants: Names of what it can be written as, of which validation rows choose the first that is good enough.
        write: Writes a variant into an empty folder; what several variants have in common may lie in another.
        keep: Writes into that folder how its logits become an answer.
        ask: Has a process of its own open the folder and answer rows.
        limits: Gives how far a variant may be from the run.
        by_itself: Whether the folder answers by a program of its own, with what words have of a run's answer; else
            plain Transformers does, which knows the network alone.
        suited: Gives the run as this format can have it.
        page: Whether a page for a browser is made of what was written and proved: see `pages`.
    """

    name: str
    check: Callable[[Source], None]
    variants: Callable[[], Sequence[str]]
    write: Callable[[Source, Path, str, Path], None]
    keep: Callable[[Path, Calibration], None]
    ask: Callable[[Source, Path, Sequence[Row]], Answered]
    limits: Callable[[str], Limits]
    by_itself: bool = False
    suited: Callable[[Source], Source] = lambda source: source
    page: bool = False


def _of_a_dtype(variant: str) -> Limits:
    return SAME if variant == "float32" else HALF


FORMATS: dict[str, Format] = {
    "hf": Format(
        name="hf",
        check=hugging_face.check,
        variants=lambda: hugging_face.DTYPES,
        write=hugging_face.write,
        keep=hugging_face.keep,
        ask=hugging_face.ask,
        limits=_of_a_dtype,
    ),
    "onnx": Format(
        name="onnx",
        check=without_torch.check,
        variants=lambda: without_torch.FLOAT32,
        write=without_torch.write,
        keep=keep_calibration,
        ask=without_torch.ask,
        limits=lambda variant: SAME,
        by_itself=True,
    ),
    "onnx-int8": Format(
        name="onnx-int8",
        check=without_torch.check,
        variants=without_torch.recipes,
        write=without_torch.write,
        keep=keep_calibration,
        ask=without_torch.ask,
        limits=lambda variant: CLOSE,
        by_itself=True,
    ),
}
FORMATS["html"] = replace(
    FORMATS["onnx-int8"], name="html", write=html.write_small, suited=html.suited, page=True
)
FORMATS["html-folder"] = replace(FORMATS["html"], name="html-folder", write=html.write_parts)
