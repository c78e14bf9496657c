"""Requests that are none, or none that may be: as bytes, drawn by a seed. Sends and judges nothing.

Of each ten some are JSON that is cut or changed, some have headers that lie, some other encodings, some are too large,
some are no HTTP at all; `cut` ones end in the middle.
"""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass

TEXTS = [
    "O boi está com febre.",
    "chuva",
    "",
    "\u202e<script>alert(1)</script>",
    "a" * 3000,
    "\ud83d",
    "=1+1",
    "\0",
]
PATHS = [
    *("/predict", "/explain", "/model", "/tables", "/tables/x", "/tables/../../etc/passwd", "/metrics", "/"),
    *(
        "/tables/%00/file",
        "/predict/",
        "//predict",
        "/predict?text=a",
        "/page.js",
        "/openapi.json",
        "/" + "a" * 9000,
    ),
]
KINDS = [
    "application/json",
    "application/json; charset=utf-16",
    "text/plain",
    "multipart/form-data; boundary=x",
    "",
]
HOSTS = ["localhost", "127.0.0.1", "mal.example", "", "localhost:99999999", "[::1", "a" * 3000]


@dataclass(frozen=True)
class Nonsense:
    """What is sent.

    Attributes:
        content: Its bytes.
        cut: Whether the connection is ended before an answer.
        what: Which kind of nonsense it is.
    """

    content: bytes
    cut: bool
    what: str


def nonsense(seed: int) -> Iterator[Nonsense]:
    """Yields one after the other, without end."""
    draw = random.Random(seed)
    kinds = {
        "json": _json,
        "headers": _headers,
        "encoding": _encoding,
        "size": _size,
        "bytes": _bytes,
        "table": _table,
    }
    while True:
        what = draw.choice(list(kinds))
        content = kinds[what](draw)
        cut = draw.random() < 0.1
        yield Nonsense(content[: draw.randrange(len(content) + 1)] if cut else content, cut, what)


def _request(draw: random.Random, body: bytes, **headers: str) -> bytes:
    usual = {
        "Host": "localhost",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
    } | headers
    lines = [f"{name.replace('_', '-')}: {value}" for name, value in usual.items()]
    head = f"POST {draw.choice(('/predict', '/explain'))} HTTP/1.1"
    return "\r\n".join([head, *lines, "Connection: close", "", ""]).encode("utf-8", "surrogateescape") + body


def _value(draw: random.Random, depth: int = 0) -> object:
    """Something that JSON can hold."""
    if depth < 4 and draw.random() < 0.5:
        if draw.random() < 0.5:
            return [_value(draw, depth + 1) for _ in range(draw.randrange(4))]
        names = draw.choices(["text", "texts", "rows", "probabilities", "texto", "", "__class__"], k=3)
        return {name: _value(draw, depth + 1) for name in names}
    return draw.choice([None, True, -1, 1e308, float("nan"), 10**30, *TEXTS])


def _json(draw: random.Random) -> bytes:
    body = json.dumps(_value(draw)).encode()
    if draw.random() < 0.5 and body:
        at = draw.randrange(len(body))
        body = body[:at] + draw.randbytes(draw.randrange(3)) + body[at + draw.randrange(3) :]
    return _request(draw, body)


def _headers(draw: random.Random) -> bytes:
    body = b'{"text": "boi"}'
    lies = {
        "Host": draw.choice(HOSTS),
        "Content-Type": draw.choice(KINDS),
        "Content-Length": draw.choice(["-1", "0", "15", "16", "9" * 30, "x"]),
        "Origin": draw.choice(["null", "http://mal.example", "http://[", ""]),
        "Accept_Language": draw.choice(["pt", "*" * 5000, ",;q=", "\x7f"]),
        "Authorization": draw.choice(["Bearer x", "Basic", "\x00"]),
        "Transfer_Encoding": draw.choice(["chunked", "gzip", "identity"]),
    }
    return _request(draw, body, **dict(draw.sample(list(lies.items()), draw.randrange(1, 4))))


def _encoding(draw: random.Random) -> bytes:
    codec = draw.choice(["utf-16", "utf-32", "cp1252", "utf-7", "utf-8-sig"])
    return _request(draw, json.dumps({"text": "água"}, ensure_ascii=False).encode(codec))


def _size(draw: random.Random) -> bytes:
    amount = draw.choice([10, 1000, 100_000, 300_000])
    body = draw.choice(
        [
            lambda: b"[" * amount,
            lambda: b'{"texts": [' + b'"a",' * amount + b'"a"]}',
            lambda: json.dumps({"text": "a " * amount}).encode(),
            lambda: json.dumps(
                {"rows": [{str(number): "a" for number in range(min(amount, 5000))}]}
            ).encode(),
        ]
    )()
    return _request(draw, body)


def _bytes(draw: random.Random) -> bytes:
    if draw.random() < 0.5:
        return draw.randbytes(draw.randrange(1, 200)) + b"\r\n\r\n"
    method = draw.choice(["GET", "PUT", "DELETE", "OPTIONS", "TRACE", "CONNECT", "PRI", "get", "G\x00T"])
    version = draw.choice(["HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "HTTP/9", ""])
    return f"{method} {draw.choice(PATHS)} {version}\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode()


def _table(draw: random.Random) -> bytes:
    name = draw.choice(["a.csv", "a.xlsx", "a.jsonl", "..%2f..%2fa.csv", "a.exe", "%00.csv", "<b>.tsv"])
    body = draw.choice(
        [b"", b"texto\n", b"texto\nboi\n", b"PK\x03\x04", draw.randbytes(500), b'"' * 500, b";" * 500]
    )
    head = f"POST /tables?name={name} HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n"
    return f"{head}Connection: close\r\n\r\n".encode() + body
