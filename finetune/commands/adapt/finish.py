"""What follows the adapting of a model: its best weights are asked again, written, told and shown. Trains nothing."""

import math
from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer
from lightning.pytorch.loggers import Logger, TensorBoardLogger

from finetune import __version__
from finetune.cli.training import best_checkpoint
from finetune.commands.adapt.kept_model import keep_model
from finetune.commands.adapt.look import PARTS, Look
from finetune.commands.adapt.told import show_next_steps, show_result
from finetune.data.domain_texts import DomainTexts
from finetune.files.whole import may_be_replaced
from finetune.model.domain_model import DomainModel
from finetune.model.sharding import whole_weights
from finetune.report import board
from finetune.report.secrets import masked
from finetune.runs.adapted import GAPS, LANGUAGE, TEXTS, UNTRAINED, known
from finetune.runs.folder import MODEL, REPORT
from finetune.runs.logger import RunLogger
from finetune.runs.metrics_file import keep_metrics
from finetune.runs.saved import step_of
from finetune.runs.versions import versions


def finish_adapt(
    trainer: Trainer,
    model: DomainModel,
    data: DomainTexts,
    *,
    write_report: bool = False,
    then_fit: bool = False,
) -> None:
    """Asks the best weights what the model was asked at first, keeps model and answers in the run folder, shows them.

    Every process takes part; rank zero writes.

    Args:
        trainer: The one that trained.
        model: What it trained.
        data: What on.
        write_report: Whether to write the page about the run.
        then_fit: Whether a fit begins from it by itself, so that nobody is to be told how.
    """
    folder = Path(trainer.log_dir or trainer.default_root_dir)
    logger, best = trainer.logger, best_checkpoint(trainer)
    # the curves end with the training: a point measured afterwards would look like one more epoch
    trainer.loggers = []
    loaded: dict[str, Any] = {"ckpt_path": best, "weights_only": True} if best else {}
    trainer.validate(model, datamodule=data, verbose=False, **loaded)
    assert model.network is not None
    weights = whole_weights(model.network)  # on every process
    if not trainer.is_global_zero:
        return
    keep_model(folder / MODEL, model, data.tokenizer, weights)
    content = result_of(model, data, look_of(trainer), best=best)
    keep_metrics(folder, content, finished=False)
    if logger is not None:
        log_final(logger, content, trainer=trainer, model=model, data=data)
    show_result(content)
    if write_report and may_be_replaced(folder / REPORT):
        from finetune.report.publish import publish  # it draws: not before there is something to draw

        publish(folder, folder / REPORT, explained=0, version=__version__)
    keep_metrics(folder, content, finished=True)  # the last of all files: now the run has finished
    if not then_fit:
        show_next_steps(folder, curves=isinstance(logger, RunLogger) and logger.events)


def look_of(trainer: Trainer) -> Look:
    """Returns what was seen of the model before and after."""
    callbacks = trainer.callbacks  # type: ignore[attr-defined]
    return next((each for each in callbacks if isinstance(each, Look)), Look())


def result_of(model: DomainModel, data: DomainTexts, look: Look, *, best: str | None) -> dict[str, Any]:
    """Returns what the run says of itself, as `metrics.json` keeps it."""
    fills_gaps, read = model.objective.fills_gaps, data.facts_of_text()
    counts = {part: len(data.parts[part]) for part in PARTS if part in data.parts}
    counts |= {"validation": read["held_out"]}  # whole texts, of which some are several rows
    return {
        "model": model.hparams["name"],
        "objective": model.hparams["objective"],
        "best_checkpoint": Path(best).name if best else None,
        "best_step": step_of(best),
        LANGUAGE: {
            part: {"texts": texts, **measured(part, look, fills_gaps=fills_gaps)}
            for part, texts in counts.items()
        },
        UNTRAINED: fills_gaps and bool(model.new_parameters),
        GAPS: filled(look),
        TEXTS: read,
        "versions": versions(),
    }


def measured(part: str, look: Look, *, fills_gaps: bool) -> dict[str, Any]:
    """Returns how well the texts of a part are known before and after; None where that was not measured."""
    losses = {
        when: None if seen is None else seen.losses.get(part)
        for when, seen in (("before", look.before), ("after", look.after))
    }
    if not fills_gaps:
        return {"loss": losses}
    return {"loss": losses, "perplexity": {when: perplexity(loss) for when, loss in losses.items()}}


def perplexity(loss: float | None) -> float | None:
    """Returns among how many pieces of words a model wavers, by its mean loss; None where that has no number."""
    return None if loss is None or not math.isfinite(loss) else math.exp(min(loss, 700.0))


def filled(look: Look) -> list[dict[str, Any]]:
    """Returns the texts with a gap, and what stood likeliest there before and after."""
    if look.before is None or look.after is None:
        return []
    return [
        {"text": [gap.before, gap.after], "word": gap.word, "before": before, "after": after}
        for gap, before, after in zip(look.gaps or (), look.before.answers, look.after.answers, strict=True)
    ]


def log_final(
    logger: Logger, content: dict[str, Any], *, trainer: Trainer, model: DomainModel, data: DomainTexts
) -> None:
    """Logs hyper-parameters with what was reached, and the gaps that were filled; closes the logger."""
    scores = {}
    for part in PARTS:
        found = known(content, part)
        if found is not None and found.after is not None:
            scores[f"final/{part}_{found.measure}"] = found.after
    rate, head_rate = model.rates()
    options = {
        **model.hparams,
        "learning_rate": rate,
        "head_learning_rate": head_rate,
        "effective_batch_size": data.effective_batch_size,
        "max_epochs": trainer.max_epochs,
        "train_rows": data.train_rows,
        "precision": str(trainer.precision),
    }
    logger.log_hyperparams(dict(masked(options)), scores, trainer.global_step)
    if isinstance(logger, TensorBoardLogger) and content[GAPS]:
        logger.experiment.add_text("gaps", board.filled_gaps(content[GAPS]), trainer.global_step)
    logger.save()
    logger.finalize("success")
