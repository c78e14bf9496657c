"""What follows a training: the best model is measured, exported, compared and shown. Trains nothing."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from lightning.pytorch import Trainer
from lightning.pytorch.loggers import Logger, TensorBoardLogger

from finetune import __version__
from finetune.cli.training import best_checkpoint
from finetune.commands.fit.export_best import export_best
from finetune.commands.fit.result import Compared, Result, result_of, stand_beside
from finetune.commands.fit.side_by_side import hold_side_by_side
from finetune.data.checks.doctor import examine
from finetune.data.checks.told import added, show_examples
from finetune.data.dividing.fold import Fold
from finetune.data.module import TextData
from finetune.evaluation import beside_baselines
from finetune.evaluation.answer_file import write_answering
from finetune.evaluation.answering import UNMIXED
from finetune.evaluation.answers import joined
from finetune.evaluation.baselines import FROZEN, TFIDF
from finetune.evaluation.choosing import hear_words, how_to_answer, how_words_answer
from finetune.evaluation.confidence import calibration_of
from finetune.evaluation.frozen import frozen
from finetune.evaluation.label_errors import AFTER_TRAINING, MANY_ROWS
from finetune.evaluation.label_errors_table import keep_table, show_table
from finetune.evaluation.measured import STAGES, Measured, measure, measured_before
from finetune.evaluation.merged import check_merged
from finetune.evaluation.printed import show, show_confidence, show_next_steps, show_together
from finetune.evaluation.together import sentence
from finetune.files.whole import may_be_replaced, write_text
from finetune.language.say import Message, note, say
from finetune.language.say import show as tell
from finetune.language.typed import activation
from finetune.model.classifier import TextClassifier
from finetune.model.network import fingerprint
from finetune.model.sharding import whole_weights
from finetune.report import board
from finetune.report.secrets import masked
from finetune.runs.corrected import is_corrected
from finetune.runs.folder import DATA_REPORT, LABEL_ERRORS, REPORT
from finetune.runs.logger import RunLogger
from finetune.runs.seeds import is_of_several
from finetune.tasks.task import NUMBER


def finish_fit(
    trainer: Trainer,
    model: TextClassifier,
    data: TextData,
    *,
    mix: float | str = "none",
    baselines: Sequence[str] = (),
    wanted_precision: float | None = None,
    write_report: bool = False,
) -> None:
    """Measures and calibrates the best checkpoint, keeps what it says in the run folder, and shows it.

    Every process takes part; rank zero writes.

    Args:
        trainer: The one that trained.
        model: What it trained.
        data: What it trained on.
        mix: What words have of the answer: `auto`, `none` or a share.
        baselines: Simple models to measure beside it.
        wanted_precision: Share of right answers for which a confidence is looked for, below which it abstains.
        write_report: Whether to write the page about the run and the card of its model.
    """
    folder = Path(trainer.log_dir or trainer.default_root_dir)
    logger, best = trainer.logger, best_checkpoint(trainer)
    # the curves end with the training: a point measured afterwards would look like one more epoch
    trainer.loggers = []
    if model.task.problem_type == NUMBER:
        mix = "none"  # as a mean of two numbers nobody has looked at what it is worth
    found = measure_parts(trainer, model, data, checkpoint=best, wanted_precision=wanted_precision)
    assert model.network is not None
    merged = None
    if model.is_adapted:
        plain = model.merged_network()
        merged = check_merged(model, data, plain, found)  # on every process
        weights = dict(plain.state_dict())
    else:
        weights = whole_weights(model.network)  # likewise
    if not trainer.is_global_zero:
        if FROZEN in baselines:
            frozen(model, data)  # rank zero asks it too, once what was trained is kept
        return
    weights, calibration = export_best(model, data, folder, weights, is_merged=merged is not None)
    # that stand beside it anyway: so they can answer alone later
    heard = hear_words(model, data, found) if mix not in UNMIXED or TFIDF in baselines else None
    how = how_to_answer(model, found, heard=heard, mix=mix, wanted_precision=wanted_precision)
    simple = how_words_answer(model, found, heard, wanted_precision=wanted_precision)
    network = fingerprint(model.network, weights)
    write_answering(folder, how, simple, network=network, folded=calibration.folded)
    result = result_of(
        trainer,
        model,
        data,
        found=found,
        how=how,
        heard=heard,
        mix=mix,
        best=best,
        folder=folder,
        merged=merged,
    )
    result.keep()  # whatever a baseline of the user's own does
    of_encoder = frozen(model, data) if FROZEN in baselines else None
    compared = stand_beside(result, model, data, baselines, how=how, heard=heard, of_encoder=of_encoder)
    if logger is not None:
        log_final(logger, result, trainer=trainer, model=model, data=data)
    if data.division.fold is not None or is_of_several(folder):
        conclude_one(result, data.division.fold)
        return
    show_scores(result, compared)  # before what takes time, and may be skipped
    if is_corrected(folder) and result.answers:
        hold_side_by_side(folder, joined(result.answers), seed=data.division.seed)
    look_for_label_errors(folder / DATA_REPORT, data)
    if write_report and may_be_replaced(folder / REPORT):
        from finetune.report.attribution import FIRST_ERRORS
        from finetune.report.publish import publish  # it draws: not before there is something to draw

        stepped = "untrained" not in result.content  # else that would take longer than all of it
        publish(folder, folder / REPORT, explained=FIRST_ERRORS if stepped else 0, version=__version__)
    result.finish()
    events = isinstance(logger, RunLogger) and logger.events
    show_next_steps(folder, model, measurable=best is not None, curves=events)
    activate = activation()
    if activate is not None:
        tell(say("in a new terminal, first:\n  {command}", command=activate))


def measure_parts(
    trainer: Trainer,
    model: TextClassifier,
    data: TextData,
    *,
    checkpoint: str | None,
    wanted_precision: float | None,
) -> list[Measured]:
    """Returns what the model says of the validation rows, by which it is calibrated, and of the test rows."""
    found: list[Measured] = []
    limits = {"validation": trainer.limit_val_batches, "test": trainer.limit_test_batches}
    for part in STAGES:
        if part in data.parts and limits[part]:
            # the weights of the checkpoint are loaded for the test, which is measured by the same
            known = (
                measured_before(model, data, checkpoint=checkpoint)
                if part == "validation" and "test" in data.parts and limits["test"]
                else None
            )
            found.append(known or measure(trainer, model, data, part, checkpoint=checkpoint))
        if part == "validation" and found:
            model.calibrate(calibration_of(found[0], wanted_precision, model.calibration))
    return found


def conclude_one(result: Result, fold: Fold | None) -> None:
    """Shows the scores of one training of several; what trains them says what follows, of all together.

    What stands in for the test is called by the fold: the test itself is not touched.
    """
    names: dict[str, Message] = {}
    if fold is not None:
        names["test"] = Message("fold {number}", number=fold.number)
    for each in result.found:
        show(result.content[each.part], each.task, part=names.get(each.part, each.part), details=False)
    result.finish()


def show_scores(result: Result, compared: Compared | None) -> None:
    """Shows the scores of each part, what the confidence is worth, and the simple models beside the last part."""
    for each in result.found:
        show(result.content[each.part], each.task, part=each.part, details=each is result.found[-1])
    show_confidence(result.content)
    if result.found:
        show_together(result.content, result.found[-1].part)
    if compared is not None:
        last = list(compared.predicted)[-1]
        alone = result.content.get("alone", {}).get("network", {})
        beside_baselines.show(
            compared.rows,
            compared.beside,
            last,
            predicted=compared.predicted[last],
            compared=compared.compared[last],
            more={"network": alone[last]} if last in alone else {},
        )


def log_final(
    logger: Logger, result: Result, *, trainer: Trainer, model: TextClassifier, data: TextData
) -> None:
    """Logs hyper-parameters with the final scores, and to TensorBoard the pictures of each part; closes the logger."""
    content, answers = result.content, result.answers
    # not under `val/`: there they would look like one more epoch of the curves
    scores = {
        f"final/{each.split}_{name}": content[each.split][name]
        for each in answers
        for name in (*model.task.compared, "log_loss", "ece")
        if name in content[each.split]
    }
    score = model.task.score
    for name, parts in content.get("alone", {}).items():
        scores |= {f"final/{part}_{name}_alone_{score}": of[score] for part, of in parts.items()}
    logger.log_hyperparams(hyperparameters(trainer, model, data), scores, trainer.global_step)
    if isinstance(logger, TensorBoardLogger):
        for each in answers:
            told = sentence(content, each.split)
            if told is not None:
                logger.experiment.add_text(f"{each.split}/network and words", told, trainer.global_step)
            report, step = content[each.split], trainer.global_step
            board.add_answers(logger.experiment, each, report, step=step)
    logger.save()
    logger.finalize("success")


def look_for_label_errors(report: Path, data: TextData) -> None:
    """Shows the rows whose label is most likely wrong, and keeps them in the run folder: in a table, and in the report.

    Where the data were not to be checked, there is no report of them, and this is not looked for either. Nothing that
    goes wrong here costs the training its end, and Ctrl-C ends the search alone.
    """
    if not report.is_file():
        return
    try:
        tell_label_errors(report, data)
    except KeyboardInterrupt:
        note(
            "the search for wrong labels was skipped; the training is finished. To search later: finetune check, with "
            "the same table"
        )
    except Exception as error:  # noqa: BLE001 (whatever it is, what was trained is worth more than this search)
        note(
            "the search for wrong labels failed, the training is finished all the same: {why}",
            why=str(error) or type(error).__name__,
        )


def tell_label_errors(report: Path, data: TextData) -> None:
    """Looks for labels that may be wrong, and shows and keeps what is found."""
    examined = data.examined()
    if len(examined) >= MANY_ROWS:
        note("the model is kept already: Ctrl-C skips the search for wrong labels")
    findings = examine(examined, AFTER_TRAINING)
    write_text(report, added(report.read_text(encoding="utf-8"), findings, examined))
    for finding in findings:
        show_examples(finding)
        tell(f"\n{finding.advice}")
        show_table(keep_table(report.with_name(LABEL_ERRORS), finding, examined))


def hyperparameters(trainer: Trainer, model: TextClassifier, data: TextData) -> dict[str, Any]:
    """Returns what TensorBoard's HParams tab compares between runs."""
    rate, head_rate = model.rates()
    options = {
        **{key: value for key, value in model.hparams.items() if key != "labels"},
        "learning_rate": rate,
        "head_learning_rate": head_rate,
        "effective_batch_size": data.effective_batch_size,
        "max_epochs": trainer.max_epochs,
        "train_rows": data.train_rows,
        "precision": str(trainer.precision),
    }
    return dict(masked(options))
