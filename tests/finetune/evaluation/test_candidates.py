import pytest

from finetune.evaluation.candidates import LONGER, QUICK, USUAL, WORDS, choose, record, why
from finetune.evaluation.over_folds import estimate


def measured(**scores):
    return {name: estimate(values, ratio=0.5) for name, values in scores.items()}


@pytest.mark.parametrize(
    ("scores", "best", "taken"),
    [
        ({QUICK: [0.70, 0.72, 0.71], USUAL: [0.80, 0.81, 0.83]}, USUAL, USUAL),  # far behind
        ({QUICK: [0.79, 0.82, 0.81], USUAL: [0.80, 0.81, 0.83]}, USUAL, QUICK),  # close, and not told apart
        ({QUICK: [0.70, 0.80, 0.90], USUAL: [0.705, 0.805, 0.905]}, USUAL, USUAL),  # close, but surely behind
        (
            {QUICK: [0.70, 0.88, 0.79], USUAL: [0.82, 0.78, 0.83]},
            USUAL,
            USUAL,
        ),  # not told apart, but not close
        ({WORDS: [0.9, 0.9, 0.9], USUAL: [0.9, 0.9, 0.9], LONGER: [0.9, 0.9, 0.9]}, WORDS, WORDS),
        ({USUAL: [0.8, 0.8, 0.81], LONGER: [None, None, None]}, USUAL, USUAL),  # one without a score
    ],
)
def test_the_cheapest_is_taken_that_is_close_and_not_told_from_the_best(scores, best, taken):
    assert choose(measured(**scores), ratio=0.5) == (best, taken)


@pytest.mark.parametrize("quick", [[0.70, 0.72, 0.71], [0.79, 0.82, 0.81]])
def test_it_is_said_what_was_taken_and_why(quick):
    found = measured(quick=quick, good=[0.80, 0.81, 0.83])
    best, taken = choose(found, ratio=0.5)
    ways = [{"name": name, **said} for name, said in record(found, ratio=0.5).items()]
    told = str(why({"best": best, "chosen": taken, "ranked_by": "f1_macro", "candidates": ways}))
    if taken == best:
        assert told == (
            "Taken: one training, with words (good). It reaches the highest macro-F1 on average over the folds."
        )
    else:
        assert told.startswith(
            "Taken: the untrained model, with words (quick). It costs less than what reaches the"
        )
        assert "lies 0.007 behind it" in told
        assert "(95% interval -0.0" in told
