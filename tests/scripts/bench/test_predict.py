"""What scripts/bench/predict.py makes of its measurements. Nothing is timed here."""

import pandas as pd
import pytest


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("a", "x"), ("b", "y")], "rows in the table's order; 2 of 2 labels are equal"),
        ([("a", "x"), ("b", "x")], "1 of 2 labels are equal; B was at most 0.600 sure of those that differ"),
        ([("b", "x"), ("a", "y")], "ROWS IN ANOTHER ORDER"),
    ],
)
def test_the_prediction_benchmark_compares_row_by_row(script, tmp_path, rows, said):
    pd.DataFrame({"texto": ["a", "b"]}).to_csv(tmp_path / "table.csv")
    pd.DataFrame(rows, columns=["texto", "label"]).to_json(
        tmp_path / "ours.jsonl", orient="records", lines=True
    )
    pd.DataFrame({"label": ["x", "y"], "score": [0.9, 0.6]}).to_csv(tmp_path / "pipeline.csv")
    assert said in script("bench/predict").agreement(tmp_path)
