"""The sentences with which overfitting is told. Judges nothing."""

from callbacks.language.say import Message
from callbacks.metrics.overfitting import LARGE_GAP, Judgement

SMALL_GAP = 0.03
"""Below this, training and validation count as equal: our choice, as much as another seed often changes."""


def sentences(judged: Judgement, *, metric: str = "", smoothing: bool = True) -> list[Message]:
    """Returns at most four sentences for people who need not know how a model is trained.

    Args:
        judged: What the curves say.
        metric: Name of the validation metric, to stand behind its value.
        smoothing: Whether labels can be smoothed: numbers cannot.
    """
    name = f" ({metric})" if metric else ""
    best, kept, epochs = judged.best_epoch, judged.kept_epoch, judged.epochs
    if judged.nothing:
        return [
            Message(
                "No epoch scored above {value:.3f}{metric} on the validation rows: the model has learned nothing that "
                "shows there, and no epoch is the best.",
                value=abs(judged.best_value),
                metric=name,
            ),
            Message(
                "What can help: more epochs (--trainer.max_epochs, here {epochs}), more rows, and a look at the "
                "labels.",
                epochs=epochs,
            ),
        ]
    if judged.points == 1:
        return [
            Message(
                "Epoch {best} is the only one that was validated: {value:.3f}{metric}.",
                best=best,
                value=judged.best_value,
                metric=name,
            ),
            Message(
                "One epoch is no curve: whether more would help, or the model only learns the training rows by heart, "
                "cannot be told. --trainer.max_epochs sets how many there are."
            ),
        ]
    said = [
        Message(
            "Best on the validation rows: epoch {best} of {epochs}, with {value:.3f}{metric}.",
            best=best,
            epochs=epochs,
            value=judged.best_value,
            metric=name,
        )
        if kept == best
        else Message(
            "Kept: epoch {kept} of {epochs}, with {value:.3f}{metric} on the validation rows; the best value of one "
            "epoch was {top:.3f}, in epoch {best}.",
            kept=kept,
            epochs=epochs,
            value=judged.kept_value,
            metric=name,
            best=best,
            top=judged.best_value,
        )
    ]
    if judged.gap is not None:
        said.append(told_gap(judged.gap))
    if judged.loss_rising_since is not None:
        said.append(
            Message(
                "After epoch {since} the loss on the validation rows only rose while the training rows got no worse: "
                "the model grows too sure of itself and learns its training rows by heart.",
                since=judged.loss_rising_since,
            )
        )
    elif judged.overfitting and judged.gap_at_end is not None and (judged.gap or 0) <= LARGE_GAP:
        said.append(
            Message(
                "By epoch {epochs} the gap was {gap:.3f}: the later epochs mostly learned the training rows by heart.",
                epochs=epochs,
                gap=judged.gap_at_end,
            )
        )
    return said + advice(judged, smoothing=smoothing)


def told_gap(gap: float) -> Message:
    """Returns how training and validation compare in the epoch that is kept."""
    if gap <= -SMALL_GAP:
        return Message(
            "No sign of learning by heart: the training rows, which are measured while the model still learns, scored "
            "{gap:.3f} lower in that epoch.",
            gap=-gap,
        )
    return Message(
        "The training rows scored about the same in that epoch (gap {gap:.3f}): what was learned holds for new rows "
        "too."
        if gap < SMALL_GAP
        else "The training rows scored clearly better in that epoch (gap {gap:.3f}): a part of what was learned holds "
        "for them only."
        if gap <= LARGE_GAP
        else "The training rows scored far better in that epoch (gap {gap:.3f}): much of what was learned holds for "
        "them only.",
        gap=abs(gap),
    )


def advice(judged: Judgement, *, smoothing: bool = True) -> list[Message]:
    """Returns what can help, in one sentence or none; arguments as in `sentences`."""
    if judged.overfitting and not smoothing:
        return [without_smoothing(judged)]
    if judged.still_improving:
        return [
            Message(
                "The validation was still improving in the last epoch: more epochs may help (--trainer.max_epochs, "
                "here {epochs}), and so may more rows or --model.label_smoothing 0.1."
                if judged.overfitting
                else "The validation was still improving in the last epoch: more epochs may help "
                "(--trainer.max_epochs, here {epochs}).",
                epochs=judged.epochs,
            )
        ]
    if not judged.overfitting:
        return []
    return [
        Message(
            "What can help: more rows, fewer epochs (--trainer.max_epochs {kept}), or --model.label_smoothing 0.1.",
            kept=judged.kept_epoch,
        )
        if judged.kept_epoch < judged.epochs
        else Message("What can help: more rows, or --model.label_smoothing 0.1.")
    ]


def without_smoothing(judged: Judgement) -> Message:
    """Returns what can help a model that learned its rows by heart, and whose labels cannot be smoothed."""
    if judged.still_improving:
        return Message(
            "The validation was still improving in the last epoch: more epochs may help (--trainer.max_epochs, here "
            "{epochs}), and so may more rows.",
            epochs=judged.epochs,
        )
    if judged.kept_epoch < judged.epochs:
        return Message(
            "What can help: more rows, or fewer epochs (--trainer.max_epochs {kept}).", kept=judged.kept_epoch
        )
    return Message("What can help: more rows.")
