"""An export put on the model hub, where that is asked for. Writes nothing here."""

from pathlib import Path

from finetune.errors import ConfigError, UserError
from finetune.language.say import say, show
from finetune.language.typed import command_line


def check_name(name: str) -> None:
    """Refuses a name that no repository can have, before anything is computed.

    Raises:
        ConfigError: if it is one.
    """
    from huggingface_hub.errors import HFValidationError
    from huggingface_hub.utils._validators import validate_repo_id

    try:
        validate_repo_id(name)
    except HFValidationError as error:
        raise ConfigError(
            "--push_to_hub {name} cannot be the name of a repository. One is like organization/model: letters, digits, "
            "hyphens and points.",
            name=name,
        ) from error


def push(folder: Path, name: str, *, public: bool) -> None:
    """Puts a folder into a repository of the hub, and says where it is.

    Args:
        folder: The export.
        name: Of the repository; it is made where it is not there.
        public: Whether everybody may read it.

    Raises:
        UserError: if the hub does not take it; the folder stays as it is.
    """
    from huggingface_hub import HfApi
    from huggingface_hub.errors import HTTPError as AnyHTTPError  # type: ignore[attr-defined]

    api = HfApi()
    # without it a repository that is not there yet would be everybody's to read
    later = ["hf", "upload", name, str(folder), ".", *([] if public else ["--private"])]
    try:
        made = api.create_repo(name, private=not public, exist_ok=True)
        if not (public or api.model_info(made.repo_id).private):
            raise ConfigError(
                "the repository {name} is there, and everybody can read it: nothing was put into it. If that is meant, "
                "add --public; else give another name. The export is in {folder}.",
                name=made.repo_id,
                folder=folder,
            )
        api.upload_folder(repo_id=made.repo_id, folder_path=folder, commit_message="An export of finetune")
    except (AnyHTTPError, OSError) as error:
        raise UserError(
            "the export is whole, in {folder}, but the hub did not take it (it said: {text}). Is there a network, are "
            "you logged in (hf auth login), and may you write to {name}? To put it there later:\n  {command}",
            folder=folder,
            text=next(iter(str(error).strip().splitlines()), type(error).__name__),
            name=name,
            command=command_line(later),
        ) from error
    show(
        say("on the hub, for everybody: {link}", link=made.url)
        if public
        else say("on the hub, for you and yours alone: {link}", link=made.url)
    )
