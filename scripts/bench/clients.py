"""A server in a process of its own, and clients that ask it: how fast they are answered. Says nothing."""

import contextlib
import json
import re
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any

import psutil

PATIENCE = 60
JSON = {"Content-Type": "application/json"}


@dataclass(frozen=True)
class Served:
    """A server in a process of its own."""

    process: "subprocess.Popen[str]"
    port: int
    ready_seconds: float

    def mib(self) -> float:
        """Returns what it holds in memory."""
        return float(psutil.Process(self.process.pid).memory_info().rss) / 2**20


@contextlib.contextmanager
def served(name: str, *options: str) -> Iterator[Served]:
    """Serves a run for a while."""
    begun = time.perf_counter()
    with tempfile.TemporaryFile("w+") as log:
        words = [sys.executable, "-m", "finetune", "serve", "--run", name, "--port", "0", *options]
        process = subprocess.Popen(words, stdout=subprocess.PIPE, stderr=log, text=True)
        assert process.stdout is not None
        said = ""
        while not (found := re.search(r"http://127\.0\.0\.1:(\d+)", said)):
            line = process.stdout.readline()
            if not line:
                log.seek(0)
                raise SystemExit(log.read())
            said += line
        port = int(found[1])
        while not is_ready(port):
            time.sleep(0.005)
        try:
            yield Served(process, port, time.perf_counter() - begun)
        finally:
            process.terminate()
            process.wait(PATIENCE)


def is_ready(port: int) -> bool:
    """Returns whether a server answers."""
    try:
        return asked(HTTPConnection("127.0.0.1", port, timeout=PATIENCE), "GET", "/ready") == 200
    except OSError:
        return False


def asked(connection: HTTPConnection, method: str, path: str, body: bytes | None = None) -> int:
    """Asks once; returns the status."""
    connection.request(method, path, body, JSON if body else {})
    response = connection.getresponse()
    response.read()
    return response.status


def load(port: int, texts: Sequence[str], *, clients: int, together: int, requests: int) -> dict[str, Any]:
    """Returns how fast so many clients are answered.

    Args:
        port: Of the server.
        texts: What is asked, in turn.
        clients: How many ask at once.
        together: Texts of a request.
        requests: Of all clients.
    """
    seconds: list[float] = []
    lost: list[str] = []
    turns = iter(range(requests))
    lock = threading.Lock()

    def client() -> None:
        connection = HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
        while True:
            with lock:
                turn = next(turns, None)
            if turn is None:
                return
            some = [texts[(turn * together + at) % len(texts)] for at in range(together)]
            begun = time.perf_counter()
            try:
                status = asked(connection, "POST", "/predict", json.dumps({"texts": some}).encode())
            except (OSError, HTTPException) as error:
                lost.append(type(error).__name__)
                connection.close()
                continue
            seconds.append(time.perf_counter() - begun)
            if status != 200:
                lost.append(str(status))

    threads = [threading.Thread(target=client) for _ in range(clients)]
    begun = time.perf_counter()
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    whole = time.perf_counter() - begun
    quantiles = statistics.quantiles(seconds, n=100) if len(seconds) > 1 else [0.0] * 99
    return {
        "clients": clients,
        "together": together,
        "requests": requests,
        "rows_a_second": requests * together / whole,
        "p50_ms": 1000 * quantiles[49],
        "p99_ms": 1000 * quantiles[98],
        "lost": len(lost),
    }
