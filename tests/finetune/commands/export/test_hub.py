"""Putting an export on the hub: against a server of the test's own that speaks as the hub does."""

import base64
import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from finetune.commands.export.hub import check_name, push
from finetune.errors import ConfigError, UserError

NAME = "fazenda/noticias"


class Hub(BaseHTTPRequestHandler):
    """Keeps what it is sent in the server: repositories, and their files."""

    def answer(self, content, status=200):
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self):
        if NAME not in self.server.repositories:
            self.answer({"error": "Repository not found"}, 404)
            return
        private = self.server.repositories[NAME]["private"]
        self.answer({"id": NAME, "private": private, "siblings": [], "tags": []})

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers.get("Authorization") != "Bearer right":
            self.answer({"error": "Invalid username or password."}, 401)
        elif self.path.endswith("/repos/create"):
            asked = json.loads(body)
            known = NAME in self.server.repositories
            self.server.repositories.setdefault(
                NAME, {"private": asked["visibility"] == "private", "files": {}}
            )
            self.answer(
                {"url": f"http://{self.headers['Host']}/{NAME}", "error": "there already"},
                409 if known else 200,
            )
        elif self.path.endswith("/validate-yaml"):
            self.answer({"errors": [], "warnings": []})
        elif "/preupload/" in self.path:
            files = [
                {"path": each["path"], "uploadMode": "regular", "shouldIgnore": False}
                for each in json.loads(body)["files"]
            ]
            self.answer({"files": files})
        else:
            for line in map(json.loads, body.splitlines()):
                if line["key"] == "file":
                    self.server.repositories[NAME]["files"][line["value"]["path"]] = base64.b64decode(
                        line["value"]["content"]
                    )
            self.answer(
                {
                    "success": True,
                    "commitUrl": f"http://{self.headers['Host']}/{NAME}/commit/1",
                    "commitOid": "1",
                }
            )

    def log_message(self, *_):
        pass


@pytest.fixture
def hub(monkeypatch):
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hub)
    server.repositories = {}
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setattr(constants, "HF_HUB_OFFLINE", False)
    monkeypatch.setenv("HF_TOKEN", "right")
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "export").mkdir()
    (tmp_path / "export" / "README.md").write_text("# card", encoding="utf-8")
    (tmp_path / "export" / "config.json").write_text("{}", encoding="utf-8")
    return tmp_path / "export"


@pytest.mark.parametrize("public", [False, True])
def test_it_goes_where_it_was_asked_to_private_unless_public_was_said(hub, folder, capsys, public):
    push(folder, NAME, public=public)
    assert hub.repositories[NAME] == {
        "private": not public,
        "files": {"README.md": b"# card", "config.json": b"{}"},
    }
    told = capsys.readouterr().out
    assert ("for everybody" if public else "for you and yours alone") in told
    assert NAME in told


def test_what_is_private_is_not_put_where_everybody_reads(hub, folder):
    hub.repositories[NAME] = {"private": False, "files": {}}
    with pytest.raises(ConfigError, match="everybody can read it: nothing was put into it"):
        push(folder, NAME, public=False)
    assert hub.repositories[NAME]["files"] == {}
    push(folder, NAME, public=True)
    assert set(hub.repositories[NAME]["files"]) == {"README.md", "config.json"}


@pytest.mark.parametrize(("public", "more"), [(False, " --private"), (True, "")])
def test_a_hub_that_does_not_take_it_leaves_the_folder_and_the_command_for_later(
    hub, folder, monkeypatch, public, more
):
    monkeypatch.setenv("HF_TOKEN", "wrong")
    with pytest.raises(UserError, match="the hub did not take it") as caught:
        push(folder, NAME, public=public)
    assert str(caught.value).endswith(f"\n  hf upload {NAME} {folder} .{more}")
    assert (folder / "README.md").is_file()


def test_without_a_network_it_says_the_same(hub, folder, monkeypatch):
    from huggingface_hub import constants

    monkeypatch.setattr(constants, "ENDPOINT", "http://127.0.0.1:9")
    with pytest.raises(UserError, match="Is there a network"):
        push(folder, NAME, public=False)


@pytest.mark.parametrize("name", ["a/b/c", "com espaço", "a--b", ""])
def test_what_no_repository_can_be_called_is_told_before_anything_is_computed(name):
    with pytest.raises(ConfigError, match="cannot be the name of a repository"):
        check_name(name)


def test_names_that_can_be_are_taken():
    for name in (NAME, "noticias", "a_b.c-d"):
        check_name(name)
