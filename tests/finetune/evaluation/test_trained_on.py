"""The texts that a run was trained on, known again in another table."""

import numpy as np
import pytest

from finetune.data.reading.sums import among, sums_of
from finetune.errors import ConfigError
from finetune.evaluation.trained_on import keep_texts, kept_texts
from finetune.runs.folder import TRAINED_ON


def test_a_text_is_known_again_whatever_its_case_and_blanks(tmp_path):
    keep_texts(tmp_path, [["O boi  gordo", "A chuva"], ["A soja", "o boi gordo", "\ud83d"]])
    sums = kept_texts(tmp_path)
    assert sums is not None
    assert len(sums) == 4
    assert among(["o boi gordo ", "o boi magro", "A SOJA", "", "\ud83d"], sums).tolist() == [
        True,
        False,
        True,
        False,
        True,
    ]
    assert among([], sums).tolist() == []


def test_the_sums_are_the_same_on_every_machine_and_day():
    assert sums_of(["o boi", "a chuva"]).tolist() == [8623426423373041153, 8599841143760920565]


def test_of_a_run_of_before_nothing_is_known(tmp_path):
    assert kept_texts(tmp_path) is None
    assert kept_texts(None) is None
    assert among(["o boi"], None).tolist() == [False]
    keep_texts(tmp_path, [])
    assert among(["o boi"], kept_texts(tmp_path)).tolist() == [False]


@pytest.mark.parametrize("content", [b"", b"\x93NUMPY", b"PK\x03\x04", None])
def test_a_damaged_file_is_told(tmp_path, content):
    keep_texts(tmp_path, [["o boi"]])
    if content is None:
        with (tmp_path / TRAINED_ON).open("wb") as stream:
            np.save(stream, np.zeros((2, 2)))
    else:
        (tmp_path / TRAINED_ON).write_bytes(content)
    with pytest.raises(ConfigError, match=r"trained_on\.npy is damaged: it is cut short.* or delete it"):
        kept_texts(tmp_path)
