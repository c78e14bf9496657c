"""What each command gives the Trainer: its settings, and which of the default callbacks serve it. Builds no Trainer."""

from typing import Any

from jsonargparse import Namespace
from lightning.pytorch import Callback
from lightning.pytorch.callbacks import Checkpoint

from callbacks.best_checkpoint import BestCheckpoint
from callbacks.defaults import default_callbacks
from callbacks.early_stopping import EarlyStopping
from callbacks.hardware_tier import HardwareTier
from callbacks.nan_guard import NanGuard
from finetune.cli.callback_options import NOT_OF_LANGUAGE
from finetune.processes.fsdp2 import strategy_for
from finetune.processes.shared_folder import SharedFolder
from finetune.processes.slurm import cluster_plugins
from finetune.runs.effort import QUICK
from finetune.runs.kind import FIT, KINDS

TRAINER_DEFAULTS: dict[str, Any] = {
    "gradient_clip_val": 1.0,
    "log_every_n_steps": 10,
    # none given: HardwareTier cuts the steps, and an explicit 1 can be told from it
    "accumulate_grad_batches": None,
    "num_sanity_val_steps": 1,
    # TextData deals the batches to the processes itself: each row exactly once
    "use_distributed_sampler": False,
    "enable_model_summary": False,
}

PLAN = "plan"
EVALUATING = {"progress_bar", "keep_memory", "hardware_tier"}
SERVING: dict[str, set[str]] = {
    "fit": set(default_callbacks()),
    "adapt": set(default_callbacks()) - NOT_OF_LANGUAGE,
    PLAN: {"epochs_by_rows", "keep_memory", "hardware_tier"},
    "check": set(),
    "baseline": set(),
    "validate": EVALUATING,
    "test": EVALUATING,
    "predict": EVALUATING,
    QUICK: {*EVALUATING, "best_checkpoint"},
}
"""Default callbacks by the command that they serve; the last row has those that are left where no step is taken."""

SWITCHES = {
    "enable_progress_bar": {"progress_bar"},
    "enable_checkpointing": {"best_checkpoint", "last_checkpoint"},
}
"""Trainer flags that switch default callbacks off."""

NOTHING_KEPT = {"logger": False, "enable_checkpointing": False}
"""What commands that train nothing do without."""

PLANNING = {**NOTHING_KEPT, "limit_val_batches": 0, "enable_progress_bar": False, "max_time": None}
AHEAD = {PLAN: PLANNING, "baseline": {**PLANNING, "max_epochs": 1}}
"""What takes some steps, or none, on the way of a fit, and shows and keeps nothing of them."""

NO_STEP = {"max_epochs": 1, "min_epochs": None, "min_steps": None, "num_sanity_val_steps": 0}
"""What the Trainer is given for a fit that takes no step: nothing that could keep it from ending."""


def trainer_settings(command: str, config: Namespace) -> dict[str, Any]:
    """Returns the Trainer's arguments, with the default callbacks that serve the command and are switched on.

    Args:
        command: The command's name.
        config: Its options, with the callbacks as objects.
    """
    settings, quick = dict(config.trainer), takes_no_step(command, config)
    off = {key for switch, keys in SWITCHES.items() if settings[switch] is False for key in keys}
    serving = SERVING[command] & SERVING[QUICK] if quick else SERVING[command]
    chosen: dict[str, Callback] = {
        key: config[key]
        for key in default_callbacks()
        if key in serving - off and config.get(key) is not None
    }
    given = settings["callbacks"] or []
    given = given if isinstance(given, list) else [given]
    settings["callbacks"] = [*given, *_guards(command, config, given), *chosen.values()]
    asked = [key for key in ("precision", "accumulate_grad_batches") if settings[key] is not None]
    settings["accumulate_grad_batches"] = settings["accumulate_grad_batches"] or 1
    tier = chosen.get("hardware_tier")
    if isinstance(tier, HardwareTier):
        tier.heed(*asked)
        tier.resumes = command in KINDS and config.get("ckpt_path") is not None
    if config.model.hparams["schedule"] == "constant":
        best_of_a_constant_rate(chosen)
    if "epochs_by_rows" in chosen and settings["max_epochs"] is None and settings["max_steps"] == -1:
        settings["max_epochs"] = -1  # no limit yet: EpochsByRows sets it
    settings["strategy"] = strategy_for(settings["strategy"])
    settings["plugins"] = cluster_plugins(settings["plugins"], settings["default_root_dir"]) or None
    if quick:
        settings |= NO_STEP
    if command not in KINDS:
        settings |= AHEAD.get(command, NOTHING_KEPT)
    if not any(isinstance(callback, Checkpoint) for callback in settings["callbacks"]):
        settings["enable_checkpointing"] = False  # else Lightning adds one of its own
    return settings


def takes_no_step(command: str, config: Namespace) -> bool:
    """Returns whether a fit ends before its first step, as one that averages what others have trained."""
    return (command in (FIT, PLAN) and config.get("effort") == QUICK) or (
        command == FIT and config.get("seeds") is not None
    )


def best_of_a_constant_rate(chosen: dict[str, Callback]) -> None:
    """Has the best validation win where the rate does not fall: then the last weights are as good as any."""
    for key in ("best_checkpoint", "early_stopping"):
        callback = chosen.get(key)
        if isinstance(callback, (BestCheckpoint, EarlyStopping)) and callback.margin is None:
            callback.margin = 0.0


def _guards(command: str, config: Namespace, given: list[Callback]) -> list[Callback]:
    """What watches every training and comes before all that saves; no NanGuard where the user gives one of his own."""
    if command not in KINDS:
        return []
    shared = [SharedFolder(config.ckpt_path)] if config.trainer.num_nodes > 1 else []
    own = any(isinstance(callback, NanGuard) for callback in given)
    return [*shared, *([] if own else [NanGuard(config.on_nan)])]
