"""The counts of Lightning's loops as a checkpoint needs them, so that training goes on at the very next thing to do.

Lightning (2.6) writes its counts as they stand within the hook that saves, and reads off them where to go on: that is
right for some hooks only. Here they are set to what they mean at one of four places between two things to do. Names
and meanings of the counts are Lightning's: `ready`, `started`, `processed`, `completed`, each in `total` and in the
`current` epoch.

    a step            the next batch of the epoch comes next
    before validation the epoch's validation comes next, from its first batch
    validated         what follows a validation comes next: the rest of the epoch, or its end
    an epoch          the next epoch comes next
"""

import copy
from typing import Any, Literal

from lightning.pytorch import Trainer
from lightning.pytorch.loops.loop import _Loop
from lightning.pytorch.trainer.states import TrainerFn

Place = Literal["step", "before_validation", "validated", "epoch"]

BATCHES = "epoch_loop.batch_progress"
VALIDATION = "epoch_loop.val_loop.batch_progress"
EPOCHS = "epoch_progress"


def progress_at(place: Place, loops: dict[str, Any], *, epochs_closed: bool = False) -> dict[str, Any]:
    """Returns the state of the fit loop as it means that training goes on at a place.

    Args:
        place: Where training is to go on.
        loops: `trainer.fit_loop.state_dict()`, from whichever hook.
        epochs_closed: Whether the epoch counts as done already though its batches are not: at the end of a training
            that stopped in the middle of an epoch.
    """
    loops = copy.deepcopy(loops)
    for count in (loops[BATCHES]["total"], loops[BATCHES]["current"]):
        _set(count, ready=count["completed"], started=count["completed"], processed=count["completed"])
    if place == "step":
        loops[BATCHES]["is_last_batch"] = False  # the one that was fetched since may be
    for count in (loops[EPOCHS]["total"], loops[EPOCHS]["current"]):
        done = count["completed"] - (1 if epochs_closed else 0)
        begun = done if place == "epoch" else done + 1
        _set(count, ready=begun, started=begun, processed=done, completed=done)
    total, current = loops[VALIDATION]["total"], loops[VALIDATION]["current"]
    done = begun = total["completed"]
    if place == "before_validation":
        # What was seen of this validation does not count. A batch that was started and not processed has Lightning take
        # the validation up, in the current one from batch 0
        done -= current["completed"]
        begun = done + 1
        _set(current, ready=0, started=0, processed=0, completed=0)
    _set(total, ready=begun, started=begun, processed=done, completed=done)
    return loops


def begin_the_next_epoch(trainer: Trainer) -> None:
    """Has a Trainer that was given the place "epoch" begin an epoch as if none had been broken off.

    Lightning does so by itself but where `max_steps` is given: there it takes every checkpoint for one of mid-epoch.
    """
    _Loop.restarting.fset(trainer.fit_loop, False)  # type: ignore[attr-defined]


def begin_the_validation(trainer: Trainer) -> None:
    """Sets right the count by which "before validation" was told, once the validation has been taken up."""
    total = trainer.fit_loop.epoch_loop.val_loop.batch_progress.total
    _set(vars(total), ready=total.completed, started=total.completed)


def wait_for_the_validation(trainer: Trainer) -> int:
    """Has a Trainer that has taken all its steps begin all the same, for the validation that is due; returns its limit.

    Lightning would find nothing left to do. `limit_steps` sets the limit again.
    """
    limit: int = trainer.max_steps
    if limit >= 0:
        limit_steps(trainer, limit + 1)
    return limit


def limit_steps(trainer: Trainer, limit: int) -> None:
    """Sets how many optimizer steps the training takes at the most; -1 for no limit."""
    trainer.fit_loop.epoch_loop.max_steps = limit


def is_training(trainer: Trainer) -> bool:
    """Whether a training is under way whose state is worth keeping: no sanity check, no `fast_dev_run`."""
    debug = bool(trainer.fast_dev_run)  # type: ignore[attr-defined]
    return trainer.state.fn == TrainerFn.FITTING and not trainer.sanity_checking and not debug


def in_mid_accumulation(trainer: Trainer) -> bool:
    """Whether there are gradients of a step that is not done: they are in no checkpoint."""
    return trainer.fit_loop._should_accumulate()


def in_mid_epoch(trainer: Trainer) -> bool:
    """Whether the epoch has batches left, once training has ended."""
    return not trainer.fit_loop.epoch_loop._num_ready_batches_reached()


def validates_next(trainer: Trainer) -> bool:
    """Whether a validation follows the batch that has just been trained on."""
    loop = trainer.fit_loop
    return loop._data_fetcher is not None and loop.epoch_loop._should_check_val_fx(loop._data_fetcher)


def stops_now(trainer: Trainer) -> bool:
    """Whether the training ends with what is being done: a callback has asked for it, or all steps are taken."""
    enough = 0 <= trainer.max_steps <= trainer.global_step
    return enough or (trainer.should_stop and trainer.fit_loop._can_stop_early)


def _set(count: dict[str, Any], **values: int) -> None:
    count.update(values)
