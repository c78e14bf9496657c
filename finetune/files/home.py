"""The user's own folder, which `~` stands for: not every account of a server or a container has one."""

from pathlib import Path

from finetune.errors import UserError


def expanded(path: str | Path) -> Path:
    """Returns a path with `~` and `~name` written out.

    Raises:
        UserError: if nobody knows the folder.
    """
    try:
        return Path(path).expanduser()
    except RuntimeError as error:
        raise UserError(
            "{path}: the folder that {home} stands for is not known here (there is no HOME, or no user of that name). "
            "Write the path out, from / on.",
            path=path,
            home=Path(path).parts[0],
        ) from error
