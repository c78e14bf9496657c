"""Objects in a file whose arrays and columns are mapped, not read: processes of one machine have them in common.

The buffers of numpy, Arrow and pandas lie in it as they do in memory (pickle 5 keeps them apart); what else the objects
are, some kilobytes but for lists and strings of Python, stands behind. For what this program has just written alone:
to open such a file runs what is in it.
"""

import copyreg
import io
import mmap
import pickle
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

ALIGNED = 64
"""Bytes at a multiple of which a buffer begins, as Arrow has it."""

Elsewhere: TypeAlias = Mapping[type, Callable[[Any], tuple[Any, ...]]]
"""Of objects that are not to be written: a function and its arguments, by which whoever opens the file gets one."""


@dataclass(frozen=True)
class Mapped:
    """A file of objects.

    Attributes:
        path: The file.
        buffers: Where each buffer begins, and its bytes.
        rest: Where all else begins.
    """

    path: Path
    buffers: tuple[tuple[int, int], ...]
    rest: int


def write_mapped(path: Path, value: object, elsewhere: Elsewhere) -> Mapped:
    """Writes an object, buffer by buffer: it is not in memory a second time.

    Args:
        path: The file.
        value: What pickle takes.
        elsewhere: How objects of some classes are had without being written.

    Raises:
        OSError: It cannot be written.
    """
    buffers: list[tuple[int, int]] = []
    rest = io.BytesIO()
    with path.open("wb") as file:

        def keep_apart(buffer: pickle.PickleBuffer) -> None:
            raw = buffer.raw()
            file.write(bytes(-file.tell() % ALIGNED))
            buffers.append((file.tell(), raw.nbytes))
            file.write(raw)

        pickler = pickle.Pickler(rest, protocol=5, buffer_callback=keep_apart)
        pickler.dispatch_table = {**copyreg.dispatch_table, **elsewhere}
        pickler.dump(value)
        begins = file.tell()
        file.write(rest.getbuffer())
    return Mapped(path, tuple(buffers), begins)


def open_mapped(mapped: Mapped) -> Any:
    """Returns the object of such a file, which may be removed then; what is written into its arrays reaches no other.

    Raises:
        OSError: It cannot be opened.
    """
    with mapped.path.open("rb") as file:
        pages = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_COPY))
    buffers = [pages[begins : begins + size] for begins, size in mapped.buffers]
    return pickle.loads(pages[mapped.rest :], buffers=buffers)
