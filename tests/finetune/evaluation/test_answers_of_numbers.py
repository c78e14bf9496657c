from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from finetune.data.tables import read_source
from finetune.errors import DataError
from finetune.evaluation.answers import answers_of, read_answers, write_answers
from finetune.tasks.calibration import Calibration
from finetune.tasks.number import number

FACTS = {"edges": [0.0], "half_widths": [10.0, 30.0], "coverage": [0.9], "widest": [50.0]}
METRICS = {"task": "number", "problem_type": "regression"}


def written(tmp_path, facts=FACTS, rows=60):
    draw = np.random.default_rng(0)
    truth = (1e5 * draw.normal(size=rows)).round(2)
    frame = pd.DataFrame({"texto": [f"=texto {i}" for i in range(rows)], "rotulo": ["a", "b"] * (rows // 2)})
    table = read_source(frame)["all"]
    table = replace(table, label=[repr(float(each)) for each in truth])
    values = (truth + 20 * draw.normal(size=rows)).astype("float32").astype("float64")[:, None]
    whole = answers_of(
        "test",
        (table, np.arange(rows)),
        values,
        labels=["preço"],
        task=number(),
        calibration=Calibration(facts=facts),
    ).with_baselines({"majority": np.full(rows, truth.mean())}, np.arange(rows))
    write_answers(tmp_path / "predictions.csv", whole)
    return truth, values[:, 0], whole


def test_numbers_and_their_intervals_come_back(tmp_path):
    truth, values, whole = written(tmp_path)
    read = read_answers(tmp_path / "predictions.csv", METRICS)
    assert (read.truth == truth).all()
    assert (read.predicted.astype("float32") == values.astype("float32")).all()
    assert read.probabilities[:, 0] == pytest.approx(values, rel=1e-8)
    assert read.frame["low"].tolist() == pytest.approx(whole.frame["low"].tolist(), rel=1e-8)
    assert read.frame["abstained"].tolist() == (values >= 0).tolist()
    assert [float(each) for each in read.baselines["majority"]] == pytest.approx([truth.mean()] * len(truth))
    assert read.frame["text"].tolist() == whole.frame["text"].tolist()


def test_scikit_learn_gives_the_scores_of_the_report_from_the_file_alone(tmp_path):
    truth, values, _ = written(tmp_path)
    frame = pd.read_csv(tmp_path / "predictions.csv", encoding="utf-8-sig")
    assert list(frame)[7:] == ["confidence", "abstained", "low", "high", "baseline:majority"]
    report = number().report(truth, values[:, None], Calibration(), ["preço"])
    assert report["mae"] == pytest.approx(mean_absolute_error(frame["label"], frame["predicted"]), rel=1e-6)
    assert report["rmse"] == pytest.approx(
        root_mean_squared_error(frame["label"], frame["predicted"]), rel=1e-6
    )
    assert report["r2"] == pytest.approx(r2_score(frame["label"], frame["predicted"]), abs=1e-6)


def test_without_intervals_their_cells_are_empty(tmp_path):
    written(tmp_path, facts={})
    frame = pd.read_csv(tmp_path / "predictions.csv", encoding="utf-8-sig")
    assert frame["low"].isna().all()
    assert not read_answers(tmp_path / "predictions.csv", METRICS).frame["abstained"].any()


def test_a_file_that_is_cut_is_told(tmp_path):
    written(tmp_path)
    path = tmp_path / "predictions.csv"
    path.write_bytes(path.read_bytes()[:-400])
    with pytest.raises(DataError, match="damaged"):
        read_answers(path, METRICS)
