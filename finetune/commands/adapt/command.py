"""finetune adapt: a pretrained model learns the language of texts before any label. What follows is in `finish`."""

from pathlib import Path
from typing import Any

from lightning.pytorch import LightningModule, Trainer
from lightning.pytorch.loggers import TensorBoardLogger

from callbacks.saving.stop_signals import stopping_at_once
from finetune.cli.keep_run import KeepRun
from finetune.cli.lightning_cli import run
from finetune.cli.planned import plan_ahead, show_command, tier_of
from finetune.cli.training import check_what_is_monitored, leave_the_folder, note_where_one_process_is_faster
from finetune.cli.verb import Ready
from finetune.commands.adapt.finish import finish_adapt
from finetune.commands.adapt.look import Look
from finetune.data.domain_texts import DomainTexts
from finetune.model.domain_model import DomainModel
from finetune.report import board
from finetune.runs.folder import LEFT_OUT
from finetune.runs.logger import RunLogger


def adapt(ready: Ready[DomainModel, DomainTexts], plan_only: bool = False, steps: int = 8) -> int:
    """Learn the language of texts without labels; fit then begins from it.

    --run RUN --resume goes on with a run; RUN is a folder, its number or its name, or latest, which
    begins one where there is none.
    Where it was measured, adapting was worth two points of macro-F1 with 100 labelled rows, and nothing with 300.

    Args:
        ready: What it works with.
        plan_only: Show what it would do here and how long it takes, and train nothing.
        steps: How many steps to time for that, from the shortest texts to the longest.
    """
    trainer = ready.trainer
    if plan_only:
        found = plan_ahead(ready, tier_of(trainer), steps=steps)
        if trainer.is_global_zero:
            show_command("adapt", ready.prepared.typed, without=("--plan_only", "--steps"))
        return 1 if found.plan.fits is False else 0
    logger = trainer.logger  # what follows the training takes it away
    try:
        check_what_is_monitored(trainer, ready.model)
        note_where_one_process_is_faster(trainer)
        # where a network is shared out, Lightning names the checkpoint only after new layers would have been started
        ready.model.head_is_new = ready.asked["ckpt_path"] is None
        trainer.fit(ready.model, datamodule=ready.data, **ready.asked)
        if not trainer.fast_dev_run:  # type: ignore[attr-defined]
            finish_adapt(
                trainer,
                ready.model,
                ready.data,
                write_report=ready.options.write_report,
                then_fit=is_half(ready),
            )
    except BaseException as error:
        leave_the_folder(error, ready, folder=logger.folder if isinstance(logger, RunLogger) else None)
        raise
    return 0


def is_half(ready: Ready[Any, Any]) -> bool:
    """Returns whether `fit --adapt_first` has started this, and goes on behind it."""
    left_out = ready.data.leave_out or []
    return not ready.prepared.resume and any(Path(each).name == LEFT_OUT for each in left_out)


def begin(trainer: Trainer, module: LightningModule, folder: Path) -> None:
    """Gives TensorBoard the lengths of the texts, and which curves belong together."""
    data: DomainTexts = trainer.datamodule  # type: ignore[attr-defined]
    if isinstance(trainer.logger, TensorBoardLogger):
        lengths = {name: part.tokens.lengths[part.index] for name, part in data.parts.items()}
        board.begin_language(trainer.logger.experiment, lengths)


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    return run(
        argv,
        adapt,
        model_class=DomainModel,
        data_class=DomainTexts,
        own_callbacks=lambda options: [KeepRun(options, begin), Look()],
        within=stopping_at_once,
    )
