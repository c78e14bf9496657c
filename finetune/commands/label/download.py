"""All corrections as a file to take along: written by the store's own writer, read back as bytes. Keeps nothing."""

import asyncio
import tempfile
from pathlib import Path

from finetune.corrections.store import Store
from finetune.corrections.writing import write_corrections
from finetune.plugins import have

KINDS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
"""What is offered, with what it is called."""


def kinds() -> list[str]:
    """Returns those that can be written here: a workbook takes a package that may not be there."""
    return [kind for kind in KINDS if kind != "xlsx" or have("openpyxl")]


async def written(store: Store, kind: str) -> bytes:
    """Returns the file.

    Args:
        store: What is written.
        kind: A row of `KINDS`.
    """
    return await asyncio.to_thread(_written, store, kind)


def _written(store: Store, kind: str) -> bytes:
    with tempfile.TemporaryDirectory(prefix="finetune_", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / f"corrections.{kind}"
        write_corrections(path, store.corrections(), columns=store.identity.columns)
        return path.read_bytes()
