"""The command as it is typed: what it refuses before anything is loaded, what it loads, and how it ends."""

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection

import pytest

from finetune.__main__ import main
from finetune.runtime.answering.of_proof import HEAVY
from finetune.web.options import TOKEN

LOADED = [name for name in HEAVY if name != "finetune"]

SLOW = """
import sys, time
from finetune.runtime.answering.model import Model
ask = Model.probabilities
def slowly(self, texts):
    time.sleep(0.3)
    return ask(self, texts)
Model.probabilities = slowly
"""

SERVE = """
from finetune.__main__ import main
status = main(sys.argv[1:])
import threading
print("loaded", [name for name in {loaded} if name in sys.modules])
print("threads", [each.name for each in threading.enumerate() if each is not threading.main_thread()])
sys.exit(status)
"""


@contextlib.contextmanager
def process(folder, tmp_path, *arguments, before="import sys"):
    """A process that serves a folder; gives it and its port."""
    code = f"{before}\n{SERVE.format(loaded=LOADED)}"
    started = subprocess.Popen(
        [sys.executable, "-c", code, "serve", "--run", str(folder), "--port", "0", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(tmp_path), "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    try:
        said = ""
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", said)):
            line = started.stdout.readline()
            assert line, started.stderr.read()
            said += line
        yield started, int(found[1])
    finally:
        started.kill()
        started.communicate()


def ask(port, method="GET", path="/ready", body=None):
    connection = HTTPConnection("127.0.0.1", port, timeout=30)
    connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
    response = connection.getresponse()
    found = response.status, response.read().decode()
    connection.close()
    return found


@pytest.mark.parametrize("kind", ["words", "pair"])
def test_an_export_is_served_by_a_process_that_loads_nothing_heavy(folders, tmp_path, kind):
    asked = b'{"text": ["boi", "vaca"]}' if kind == "pair" else b'{"text": "o boi"}'
    with process(folders / kind, tmp_path) as (started, port):
        assert ask(port) == (200, '{"status":"ready"}')
        assert ask(port, "POST", "/predict", asked)[0] == 200
        assert ask(port, "POST", "/explain", asked)[0] == 200
        assert ask(port, "GET", "/model")[0] == 200
        assert ask(port, "POST", "/tables?name=a.csv", b"titulo,corpo,texto\nboi,boi,boi\n")[0] == 202
        started.send_signal(signal.SIGTERM)
        out, err = started.communicate(timeout=30)
    assert (started.returncode, err.count("Traceback")) == (0, 0)
    assert "loaded []" in out
    assert "threads []" in out
    assert not list(tmp_path.glob("finetune*"))


def test_all_that_is_under_way_is_answered_before_it_ends(folders, tmp_path):
    found = []
    slow = SLOW.replace("0.3", "2")  # long enough for a busy machine to have asked all
    with process(folders / "single_label", tmp_path, before=slow) as (started, port):
        texts = [
            threading.Thread(
                target=lambda n=n: found.append(ask(port, "POST", "/predict", b'{"text": "boi %d"}' % n))
            )
            for n in range(64)
        ]
        for each in texts:
            each.start()
        until = time.monotonic() + 20
        while "finetune_under_way 65" not in ask(port, "GET", "/metrics")[1]:  # itself, too
            assert len(found) < 64
            assert time.monotonic() < until
        started.send_signal(signal.SIGTERM)
        for each in texts:
            each.join()
        out, _ = started.communicate(timeout=30)
    assert [status for status, _ in found] == [200] * 64
    assert started.returncode == 0
    assert "The model was asked 64 texts." in out
    with pytest.raises(ConnectionRefusedError):
        ask(port)


def test_what_comes_later_is_told_to_come_elsewhere(folders, tmp_path):
    slow = SLOW.replace("0.3", "3 if texts[0][0] == 'devagar' else 0")
    with process(folders / "single_label", tmp_path, before=slow) as (started, port):
        first = threading.Thread(target=ask, args=(port, "POST", "/predict", b'{"text": "devagar"}'))
        first.start()
        while "finetune_under_way 2" not in ask(port, "GET", "/metrics")[1]:
            pass
        started.send_signal(signal.SIGTERM)
        while ask(port)[0] != 503:
            pass
        time.sleep(0.7)
        status, body = ask(port, "POST", "/predict", b'{"text": "boi"}')
        assert (status, '"leaving"' in body) == (503, True)
        first.join()
        assert started.wait(30) == 0


def test_ctrl_c_ends_it_as_it_ends_other_commands(folders, tmp_path):
    with process(folders / "single_label", tmp_path) as (started, port):
        assert ask(port)[0] == 200
        started.send_signal(signal.SIGINT)
        _, err = started.communicate(timeout=30)
    assert started.returncode == 130
    assert "finetune: interrupted" in err
    assert "Traceback" not in err


def test_a_second_server_finds_the_port_taken(folders, capsys):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert main(["serve", "--run", str(folders / "single_label"), "--port", str(port)]) == 2
    told = capsys.readouterr().err
    assert f"port {port} is taken" in told
    assert f"--port {port + 1}" in told or f"--port {port - 1}" in told


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--host", "0.0.0.0"], "Add --token"),
        (["--host", "::"], "Add --token"),
        (["--host", "0.0.0.0", "--token", "curto"], "at least 16"),
        (["--token", "com brancos e mais brancos"], "without blanks"),
        (["--token", "é" * 20], "ASCII"),
        (["--host", "nao.existe.invalid"], "there is no such name"),
        (["--host", "192.0.2.7", "--token", "t" * 20], "nothing can be served there"),
        (["--port", "70000"], "from 0 to 65535"),
        (["--port", "oito"], "--port"),
        (["--engine", "tensorflow"], "give auto, torch or onnx"),
        (["--engine", "torch"], "answers without torch"),
        (["--answer", "simple"], "an export answers as it was exported"),
        (["--nada"], 'no option "nada"'),
    ],
)
def test_what_cannot_be_served_is_said_at_once(folders, capsys, options, told):
    given = [] if "--port" in options else ["--port", "0"]
    assert main(["serve", "--run", str(folders / "single_label"), *given, *options]) == 2
    assert told in capsys.readouterr().err


