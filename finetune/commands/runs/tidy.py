"""finetune runs tidy: what nothing needs of finished runs is freed, once it was said what that is and what is lost."""

from collections.abc import Sequence
from itertools import groupby
from pathlib import Path

from callbacks.saving import checksum
from callbacks.saving.on_disk import remove
from finetune.commands.runs.asked import chosen, is_meant, refuse_untouchable, size_text
from finetune.commands.runs.spare import CHECKPOINTS, LOST, Part, Spare, begun, looked_at
from finetune.language.say import Message, say, show
from finetune.runs import tidied
from finetune.runs.lock import RunLock
from finetune.runs.named import there_are

NOTHING = Message("Nothing was freed.")


def tidy(words: Sequence[str], root: Path, *, yes: bool, force: bool = False) -> None:
    """Frees what nothing needs.

    Args:
        words: Of which runs; of all where none is named.
        root: Folder of the runs.
        yes: Whether nobody is asked.
        force: Whether those that have a name are tidied, too.

    Raises:
        ConfigError: if one that is named is not there, is in use or has a name, or nobody can be asked.
    """
    folders = chosen(words, root, nothing=NOTHING) if words else there_are(root)
    if words:
        refuse_untouchable(folders, nothing=NOTHING, force=force)
    others = begun(root)
    found = {folder: looked_at(folder, others, force=force) for folder in folders}
    for folder, spare in found.items():
        tell(folder, spare)
    parts = [part for spare in found.values() for part in spare.parts]
    if not parts:
        show(say("There is nothing to free."))
        return
    for kind in dict.fromkeys(part.kind for part in parts):
        show(str(LOST[kind]))
    size = size_text(sum(part.size for part in parts))
    if not (yes or is_meant(say("free {size} for good? [y/N] ", size=size))):
        show(say("nothing was freed"))
        return
    others = begun(root)  # more may have by now
    gone = sum(
        free(folder, looked_at(folder, others, force=force), spare.parts) for folder, spare in found.items()
    )
    show(say("freed {size}", size=size_text(gone)))


def tell(folder: Path, spare: Spare) -> None:
    """Says what would be freed of a run and what that takes, and why the rest is kept."""
    if spare.parts:
        size = size_text(sum(part.size for part in spare.parts))
        names = ", ".join(str(part.path.relative_to(folder)) for part in spare.parts)
        show(say("{folder}: {size} ({names})", folder=folder, size=size, names=names))
    if spare.kept is not None:
        show(say("{folder} is kept: {why}", folder=folder, why=spare.kept))


def free(folder: Path, still: Spare, shown: Sequence[Part]) -> int:
    """Frees what was shown of a run; returns the bytes.

    Args:
        folder: Its folder.
        still: What can be freed of it now: it may have been gone on with while the user was asked.
        shown: What the user has agreed to.

    Raises:
        ConfigError: if another process has begun to train in it.
    """
    parts = [part for part in shown if part in still.parts]
    if len(parts) < len(shown):
        show(say("{folder} has changed meanwhile: not all of it is freed", folder=folder))
    gone = 0
    for run, of_run in groupby(parts, key=lambda part: part.run):
        lock = RunLock()
        lock.hold(run)
        try:
            gone += freed_of(run, list(of_run))
        finally:
            lock.release()
    return gone


def freed_of(run: Path, parts: Sequence[Part]) -> int:
    """Frees parts of a run that this process has locked; returns the bytes."""
    size = sum(part.size for part in parts)
    checkpoints = [part for part in parts if part.kind == CHECKPOINTS]
    if (
        checkpoints
    ):  # said before it is so: whoever is killed in between leaves a checkpoint too many, and no riddle
        names = [part.path.relative_to(run).as_posix() for part in checkpoints]
        tidied.record(run, names, sum(part.size for part in checkpoints))
    for part in parts:
        remove(part.path)
    if checkpoints:
        checksum.record({part.path: [] for part in checkpoints})
    return size
