"""Who may ask, from where, how much and how slowly: everything else is told so, in the language of whoever asks."""

import contextlib
import json
import socket
import time

import pytest

from finetune.errors import ConfigError
from finetune.web.guards import asked_language
from finetune.web.limits import Limits
from finetune.web.listening import listening
from tests.serving import PATIENCE, serving

TOKEN = "tres-tigres-tristes-comem"
JSON = {"Content-Type": "application/json"}


def code(said):
    return said.status, said.json["error"]["code"]


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:99", "127.0.0.1", "[::1]:8000", "servidor.fazenda"])
def test_the_server_may_be_called_by_its_own_names(engine, host):
    with serving(engine, hosts=("servidor.fazenda",)) as client:
        assert client.get("/health", Host=host).status == 200


@pytest.mark.parametrize(
    "host",
    ["mal.example", "localhost.mal.example", "", "localhost@mal.example", "::::", "localhost:99999999"],
)
def test_a_name_that_is_not_its_own_is_refused_whatever_is_asked(engine, host):
    """A page of another's may have its own name stand for this machine (DNS rebinding)."""
    with serving(engine) as client:
        for path in ("/", "/health", "/metrics"):
            assert code(client.get(path, Host=host)) == (403, "host")


def test_who_is_open_to_others_is_called_by_any_number_too(engine):
    for token, status in ((None, 403), (TOKEN, 200)):
        with serving(engine, token=token) as client:
            for host in ("192.0.2.7:8000", "[2001:db8::1]"):
                assert client.get("/health", Host=host).status == status
            assert client.get("/health", Host="192.0.2.7.mal.example").status == 403


def test_a_page_of_another_may_not_ask(engine):
    with serving(engine) as client:
        for origin in ("http://mal.example", "null", "https://localhost:1", "http://[", "file://"):
            assert code(client.post("/predict", {"text": "boi"}, Origin=origin)) == (403, "origin")
            assert code(client.ask("DELETE", "/tables/1", headers={"Origin": origin})) == (403, "origin")
        own = f"http://127.0.0.1:{client.port}"
        said = client.post("/predict", {"text": "boi"}, Origin=own)
        assert said.status == 200
        assert not [name for name in said.headers if name.startswith("access-control")]
        assert client.ask("OPTIONS", "/predict", headers={"Origin": own}).status == 405


def test_all_but_the_page_and_its_state_needs_the_token(engine):
    with serving(engine, token=TOKEN) as client:
        for path in ("/", "/page.css", "/page.js", "/health", "/ready"):
            assert client.get(path).status == 200, path
        for wrong in (
            {},
            {"Authorization": "Bearer x"},
            {"Authorization": TOKEN},
            {"Authorization": f"Basic {TOKEN}"},
        ):
            for path in ("/metrics", "/model", "/openapi.json", "/tables/1", "/nada", "//health"):
                said = client.get(path, **wrong)
                assert code(said) == (401, "token"), path
                assert said.headers["www-authenticate"] == "Bearer"
            assert code(client.post("/predict", {"text": "boi"}, **wrong)) == (401, "token")
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert client.post("/predict", {"text": "boi"}, **right).status == 200
        assert b"single_label" not in client.get("/").body
        assert b"single_label" in client.get("/", **right).body
        assert client.get("/metrics", **right).status == 200


def test_only_json_in_utf8_is_read(engine):
    with serving(engine) as client:
        for kind in (
            "text/plain",
            "application/x-www-form-urlencoded",
            "application/json; charset=latin-1",
            "",
        ):
            assert code(client.ask("POST", "/predict", b'{"text": "boi"}', {"Content-Type": kind})) == (
                415,
                "kind",
            )
        kind = {"Content-Type": "application/json; charset=UTF-8"}
        assert client.ask("POST", "/predict", b'{"text": "boi"}', kind).status == 200


