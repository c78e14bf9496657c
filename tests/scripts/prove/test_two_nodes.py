"""scripts/prove/two_nodes.sh: what it says where it cannot run, and its shortest run where it can."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "scripts" / "prove" / "two_nodes.sh"
pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="network namespaces are Linux's own")


def call(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", SCRIPT, *arguments],
        env={**os.environ, "PYTHON": sys.executable, **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def namespaces() -> str:
    """Why there are none here; empty where they can be made."""
    if os.geteuid() != 0 or shutil.which("ip") is None:
        return "it needs root and ip"
    name = f"finetune-test-{os.getpid()}"
    made = subprocess.run(["ip", "netns", "add", name], capture_output=True, text=True, check=False)
    if made.returncode != 0:
        return f"network namespaces cannot be made here: {made.stderr.strip()}"
    subprocess.run(["ip", "netns", "del", name], check=True)
    return ""


def test_its_syntax_is_right_and_help_shows_its_options():
    subprocess.run(["bash", "-n", SCRIPT], check=True)
    shown = call("--help")
    assert shown.returncode == 0
    for option in ("--tiny", "--cable", "--victim", "--epochs", "--every", "--after", "--away", "--folder"):
        assert option in shown.stdout


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--epoch", "1"], "there is no option --epoch; --help shows them"),
        (["--epochs"], "--epochs needs a value"),
        (["--epochs", "few"], "few is not a whole number"),
        (["--victim", "3"], "--victim 3: there are node 1 and node 2"),
    ],
)
def test_a_wrong_option_is_said(arguments, said):
    result = call(*arguments)
    assert (result.returncode, result.stdout) == (2, "")
    assert said in result.stderr


def test_without_ip_it_says_what_to_install(tmp_path):
    for name in ("bash", "uname", "dirname"):
        (tmp_path / name).symlink_to(str(shutil.which(name)))
    result = call(PATH=str(tmp_path))
    assert result.returncode == 2
    assert "it needs ip (Debian, Ubuntu: apt install iproute2)" in result.stderr


@pytest.mark.skipif(shutil.which("ip") is None, reason="ip is asked for first")
def test_without_root_it_says_so(tmp_path):
    command = ["bash", str(SCRIPT)]
    if os.geteuid() == 0:
        if shutil.which("setpriv") is None:
            pytest.skip("root cannot be given up here")
        script = Path(shutil.copy(SCRIPT, tmp_path))
        for folder in (tmp_path, *tmp_path.parents[:3]):
            folder.chmod(0o755)
        command = ["setpriv", "--reuid=65534", "--clear-groups", "bash", str(script)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 2
    assert "only root may make network namespaces: sudo" in result.stderr


@pytest.mark.proof
@pytest.mark.skipif(bool(namespaces()), reason=namespaces())
def test_a_run_whose_second_node_was_killed_ends_as_if_it_was_not(tmp_path):
    result = call("--tiny", "--folder", str(tmp_path / "work"))
    assert result.returncode == 0, result.stdout + result.stderr
    told = result.stdout
    assert "node 2 is killed" in told
    assert re.search(r"It goes on after step [1-9]", told)
    assert "are the same, bit for bit" in told
    assert "each once: True; alone the same: True" in told
    assert "all is right" in told
    left = subprocess.run(["ip", "netns", "list"], capture_output=True, text=True, check=True).stdout
    assert "finetune" not in left
