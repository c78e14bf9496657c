"""`finetune serve` under load and nonsense, on loopback, beside the rows that predict labels in the same time.

    python scripts/bench/serve.py RUN --table TABLE.csv [--tiny RUN] [--json FILE]

start     from the command to the first `/ready`.
predict   rows a second of the same engine on TABLE, once it is loaded: what a server can reach at most.
load      1, 8, 32 and 64 clients, each with one connection, that ask one text after the other, and 16 at a time: rows a
          second, the median and the 99th percentile of the answers, how many were lost.
memory    resident after a tenth of the requests and at their end: of --tiny, whose network takes no time, so many more.
nonsense  malformed requests (nonsense.py): how many were answered by which status; 500 and silence are counted.
end       SIGTERM with 64 requests under way: how many are answered, and how the process ends.

RUN is a run or the folder of an export (`--engine onnx` takes that of a run); --tiny likewise, of which a run of words
(`finetune baseline`) is the smallest. The clients are threads of one other process, which takes its part of the same
processors. Needs `pip install -e '.[serve,onnx]'`; nothing else should run on the machine.
"""

import argparse
import contextlib
import csv
import json
import signal
import socket
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Sequence
from http.client import HTTPConnection, HTTPException
from itertools import islice
from pathlib import Path
from typing import Any

from child import run, tell
from clients import PATIENCE, Served, asked, is_ready, load, served
from nonsense import nonsense

CLIENTS = (1, 8, 32, 64)
TOGETHER = (1, 16)


def predicted(name: str, engine: str, table: Path) -> None:
    """Tells how many rows a second the engine labels in a table: the work of a process of its own."""
    from finetune.engines.opened import opened
    from finetune.runs.folder import ROOT
    from finetune.runtime.answering.of_table import answer_table

    found = opened(name, engine=engine, answer=None, root=ROOT)
    found.warm()
    with tempfile.TemporaryDirectory() as folder:
        begun = time.perf_counter()
        answer_table(found.model, found.making, table, Path(folder) / "s.csv", guard=False, overwrite=False)
        seconds = time.perf_counter() - begun
    tell(seconds=seconds)


# ---- nonsense and the end -----------------------------------------------------------------------------------


