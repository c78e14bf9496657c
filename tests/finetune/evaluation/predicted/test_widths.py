"""How wide columns are."""

from finetune.evaluation.predicted.widths import LOOKED_AT, NARROW, OF_A_TEXT, WIDE, widths_of


def test_a_column_is_as_wide_as_its_longest_cell_or_its_name():
    assert widths_of(["n", "a long name"], [["pecuária leiteira", 1.5]]) == [19, 13]


def test_short_columns_are_not_cut_and_long_ones_not_endless():
    rows = [["x" * 500, "y" * 500, None]]
    assert widths_of(["texto", "outro", "n"], rows, wide=["texto"]) == [OF_A_TEXT, WIDE, NARROW]


def test_lines_of_a_cell_stand_below_one_another():
    assert widths_of(["a"], [["uma linha\nmais uma linha"]]) == [len("mais uma linha") + 2]


def test_only_the_first_rows_are_looked_at():
    rows = ([("x" * 30 if row >= LOOKED_AT else "x")] for row in range(LOOKED_AT + 1))
    assert widths_of(["a"], rows) == [NARROW]


def test_signs_of_two_places_count_two():
    assert widths_of(["a"], [["漢字漢字漢字"]]) == [14]
