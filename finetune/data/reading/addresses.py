"""What is named as a table and is no path here: addresses of the web, paths of Windows. Opens none of them."""

import os
import re
from pathlib import Path, PureWindowsPath
from urllib.parse import unquote

from finetune.errors import DataError
from finetune.language.say import Message

# A path makes one slash of two
ADDRESS = re.compile(
    r"(https?|ftps?|sftp|file|s3a?|gs|gcs|az|abfss?|hdfs|hf|webdavs?)(?::/+|://)(.*)", re.IGNORECASE
)
BARE = re.compile(r"(www\.|docs\.google\.com/|drive\.google\.com/|huggingface\.co/|hf\.co/).*", re.IGNORECASE)
ON_HUB = re.compile(r"(?:(?:www\.)?(?:huggingface\.co|hf\.co)/)?datasets/([\w.-]+(?:/[\w.-]+)?)(?:[/?#@].*)?")
PAGES = {"tree", "viewer", "blob", "resolve", "discussions", "embed"}
DRIVE = re.compile(r"([A-Za-z]):[\\/]")


def refuse_address(source: str | Path) -> None:
    """Refuses what is no path but the address of a table, or a path of another system.

    Raises:
        DataError: It is; says how to come to a path.
    """
    name = str(source).strip()
    address = ADDRESS.fullmatch(name)
    if address or BARE.fullmatch(name):
        scheme, place = (address[1].lower(), address[2]) if address else ("https", name)
        raise DataError(
            "{source}: an address, and tables are read from files: {remedy}",
            source=name,
            remedy=_remedy(scheme, place),
        )
    if os.name != "nt" and "\\" in name:
        raise DataError(
            "{source}: a path of Windows, and here names of folders stand between /: give {path}",
            source=name,
            path=_here(name),
        )
    if os.name != "nt" and DRIVE.match(name):
        raise DataError(
            "{source}: a path of Windows, whose drives have another name here: give {path}",
            source=name,
            path=_here(name),
        )


def _remedy(scheme: str, place: str) -> Message:
    """What to do instead of giving an address."""
    if scheme == "file":
        path = unquote(place)
        return Message("give its path alone, {path}", path=_here(path) if DRIVE.match(path) else f"/{path}")
    on_hub = ON_HUB.fullmatch(place)
    if on_hub and (scheme == "hf" or not place.startswith("datasets")):
        owner, _, name = on_hub[1].partition("/")
        return Message(
            "of a data set of the hub give the name alone, {name}",
            name=owner if not name or name in PAGES else on_hub[1],
        )
    if place.lower().startswith(("docs.google.com/", "drive.google.com/")):
        return Message(
            "open it in the browser, choose File > Download > Microsoft Excel (.xlsx), and give the path of that file"
        )
    if scheme in ("http", "https"):
        return Message("open it in the browser, download the table, and give the path of that file")
    return Message("copy the table to this computer and give its path")


def _here(name: str) -> str:
    """A path of Windows as WSL, the Linux within it, has it."""
    path = PureWindowsPath(name)
    drive = DRIVE.match(name)
    return f"/mnt/{drive[1].lower()}/{'/'.join(path.parts[1:])}" if drive else path.as_posix()
