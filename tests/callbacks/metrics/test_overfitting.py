"""Curves made by hand: what is seen in them, and how it is said."""

from __future__ import annotations

import pytest

from callbacks.language.which import speaking
from callbacks.metrics.overfitting import Epoch, Judgement, Mode, gap_of, judge
from callbacks.metrics.verdict import sentences

SAYS = {
    "kept": "Kept: epoch",
    "best": "Best on the validation rows",
    "behind": "No sign of learning by heart",
    "small": "about the same in that epoch",
    "clear": "clearly better in that epoch",
    "large": "far better in that epoch",
    "end": "By epoch",
    "rising": "the loss on the validation rows only rose",
    "improving": "more epochs may help (--trainer.max_epochs, here 3).",
    "improving_but": "and so may more rows",
    "advice": "What can help: more rows, or",
    "advice_fewer": "What can help: more rows, fewer epochs",
}
"""What tells one sentence from the others."""


def curve(
    validation: list[float], training: list[float | None], losses: list[float | None] | None = None
) -> list[Epoch]:
    rows = zip(validation, training, losses or [None] * len(validation), strict=True)
    return [Epoch(number + 1, 10 * (number + 1), t, v, loss) for number, (v, t, loss) in enumerate(rows)]


def rows_for(judgement: Judgement) -> list[str]:
    said = map(str, sentences(judgement))
    return [next(name for name, text in SAYS.items() if text in sentence) for sentence in said]


def rows(history: list[Epoch], mode: Mode = "max") -> list[str]:
    return rows_for(judge(history, mode))


def test_of_equal_epochs_the_one_with_the_lowest_loss_is_best_as_a_checkpoint_keeps_it() -> None:
    training: list[float | None] = [0.5, 0.82, 0.91, 0.95]
    assert judge(curve([0.5, 0.8, 0.8, 0.7], training, [0.9, 0.5, 0.4, 0.3])).best_epoch == 3
    assert judge(curve([0.5, 0.8, 0.8, 0.7], training, [0.9, 0.5, None, 0.3])).best_epoch == 2


def test_the_best_epoch_is_the_first_of_equal_ones_where_there_is_no_loss() -> None:
    judged = judge(curve([0.5, 0.8, 0.8, 0.7], [0.5, 0.82, 0.91, 0.95]))
    assert (judged.best_epoch, judged.best_value, judged.epochs, judged.points) == (2, 0.8, 4, 4)
    assert judged.gap == pytest.approx(0.02)
    assert judged.gap_at_end == pytest.approx(0.25)
    assert not judged.still_improving
    assert judged.overfitting


def test_what_is_kept_is_judged_and_the_best_is_named_beside_it() -> None:
    history = curve([0.6, 0.82, 0.8, 0.81], [0.6, 0.9, 0.95, 0.99])
    judged = judge(history, kept_step=40)
    assert (judged.kept_epoch, judged.kept_value, judged.best_epoch) == (4, 0.81, 2)
    assert judged.gap == pytest.approx(0.18)
    assert rows_for(judged) == ["kept", "large", "advice"]
    assert str(sentences(judged, metric="val/f1_macro")[0]) == (
        "Kept: epoch 4 of 4, with 0.810 (val/f1_macro) on the validation rows; the best value of one epoch was 0.820, in "
        "epoch 2."
    )
    earlier = judge(history, kept_step=25)  # of a validation in the middle of an epoch
    assert earlier.kept_epoch == 3
    assert "--trainer.max_epochs 3" in str(sentences(earlier)[-1])
    assert judge(history, kept_step=20) == judge(history)
    alike = judge(curve([0.6, 0.821, 0.8, 0.82], [0.6, 0.9, 0.95, 0.99]), kept_step=40)
    assert (alike.best_epoch, rows_for(alike)[0]) == (4, "best")


