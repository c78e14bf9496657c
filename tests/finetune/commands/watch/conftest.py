"""Folders that are watched, by models that answer and were not trained: see `tests.served_folders`. Time is told."""

from argparse import Namespace
from datetime import datetime, timedelta
from importlib.util import find_spec

import pytest

from finetune.commands.watch.command import watched
from finetune.commands.watch.journal import Journal
from finetune.commands.watch.log import Log
from finetune.commands.watch.places import checked, held
from finetune.commands.watch.watching import Clock
from tests.served_folders import NEEDED
from tests.served_folders import engine as engine
from tests.served_folders import engine_of as engine_of
from tests.served_folders import english as english
from tests.served_folders import folders as folders

collect_ignore_glob = [] if all(map(find_spec, NEEDED)) else ["test_*.py"]  # pip install -e '.[serve,onnx]'

DAY = datetime(2026, 11, 30, 17, 12)


class Stopped(Exception):  # noqa: N818
    """The test has seen enough."""


class Time:
    """Seconds that pass while somebody sleeps; by then whatever the test has planned happens."""

    def __init__(self):
        self.passed, self.plans = 0.0, []

    def at(self, seconds, act):
        self.plans.append((seconds, act))

    def sleep(self, seconds):
        self.passed += seconds
        for plan in [plan for plan in self.plans if plan[0] <= self.passed]:
            self.plans.remove(plan)
            plan[1]()

    def now(self):
        return DAY + timedelta(seconds=self.passed)


class Folders:
    """Two folders and the time; `once` and `until` watch."""

    def __init__(self, root):
        self.source, self.answers, self.time = root / "entrada", root / "saida", Time()
        self.source.mkdir()
        self.answers.mkdir()

    def put(self, name, text="texto\no boi\na chuva\n"):
        (self.source / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        return self.source / name

    def once(self, engine, **options):
        self._watch(engine, once=True, **options)

    def until(self, engine, seconds, **options):
        """Watches for so long, and ends as by a signal."""

        def stop():
            raise Stopped

        self.time.at(self.time.passed + seconds, stop)
        with pytest.raises(Stopped):
            self._watch(engine, once=False, **options)

    def _watch(self, engine, *, once, still_seconds=5.0, every=2.0):
        places = checked(self.source, self.answers)
        chosen = Namespace(once=once, still_seconds=still_seconds, every=every)
        clock = Clock(lambda: self.time.passed, self.time.sleep)
        with held(places):
            log, journal = Log(places.log, self.time.now), Journal(places.journal)
            watched(engine, places, journal, log, chosen, clock=clock, now=self.time.now)

    @property
    def answered(self):
        """Names of the answers."""
        return sorted(
            file.name
            for file in self.answers.iterdir()
            if file.is_file() and file.name not in ("finetune_watch.log", "drift.json")
        )

    @property
    def wrong(self):
        """What lies in erros/."""
        return sorted(file.name for file in (self.source / "erros").iterdir())

    @property
    def log(self):
        return (self.answers / "finetune_watch.log").read_text(encoding="utf-8")


@pytest.fixture
def place(tmp_path):
    """Two empty folders."""
    return Folders(tmp_path)
