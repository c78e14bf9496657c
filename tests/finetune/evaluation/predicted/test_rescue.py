"""A disk that is full once all was computed: the answers are kept."""

import numpy as np
import pandas as pd
import pytest

from finetune.data.tables import read_source
from finetune.errors import DiskError
from finetune.evaluation.predicted_table import prepared, write_predictions
from finetune.tasks.calibration import Calibration
from finetune.tasks.single_label import single_label


@pytest.mark.parametrize("kind", ["csv", "jsonl", "parquet", "xlsx"])
def test_the_answers_are_kept_where_there_is_room(small_disk, tmp_path, monkeypatch, kind):
    monkeypatch.chdir(tmp_path)
    disk = small_disk(100)
    texts = np.random.default_rng(0).bytes(150_000).hex()
    frame = pd.DataFrame(
        {"texto": [texts[:30_000], "", *(texts[at : at + 30_000] for at in range(0, 300_000, 30_000))]}
    )
    table = read_source(frame, need_labels=False)["all"]
    outgoing = prepared(disk / f"saida.{kind}", table, labels=["não", "=sim"], task=single_label())
    probabilities = np.tile([[0.25, 0.75]], (len(table.row), 1))
    with pytest.raises(
        DiskError, match=r"saida\.\w+ was not written: no space left .* kept in .*saida_answers\.csv"
    ):
        write_predictions(outgoing, table.row, probabilities, Calibration())
    assert [each.name for each in disk.iterdir()] == ["saida_answers.csv"]
    kept = pd.read_csv(disk / "saida_answers.csv")
    assert list(kept) == ["label", "confidence", "abstained"]
    assert kept.label.tolist()[0] == "'=sim"
    assert kept.isna().sum(axis=1).tolist() == [0, 3, *[0] * 10]

    with pytest.raises(OSError, match="No space"):
        (disk / "ballast").write_bytes(bytes(200_000))
    with pytest.raises(DiskError, match=r"kept in .*saida_answers\.csv"):
        write_predictions(outgoing, table.row, probabilities, Calibration())
    assert len(pd.read_csv("saida_answers.csv")) == 12