def malformed(port: int, *, requests: int, seed: int = 0) -> dict[str, Any]:
    """Returns how nonsense was answered: by which status, with which silence, and how long it took at most.

    It comes from many at once: what is never whole is waited for until its time is over.
    """
    found: Counter[str] = Counter()
    slowest = [0.0]
    all_of_it = islice(nonsense(seed), requests)
    lock = threading.Lock()

    def client() -> None:
        while True:
            with lock:
                each = next(all_of_it, None)
            if each is None:
                return
            begun = time.perf_counter()
            what = _sent(port, each.content, cut=each.cut)
            with lock:
                found[what] += 1
                slowest[0] = max(slowest[0], time.perf_counter() - begun)

    threads = [threading.Thread(target=client) for _ in range(64)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    return {"requests": requests, "answered": dict(sorted(found.items())), "slowest_seconds": slowest[0]}


def _sent(port: int, content: bytes, *, cut: bool) -> str:
    """Sends bytes; returns the status, or what came of it."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=PATIENCE) as opened:
            opened.sendall(content)
            if cut:
                return "cut"
            answer = opened.recv(64)
            while opened.recv(65536):
                pass
    except TimeoutError:
        return "silence"
    except OSError:
        return "closed"
    return answer[9:12].decode("ascii", "replace") or "closed"


def ended(server: Served, text: str, *, rows_a_second: float) -> dict[str, Any]:
    """Returns how many of 64 requests under way are answered when the process is to end, and its exit status."""
    statuses: list[int] = []
    together = max(1, int(10 * rows_a_second / 64))  # ten seconds of work, so that all are under way
    body = json.dumps({"texts": [text] * together}).encode()

    def client() -> None:
        with contextlib.suppress(OSError, HTTPException):
            connection = HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
            statuses.append(asked(connection, "POST", "/predict", body))

    threads = [threading.Thread(target=client) for _ in range(64)]
    for each in threads:
        each.start()
    time.sleep(0.5)
    there = len(statuses)
    server.process.send_signal(signal.SIGTERM)
    for each in threads:
        each.join()
    status = server.process.wait(PATIENCE)
    return {"answered_before": there, "answered": statuses.count(200), "of": 64, "status": status}


# ---- all ----------------------------------------------------------------------------------------------------


def main() -> None:
    """Measures, prints, and keeps."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", metavar="RUN", help="a run, or the folder of an export")
    parser.add_argument("--table", type=Path, required=True, help="texts that are asked")
    parser.add_argument("--column", default="texto", help="the column of the texts")
    parser.add_argument("--engine", default="auto", help="as finetune serve has it")
    parser.add_argument("--tiny", help="a run whose answers take no time, for the memory")
    parser.add_argument("--requests", type=int, default=1000, help="of each load of one text")
    parser.add_argument("--memory", type=int, default=50_000, help="requests of --tiny; a 25th of RUN")
    parser.add_argument("--nonsense", type=int, default=10_000, help="malformed requests")
    parser.add_argument("--json", type=Path, help="file to keep what was measured in")
    parser.add_argument("--work", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.work:
        predicted(chosen.run, chosen.engine, chosen.table)
        return
    found = measured(chosen)
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


def measured(chosen: argparse.Namespace) -> dict[str, Any]:
    """Measures all that is asked for, and prints it."""
    with chosen.table.open(encoding="utf-8-sig", newline="") as file:
        delimiter = max(",;\t", key=file.readline().count)
        file.seek(0)
        texts = [row[chosen.column] for row in csv.DictReader(file, delimiter=delimiter)]
    words = [__file__, chosen.run, "--table", str(chosen.table), "--engine", chosen.engine, "--work"]
    predict = len(texts) / run(words).told["seconds"]
    found: dict[str, Any] = {"predict_rows_a_second": predict, "load": []}
    print(f"predict   {predict:.1f} rows a second")
    with served(chosen.run, "--engine", chosen.engine) as server:
        found["ready_seconds"] = server.ready_seconds
        print(f"start     {server.ready_seconds:.2f} s to ready, {server.mib():.0f} MiB")
        for together in TOGETHER:
            for clients in CLIENTS:
                requests = max(chosen.requests // together, 2 * clients)
                one = load(server.port, texts, clients=clients, together=together, requests=requests)
                found["load"].append({**one, "of_predict": one["rows_a_second"] / predict})
                print(
                    f"load      {clients:>2} clients x {together:>2} texts: {one['rows_a_second']:7.1f} rows a second "
                    f"({one['rows_a_second'] / predict:.0%} of predict), p50 {one['p50_ms']:.0f} ms, "
                    f"p99 {one['p99_ms']:.0f} ms, {one['lost']} lost"
                )
    for name, requests in ((chosen.run, chosen.memory // 25), (chosen.tiny, chosen.memory)):
        if name is not None and requests:
            found[f"memory of {name}"] = memory(name, chosen.engine, texts, requests=requests)
    if chosen.nonsense:
        with served(chosen.tiny or chosen.run) as server:
            found["nonsense"] = malformed(server.port, requests=chosen.nonsense)
            found["nonsense"]["ready_after"] = is_ready(server.port)
            print(f"nonsense  {found['nonsense']}")
    with served(chosen.run, "--engine", chosen.engine) as server:
        found["end"] = ended(server, texts[0], rows_a_second=predict)
        print(f"end       {found['end']}")
    return found


def memory(name: str, engine: str, texts: Sequence[str], *, requests: int) -> dict[str, Any]:
    """Returns what a server holds after a tenth of so many requests, and after all."""
    with served(name, *(("--engine", engine) if engine != "auto" else ())) as server:
        load(server.port, texts, clients=8, together=1, requests=requests // 10)
        first = server.mib()
        told = load(server.port, texts, clients=8, together=1, requests=requests - requests // 10)
        last = server.mib()
    print(
        f"memory    {name}: {first:.0f} MiB, after {requests:,} requests {last:.0f} MiB, {told['lost']} lost"
    )
    return {"requests": requests, "first_mib": first, "last_mib": last, "lost": told["lost"]}


if __name__ == "__main__":
    main()
