"""A server without a model that speaks as `finetune serve` does, with its headers: what the page is tried against."""

import json
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

from finetune.page.page import rendered, script, style

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    "form-action 'none'; frame-ancestors 'none'; base-uri 'none'"
)
SAID = {401: "The token is missing or wrong.", 404: "There is no such table.", 503: None}


def facts(**others):
    """What `GET /model` answers."""
    return {
        "model": "version_3-1a2b3c4d",
        "run": "version_3",
        "engine": "onnx",
        "task": "single_label",
        "problem_type": "single_label_classification",
        "labels": [
            "ferrugem asiática",
            "preço do milho",
            "crédito rural",
            "mastite",
            "colheita",
            "geada",
            "solo",
        ],
        "columns": ["texto"],
        "pair": False,
        "trained_on": "2026-11-30",
        "rows": 4812,
        "scores": {"f1_macro": 0.8312, "accuracy": 0.871},
        "verdict": None,
        "knows_when_unsure": True,
        "limits": {"texts": 1000, "characters": 2000, "file_bytes": 1024 * 1024},
        "workbooks": True,
        "contact": None,
        **others,
    }


class Server(ThreadingHTTPServer):
    """Answers as it is told to.

    Attributes:
        facts: Of the model.
        answer: What is answered to any text.
        words: What `/explain` says of them.
        token: What has to be shown; None for nothing.
        busy: How many requests more are told to come again.
        states: What is said of the table, look by look; the last one stays.
        asked: Method, path, headers and body of what came in.
    """

    daemon_threads = True

    def __init__(self, **told):
        super().__init__(("127.0.0.1", 0), Handler)
        self.facts = told.get("facts") or facts()
        self.answer = told.get("answer") or answer(self.facts["labels"])
        self.words = told.get("words", [])
        self.token, self.busy = told.get("token"), told.get("busy", 0)
        self.states = list(told.get("states", []))
        self.asked = []

    @property
    def address(self):
        return f"http://127.0.0.1:{self.server_port}/"


def answer(labels, confidence=0.93, **others):
    """An answer that the first label fits best."""
    rest = [(1 - confidence) / 2 ** (place + 1) for place in range(len(labels) - 1)]
    probabilities = dict(zip(labels, [confidence, *rest], strict=True))
    return {
        "label": labels[0],
        "confidence": confidence,
        "abstained": False,
        "probabilities": probabilities,
        **others,
    }


def state(name, /, **others):
    return {
        "state": name,
        "rows": 200,
        "done": 0,
        "unsure": 0,
        "without_text": 0,
        "error": None,
        "remarks": [],
        "name": "perguntas_predicted.csv",
        **others,
    }


class Handler(BaseHTTPRequestHandler):
    server: Server

    def do_GET(self):
        parts = urlsplit(self.path)
        language = parse_qs(parts.query).get("language", ["en"])[0]
        shown = self._shown()
        pages = {
            "/": ("text/html", lambda: rendered(self.server.facts if shown else None, language)),
            "/page.css": ("text/css", style),
            "/page.js": ("text/javascript", script),
        }
        if parts.path in pages:
            kind, made = pages[parts.path]
            return self._send(200, made().encode(), kind)
        return self._answer(parts.path, b"")

    def do_POST(self):
        self._answer(urlsplit(self.path).path, self.rfile.read(int(self.headers["Content-Length"])))

    def do_DELETE(self):
        self._answer(urlsplit(self.path).path, b"")

    def _shown(self):
        return self.server.token in (None, (self.headers["Authorization"] or "").removeprefix("Bearer "))

    def _answer(self, path, body):
        server = self.server
        server.asked.append((self.command, self.path, dict(self.headers), body))
        if not self._shown():
            return self._refuse(401)
        if server.busy:
            server.busy -= 1
            return self._refuse(503, {"Retry-After": "0.05"})
        if path == "/predict":
            return self._json(200, {"model": "m", "answers": [server.answer]})
        if path == "/explain":
            return self._json(200, {"model": "m", "answer": server.answer, "words": server.words})
        if path == "/model":
            return self._json(200, server.facts)
        if self.command == "POST" and path == "/tables":
            return self._json(202, {"table": "a1"})
        if self.command == "DELETE" or not path.startswith("/tables/a1"):
            return self._json(200, {}) if self.command == "DELETE" else self._refuse(404)
        if path.endswith("/file"):
            return self._send(200, b"texto,label\noi,a\n", "text/csv", {"Content-Disposition": "attachment"})
        return self._json(200, server.states.pop(0) if len(server.states) > 1 else server.states[0])

    def _refuse(self, status, headers=None):
        message = SAID[status]
        body = {} if message is None else {"error": {"code": "x", "message": message}}
        self._json(status, body, headers)

    def _json(self, status, body, headers=None):
        self._send(status, json.dumps(body).encode(), "application/json", headers)

    def _send(self, status, body, kind, headers=None):
        self.send_response(status)
        for name, value in {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(body)),
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cache-Control": "no-store",
            **(headers or {}),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@contextmanager
def serving(**told):
    """A server that answers until the block ends."""
    server = Server(**told)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
