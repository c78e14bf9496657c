"""What was asked and answered, counted as Prometheus reads it. Knows no text."""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator

BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0)
"""Seconds by which the time of a request is told apart."""


class Histogram:
    """Seconds, counted by the bounds below which they lie."""

    def __init__(self) -> None:
        self.counts = [0] * (len(BOUNDS) + 1)
        self.sum = 0.0

    def add(self, seconds: float) -> None:
        """Counts one."""
        self.counts[bisect_left(BOUNDS, seconds)] += 1
        self.sum += seconds

    def lines(self, name: str) -> Iterator[str]:
        """Yields its lines."""
        total = 0
        for bound, count in zip((*map(str, BOUNDS), "+Inf"), self.counts, strict=True):
            total += count
            yield f'{name}_bucket{{le="{bound}"}} {total}'
        yield f"{name}_sum {self.sum:.6f}"
        yield f"{name}_count {total}"


class Counted:
    """All numbers of a server.

    Attributes:
        requests: By route, method and status.
        texts: That the model was asked, also those of tables, and those with words left out.
        unsure: Answers of /predict that the model was not sure of.
        calls: Of the model.
        under_way: Requests that have no answer yet.
    """

    def __init__(self) -> None:
        self.requests: Counter[tuple[str, str, int]] = Counter()
        self.times, self.model_times = Histogram(), Histogram()
        self.texts = self.unsure = self.calls = self.under_way = 0

    def called(self, texts: int, seconds: float) -> None:
        """Counts a call of the model."""
        self.texts += texts
        self.calls += 1
        self.model_times.add(seconds)

    def answered(self, route: str, method: str, status: int, seconds: float) -> None:
        """Counts a request."""
        self.requests[route, method, status] += 1
        self.times.add(seconds)

    def exposition(self, model: str, *, waiting: int, tables: int) -> str:
        """Returns all as Prometheus reads it.

        Args:
            model: The id of the model.
            waiting: Texts that wait.
            tables: Tables that are kept.
        """
        return "\n".join(self._lines(model, waiting, tables)) + "\n"

    def _lines(self, model: str, waiting: int, tables: int) -> Iterator[str]:
        yield from _head("finetune_requests_total", "counter", "Requests that were answered.")
        for (route, method, status), count in sorted(self.requests.items()):
            labels = f'route="{route}",method="{method}",status="{status}"'
            yield f"finetune_requests_total{{{labels}}} {count}"
        yield from _head(
            "finetune_request_seconds", "histogram", "From the headers of a request to its answer."
        )
        yield from self.times.lines("finetune_request_seconds")
        yield from _head("finetune_model_seconds", "histogram", "Of a call of the model.")
        yield from self.model_times.lines("finetune_model_seconds")
        for name, kind, said, value in (
            (
                "finetune_texts_total",
                "counter",
                "Texts that the model was asked, of all kinds.",
                self.texts,
            ),
            (
                "finetune_unsure_total",
                "counter",
                "Answers of /predict of which the model was not sure.",
                self.unsure,
            ),
            ("finetune_under_way", "gauge", "Requests that have no answer yet.", self.under_way),
            ("finetune_waiting_texts", "gauge", "Texts that wait for the model.", waiting),
            ("finetune_tables", "gauge", "Tables that are kept.", tables),
        ):
            yield from _head(name, kind, said)
            yield f"{name} {value}"
        yield from _head("finetune_model_info", "gauge", "The model that answers.")
        escaped = model.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        yield f'finetune_model_info{{model="{escaped}"}} 1'


def _head(name: str, kind: str, said: str) -> Iterator[str]:
    yield f"# HELP {name} {said}"
    yield f"# TYPE {name} {kind}"
