"""The answer to one text: what is said of it, and bars that fit the terminal."""

import io
import sys
from dataclasses import replace

import numpy as np
import pytest

from finetune.evaluation.bars import bars_of, drawn, show_answer, told
from finetune.language.which import speaking
from finetune.tasks.calibration import Calibration
from finetune.tasks.multi_label import multi_label
from finetune.tasks.number import number
from finetune.tasks.ordinal import ordinal
from finetune.tasks.single_label import single_label

NAMES = ["Clima", "Pecuária", "Preços"]
SHARES = np.array([[0.08, 0.87, 0.05]])


def sentence(task, shares, labels=NAMES, calibration=None, language="en"):
    calibration = calibration or Calibration()
    with speaking(language):
        return str(
            told(task.answer(shares, calibration), shares, labels=labels, task=task, calibration=calibration)
        )


def test_a_class_is_told_with_how_sure_it_is():
    assert sentence(single_label(), SHARES) == "Pecuária (87.0% sure)"


def test_an_unsure_answer_is_dont_know_with_what_it_would_have_been():
    said = sentence(single_label(), SHARES, calibration=Calibration(abstain_below=0.9))
    assert said == "don't know: it would be Pecuária, but only 87.0% sure, and below 90.0% it is left open"


def test_labels_that_stand_together_are_listed_and_none_is_an_answer():
    assert sentence(multi_label(), np.array([[0.9, 0.8, 0.1]])) == "Clima and Pecuária (64.8% sure)"
    assert sentence(multi_label(), np.array([[0.1, 0.2, 0.1]])).startswith("none of the labels (")


def test_a_number_is_told_with_its_interval_and_left_open_where_that_is_too_wide():
    known = Calibration(facts={"edges": [], "half_widths": [5.0], "coverage": [0.9]})
    value = np.array([[54.25]])
    assert (
        sentence(number(), value, ["preco"], known) == "preco: 54.25, between 49.25 and 59.25 in 90% of cases"
    )
    assert sentence(number(), value, ["preco"]) == "preco: 54.25"
    wide = replace(known, facts={**known.facts, "widest": [4.0]})
    assert sentence(number(), value, ["preco"], wide).startswith("don't know: preco would be 54.25")


def test_bars_come_by_probability_or_in_the_order_of_the_classes():
    def names(task, shares, most=10):
        found = bars_of(task.answer(shares, Calibration()), shares, labels=NAMES, task=task, most=most)
        return [(bar.name, bar.given) for bar in found]

    assert names(single_label(), SHARES) == [("Pecuária", True), ("Clima", False), ("Preços", False)]
    assert names(ordinal(), SHARES) == [("Clima", False), ("Pecuária", True), ("Preços", False)]
    assert names(single_label(), SHARES, most=1) == [("Pecuária", True), ("2 others", False)]
    assert names(multi_label(), np.array([[0.9, 0.8, 0.1]]), most=2) == [
        ("Clima", True),
        ("Pecuária", True),
        ("1 other, at most", False),
    ]


def test_what_is_left_counts_together():
    found = bars_of(
        single_label().answer(SHARES, Calibration()), SHARES, labels=NAMES, task=single_label(), most=1
    )
    assert found[-1].share == pytest.approx(0.13)


@pytest.mark.parametrize("language", ["en", "pt"])
@pytest.mark.parametrize("names", [NAMES, ["a" * 200, "漢字" * 20, "b"], ["\x1b[2J", "x\ny", "z"]])
def test_lines_fit_and_no_name_steers_the_terminal(capsys, monkeypatch, language, names):
    monkeypatch.setenv("COLUMNS", "80")
    task = single_label()
    with speaking(language):
        show_answer(
            task.answer(SHARES, Calibration()), SHARES, labels=names, task=task, calibration=Calibration()
        )
    out = capsys.readouterr().out
    from rich.cells import cell_len

    assert max(map(cell_len, out.splitlines())) <= 80
    assert "\x1b" not in out
    assert len([line for line in out.splitlines() if line.endswith("%")]) == 3
    assert "87,0%" in out if language == "pt" else "87.0%" in out


def test_a_terminal_without_blocks_gets_signs_that_it_has(monkeypatch):
    task = single_label()
    bars = bars_of(task.answer(SHARES, Calibration()), SHARES, labels=NAMES, task=task, most=10)
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding="cp1252"))
    lines = drawn(bars, 80)
    assert lines[0].startswith("* Pecuária  ####")
    assert "█" not in "".join(lines)
