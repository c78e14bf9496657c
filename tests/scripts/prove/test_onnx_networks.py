"""All of scripts/prove/onnx_networks.py: two of its networks are tried in tests/finetune/model/export/test_onnx.py."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[3] / "scripts" / "prove" / "onnx_networks.py"


@pytest.mark.proof
def test_every_network_that_is_said_to_be_written_is_written_and_answers_alike():
    pytest.importorskip("onnxruntime")
    done = subprocess.run([sys.executable, SCRIPT], capture_output=True, text=True, timeout=900, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
