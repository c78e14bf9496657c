"""The rows since the last look: so many of all, whatever sizes the files have, and known after a start."""

import numpy as np
import pytest

from finetune.commands.watch.drift.counted import counted
from finetune.commands.watch.drift.rows import Rows
from finetune.commands.watch.drift.window import ROWS, Drawn, Window, opened, save


def drawn(many, of, seed, mark=0.0):
    lots = np.random.default_rng(seed).random(of)
    lots = np.sort(lots)[:many]
    texts = ["o boi"] * many
    filled = np.full(many, mark)
    return Drawn(Rows(filled > 0, filled, np.ones((many, 2)), filled, counted(texts)), lots, of)


def test_of_many_files_so_many_rows_are_kept_of_each_a_fair_part():
    window = Window("1")
    for number in range(10):
        window.add(drawn(ROWS, 400, number, mark=number))
    assert (window.since, len(window.drawn.rows)) == (4_000, ROWS)
    of_each = np.bincount(window.drawn.rows.lengths.astype(int), minlength=10)
    assert of_each.min() >= 5


def test_what_is_kept_is_there_after_a_start(tmp_path):
    window = Window("1", looks=7, in_a_row=2)
    window.add(drawn(30, 30, 0))
    save(window, tmp_path / "janela.npz")
    again = opened(tmp_path / "janela.npz", "1")
    assert (again.looks, again.in_a_row, again.since) == (7, 2, 30)
    assert np.array_equal(again.drawn.lots, window.drawn.lots)
    assert np.array_equal(again.drawn.rows.counts.toarray(), window.drawn.rows.counts.toarray())
    again.looked(alarm=False)
    save(again, tmp_path / "janela.npz")
    assert opened(tmp_path / "janela.npz", "1").since == 0


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04 metade", b"texto"])
def test_what_is_damaged_or_of_another_model_begins_anew(tmp_path, content):
    file = tmp_path / "janela.npz"
    assert opened(file, "1").since == 0
    window = Window("1")
    window.add(drawn(30, 30, 0))
    save(window, file)
    assert opened(file, "2").since == 0
    file.write_bytes(content)
    assert opened(file, "1").since == 0
