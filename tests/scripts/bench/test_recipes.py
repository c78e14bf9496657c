"""How rows are drawn for the cells of recipes.py, and what its table says of them. Nothing is trained here."""

import json
import math

import pandas as pd
import pytest


@pytest.fixture
def drawn(script):
    return script("bench/recipes").drawn


def frame(rows: int, classes: int, first: int = 0) -> pd.DataFrame:
    numbers = range(first, first + rows)
    return pd.DataFrame(
        {"texto": [f"texto {n}" for n in numbers], "rotulo": [f"c{n % classes}" for n in numbers]}
    )


@pytest.mark.parametrize("held", [False, True])
@pytest.mark.parametrize("rows", [100, 400])
def test_no_text_stands_in_two_parts_and_every_part_has_every_class(tmp_path, drawn, held, rows):
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    frame(3_000, 6).to_csv(train, index=False)
    frame(500, 6, first=2_900).to_csv(test, index=False)  # of which 100 are in the other table too
    parts = drawn(train, test if held else None, rows=rows, seed=1)
    texts = pd.concat([part.texto for part in parts.values()])
    assert texts.is_unique
    assert {part.rotulo.nunique() for part in parts.values()} == {6}
    assert len(parts["train"]) == pytest.approx(rows, rel=0.03)
    assert len(parts["test"]) == (500 if held else 450)
    again = drawn(train, test if held else None, rows=rows, seed=1)
    assert all(again[name].equals(part) for name, part in parts.items())


def test_of_few_rows_fewer_classes_are_drawn(tmp_path, drawn):
    frame(4_000, 40).to_csv(tmp_path / "t.csv", index=False)
    parts = drawn(tmp_path / "t.csv", None, rows=100, seed=0)
    assert {part.rotulo.nunique() for part in parts.values()} == {12}
    assert parts["train"].rotulo.value_counts().min() >= 7


def test_a_small_table_gives_all_it_has(tmp_path, drawn):
    frame(300, 3).to_csv(tmp_path / "t.csv", index=False)
    parts = drawn(tmp_path / "t.csv", None, rows=4_000, seed=0)
    assert sum(map(len, parts.values())) == 300


def line(candidate: str, score: float, *, rows: int = 100, judge: str = "test", **more: float) -> str:
    place = {"table": "a", "rows": rows, "seed": 0, "candidate": candidate, "judge": judge}
    return json.dumps({**place, "f1_macro": score, **more})


def test_the_table_and_the_differences_are_of_the_rows_that_judge(tmp_path, script):
    recipes_table = script("bench/recipes_table")
    simple = {"tfidf": 0.5, "frozen": 0.6, "network": 0.7}
    lines = [
        line("now", 0.72, **simple),
        line("before", 0.62),
        line("now", 0.9, judge="choice", **simple),
        line("now", 0.76, rows=300, **simple),
        line("other", 0.8, rows=300),
    ]
    (tmp_path / "r.jsonl").write_text("\n".join(lines) + "\n")
    cells = recipes_table.by_place(recipes_table.known(tmp_path / "r.jsonl"), "test")
    shown = recipes_table.table(cells)
    assert shown[0] == "| table | rows | seed | TF-IDF | frozen | network alone | now | before | other |"
    assert shown[2:] == [
        "| a | 100 | 0 | 0.500 | 0.600 | 0.700 | 0.720 | 0.620 |  |",
        "| a | 300 | 0 | 0.500 | 0.600 | 0.700 | 0.760 |  | 0.800 |",
    ]
    ahead = recipes_table.differences(cells)
    assert ahead[2] == "| best of the three | 2 | +0.040 | -0.214 to +0.294 | +0.020 | +0.060 |"
    assert ahead[-1] == "| other | 1 | -0.040 | +nan to +nan | -0.040 | -0.040 |"
    recipes_table.draw(cells, tmp_path / "r.png", names=["now", "TF-IDF"])
    assert (tmp_path / "r.png").stat().st_size > 5_000


def test_the_interval_is_students(script):
    interval = script("bench/recipes_table").interval
    mean, low, high = interval([1.0, 2.0, 3.0, 4.0])
    half = 3.182446 * 1.290994 / 2  # t of 3 degrees of freedom
    assert (mean, low, high) == (2.5, pytest.approx(2.5 - half, rel=1e-5), pytest.approx(2.5 + half))
    assert math.isnan(interval([1.0])[1])
