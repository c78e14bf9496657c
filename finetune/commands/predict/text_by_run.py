"""--text answered by a run's own network without Lightning: where the Trainer would do no more than ask it once.

What one text is asked with else (other options, another precision, a GPU) goes by the Trainer, as tables do.
"""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from finetune.cli.command_line import Prepared, prepare
from finetune.cli.take_option import take_option
from finetune.cli.taken_apart import runs_root
from finetune.cli.terminal import speak
from finetune.cli.trusted import hold_against_own_runs, names_ones_own
from finetune.cli.typed_text import TypedText
from finetune.language.say import show
from finetune.runs.folder import RunFolder
from finetune.runs.in_one_line import in_one_line
from finetune.runtime.answering.answers import TASKS

TAKEN = ("--run", "--trainer.default_root_dir")
"""Options that only say which run it is."""

SIMPLE = "simple"

ANSWERS = ("mixed", "network", SIMPLE)
"""What `--answer` may be."""

ORDINARY: Mapping[str, tuple[Any, ...]] = {
    "accelerator": ("auto", "cpu"),
    "strategy": ("auto",),
    "num_nodes": (1,),
    "precision": (None, "32-true", "32", 32),
    "fast_dev_run": (False,),
    "callbacks": (None, []),
    "plugins": (None, []),
    "limit_predict_batches": (None, 1.0),
    "deterministic": (None, False),
    "benchmark": (None, False),
    "inference_mode": (True,),
    "profiler": (None,),
    "detect_anomaly": (False,),
    "barebones": (False,),
}
"""Options of the Trainer that have to do with the answer to one text, and the values that leave it as it is."""


@dataclass(frozen=True)
class Asked:
    """What one text is asked with.

    Attributes:
        run: The run folder.
        top: Bars, at most; None for as many as usual.
        all_bars: Whether there is one for each class.
        answer: Who answers.
    """

    run: Path
    top: int | None
    all_bars: bool
    answer: str


def asked_of(typed: TypedText) -> Asked | None:
    """Returns what a text is asked with; None where it is more than a run's network can be asked by itself.

    Args:
        typed: The command, its options and the text.

    Raises:
        ConfigError: if there is no such run, or it names what is not known to be the user's own.
    """
    left, tops = take_option(typed.argv[1:], ("--top",))
    left, answers = take_option(left, ("--answer",))
    left, every = take_option(left, ("--probabilities",))
    left, runs = take_option(left, TAKEN[:1])
    left, _ = take_option(left, TAKEN[1:])
    top, answer, all_bars = ([*each, None][0] for each in (tops, answers, every))
    if left or len(runs) != 1 or max(map(len, (tops, answers, every))) > 1:
        return None
    if not (top or "1").isdecimal() or top == "0" or answer not in (None, *ANSWERS):
        return None  # it is wrong: the parser says so
    if all_bars not in (None, "true", "false") or (all_bars == "true" and top is not None):
        return None
    prepared = prepare(typed.argv, runs_root(typed.argv))
    hold_against_own_runs(prepared)
    if prepared.run is None or not is_ordinary(prepared, prepared.run, simple=answer == SIMPLE):
        return None
    return Asked(prepared.run, None if top is None else int(top), all_bars == "true", answer or ANSWERS[0])


def is_ordinary(prepared: Prepared, run: Path, *, simple: bool) -> bool:
    """Returns whether a run's exported network answers, and computes as it does by itself.

    Args:
        prepared: The command line.
        run: The run folder.
        simple: Whether words alone are to answer.
    """
    if not prepared.exported or names_ones_own(prepared):
        return False
    folder = RunFolder(run)
    config, metrics = folder.config(), folder.metrics()
    if simple and config.get("wanted_precision") is not None:
        return False  # a run of before has not kept from where on its words alone are sure enough
    trainer, tier = config.get("trainer") or {}, config.get("hardware_tier") or {}
    return (
        metrics.get("task") in TASKS
        and all(name not in trainer or trainer[name] in values for name, values in ORDINARY.items())
        and (tier.get("init_args") or {}).get("precision", "auto") in ("auto", "32-true")
        and (config.get("model") or {}).get("quantize") is None
    )


def computes_in_float32() -> bool:
    """Returns whether the Trainer would compute on the processor, and in float32."""
    import torch

    from callbacks.hardware.precision import cpu_bf16_speedup

    return not (torch.cuda.is_available() or torch.backends.mps.is_available()) and cpu_bf16_speedup() is None


def answer_text(asked: Asked, text: str, text_pair: str | None) -> int:
    """Prints the answer to a text; returns the exit status.

    Args:
        asked: What it is asked with.
        text: The text.
        text_pair: The second text, where the run reads two.

    Raises:
        UserError: if the text is not what the run reads, or a file of the run is missing or damaged.
    """
    speak()
    show(in_one_line(asked.run), file=sys.stderr)
    from finetune.commands.predict.asked_once import asked_once

    asked_once(asked.run, text, text_pair, answer=asked.answer, top=asked.top, all_bars=asked.all_bars)
    return 0
