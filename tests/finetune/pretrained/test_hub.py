"""Against a small hub of our own on 127.0.0.1, a port where nobody answers, and a cache made by hand."""

import json
import shutil
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote

import pytest
from huggingface_hub import constants

from finetune.errors import ModelError
from finetune.pretrained.hub import hub_folder

COMMIT = "c" * 40


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "hub"))
    return tmp_path / "hub"


def put_in_cache(cache, name, source, *, without=()):
    """Lays a model into the hub's cache as the hub's own program does."""
    repository = cache / f"models--{name.replace('/', '--')}"
    snapshot = repository / "snapshots" / COMMIT
    shutil.copytree(source, snapshot, ignore=shutil.ignore_patterns(*without))
    (repository / "refs").mkdir()
    (repository / "refs" / "main").write_text(COMMIT)
    return snapshot


class Hub(BaseHTTPRequestHandler):
    """Has `owner/model` (files of `folder`), `owner/closed`, `owner/onnx`, and is broken at `owner/broken`."""

    folder: Path
    asked: list[str]

    def do_HEAD(self):
        self.do_GET()

    def do_GET(self):
        path = unquote(self.path.split("?")[0])
        self.asked.append(path)
        resolved = path.removeprefix(f"/owner/model/resolve/{COMMIT}/").removeprefix(
            "/owner/model/resolve/main/"
        )
        if path.startswith("/api/models/owner/onnx"):
            self.say(200, {"id": "owner/onnx", "sha": COMMIT, "siblings": [{"rfilename": "onnx/model.onnx"}]})
        elif path.startswith("/api/models/owner/broken"):
            self.say(500, {"error": "out of order"})
        elif path.startswith("/api/models/owner/closed"):
            self.say(403, {"error": "ask first"}, {"X-Error-Code": "GatedRepo"})
        elif path.startswith("/api/models/owner/model/tree"):
            files = [{"type": "file", "path": n, "size": s, "oid": n} for n, s in self.files()]
            self.say(200, files)
        elif path.startswith("/api/models/owner/model"):
            siblings = [{"rfilename": name} for name, _ in self.files()]
            self.say(200, {"id": "owner/model", "sha": COMMIT, "siblings": siblings})
        elif (self.folder / resolved).is_file() and resolved != path:
            self.say(
                200, (self.folder / resolved).read_bytes(), {"ETag": f'"{resolved}"', "X-Repo-Commit": COMMIT}
            )
        else:
            self.say(404, {"error": "no"}, {"X-Error-Code": "RepoNotFound"})

    def files(self):
        return [(path.name, path.stat().st_size) for path in sorted(self.folder.iterdir())]

    def say(self, status, content, headers=()):
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for key, value in {"Content-Length": len(body), **dict(headers)}.items():
            self.send_header(key, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, *arguments):
        pass


def use_endpoint(monkeypatch, address):
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setattr(constants, "ENDPOINT", address)
    template = address + "/{repo_id}/resolve/{revision}/{filename}"
    monkeypatch.setattr(constants, "HUGGINGFACE_CO_URL_TEMPLATE", template)


@pytest.fixture
def hub(cache, tmp_path, tiny_model, monkeypatch):
    folder = shutil.copytree(tiny_model, tmp_path / "remote")
    (folder / "pytorch_model.bin").write_bytes(b"the same weights once more")
    (folder / "tf_model.h5").write_bytes(b"and once more")
    Hub.folder, Hub.asked = folder, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    use_endpoint(monkeypatch, f"http://127.0.0.1:{server.server_port}")
    yield SimpleNamespace(folder=folder, asked=Hub.asked)
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def no_network(cache, monkeypatch):
    use_endpoint(monkeypatch, "http://127.0.0.1:9")  # the discard port: nobody listens


