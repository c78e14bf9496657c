"""A page that answers by itself, put together: one file, or a folder for a web server. Proves nothing."""

import json
from collections.abc import Mapping, Sequence
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from finetune.page.offline.document import Told, document
from finetune.page.offline.encoded import encoded
from finetune.page.offline.marked import INDEX
from finetune.page.offline.parts import Part

SERVICE = "service.js"


def one_file(told: Mapping[str, Told], parts: Sequence[Part]) -> bytes:
    """Returns the page as one file.

    The parts stand last: where the end of it got lost, the script is still there to say so.
    """
    return b"".join(
        [
            document(told, parts, beside=False),
            *(
                b'<script type="application/gzip" id="part-%s">%s</script>\n'
                % (each.name.encode(), encoded(each.content))
                for each in parts
            ),
            b"</body>\n</html>\n",
        ]
    )


def write_folder(folder: Path, told: Mapping[str, Told], parts: Sequence[Part]) -> None:
    """Writes the page with its parts beside it, and what keeps them in a browser.

    Args:
        folder: It is there.
        told: What the page says of the model, by the language.
        parts: What it answers by.
    """
    page = document(told, parts, beside=True) + b"</body>\n</html>\n"
    (folder / INDEX).write_bytes(page)
    for each in parts:
        (folder / each.file).write_bytes(each.content)
    (folder / SERVICE).write_text(service(page, parts), encoding="utf-8", newline="\n")


def service(page: bytes, parts: Sequence[Part]) -> str:
    """Returns the script that keeps the files of a folder in a browser, those of this page and no older."""
    template = files(__package__).joinpath(SERVICE).read_text(encoding="utf-8")
    names = ["./", *(each.file for each in parts)]
    told = f'const VERSION = "{sha256(page).hexdigest()[:12]}", FILES = {json.dumps(names)};'
    return f"{told}\n{template}"
