"""What stands in the runtime as it stands in the house: a change of the one has to be a change of the other."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.commands.export import plain_transformers
from finetune.data.reading import cells as of_cells
from finetune.data.reading import columns as of_columns
from finetune.data.reading import template as of_templates
from finetune.evaluation.predicted import cells as of_predicted
from finetune.evaluation.predicted.formulas import guard_cell
from finetune.language.capitals import lowered
from finetune.report.snippets import LOWERED
from finetune.runtime.answering import cells, columns

ROOT = Path(__file__).parents[3] / "finetune"

ANYTHING = st.text() | st.text("=+-@\t\r0123456789.,eE:' ")
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | ANYTHING,
    lambda each: st.lists(each, max_size=3) | st.dictionaries(st.text(), each, max_size=3),
    max_leaves=6,
)


@pytest.mark.parametrize(
    "of_the_house", ["data/reading/invisible.py", "data/reading/quoting.py", "language/capitals.py"]
)
def test_these_are_copies_to_the_last_letter(of_the_house):
    theirs = ROOT / of_the_house
    assert (ROOT / "runtime" / "answering" / theirs.name).read_bytes() == theirs.read_bytes()


@given(ANYTHING | st.text("ABCÃÇabcãç \u0303İßǅªº1."))
def test_who_reads_capitals_without_the_house_reads_them_alike(text):
    """The program that proves an export with plain transformers, and the lines in its README."""
    lines: dict[str, Any] = {}
    exec(LOWERED, lines)
    assert lowered(text) == plain_transformers.lowered(text) == lines["read"](text)


@given(ANYTHING)
def test_a_cell_is_guarded_alike(cell):
    assert cells.guarded(cell) == guard_cell(cell)


@given(ANYTHING)
def test_a_name_is_folded_alike(name):
    assert columns.fold(name) == of_columns.fold(name)


@given(VALUES)
def test_a_value_is_written_alike(value):
    assert cells.as_json(value) == of_predicted.as_json(of_predicted.whole(value))
    text = of_predicted.as_text(value) if not isinstance(value, float) else None
    if isinstance(text, str):
        assert cells.as_text(value) == str(of_predicted.whole(text)).replace("\0", of_predicted.REPLACEMENT)


@given(st.none() | st.booleans() | st.integers() | st.floats(allow_infinity=False) | ANYTHING)
def test_a_value_is_read_alike(value):
    assert cells.string(value, "here") == of_cells.cell_text(value)


@given(
    st.lists(st.text("ab {}é", max_size=4), min_size=2, max_size=4), st.lists(st.text(max_size=5), min_size=3)
)
def test_a_template_is_filled_alike(between, row):
    template = "{a}".join(each.replace("{", "{{").replace("}", "}}") for each in between)
    theirs, ours = of_templates.parsed(template), columns.parsed(template)
    assert (ours.columns, ours.between) == (theirs.columns, theirs.between)
    of_row = [of_cells.cell_text(each) or "" for each in (row * 4)[: len(ours.columns)]]
    assert ours.filled(of_row) == theirs.filled([[each] for each in of_row])[0]


@given(
    st.lists(st.sampled_from(["texto", "Texto 2", "mensagens", "id", "Pergunta do dia", "x"]), unique=True)
)
def test_names_of_texts_are_known_as_far_as_both_are_sure(names):
    known = [sorted(of_columns.TEXT_NAMES), sorted(of_columns.LIKELY_TEXTS)]
    for name in names:
        sure = of_columns.how_surely(name, "text")
        degree = {of_columns.SURE: 0, of_columns.LIKELY: 1}.get(sure)
        assert columns.has_all([name], (), known) == (degree == 0)
