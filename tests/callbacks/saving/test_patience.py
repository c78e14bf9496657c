"""A file that another program holds open for a moment, as virus scanners of Windows do."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from callbacks.saving import patience
from callbacks.saving.checkpoint_io import write_whole
from callbacks.saving.on_disk import remove


@pytest.fixture
def held(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Windows, on which each file that is moved or removed is held as many times as `times` says first."""
    told: dict[str, Any] = {"times": 3, "slept": 0.0, "seen": {}}

    def refusing(name: str) -> None:
        real = getattr(Path, name)

        def tried(path: Path, *arguments: Any, **named: Any) -> Any:
            seen = told["seen"].setdefault((name, path, path.stat().st_ino if path.exists() else 0), [])
            if path.exists() and len(seen) < told["times"]:
                seen.append(1)
                raise PermissionError(13, "it is used by another process", str(path))
            return real(path, *arguments, **named)

        monkeypatch.setattr(Path, name, tried)

    def sleep(seconds: float) -> None:
        told["slept"] += seconds

    for name in ("replace", "rename", "unlink"):
        refusing(name)
    monkeypatch.setattr(patience, "os", SimpleNamespace(name="nt"))
    monkeypatch.setattr(patience, "time", SimpleNamespace(sleep=sleep))
    return told


def test_a_checkpoint_is_written_and_removed_though_a_scanner_holds_it(
    tmp_path: Path, held: dict[str, Any]
) -> None:
    path = tmp_path / "last.ckpt"
    for number in (1, 2):
        write_whole({"number": number}, path)
    assert [file.name for file in sorted(tmp_path.iterdir())] == ["SHA256SUMS", "last.ckpt"]
    remove(path)
    assert not path.exists()


def test_what_stays_open_is_an_error_after_two_seconds(tmp_path: Path, held: dict[str, Any]) -> None:
    held["times"] = 1000
    (tmp_path / "a").write_text("a")
    with pytest.raises(PermissionError, match="used by another process"):
        patience.patiently(lambda: (tmp_path / "a").replace(tmp_path / "b"))
    assert held["slept"] == pytest.approx(2)
    assert (tmp_path / "a").read_text() == "a"


def test_elsewhere_nothing_is_tried_again(tmp_path: Path, held: dict[str, Any], monkeypatch: Any) -> None:
    monkeypatch.setattr(patience, "os", SimpleNamespace(name="posix"))
    (tmp_path / "a").write_text("a")
    with pytest.raises(PermissionError):
        patience.patiently(lambda: (tmp_path / "a").replace(tmp_path / "b"))
    assert held["slept"] == 0
    (tmp_path / "a").write_text("a")
