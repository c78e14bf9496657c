"""A training that corrections can be of, and rows of it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from finetune.corrections.identity import Identity
from finetune.corrections.row import TRAIN, Row
from finetune.corrections.store import Store

LABELS = ("Clima", "Pecuária", "Preços")


@pytest.fixture
def identity() -> Identity:
    return Identity("version_0", "a" * 64, "single_label", LABELS, ("texto",))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "corrections.sqlite"


@pytest.fixture
def store(file: Path, identity: Identity) -> Iterator[Store]:
    with Store.opened(file, of=identity) as made:
        yield made


def row(number: int = 0, *, text: str = "", **more: object) -> Row:
    made = text or f"texto de número {number}"
    known = {"source": "dados.csv", "position": number, "line": number + 2, "given": "Clima", "part": TRAIN}
    return Row((made,), {"texto": made}, **{**known, **more})