WRONG = {
    "nothing": (b"", 422),
    "no JSON": (b"{text: boi}", 400),
    "cut": (b'{"text": "bo', 400),
    "no UTF-8": (b'{"text": "\xff\xfe"}', 400),
    "deep": (b"[" * 100_000, 400),
    "a long number": (b'{"text": ' + b"9" * 10_000 + b"}", 400),
    "a list": (b"[]", 422),
    "null": (b"null", 422),
    "nothing asked": (b"{}", 422),
    "two things": (b'{"text": "a", "texts": ["b"]}', 422),
    "a number": (b'{"text": 5}', 422),
    "another name": (b'{"texto": "a"}', 422),
    "three texts": (b'{"text": ["a", "b", "c"]}', 422),
    "a list in a row": (b'{"rows": [{"texto": ["a"]}]}', 422),
    "an empty row": (b'{"rows": [{}]}', 422),
    "not a number": (b'{"rows": [{"texto": NaN}]}', 200),
    "no end": (b'{"rows": [{"texto": Infinity}]}', 200),
    "no texts": (b'{"texts": []}', 200),
    "too many": (json.dumps({"texts": ["a"] * 1001}).encode(), 413),
    "too many wrong ones": (b'{"texts": [' + b"1," * 900_000 + b"1]}", 413),
    "too many columns": (json.dumps({"rows": [{str(n): "a" for n in range(300)}]}).encode(), 413),
    "a long text": (json.dumps({"text": "a" * 200_000}).encode(), 413),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_not_of_the_form_is_told_so(engine, name):
    body, status = WRONG[name]
    with serving(engine) as client:
        said = client.ask("POST", "/predict", body, JSON)
        assert said.status == status
        if status != 200:
            assert set(said.json["error"]) >= {"code", "message"}
        assert client.post("/predict", {"text": "boi"}).status == 200


@pytest.mark.parametrize(
    ("wished", "query", "spoken"),
    [
        ("pt-BR,en;q=0.5", "", "pt"),
        ("fr, pt", "", "pt"),
        ("en", "language=pt", "pt"),
        ("pt", "language=xx", "pt"),
        ("fr", "", "en"),
        ("", "", "en"),
        (",;,;q=" * 1000, "", "en"),
    ],
)
def test_whoever_asks_is_answered_in_a_language_that_they_read(wished, query, spoken):
    scope = {"headers": [(b"accept-language", wished.encode())], "query_string": query.encode()}
    assert asked_language(scope, otherwise="en") == spoken


def test_what_is_sent_back_of_a_request_is_short_and_text_alone(engine):
    with serving(engine) as client:
        said = client.post("/predict", {"rows": [{"<script>" * 1000 + "\x1b[2J": "a", "outra": "b"}]})
    assert said.status == 422
    assert said.headers["content-type"] == "application/json"
    assert len(said.body) < 1000
    assert b"\x1b" not in said.body


@pytest.mark.parametrize("announced", [True, False])
def test_a_body_that_is_too_large_is_read_no_further(engine, announced):
    with serving(engine, limits=Limits(body_bytes=1000, head_seconds=0.3)) as client:
        body = b'{"text": "' + b"a" * 5000 + b'"}'
        length = f"Content-Length: {len(body)}" if announced else "Transfer-Encoding: chunked"
        body = body if announced else b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
        head = (
            f"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n{length}\r\n\r\n"
        )
        assert b" 413 " in client.raw(head.encode() + body).splitlines()[0]


BROKEN = [
    b"\r\n\r\n",
    b"nada\r\n\r\n",
    b"GET / HTTP/9.9\r\n\r\n",
    b"GET / HTTP/1.1\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: mal.example\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"a" * 100_000 + b"\r\n\r\n",
    b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: -1\r\n\r\n",
    b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\nzz",
    b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    b"GET /\xff\xfe HTTP/1.1\r\nHost: localhost\r\n\r\n",
    b"GET /tables/..%2f..%2fetc%2fpasswd/file HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n",
    b"GET / HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n",
]


@pytest.mark.parametrize("sent", BROKEN)
def test_bytes_that_are_no_request_end_their_connection_alone(engine, sent):
    with serving(engine, limits=Limits(head_seconds=0.3, body_seconds=0.3)) as client:
        answered = client.raw(sent)
        assert b" 500 " not in answered.splitlines()[0] if answered else True
        assert client.get("/ready").status == 200


def test_who_sends_nothing_or_slowly_is_let_go(engine):
    with serving(engine, limits=Limits(head_seconds=0.2, body_seconds=0.2)) as client:
        begun = [
            b"",
            b"POST /pre",
            b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
            b'Content-Length: 100\r\n\r\n{"te',
        ]
        opened = [socket.create_connection(("127.0.0.1", client.port), timeout=10) for _ in begun]
        for each, sent in zip(opened, begun, strict=True):
            each.sendall(sent)
        told = [each.recv(65536) for each in opened]  # which would not come back else
        assert told[:2] == [b"", b""]
        assert b" 408 " in told[2].splitlines()[0]
        for each in opened:
            each.close()


def test_who_goes_away_leaves_nothing_behind(engine):
    with serving(engine) as client:
        head = b"POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        for _ in range(20):
            client.raw(head + b'Content-Length: 100\r\n\r\n{"te', cut=True)
        for _ in range(500):
            if not client.counted.under_way and not client.running.server_state.connections:
                break
            time.sleep(0.01)
        assert client.counted.under_way == 0
        assert not client.running.server_state.connections


def test_a_line_of_the_log_has_nothing_of_what_was_sent(engine):
    lines = []
    with serving(engine, log=lines.append) as client:
        client.post("/predict", {"text": "segredo"})
        client.get("/segredo?segredo=1", Referer="segredo")
        client.ask("SEGREDO", "/predict")
        client.post("/tables?name=segredo.csv", b"texto\nsegredo\n")
    assert len(lines) == 4
    assert "segredo" not in " ".join(lines).lower()


def test_texts_are_heard_where_they_are_to_be(engine):
    heard = []
    with serving(engine, heard=heard.append) as client:
        client.post("/predict", {"texts": ["um", "dois"]})
    assert heard == [["um", "dois"]]


@pytest.mark.parametrize("path", ["/page.js", "/", "/health"])
def test_who_does_not_read_what_is_answered_is_let_go(engine, path):
    with serving(engine, limits=Limits(read_seconds=0.3)) as client, socket.socket() as deaf:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.connect(("127.0.0.1", client.port))
        held = client.running.server_state.connections
        until(lambda: held)
        deaf.settimeout(0.2)
        asked = f"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 1000
        with contextlib.suppress(OSError):  # until no more is taken
            while held:
                deaf.sendall(asked)
        until(lambda: not held)
        until(lambda: not client.counted.under_way)
        assert client.get("/health").status == 200


def test_who_reads_slowly_gets_all_of_it(engine):
    """A little at a time, for longer than nothing at all may be read."""
    with serving(engine, limits=Limits(read_seconds=1.5)) as client, socket.socket() as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        slow.connect(("127.0.0.1", client.port))
        times, most = 200, time.monotonic() + 20
        last = b"GET /page.js HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        slow.sendall(last.replace(b"Connection: close\r\n", b"") * (times - 1) + last)
        found, begun = b"", time.monotonic()
        while time.monotonic() < most and (piece := slow.recv(65536)):
            found += piece
            time.sleep(max(0.0, 3 - (time.monotonic() - begun)) / 400)
        assert found.count(b"200 OK") == times


def test_the_end_of_an_answer_waits_for_nothing(engine):
    """Without that the system holds it back until its beginning was acknowledged, some 40 ms later."""
    with serving(engine) as client, socket.create_connection(("127.0.0.1", client.port)):
        until(lambda: client.running.server_state.connections)
        (held,) = client.running.server_state.connections
        assert held.transport.get_extra_info("socket").getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_more_connections_than_are_held_are_ended_at_once(engine):
    with serving(engine, limits=Limits(connections=3)) as client:
        held = [socket.create_connection(("127.0.0.1", client.port), timeout=5) for _ in range(3)]
        until(lambda: len(client.running.server_state.connections) == 3)
        more = socket.create_connection(("127.0.0.1", client.port), timeout=5)
        with more, contextlib.suppress(ConnectionResetError):
            assert more.recv(10) == b""
        for each in held:
            each.close()
        until(lambda: not client.running.server_state.connections)
        assert client.get("/health").status == 200


def until(so):
    """Waits until something is so, and fails where it never is."""
    for _ in range(100 * PATIENCE):
        if so():
            return
        time.sleep(0.01)
    assert so()


def test_a_taken_port_is_told_with_the_command_that_was_typed():
    with listening("127.0.0.1", 0, token=None) as taken:
        port = taken.getsockname()[1]
        for verb in ("serve", "label"):
            with pytest.raises(ConfigError, match=rf"finetune {verb} --port {port + 1}"):
                listening("127.0.0.1", port, token=None, verb=verb)
