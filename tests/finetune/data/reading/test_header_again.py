"""Rows that repeat the header."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from finetune.data.reading.header_again import header_again


@pytest.mark.parametrize(
    ("columns", "unnamed", "found"),
    [
        ({"texto": ["a", "texto", "texto"], "rotulo": ["x", "rotulo", "y"]}, [], [1]),
        ({"texto": ["\ufefftexto", "a"], "rotulo": ["rotulo", "\ufeff"]}, [], [0]),
        ({"texto": ["a", "texto"]}, [], []),
        ({"texto": ["a", "\ufefftexto"]}, [], [1]),
        ({"column 1": [0, None, ""], "texto": ["a", "texto", "texto"]}, ["column 1"], [1, 2]),
        ({"column 1": ["column 1"], "texto": ["texto"]}, ["column 1"], []),
        ({"column 1": [0.5, np.nan], "texto": ["a", "texto"]}, ["column 1"], [1]),
        ({"lista": [["a"], np.array([1, 2])], "texto": ["texto", "texto"]}, [], []),
        ({"n": [1, 2], "texto": ["texto", "texto"]}, [], []),
        ({}, [], []),
    ],
)
def test_they_are_found(columns: dict[str, list[Any]], unnamed: list[str], found: list[int]) -> None:
    assert header_again(pd.DataFrame(columns), unnamed) == found
