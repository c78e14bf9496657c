"""The exported folder."""

import os

import pytest
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from finetune.model.export.hugging_face import export
from finetune.tasks.calibration import Calibration


@pytest.mark.parametrize(
    ("umask", "rights"), [(0o077, (0o700, 0o600)), (0o022, (0o755, 0o644)), (0o002, (0o775, 0o664))]
)
def test_the_folder_has_the_rights_that_its_maker_gives_all_files(tiny_model, tmp_path, umask, rights):
    network = AutoModelForSequenceClassification.from_pretrained(tiny_model)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    before = os.umask(umask)
    try:
        weights = network.state_dict()
        export(tmp_path / "model", network, tokenizer, weights=weights, calibration=Calibration())
    finally:
        os.umask(before)
    assert (tmp_path / "model").stat().st_mode & 0o777 == rights[0]
    assert {file.stat().st_mode & 0o777 for file in (tmp_path / "model").iterdir()} == {rights[1]}
