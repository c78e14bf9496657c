"""A page answers by itself as the folder of the export does: the same answers, and the same probabilities."""

import numpy as np

from finetune.runtime.answering.cells import whole
from finetune.runtime.answering.model import Model, described
from finetune.runtime.answering.texts import Making
from finetune.tasks.calibration import Calibration
from finetune.tasks.table import TASKS
from tests.finetune.page.offline.in_node import NEEDED, parts_of, predict, told
from tests.onnx_folder import make_folder

pytestmark = NEEDED

TEXTS = [
    "boi gordo",
    "a " * 200,
    "não 😀 ﬁ",
    "vaca " * 40,
    "O CAMINHÃO NÃO CHEGOU",
    "[SEP] boi [CLS]",
    "\ud83d a",
]


def test_one_of_several_labels(tokenizer, tmp_path):
    folder = make_folder(
        tmp_path / "export",
        tokenizer,
        task=TASKS["single_label"](),
        labels=["a", "b", "c"],
        calibration=Calibration(1.3, 0.6),
        lower_capitals=True,
    )
    found = told(
        tmp_path,
        start=parts_of(folder, tmp_path),
        asked=[predict({"texts": TEXTS, "probabilities": True}), predict({"text": "\u200b \u00a0"})],
    )
    answers = found["answers"][0]["json"]["answers"]
    model = Model(folder, described(folder), threads=1)
    making = Making(described(folder))
    shares = model.probabilities([making.seen([whole(text).strip()]) for text in TEXTS])
    theirs = [list(each["probabilities"].values()) for each in answers]
    np.testing.assert_allclose(theirs, shares, atol=1e-5)
    columns = model.columns(shares)
    for name in ("label", "confidence", "abstained"):
        assert [each[name] for each in answers] == columns[name]
    assert found["answers"][1]["json"]["answers"] == [{"empty": True}]
