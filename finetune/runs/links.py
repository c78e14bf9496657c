"""Links in a folder that may be another's: through one, what is written or removed in it is elsewhere. Follows none."""

import os
from pathlib import Path

from finetune.errors import ConfigError


def refuse_links(folder: Path) -> None:
    """Refuses to write into a folder that has links below it; it may be one itself, which is its owner's doing.

    Raises:
        ConfigError: if it has some.
    """
    links = links_below(folder)
    if links:
        raise ConfigError(
            "{folder} has links ({names}), and what they lead to would be written to or removed. Put the files and "
            "folders themselves in their place.",
            folder=folder,
            names=", ".join(links),
        )


def links_below(folder: Path) -> list[str]:
    """Returns the links in a folder and in those below it, by their path in it."""
    found = []
    for parent, folders, files in os.walk(folder):
        found += [path for name in (*folders, *files) if (path := Path(parent, name)).is_symlink()]
    return sorted(str(path.relative_to(folder)) for path in found)
