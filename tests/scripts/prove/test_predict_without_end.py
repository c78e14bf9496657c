"""The short version of scripts/prove/predict_without_end.py: a real prediction is killed, goes on, and is the same."""

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "prove" / "predict_without_end.py"


@pytest.mark.proof
def test_a_prediction_that_is_killed_and_goes_on_ends_as_if_it_was_not():
    command = [sys.executable, SCRIPT, "--rows", "70000", "--kills", "2", "--processes", "1", "--memory"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=500, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "kills: equal to the last byte; there are killed.csv" in done.stdout
    assert done.stdout.endswith("all of it is so\n")
