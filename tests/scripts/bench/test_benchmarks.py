"""What the benchmarks in scripts/ make of their measurements. Nothing is timed here."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest

ROOT = Path(__file__).parents[3]


def script(name):
    """A script of ours as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / "scripts" / "bench" / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", ["train", "predict", "scale", "start", "rows"])
def test_a_benchmark_says_what_it_measures_and_needs(name):
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "bench" / f"{name}.py", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert f"python scripts/bench/{name}.py" in done.stdout
    assert "pip install -e" in " ".join(done.stdout.split())


def test_the_training_benchmark_compares_pair_by_pair_and_with_the_limit(capsys):
    ours = {
        "seconds": 10.0,
        "epochs": 2,
        "tokens": 500,
        "parameters": 1000,
        "precision": "bf16-mixed",
        "limit": 2e6,
    }
    common = {"f1_macro": 0.5, "peak_gib": 1.0, "whole": 20.0}
    found = {
        "A": [{**ours, **common, "speed": speed} for speed in (30.0, 40.0)],
        "B": [{**common, "speed": speed} for speed in (20.0, 10.0)],
    }
    script("train").report(found)
    shown = capsys.readouterr().out
    assert "| A | 30.0 / 35.0 / 40.0 | 0.500 / 0.500 / 0.500 |" in shown
    assert "A/B: 1.50, 4.00; median 2.75" in shown
    # 6 x 1000 parameters x 500 tokens x 2 epochs in 10 seconds, of 2 million a second
    assert "which is 30.0 / 30.0 / 30.0 %" in shown


@pytest.mark.parametrize(
    ("rows", "said"),
    [
        ([("a", "x"), ("b", "y")], "rows in the table's order; 2 of 2 labels are equal"),
        ([("a", "x"), ("b", "x")], "1 of 2 labels are equal; B was at most 0.600 sure of those that differ"),
        ([("b", "x"), ("a", "y")], "ROWS IN ANOTHER ORDER"),
    ],
)
def test_the_prediction_benchmark_compares_row_by_row(tmp_path, rows, said):
    pd.DataFrame({"texto": ["a", "b"]}).to_csv(tmp_path / "table.csv")
    pd.DataFrame(rows, columns=["texto", "label"]).to_json(
        tmp_path / "ours.jsonl", orient="records", lines=True
    )
    pd.DataFrame({"label": ["x", "y"], "score": [0.9, 0.6]}).to_csv(tmp_path / "pipeline.csv")
    assert said in script("predict").agreement(tmp_path)


def test_the_memory_benchmark_prints_predicted_beside_measured(tiny_model, capsys, monkeypatch):
    from finetune import TextClassifier

    bench = script("memory")
    make_batch = bench.batch_of

    def tiny():
        model = TextClassifier(str(tiny_model), labels=bench.LABELS)
        model.configure_model()
        return model

    def within_the_vocabulary(rows, tokens):
        batch = make_batch(rows, tokens)
        return batch | {"input_ids": batch["input_ids"] % 50}

    monkeypatch.setattr(bench, "MODELS", {"tiny": tiny})
    monkeypatch.setattr(bench, "SHAPES", [(2, 16)])
    monkeypatch.setattr(bench, "batch_of", within_the_vocabulary)
    bench.main()
    rows = [line.split("|") for line in capsys.readouterr().out.splitlines()]
    assert [row[3].strip() for row in rows[2:]] == ["32-true", "bf16-mixed"]
    for row in rows[2:]:
        assert float(row[4]) == pytest.approx(float(row[5]), rel=0.1, abs=0.002)
