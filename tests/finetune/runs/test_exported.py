import pytest

from finetune.commands.predict.by_export import named
from finetune.runs.exported import DESCRIPTION, NETWORK, PROGRAM


@pytest.mark.parametrize("gone", [NETWORK, PROGRAM])
def test_a_folder_that_has_lost_a_file_is_still_answered_by_its_program_which_tells_of_it(tmp_path, gone):
    for name in {DESCRIPTION, NETWORK, PROGRAM} - {gone}:
        (tmp_path / name).touch()
    assert named(["predict", "--run", str(tmp_path)]) == tmp_path


def test_what_plain_transformers_opens_is_not(tmp_path):
    for name in (DESCRIPTION, "config.json"):
        (tmp_path / name).touch()
    assert named(["predict", "--run", str(tmp_path)]) is None