def test_a_model_is_downloaded_once_and_only_what_is_needed(hub):
    folder = hub_folder("owner/model")
    assert {path.name for path in folder.iterdir()} == {
        "config.json",
        "model.safetensors",
        "tokenizer.json",
        "tokenizer_config.json",
    }
    assert (folder / "model.safetensors").read_bytes() == (hub.folder / "model.safetensors").read_bytes()
    hub.asked.clear()
    assert hub_folder("owner/model") == folder
    assert hub.asked == []


def test_an_unknown_name_is_told_apart_from_a_missing_network(hub):
    with pytest.raises(
        ModelError, match=r"owner/nothing: the hub has no such model, or it is private.*:\n  hf auth login$"
    ):
        hub_folder("owner/nothing")


def test_a_name_that_is_nearly_right_is_mended(hub):
    with pytest.raises(ModelError, match=r"Did you mean neuralmind/bert-base-portuguese-cased\?"):
        hub_folder("neuralmind/bert-base-portugese-cased")


def test_a_gated_model_says_where_to_ask(hub):
    with pytest.raises(ModelError, match=r"accepted the conditions on its page.*:\n  hf auth login$"):
        hub_folder("owner/closed")


def test_a_model_in_another_format_lists_what_there_is(hub):
    with pytest.raises(
        ModelError, match=r"not as a model that PyTorch opens.*It has: onnx/model.onnx\. Choose"
    ):
        hub_folder("owner/onnx")


def test_a_broken_hub_is_not_called_a_missing_network(hub):
    with pytest.raises(ModelError, match=r"the hub answered with an error \(.*500"):
        hub_folder("owner/broken")


def test_without_network_it_says_three_ways_out(no_network):
    with pytest.raises(ModelError) as raised:
        hub_folder("owner/model")
    said = str(raised.value)
    assert "the hub cannot be reached: is there a network?" in said
    assert "hf download owner/model --local-dir FOLDER" in said
    assert "--model.name embedded, which needs no network" in said


def test_what_is_in_the_cache_needs_no_network(no_network, cache, tiny_model):
    snapshot = put_in_cache(cache, "owner/model", tiny_model)
    assert hub_folder("owner/model") == snapshot


def test_an_old_model_in_the_cache_serves_without_network_and_that_is_said(
    no_network, cache, tiny_model, caplog
):
    snapshot = put_in_cache(cache, "owner/model", tiny_model, without=["tokenizer*.json"])
    (snapshot / "vocab.txt").write_text("[UNK]\n")
    assert hub_folder("owner/model") == snapshot
    assert f"owner/model is taken from its cache, {snapshot}" in caplog.text


def test_half_a_download_is_not_taken_for_a_model(no_network, cache, tiny_model):
    put_in_cache(cache, "owner/model", tiny_model, without=["model.safetensors"])
    with pytest.raises(ModelError, match="cannot be reached"):
        hub_folder("owner/model")


def test_offline_takes_what_is_in_the_cache(cache, tiny_model):
    snapshot = put_in_cache(cache, "bert-of-mine", tiny_model)
    assert hub_folder("bert-of-mine") == snapshot


def test_offline_does_not_look_for_the_network(cache):
    with pytest.raises(ModelError, match=r"not in the hub's cache \(.*hub\), and HF_HUB_OFFLINE is set"):
        hub_folder("owner/model")


@pytest.mark.parametrize("name", ["uma frase qualquer", "owner/mo..del", "-model", "ação"])
def test_what_cannot_be_a_name_is_refused(cache, name):
    with pytest.raises(ModelError, match="neither a folder that exists nor the id of a model"):
        hub_folder(name)


def test_a_cache_that_cannot_be_written_is_not_called_a_missing_network(hub, monkeypatch, tmp_path):
    (tmp_path / "file").touch()
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path / "file" / "hub"))
    with pytest.raises(
        ModelError, match=r"its files cannot be kept in .*/hub \(a part of the path is no folder\)\."
    ):
        hub_folder("owner/model")
