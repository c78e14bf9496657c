"""What columns of small tables and their cells are called, as they stand in `data_report.json`."""

import pytest

from finetune.data.checks.words_of_cells import header, in_words
from finetune.language.which import speaking


@pytest.mark.parametrize("key", ["part", "part_2"])
def test_a_column_that_stands_twice_is_called_the_same_and_so_are_its_cells(key):
    """The file numbers the second: rows held out and the rows that they are like each have their part."""
    with speaking("pt"):
        assert (header(key), in_words(key, "train")) == ("parte", "treino")


def test_a_column_of_the_users_own_stands_as_it_is():
    assert (header("bairro_2"), in_words("bairro_2", "train")) == ("bairro_2", "train")
