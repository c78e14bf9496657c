"""Drift made ready: what was held out, read or made, and what is kept of the last rows. Says why where it cannot be."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from finetune.commands.watch.drift.drift import Drift
from finetune.commands.watch.drift.known import FEWEST, FILE, Known, keep, kept, made, number_of
from finetune.commands.watch.drift.window import opened as opened_window
from finetune.engines.engine import Engine
from finetune.errors import UserError
from finetune.language.say import AnyMessage, Message, reason
from finetune.runs.folder import PREDICTIONS
from finetune.runtime.answering.said import Refused

Tell = Callable[[AnyMessage], object]


def opened(
    engine: Engine, *, window: Path, page: Path, beside: Path, tell: Tell, now: Callable[[], datetime]
) -> Drift | None:
    """Returns what watches over drift; None where the model's run keeps no rows to hold others against, which is told.

    Args:
        engine: The model.
        window: Where the last rows are kept.
        page: Where a look is told to programs.
        beside: Where what was held out is kept where nothing can be written into the run.
        tell: Is told what is found.
        now: What day and time it is.
    """
    try:
        number_of(engine)
    except OSError:
        tell(
            Message(
                "drift is not watched: of {model} no answers to held-out rows ({file}) are known, which others could "
                "be held against. Name the run, and leave --engine away",
                model=engine.identity,
                file=PREDICTIONS,
            )
        )
        return None
    try:
        known = _known(engine, beside, tell)
    except (UserError, Refused) as error:
        why = error.message if isinstance(error, UserError) else str(error)
        tell(Message("drift is not watched: {why}", why=why))
        return None
    if len(known.rows) < FEWEST:
        tell(
            Message(
                "drift is not watched: the run holds {n:,} row out, and {fewest:,} are the fewest",
                "drift is not watched: the run holds {n:,} rows out, and {fewest:,} are the fewest",
                n=len(known.rows),
                fewest=FEWEST,
            )
        )
        return None
    return Drift(engine, known, opened_window(window, known.number), window, page, tell, now)


def _known(engine: Engine, beside: Path, tell: Tell) -> Known:
    assert engine.run is not None
    for folder in (engine.run, beside):
        found = kept(folder / FILE, engine)
        if found is not None:
            return found
    from finetune.evaluation.answers import read_answers  # pandas, once

    texts = read_answers(engine.run / PREDICTIONS).frame["text"].tolist()
    tell(
        Message(
            "drift: the model answers the rows that the run has held out, once: new ones are held against them"
        )
    )
    known = made(engine, texts)
    try:
        keep(known, engine.run / FILE)
    except OSError as error:
        tell(
            Message(
                "{file} cannot be written ({why}), and is kept in {folder}",
                file=engine.run / FILE,
                why=reason(error),
                folder=beside,
            )
        )
        try:
            keep(known, beside / FILE)
        except OSError as worse:
            tell(Message("{file} cannot be written ({why})", file=beside / FILE, why=reason(worse)))
    return known
