"""The options that all verbs share besides those of data, model, Trainer and callbacks: baselines, and more."""

from argparse import SUPPRESS
from typing import Literal

from jsonargparse import ArgumentParser

from finetune.cli.classifier_folder import ANSWERING
from finetune.evaluation.baselines import NAMES
from finetune.runs.effort import GOOD
from finetune.runs.kind import ADAPT, FIT
from finetune.tasks.table import AUTO


def add_shared_options(parser: ArgumentParser, command: str) -> None:
    """Adds them. All commands take those that stand in a run's `config.yaml`.

    Args:
        parser: Of the command.
        command: Its name.
    """
    of_labels = command != ADAPT
    if of_labels:
        add_task(parser)
        add_effort(parser)
    parser.add_argument(
        "--on_nan",
        type=Literal["stop", "skip"],
        default="stop",
        help="What a training does when its loss is NaN or infinite: stop with an error that names the rows, or "
        "skip the step.",
    )
    if of_labels:
        add_options_of_answers(parser, command)
    if command == FIT:
        add_corrections(parser)
    parser.add_argument(
        "--write_report",
        type=bool,
        default=True,
        help="Whether a training ends with report.html, a page about the run, and a card of its model; finetune report "
        "makes both at any time.",
    )


def add_task(parser: ArgumentParser) -> None:
    """Adds what a label is."""
    parser.add_argument(
        "--task",
        type=str,
        default=AUTO,
        help="What a label is: single_label (one class of several), multi_label (any of several), ordinal (classes in "
        "an order), number, or `package.module:function`; auto for what the labels surely are.",
    )
    parser.link_arguments("task", "data.task")


def add_corrections(parser: ArgumentParser) -> None:
    """Adds what a run is trained again with: taken off the command line before it is parsed, but for the help."""
    parser.add_argument(
        "--with",
        type=list[str] | None,
        default=None,
        help="With --run RUN: train a new run on its rows and what was corrected of them, and measure both on the same "
        "rows. What finetune label keeps (RUN/corrections.sqlite), a workbook of predict --review, or a table; several "
        "stand one behind the other.",
    )
    parser.add_argument(
        "--from",
        type=Literal["base", "run"],
        default="base",
        help="Where a run with corrections begins: at the model that RUN began from, or at the weights of RUN.",
    )
    parser.add_argument(
        "--new_labels",
        type=list[str] | None,
        default=None,
        help="Labels of corrections that are new classes, though they look like one there is.",
    )


def add_effort(parser: ArgumentParser) -> None:
    """Adds how much a fit takes on."""
    parser.add_argument(
        "--effort",
        type=Literal["quick", "good", "best"],
        default=GOOD,
        help="How much fit takes on: quick trains nothing of the network, whose last step begins as a regression, "
        "within seconds; good is one training; best compares several ways by cross-validation and trains the best one.",
    )


def add_options_of_answers(parser: ArgumentParser, command: str) -> None:
    """Adds what can only be asked of a model that answers with labels."""
    if command != "baseline":  # that has it as its own
        parser.add_argument(
            "--baselines",
            type=list[str] | None,
            default=list(NAMES),
            help="Simple models that fit measures beside the trained one: majority, tfidf, frozen (a logistic "
            "regression on the pretrained model as it is) or `package.module:function`; null for none.",
        )
    parser.add_argument(
        "--mix",
        type=float | Literal["auto", "none"],
        default="auto",
        help=SUPPRESS  # it stands in a run's configuration
        if command in ANSWERING
        else "What words alone (TF-IDF) have of the answer, beside the network: as much as helps on rows that neither "
        "has learned from (auto), nothing (none), or a share from 0 to 1.",
    )
    if command in ANSWERING:
        parser.add_argument(
            "--answer",
            type=Literal["mixed", "network", "simple"],
            default="mixed",
            help="Who answers of a run of fit: network and words (TF-IDF) as it was trained to (mixed), the network "
            "alone, or words alone (simple), which compute next to nothing.",
        )
    parser.add_argument(
        "--wanted_precision",
        type=float | None,
        default=None,
        help="Share of its answers that shall be right, such as 0.9: on validation rows a confidence is chosen for "
        "it, below which predict marks an answer as abstained. A run that was trained without can be asked, too.",
    )
