"""What each benchmark says of itself. Nothing is timed here."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize(
    "name",
    [
        "train",
        "predict",
        "adapters",
        "processes",
        "scale",
        "start",
        "rows",
        "recipes",
        "adapt",
        "few_rows",
        "averaged",
        "label_errors",
        "thresholds",
        "learning_curve",
        "serve",
        "corrections",
    ],
)
def test_a_benchmark_says_what_it_measures_and_needs(name):
    done = subprocess.run(
        [sys.executable, ROOT / "scripts" / "bench" / f"{name}.py", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
    assert f"python scripts/bench/{name}.py" in done.stdout
    assert "pip install -e" in " ".join(done.stdout.split())
