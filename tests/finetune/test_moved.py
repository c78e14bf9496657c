"""Modules that have another name now: none of the old ones is there, and every one is told where it is."""

import pytest

from finetune.moved import MOVED, brought_up_to_date, is_there, moved, said_of_moved


@pytest.mark.parametrize("old", MOVED)
def test_what_moved_is_no_longer_there_and_is_where_it_is_said_to_be(old: str) -> None:
    assert is_there(MOVED[old])
    assert moved(old) == MOVED[old]
    assert moved(f"{old}.name") == f"{MOVED[old]}.name"
    assert moved(MOVED[old]) is None
    assert moved(f"{MOVED[old]}.name") is None


@pytest.mark.parametrize(
    "name",
    ["finetune", "finetune.errors.ConfigError", "callbacks.EarlyStopping", "callbacks.early_stopping", "a.b"],
)
def test_what_stayed_is_not_said_to_have_moved(name: str) -> None:
    assert moved(name) is None


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("No module named 'finetune.fsdp2'", "finetune.fsdp2 is now finetune.processes.fsdp2."),
        (
            "cannot import name 'columns' from 'finetune.data' (/x/finetune/data/__init__.py)",
            "finetune.data.columns is now finetune.data.reading.columns.",
        ),
        ("No module named 'numpy'", ""),
    ],
)
def test_where_it_is_now_is_read_off_pythons_own_message(message: str, said: str) -> None:
    assert str(said_of_moved(message) or "") == said


def test_a_text_gets_the_names_of_now_and_nothing_else_of_it_changes() -> None:
    text = "a: callbacks.checkpoint_io.X # my_callbacks.checkpoint_io.X, callbacks.last_checkpoint.LastCheckpoint\n"
    new, found = brought_up_to_date(text)
    assert new == text.replace(" callbacks.checkpoint_io", " callbacks.saving.checkpoint_io")
    assert found == {"callbacks.checkpoint_io.X": "callbacks.saving.checkpoint_io.X"}
