"""The user's own folder, which `~` stands for: not every account of a server or a container has one."""

from pathlib import Path

from finetune.errors import UserError


def own_folder(variable: str) -> Path:
    """Returns the user's own folder.

    Args:
        variable: What names another place than the one in it.

    Raises:
        UserError: if nobody knows the folder.
    """
    try:
        return Path.home()
    except RuntimeError as error:
        raise UserError(
            "there is no place to keep files in: this account has no folder of its own (no HOME). Name a folder:\n"
            "  {variable}=/another/folder",
            variable=variable,
        ) from error


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
