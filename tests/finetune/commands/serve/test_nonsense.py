"""Whatever is sent, nobody is answered 500, nothing hangs, and whoever asks next is answered."""

import importlib.util
import sys
from itertools import islice
from pathlib import Path

import pytest

from finetune.web.limits import Limits
from tests.serving import serving

FILE = Path(__file__).parents[4] / "scripts" / "bench" / "nonsense.py"


@pytest.fixture(scope="module")
def nonsense():
    spec = importlib.util.spec_from_file_location("nonsense", FILE)
    module = sys.modules["nonsense"] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    yield module.nonsense
    del sys.modules["nonsense"]


def test_nonsense_is_refused_and_leaves_the_server_as_it_was(engine, nonsense, capsys):
    seen = set()
    with serving(engine, limits=Limits(body_seconds=0.3, head_seconds=0.3, file_seconds=0.3)) as client:
        for each in islice(nonsense(0), 300):
            answered = client.raw(each.content, cut=each.cut)
            status = answered.split(b" ", 2)[1] if answered.startswith(b"HTTP/") else b""
            assert status != b"500", each
            assert b"Traceback" not in answered
            seen.add((each.what, status))
        assert client.post("/predict", {"text": "boi"}).status == 200
    assert {what for what, _ in seen} == {"json", "headers", "encoding", "size", "bytes", "table"}
    assert {status for _, status in seen} >= {b"200", b"400", b"403", b"404", b"405", b"413", b"415", b"422"}
    assert "a request failed" not in capsys.readouterr().err
