"""That scripts/bench/shapes.py counts operations as the papers do."""


def test_operations_are_counted_as_the_papers_do(script):
    shapes = script("bench/shapes")
    (cell,) = shapes.cells_of("2x64", ["3x16"])
    assert shapes.flop(cell) == 48 * (6 * cell["parameters"] + 12 * 2 * 64 * 16)
