import pytest
from rich.console import Console

from finetune.data import progress
from finetune.data.progress import with_bar


@pytest.mark.parametrize("terminal", [True, False])
def test_the_pieces_go_through_and_only_a_terminal_sees_a_bar(terminal, monkeypatch, capsys):
    monkeypatch.setattr(
        progress, "Console", lambda stderr: Console(stderr=stderr, force_terminal=terminal, width=80)
    )
    pieces = [[1, 2, 3], [4, 5]]
    assert list(with_bar(iter(pieces), "reading", size=len, total=5)) == pieces
    out, shown = capsys.readouterr()
    assert out == ""  # what a user pipes on is not mixed with it
    assert ("reading" in shown) == ("5/5" in shown) == terminal