def test_a_token_may_stand_in_the_environment(folders, capsys, monkeypatch):
    monkeypatch.setenv(TOKEN, "curto")
    assert main(["serve", "--run", str(folders / "single_label"), "--port", "0"]) == 2
    assert "at least 16" in capsys.readouterr().err


def test_there_has_to_be_a_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert main(["serve", "--port", "0"]) == 2
    assert "finetune fit" in capsys.readouterr().err
    assert main(["serve", "--port", "0", "--run", "7"]) == 2
    assert 'there is no run "7"' in capsys.readouterr().err


def test_without_the_extra_it_is_said_how_to_install_it(folders, monkeypatch, capsys):
    from finetune import plugins

    monkeypatch.setattr(plugins, "have", lambda package: package not in ("fastapi", "uvicorn"))
    assert main(["serve", "--run", str(folders / "single_label")]) == 2
    told = capsys.readouterr().err
    assert "fastapi" in told
    assert "uvicorn" in told
    assert "install" in told


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("model.onnx", None, "model.onnx"),
        ("model.onnx", b"nada", "model.onnx"),
        ("tokenizer.json", b"{", "tokenizer.json is damaged"),
        ("finetune.json", b"{", "finetune.json is missing or damaged"),
    ],
)
def test_a_damaged_export_is_told_before_anything_is_served(folders, tmp_path, capsys, name, content, told):
    folder = tmp_path / "modelo"
    shutil.copytree(folders / "single_label", folder)
    (folder / name).unlink()
    if content is not None:
        (folder / name).write_bytes(content)
    assert main(["serve", "--run", str(folder), "--port", "0"]) == 2
    said = capsys.readouterr()
    assert told in said.err
    assert "http://" not in said.out
