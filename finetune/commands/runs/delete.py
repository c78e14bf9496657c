"""finetune runs delete: runs are removed for good, after all were found and the user said yes."""

from collections.abc import Sequence
from pathlib import Path

from finetune.commands.runs.asked import chosen, is_meant, refuse_untouchable, size_text
from finetune.corrections.identity import FILE
from finetune.errors import ConfigError
from finetune.language.say import Message, say, show
from finetune.runs.folder import RunFolder
from finetune.runs.run_name import name_of

NOTHING = Message("Nothing was deleted.")


def delete(words: Sequence[str], root: Path, *, yes: bool, force: bool = False) -> None:
    """Removes runs.

    Args:
        words: Which ones.
        root: Folder of the runs.
        yes: Whether nobody is asked.
        force: Whether those that have a name, or people's labels, go, too.

    Raises:
        ConfigError: if one is not there, is in use, has a name or people's labels, or nobody can be asked.
    """
    folders = chosen(words, root, nothing=NOTHING)
    refuse_untouchable(folders, nothing=NOTHING, force=force)
    if not force:
        refuse_corrected(folders)
    sizes = {folder: RunFolder(folder).size() for folder in folders}
    listed = ", ".join(f"{_with_name(folder)} ({size_text(size)})" for folder, size in sizes.items())
    if not (yes or is_meant(say("delete {runs} for good? [y/N] ", runs=listed))):
        show(say("nothing was deleted"))
        return
    refuse_untouchable(folders, nothing=NOTHING, force=force)  # what has happened while the question stood
    for folder in folders:
        RunFolder(folder).delete()
        show(say("deleted {folder}, {size}", folder=folder, size=size_text(sizes[folder])))


def refuse_corrected(folders: Sequence[Path]) -> None:
    """Refuses runs in which people's labels are kept: these cannot be made anew.

    Raises:
        ConfigError: if there are some in one.
    """
    for folder in folders:
        if (folder / FILE).exists():
            raise ConfigError(
                "{folder} holds what people have said of its rows ({file}), which is gone with it, and is not deleted "
                "without --force. {nothing} To keep it:\n  finetune label --run {folder} --output corrections.csv",
                folder=folder,
                file=FILE,
                nothing=NOTHING,
            )


def _with_name(folder: Path) -> str:
    name = name_of(folder)
    return f'{folder} "{name}"' if name else str(folder)
