"""The loop: what stands still is answered, one file after the other, until somebody asks to stop."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from finetune.commands.watch.answering import Answering, Later
from finetune.commands.watch.changed import signature
from finetune.commands.watch.snapshot import Changed, Snapshot
from finetune.commands.watch.still import Still
from finetune.language.lists import quoted
from finetune.language.say import Message, reason

AGAIN_SECONDS = 30.0
"""After which a file is tried again that could not be answered for a reason that is none of its own."""

SLICE_SECONDS = 0.2
"""After which it is looked whether somebody has asked to stop: a signal ends no sleep."""

MOST_NAMED = 5


@dataclass
class Clock:
    """Time, which tests have go as they like.

    Attributes:
        seconds: Of which only differences are looked at.
        sleep: Waits.
    """

    seconds: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep


@dataclass
class Watching:
    """A folder that is watched.

    Attributes:
        answering: What answers files.
        still: Which there are.
        clock: The time.
        every: Seconds between two looks.
        stopped: Whether somebody has asked to stop.
    """

    answering: Answering
    still: Still
    clock: Clock
    every: float
    stopped: bool = False
    _later: dict[str, float] = field(default_factory=dict)

    def stop(self) -> None:
        """Asks to stop: the file at hand is answered first."""
        self.stopped = True

    def run(self) -> None:
        """Watches until somebody asks to stop."""
        before = signature(self.answering.engine)
        while not self.stopped:
            self.look()
            if signature(self.answering.engine) != before:
                self._tell_changed()
            self._wait(self.every)

    def once(self) -> None:
        """Answers what is there and stands still; the rest is left for the next time."""
        self.look()
        self._wait(self.still.seconds)
        self.look()
        if self.still.changing:
            names = self.still.changing
            self.answering.log.tell(
                Message(
                    "{n:,} file does not stand still yet, and is left for the next time: {names}",
                    "{n:,} files do not stand still yet, and are left for the next time: {names}",
                    n=len(names),
                    names=quoted(names[:MOST_NAMED]),
                )
            )

    def look(self) -> None:
        """Answers all that stands still now."""
        log, folder = self.answering.log, self.still.folder
        try:
            files = self.still.look()
        except OSError as error:  # a network share that is away for a while
            log.tell_once(
                "folder",
                Message("{folder} cannot be read ({why}): waiting for it", folder=folder, why=reason(error)),
            )
            return
        if log.over("folder"):
            log.tell(Message("{folder} is there again", folder=folder))
        for file in files:
            if self.stopped:
                return
            if self.clock.seconds() >= self._later.get(file.name, -1.0):
                self._answer(file)

    def _answer(self, file: Path) -> None:
        log = self.answering.log
        try:
            snapshot = self.answering.answer(file)
        except Changed:
            return
        except Later as later:
            self._later[file.name] = self.clock.seconds() + AGAIN_SECONDS
            log.tell_once(
                f"file {file.name}",
                Message(
                    "{name}: not now ({why}); it stays where it is, and is tried again",
                    name=file.name,
                    why=reason(later.error),
                ),
            )
            return
        self._take(snapshot)

    def _take(self, snapshot: Snapshot) -> None:
        self._later.pop(snapshot.file.name, None)
        self.answering.log.over(f"file {snapshot.file.name}")
        self.still.take(snapshot.file, snapshot.found)

    def _tell_changed(self) -> None:
        self.answering.log.tell_once(
            "run",
            Message(
                "{run} has changed since it was opened: the model of then answers on. Start the command anew to have "
                "the new one answer.",
                run=self.answering.engine.run or self.answering.engine.model.folder,
            ),
        )

    def _wait(self, seconds: float) -> None:
        until = self.clock.seconds() + seconds
        while not self.stopped and (left := until - self.clock.seconds()) > 0:
            self.clock.sleep(min(left, SLICE_SECONDS))
