"""What the end of an adapting says in the terminal: what was read, what changed, how to go on. Computes nothing."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from finetune.files.near import near
from finetune.language.say import say, show
from finetune.language.typed import activation, command_line
from finetune.runs.adapted import GAPS, sentences

SHOWN = 3
"""Filled gaps that the terminal shows; the report has all."""


def show_result(content: Mapping[str, Any]) -> None:
    """Prints how well the texts are known before and after, and some filled gaps.

    Args:
        content: What `metrics.json` says.
    """
    show()
    for sentence in sentences(content):
        show(sentence)
    for gap in content[GAPS][:SHOWN]:
        left, right = gap["text"]
        show(f"\n  {left}[___]{right}")
        show(
            say(
                "    there stood: {word}; likeliest before: {before}; now: {after}",
                word=gap["word"],
                before=", ".join(gap["before"]),
                after=", ".join(gap["after"]),
            )
        )


def show_next_steps(folder: Path, *, curves: bool) -> None:
    """Prints where the run is and how to train from it.

    Args:
        folder: The run folder.
        curves: Whether TensorBoard has something to show.
    """
    place = near(folder)
    show("\n" + say("run folder: {folder}", folder=place))
    if curves:
        board = command_line(["tensorboard", "--logdir", str(Path(place).parent)])
        show(say("look at it:\n  {command}", command=board))
    train = command_line(["finetune", "fit", "--model.name", place, "--data.path", "dados.csv"])
    show(say("train on your labels from it:\n  {command}", command=train))
    show(
        say(
            "Whether that helps, your labels tell: put it beside a run without it, on the same rows:\n"
            "  finetune report RUN RUN"
        )
    )
    activate = activation()
    if activate is not None:
        show(say("in a new terminal, first:\n  {command}", command=activate))
