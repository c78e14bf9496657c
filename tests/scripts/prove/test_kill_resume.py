"""The short version of scripts/prove/kill_resume.py: a real run is killed twice, resumed, and is the same bit for bit."""

from __future__ import annotations

import importlib.util
import re
import subprocess
import sys
from pathlib import Path

import pytest
import torch

SCRIPT = Path(__file__).parents[3] / "scripts" / "prove" / "kill_resume.py"


def test_a_run_that_is_killed_and_resumed_ends_as_if_it_was_not():
    # by this seed it is killed in a write, and the resumed one again at some time
    command = [
        sys.executable,
        SCRIPT,
        "--tiny",
        "1",
        "--embedded",
        "0",
        "--two",
        "0",
        "--shared",
        "0",
        "--lanes",
        "1",
        "--seed",
        "21",
    ]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert re.search(r"\| all \| 1 \| \d \| 1 \|", done.stdout)  # one was killed and resumed, and is the same
    assert "write:" in done.stdout


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("kill_resume", SCRIPT)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["kill_resume"] = module  # its dataclasses look for it there
    assert spec.loader is not None
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize(
    ("other", "named"),
    [
        ({"weights": torch.tensor([1.0, -0.0])}, ["weights"]),  # equal numbers, other bits
        ({"pairs": {"loss": [(1, 0.5), (1, 0.5)]}}, ["pairs"]),  # logged twice
        ({"answers": b"b"}, ["answers"]),
        ({}, []),
    ],
)
def test_it_sees_the_smallest_difference(script, other, named):
    nan = float("nan")
    reference = {
        "weights": torch.tensor([1.0, 0.0]),
        "lost": torch.tensor([nan]),
        "pairs": {"loss": [(1, 0.5)]},
        "answers": b"a",
    }
    found = reference | {"lost": torch.tensor([nan])} | other
    assert script.differences(reference, found) == named


def test_the_table_counts_each_kind_and_all(script):
    results = [
        {"kind": "tiny, bf16", "same": True, "mid_epoch": True},
        {"kind": "tiny, bf16", "same": False, "mid_epoch": False},
        {"kind": "embedded, bf16", "same": True, "mid_epoch": False},
    ]
    assert script.table(results).splitlines()[2:] == [
        "| tiny, bf16 | 2 | 1 | 1 |",
        "| embedded, bf16 | 1 | 0 | 1 |",
        "| all | 3 | 1 | 2 |",
    ]
