"""All of scripts/prove/architectures.py: one decoder goes the same way in tests/journeys/test_decoder.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "prove" / "architectures.py"


@pytest.mark.proof
def test_every_architecture_is_opened_trained_resumed_and_exported():
    pytest.importorskip("onnxruntime")
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, timeout=2400, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
