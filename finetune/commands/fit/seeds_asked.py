"""What is asked of fit --seeds: how many networks, and what does not go with them, refused before any training."""

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from lightning.pytorch.strategies import ModelParallelStrategy

from callbacks.best_checkpoint import BestCheckpoint
from callbacks.hardware_tier import HardwareTier
from finetune.cli.lightning_cli import run
from finetune.cli.taken_apart import names
from finetune.cli.verb import Ready
from finetune.errors import ConfigError
from finetune.language.say import Message
from finetune.runs.effort import GOOD
from finetune.runs.folder import BEST

OPTION = "--seeds"


def whole_number(text: str) -> int:
    """Returns how many networks there are to be.

    Raises:
        ConfigError: if it is no whole number, or too small.
    """
    if not text.isdecimal() or int(text) < 2:
        raise ConfigError(
            "{option} {text}: give a whole number of at least {least}.", option=OPTION, text=text, least=2
        )
    return int(text)


def refuse_other_seeds(folder: Path, content: dict[str, Any], count: int | None) -> None:
    """Refuses to go on with more seeds, or fewer.

    Raises:
        ConfigError: if they are asked for.
    """
    if count not in (None, len(content["seeds"])):
        raise ConfigError(
            "{folder} was begun with {option} {was}, and cannot go on with {now}: leave it away, or begin a new run.",
            folder=folder,
            option=OPTION,
            was=len(content["seeds"]),
            now=count,
        )


def refuse_with_it(options: list[str]) -> None:
    """Refuses what several trainings cannot do, or not from one command.

    Raises:
        ConfigError: if it is asked for.
    """
    if names(("--run", "--ckpt_path"), options):
        raise ConfigError("--seeds begins a new run: leave --run and --ckpt_path away.")
    if names(("--adapt_first",), options):
        raise ConfigError(
            "--seeds begins all its networks from one model. Adapt that once, and name its run:\n"
            "  finetune adapt --data.path TEXTS --data.leave_out TABLE\n"
            "  finetune fit --seeds 3 --data.path TABLE --model.name lightning_logs/adapt_0"
        )
    if int(os.environ.get("WORLD_SIZE", "1")) > 1:
        raise ConfigError(
            "--seeds is started once, without torchrun: each training uses all GPUs, or those of --trainer.devices."
        )


def looked_at(options: list[str], *, check: Callable[[Ready], None]) -> int:
    """Returns the first seed, once the table was read and the wishes were looked at.

    Raises:
        ConfigError: if the fit is only to be tried, or it is refused.
    """
    found: list[int] = []

    def look(ready: Ready) -> int:
        """Read the table of a fit, and train nothing.

        What it asks for is looked at.
        """
        for option, why in without(ready):
            raise ConfigError(
                "--seeds does not go with {option}: {why}. Leave one of them away.", option=option, why=why
            )
        check(ready)
        ready.data.divided()
        found.append(ready.options.seed_everything)
        return 0

    run(["fit", *options], look)
    return found[0]


def without(ready: Ready) -> Iterator[tuple[str, Message]]:
    """Yields what was asked for that makes no sense with several seeds, and why."""
    options, parameters, trainer = ready.options, ready.model.hparams, ready.trainer
    best = [each for each in trainer.callbacks if isinstance(each, BestCheckpoint)]  # type: ignore[attr-defined]
    machine = [each for each in trainer.callbacks if isinstance(each, HardwareTier)]  # type: ignore[attr-defined]
    seed = options.seed_everything
    products = Message("the mean of products of matrices is not the product of their means")
    wrong = (
        (
            f"--effort {options.effort}",
            options.effort != GOOD,
            Message("it says what is trained in place of one usual training, and here each network is one"),
        ),
        (
            f"--seed_everything {str(seed).lower()}",
            isinstance(seed, bool) or seed is None,
            Message("the networks are numbered from that seed on, which has to be a whole number"),
        ),
        (
            "--data.order_seed",
            ready.data.order_seed is not None,
            Message("each sees the rows in another order"),
        ),
        (
            "--data.fold",
            ready.data.division.fold is not None,
            Message("a fold is measured by finetune crossval"),
        ),
        (
            "--trainer.fast_dev_run",
            bool(trainer.fast_dev_run),  # type: ignore[attr-defined]
            Message("it tries a step, and trains nothing"),
        ),
        ("--model.lora", parameters["lora"] is not None, products),
        ("--hardware_tier.lora auto", any(each.lora == "auto" for each in machine), products),
        (
            "--model.head_start none",
            parameters["head_start"] == "none",
            Message("the mean of networks that begin apart is worth nothing"),
        ),
        (
            "--trainer.strategy fsdp2",
            isinstance(trainer.strategy, ModelParallelStrategy),
            Message("it shares one network out over several cards"),
        ),
        ("--best_checkpoint null", not best, Message("the best weights of each are what is averaged")),
        (
            "--best_checkpoint.dirpath",
            any(each.dirpath is not None or each.filename != BEST.stem for each in best),
            Message("each keeps its weights in the folder of its own run"),
        ),
    )
    return ((option, why) for option, asked, why in wrong if asked)
