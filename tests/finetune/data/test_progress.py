import io
import sys

import pytest
from lightning_utilities.core.rank_zero import rank_zero_only

from finetune.data.progress import with_bar


class Stream(io.StringIO):
    """An error stream that is a terminal, or not."""

    def __init__(self, terminal):
        super().__init__()
        self.terminal = terminal

    def isatty(self):
        return self.terminal


@pytest.mark.parametrize(("terminal", "rank"), [(True, 0), (False, 0), (True, 1)])
def test_the_pieces_go_through_and_one_process_shows_a_bar_on_a_terminal(terminal, rank, monkeypatch, capsys):
    monkeypatch.setattr(rank_zero_only, "rank", rank, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys, "stderr", Stream(terminal))
    pieces = [[1, 2, 3], [4, 5]]
    assert list(with_bar(iter(pieces), "reading", size=len, total=5)) == pieces
    shown = sys.stderr.getvalue()
    assert capsys.readouterr().out == ""  # what a user pipes on is not mixed with it
    assert ("reading" in shown) == ("5/5" in shown) == (terminal and rank == 0)
