"""The options that say which model answers, and how: of all commands that open one by its name."""

from argparse import ArgumentParser

from finetune.engines.engine import ONNX, TORCH
from finetune.language.say import say

AUTO = "auto"
ENGINES = (AUTO, TORCH, ONNX)
ANSWERS = ("mixed", "network", "simple")
"""Who answers, as predict has it; an export answers as it was exported."""


def add_engine(parser: ArgumentParser) -> None:
    """Adds what asks the model, and who answers."""
    parser.add_argument(
        "--engine",
        choices=ENGINES,
        default=AUTO,
        help=say(
            "torch asks the run's own network; onnx its export in export/onnx, which starts sooner "
            "and needs no torch; auto takes what is named"
        ),
    )
    parser.add_argument(
        "--answer",
        choices=ANSWERS,
        help=say("who answers: network and words as the run was made to (mixed), one of them alone"),
    )
