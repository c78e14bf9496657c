"""What files are called in all that is said, where their path says nothing to the reader: what came by a stream."""

from pathlib import Path

_FOLDERS: dict[Path, object] = {}


def call(folder: Path, name: object) -> None:
    """Has whatever lies in a folder be called by a name from here on, also once it is gone: errors are told last.

    Args:
        folder: Of this process alone, such as a temporary one.
        name: A message, which is told in the reader's language.
    """
    _FOLDERS[folder] = name


def called(value: object) -> object:
    """Returns the name of a file, where it has another than its path; any other value as it is."""
    if not _FOLDERS or not isinstance(value, str | Path):
        return value
    return next((name for folder, name in _FOLDERS.items() if Path(value).parent == folder), value)
