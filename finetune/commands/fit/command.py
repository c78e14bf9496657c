"""finetune fit: a training, and what ends it. What follows it is in `finish`, what it keeps in `save_run`."""

from pathlib import Path

from lightning.pytorch import Callback, LightningModule, Trainer

from callbacks.saving.stop_signals import stopping_at_once
from finetune.cli.keep_run import KeepRun
from finetune.cli.lightning_cli import run
from finetune.cli.model_of_run import with_model_of_run
from finetune.cli.taken_apart import runs_root
from finetune.cli.training import check_what_is_monitored, leave_the_folder, note_where_one_process_is_faster
from finetune.cli.verb import Ready
from finetune.commands.fit.adapt_first import adapted_first
from finetune.commands.fit.averaged import end_as_averaged, remove_networks
from finetune.commands.fit.best import compared_first
from finetune.commands.fit.corrected_first import corrected_first
from finetune.commands.fit.finish import finish_fit
from finetune.commands.fit.quick import end_before_steps, refuse_steps
from finetune.commands.fit.save_run import save_run
from finetune.commands.fit.seeds import averaged_first
from finetune.errors import ConfigError
from finetune.evaluation.abstention import check_precision
from finetune.evaluation.answering import check_mix
from finetune.evaluation.baselines import FROZEN, refuse_unknown
from finetune.evaluation.wishes import check_wishes as check_task_wishes
from finetune.model.classifier import TextClassifier
from finetune.runs.effort import BEST, QUICK
from finetune.runs.logger import RunLogger
from finetune.runs.seeds import is_of_several


def fit(ready: Ready, adapt_first: str | None = None, seeds: int | None = None) -> int:
    """Train on a table, test the best model, keep all in a new run folder.

    --run RUN --resume goes on with a run; RUN is a folder, its number or its name, or latest, which
    begins one where there is none. --run RUN --with FILE trains a new one on its rows and what was corrected of them.

    Args:
        ready: What it works with.
        adapt_first: Texts without labels (a file of lines, a table, a folder) whose language the model learns first, as
            with finetune adapt; those that are validated and tested on here are left out of them.
        seeds: How many networks are trained, alike but for the seed, of whose weights the mean is the model: as many
            times as long, an answer costs the same.
    """
    if adapt_first is not None:  # that which is typed was done before, and is gone from the command line
        raise ConfigError("adapt_first stands in a file of options: type it, as in --adapt_first TEXTS.")
    if ready.options["with"] is not None:
        raise ConfigError("with stands in a file of options: type it, as in --run RUN --with FILE.")
    if ready.options.effort == BEST:
        raise ConfigError("effort: best stands in a file of options: type it, as in --effort best.")
    trainer, options = ready.trainer, ready.options
    logger = trainer.logger  # what follows the training takes it away
    try:
        check_wishes(ready)
        note_where_one_process_is_faster(trainer)
        baselines = options.baselines or ()
        if options.effort == QUICK:
            end_before_steps(ready)
            baselines = [name for name in baselines if name != FROZEN]  # it is the run itself
        if seeds is not None:
            end_as_averaged(ready)
        # where a network is shared out, Lightning names the checkpoint only after the head would have been started
        ready.model.head_is_new = ready.asked["ckpt_path"] is None
        trainer.fit(ready.model, datamodule=ready.data, **ready.asked)
        if not trainer.fast_dev_run:  # type: ignore[attr-defined]
            finish_fit(
                trainer,
                ready.model,
                ready.data,
                mix=options.mix,
                baselines=baselines,
                wanted_precision=options.wanted_precision,
                write_report=options.write_report,
            )
            if seeds is not None and trainer.is_global_zero and isinstance(logger, RunLogger):
                remove_networks(Path(logger.log_dir))
    except BaseException as error:
        folder = logger.folder if isinstance(logger, RunLogger) else None
        # what trains several says how to go on
        one_of = ready.data.division.fold is not None or (folder is not None and is_of_several(folder))
        leave_the_folder(error, ready, folder=folder, told=not one_of)
        raise
    return 0


def check_wishes(ready: Ready) -> None:
    """Refuses a misspelt baseline or monitored metric, or an impossible wish, before the training.

    Raises:
        ConfigError: if there is one.
    """
    refuse_unknown(ready.options.baselines or ())
    check_mix(ready.options.mix)
    if ready.options.effort == QUICK:
        refuse_steps(ready)
    if ready.options.wanted_precision is not None:
        check_precision(ready.options.wanted_precision)
    wishes = Wishes(mix=ready.options.mix, wanted_precision=ready.options.wanted_precision)
    ready.trainer.callbacks.append(wishes)  # type: ignore[attr-defined]
    check_what_is_monitored(ready.trainer, ready.model)


class Wishes(Callback):
    """Refuses, once the table was read and before anything is trained, what its labels cannot be asked for.

    Args:
        mix: What words shall have of the answer.
        wanted_precision: The wish for right answers.
    """

    def __init__(self, *, mix: float | str, wanted_precision: float | None) -> None:
        self.mix = mix
        self.wanted_precision = wanted_precision

    def on_fit_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Looks at them."""
        if isinstance(pl_module, TextClassifier):
            check_task_wishes(pl_module.task, mix=self.mix, wanted_precision=self.wanted_precision)


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    # once for all that follows: by the time of the last fold the name may be another run's
    argv, status = corrected_first(with_model_of_run(argv, runs_root(argv)), check=check_wishes)
    if status == 0:
        argv, status = averaged_first(argv, check=check_wishes)
    if status == 0:
        argv, status = adapted_first(argv, check=check_wishes)
    if status == 0:
        argv, status = compared_first(argv, check=check_wishes)
    if status != 0:
        return status
    return run(argv, fit, own_callbacks=lambda options: [KeepRun(options, save_run)], within=stopping_at_once)
