import pytest

from finetune.data.batching.part import cut_at, summary
from finetune.language.which import speaking
from tests.finetune.data.batching.test_loader import part_of


@pytest.mark.parametrize(
    ("asked", "cut"),
    [
        ({}, 24),  # what the longest of 21 tokens needs, in multiples of 8
        ({"max_length": 10}, 10),
        ({"max_length": 40}, 40),
        ({"model_length": 22}, 22),
        ({"max_length": 40, "model_length": 30}, 30),
    ],
)
def test_texts_are_cut_where_asked_else_where_the_data_end_and_always_where_the_model_does(asked, cut):
    usual = {"max_length": None, "model_length": 512, "pad_to": 8}
    assert cut_at(part_of([3, 21, 9]), **usual | asked) == cut


def test_the_summary_says_how_much_is_cut():
    parts = {"train": part_of([3, 21, 9, 12]), "test": part_of([5])}
    said = summary(parts, max_length=10, model_length=512, pad_to=8)
    assert str(said) == (
        "training 4 rows, longest 21 tokens, 50.0% cut to 10; test 1 row, longest 5 tokens, 0.0% cut to 10"
    )
    with speaking("pt"):
        assert str(said) == (
            "treino: 4 linhas, a mais longa com 21 tokens; o corte em 10 atinge 50,0% delas; "
            "teste: 1 linha, a mais longa com 5 tokens; o corte em 10 atinge 0,0%"
        )
