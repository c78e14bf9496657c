"""What is promised of more rows is held against what they bring, by the curve that check and baseline tell."""

import numpy as np
import pandas as pd
import pytest


@pytest.fixture
def bench(script):
    return script("bench/learning_curve")


@pytest.mark.parametrize(
    ("name", "scores", "promised"),
    [
        ("line in log n", [0.3, 0.4, 0.5], 0.2),
        ("last step", [0.3, 0.4, 0.45], 0.1),
        ("b n^-c", [1 - 0.8, 1 - 0.4, 1 - 0.2], 0.15),  # the error halves with each doubling
        ("a + b n^-0.5", [0.9 - 4 * n**-0.5 for n in (100, 200, 400)], 4 * (400**-0.5 - 1600**-0.5)),
    ],
)
def test_curves_go_on_as_they_say(bench, name, scores, promised):
    found = bench.CURVES[name](np.array([100.0, 200, 400]), np.array(scores), 400, 4)
    assert found == pytest.approx(promised)


def test_the_table_says_how_far_each_curve_was_off_and_how_often_it_was_told(bench):
    row = {"table": "demo", "rows": 50, "now": 0.5, "seconds": 2.0}
    row |= {f"{name} x{times}": 0.1 for name in bench.CURVES for times in (2, 4)}
    one = row | {"real x2": 0.08, "real x4": 0.2, "low": 0.02, "high": 0.18, "shows": True}
    other = row | {"real x2": 0.08, "real x4": 0.2, "low": 0.09, "high": 0.11, "shows": False}
    told = bench.table(pd.DataFrame([one, other]))
    assert "| b n^-c | 2.0 | 2.0 | +2.0 | 10.0 | 10.0 | -10.0 |" in told
    assert "| demo, 50 | 0.500 | +10.0 | +8.0 | 1 of 2 | 100% | 2 |" in told
    assert "what twice as many rows bring: 50% of 2." in told