def test_a_smaller_value_can_be_the_better_one() -> None:
    judged = judge(curve([0.9, 0.5, 0.7], [0.8, 0.45, 0.3]), "min")
    assert judged.best_epoch == 2
    assert judged.gap == pytest.approx(0.05)  # above 0: training is better
    assert judged.gap_at_end == pytest.approx(0.4)
    assert judge(curve([0.9, 0.5, 0.4], [None] * 3), "min").still_improving


@pytest.mark.parametrize(("last", "improving"), [(0.7019, False), (0.7021, True), (0.7, False), (0.6, False)])
def test_improving_is_more_than_noise(last: float, improving: bool) -> None:
    assert judge(curve([0.5, 0.7, last], [0.7, 0.7, 0.7])).still_improving is improving


RISES: dict[str, tuple[list[float | None], list[float | None], int | None]] = {
    "rises to the end": ([0.5, 0.4, 0.5, 0.6], [0.6, 0.7, 0.8, 0.9], 2),
    "from the first on": ([0.4, 0.5, 0.6, 0.7], [0.6, 0.7, 0.8, 0.9], 1),
    "one rise is noise": ([0.6, 0.5, 0.4, 0.5], [0.6, 0.7, 0.8, 0.9], None),
    "fell again": ([0.4, 0.5, 0.6, 0.5], [0.6, 0.7, 0.8, 0.9], None),
    "too little": ([0.5, 0.4, 0.4005, 0.401], [0.6, 0.7, 0.8, 0.9], None),
    "training became worse too": ([0.5, 0.4, 0.5, 0.6], [0.6, 0.7, 0.6, 0.5], None),
    "known by heart already": ([0.5, 0.4, 0.5, 0.6], [0.9, 1.0, 1.0, 1.0], 2),
    "a training value is missing": ([0.5, 0.4, 0.5, 0.6], [0.6, None, 0.8, 0.9], 2),
    "only one is known": ([0.5, 0.4, 0.5, 0.6], [0.6, None, None, 0.9], None),
    "no loss": ([None, None, None, None], [0.6, 0.7, 0.8, 0.9], None),
    "a loss is missing": ([0.3, None, 0.5, 0.6], [0.6, 0.7, 0.8, 0.9], None),
}


@pytest.mark.parametrize("name", RISES)
def test_when_the_loss_began_to_rise(name: str) -> None:
    losses, training, since = RISES[name]
    judged = judge(curve([0.8, 0.8, 0.8, 0.8], [value and value / 2 for value in training], losses))
    assert judged.loss_rising_since == since
    assert judged.overfitting is (since is not None)


@pytest.mark.parametrize("points", [1, 6])
def test_of_a_model_that_learned_nothing_no_epoch_is_called_the_best(points: int) -> None:
    judged = judge(curve([0.0] * points, [0.0] * points, [0.7] * points))
    said = [str(each) for each in sentences(judged, metric="val/f1_macro")]
    assert said[0] == (
        "No epoch scored above 0.000 (val/f1_macro) on the validation rows: the model has learned nothing that shows "
        "there, and no epoch is the best."
    )
    assert said[1].startswith(f"What can help: more epochs (--trainer.max_epochs, here {points})")
    assert len(said) == 2
    assert not judge(curve([0.0, 0.0, 0.01], [0.0] * 3)).nothing
    assert not judge(curve([0.0] * 3, [0.0] * 3), "min").nothing  # where 0 is what is best


def test_one_epoch_is_not_judged() -> None:
    judged = judge(curve([0.6], [0.9]))
    assert not judged.overfitting
    assert not judged.still_improving
    assert judged.gap == pytest.approx(0.3)
    first, second = map(str, sentences(judged, metric="val/f1_macro"))
    assert first == "Epoch 1 is the only one that was validated: 0.600 (val/f1_macro)."
    assert "no curve" in second
    assert "--trainer.max_epochs" in second


