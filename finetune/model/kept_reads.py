"""What a network that does not learn gives of rows, kept in the cache by all that decides it, as the tokens are.

The head's start and the simple model of the frozen encoder take a pass over the table each, which is the same in every
training on it: on a processor that is a third of an epoch. A GPU has made the pass before the weights were summed up.
"""

import contextlib
import hashlib
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path

import torch
import transformers
from safetensors import SafetensorError
from safetensors.torch import load_file, save_file
from torch import Tensor
from transformers import PreTrainedModel

from finetune.errors import UserError
from finetune.files.cache import cache_dir
from finetune.files.draft import is_left, remove_draft
from finetune.files.whole import write_through
from finetune.tasks.batch import Batch

FOLDER = "reads"
"""In the cache."""

FORMAT = "2"
"""Part of what a file is known by: raise it when a network gives something else of the same rows."""

MOST_BYTES = 2**30
"""Of all files together: what was not asked for longest goes first."""

ROW = "row"
READ = "read"
SECONDS = "seconds"


class Asked:
    """A network that learns nothing meanwhile.

    Args:
        network: The network, in evaluation mode.
        head: Names of the parameters that change from one pass to the next, or from one training to another.

    Attributes:
        spared_seconds: What the passes took whose answers were kept: a cost is told alike the first time and the next.
    """

    def __init__(self, network: PreTrainedModel, head: Collection[str]) -> None:
        self.network = network
        self._head = frozenset(head)
        self.spared_seconds = 0.0
        self._body: str | None = None

    def rows(
        self,
        name: str,
        by: Callable[[Batch], Tensor],
        batches: Callable[[], Iterable[Batch]],
        *,
        through: Collection[str],
    ) -> list[dict[str, Tensor]]:
        """Returns `row` [B] and `read` [B, ...] of each batch, from the cache where it was asked the same before.

        Args:
            name: Of what is read.
            by: Reads it of a batch.
            batches: Gives the batches, the same each time.
            through: Those of the head's parameters that what is read came through.
        """
        if any(
            each.device.type != "cpu" or type(each.data) is not Tensor for each in self.network.parameters()
        ):
            return [{ROW: batch[ROW], READ: by(batch)} for batch in batches()]
        path = self._path(name, batches(), through)
        known = None if path is None else _kept(path)
        if known is not None:
            self.spared_seconds += known.pop(SECONDS).item()
            return [known]
        start = time.perf_counter()
        found = [{ROW: batch[ROW], READ: by(batch)} for batch in batches()]
        if path is not None and found:
            took = torch.tensor(time.perf_counter() - start)
            _keep(
                path, {key: torch.cat([each[key] for each in found]) for key in (ROW, READ)} | {SECONDS: took}
            )
        return found

    def _path(self, name: str, batches: Iterable[Batch], through: Collection[str]) -> Path | None:
        """Returns the file whose name stands for all that decides what is read; None where there is no place for it."""
        try:
            folder = cache_dir() / FOLDER
        except UserError:
            return None
        digest = hashlib.blake2b(digest_size=16)
        digest.update(repr((FORMAT, name, machine(), self.network.config.to_json_string())).encode())
        digest.update(self.body.encode())
        _add(digest, ((key, each) for key, each in self.network.named_parameters() if key in through))
        for batch in batches:
            _add(digest, ((key, each) for key, each in sorted(batch.items()) if isinstance(each, Tensor)))
        return folder / f"{digest.hexdigest()}.safetensors"

    @property
    def body(self) -> str:
        """The sum of the parameters that do not change, half a second for 100 million of them."""
        if self._body is None:
            digest = hashlib.blake2b(digest_size=16)
            held = {**dict(self.network.named_parameters()), **dict(self.network.named_buffers())}
            _add(digest, ((key, each) for key, each in held.items() if key not in self._head))
            self._body = digest.hexdigest()
        return self._body


def machine() -> tuple[object, ...]:
    """Returns what else decides the last bits of an answer."""
    cast = torch.get_autocast_dtype("cpu") if torch.is_autocast_enabled("cpu") else None
    versions = (torch.__version__, transformers.__version__)
    return (*versions, cast, torch.get_num_threads(), torch.backends.cpu.get_cpu_capability())


def _add(digest: "hashlib.blake2b", tensors: Iterable[tuple[str, Tensor]]) -> None:
    for name, each in tensors:
        values = each.detach().cpu().contiguous()
        digest.update(f"{name} {values.dtype} {list(values.shape)}\n".encode())
        digest.update(values.view(-1).view(torch.uint8).numpy().data)


def _kept(path: Path) -> dict[str, Tensor] | None:
    """Returns what a file holds; None where there is none, or it is damaged."""
    try:
        found = load_file(path)
        with contextlib.suppress(OSError):
            path.touch()  # the order in which they go
    except (OSError, SafetensorError):
        return None
    return found if found.keys() == {ROW, READ, SECONDS} else None


def _keep(path: Path, found: dict[str, Tensor]) -> None:
    """Writes a file; what cannot be kept is computed anew the next time."""
    with contextlib.suppress(OSError, SafetensorError):
        write_through(path, lambda file: save_file(found, file), private=True)
        _make_room(path.parent)


def _make_room(folder: Path) -> None:
    """Removes what killed processes left, and the files not asked for longest, until the others are few enough."""
    for beside in folder.glob(".*"):
        if is_left(beside):
            remove_draft(beside)
    files = sorted(folder.glob("*.safetensors"), key=lambda file: file.stat().st_mtime, reverse=True)
    total = 0
    for file in files:
        with contextlib.suppress(OSError):  # another process has just removed it, or reads it on Windows
            total += file.stat().st_size
            if total > MOST_BYTES:
                file.unlink()