def test_a_gap_that_is_not_known_is_not_told() -> None:
    history = curve([0.5, 0.7, 0.6], [0.5, None, 0.65])
    assert gap_of(history[1], "max") is None
    assert judge(history).gap is None
    assert rows(history) == ["best"]
    assert judge(curve([0.5, 0.6], [0.5, None])).gap_at_end is None


SAID: dict[str, tuple[list[Epoch], list[str]]] = {
    "all is well": (curve([0.6, 0.8, 0.8], [0.6, 0.8, 0.82]), ["best", "small"]),
    "training is behind": (curve([0.8, 0.79], [0.5, 0.75]), ["best", "behind"]),
    "a clear gap": (curve([0.6, 0.8, 0.79], [0.6, 0.86, 0.87]), ["best", "clear"]),
    "a large gap": (curve([0.6, 0.8, 0.79], [0.6, 0.95, 0.98]), ["best", "large", "advice_fewer"]),
    "a gap that grew": (
        curve([0.6, 0.8, 0.79, 0.79], [0.6, 0.81, 0.95, 0.98]),
        ["best", "small", "end", "advice_fewer"],
    ),
    "a validation of few rows that fell once": (
        curve([0.2, 0.36, 0.18], [0.2, 0.22, 0.35]),
        ["best", "behind"],
    ),
    "a gap that was large and is not known at the end": (
        curve([0.6, 0.8, 0.79, 0.78, 0.78], [0.6, 0.86, 0.95, 0.97, None]),
        ["best", "clear", "advice_fewer"],
    ),
    "more would help": (curve([0.6, 0.7, 0.8], [0.6, 0.7, 0.8]), ["best", "small", "improving"]),
    "both": (curve([0.6, 0.7, 0.8], [0.6, 0.81, 0.95]), ["best", "large", "improving_but"]),
    "the loss rises": (
        curve([0.7, 0.8, 0.78], [0.7, 0.81, 0.82], [0.5, 0.6, 0.7]),
        ["best", "small", "rising", "advice_fewer"],
    ),
    "it rises, and hits still grow": (
        curve([0.7, 0.75, 0.8], [0.7, 0.8, 0.95], [0.5, 0.6, 0.7]),
        ["best", "large", "rising", "improving_but"],
    ),
    "the best is the last, by little": (
        curve([0.7, 0.8, 0.801], [0.7, 0.9, 0.95], [0.5, 0.6, 0.7]),
        ["best", "large", "rising", "advice"],
    ),
}


@pytest.mark.parametrize("name", SAID)
def test_what_is_said(name: str) -> None:
    history, expected = SAID[name]
    assert rows(history) == expected


@pytest.mark.parametrize(
    ("gap", "word"), [(-0.03, "behind"), (-0.02, "small"), (0.029, "small"), (0.03, "clear"), (0.1, "clear")]
)
def test_the_word_for_a_gap(gap: float, word: str) -> None:
    assert word in rows_for(Judgement(1, 0.5, 1, 0.5, 2, 2, gap, gap, False, None, False))
    assert "large" in rows_for(Judgement(1, 0.5, 1, 0.5, 2, 2, 0.101, 0.101, False, None, True))


def test_portuguese_writes_a_comma_and_leaves_options_alone() -> None:
    judged = judge(curve([0.7, 0.8125, 0.78], [0.7, 0.96, 0.98], [0.5, 0.6, 0.7]))
    with speaking("pt"):
        said = " ".join(map(str, sentences(judged, metric="val/f1_macro")))
    assert "0,812 (val/f1_macro), na época 2 de 3." in said
    assert "diferença de 0,147" in said
    assert "Depois da época 1, a perda" in said
    assert "--trainer.max_epochs 2) ou --model.label_smoothing 0.1" in said
    english = " ".join(map(str, sentences(judged)))
    assert "epoch 2 of 3, with 0.812." in english
    assert "After epoch 1 the loss" in english
    assert "memor" not in english  # one way to say it: by heart
