"""Runs of other tasks side by side, and runs of different ones."""

import json
import shutil
from dataclasses import replace

import numpy as np
import pytest

from finetune.evaluation.answers import read_answers, write_answers
from finetune.report.facts import gather
from finetune.report.side_by_side.page import comparison_page, table
from finetune.report.side_by_side.pairs import compare
from finetune.report.side_by_side.told import verdict
from finetune.tasks.bootstrap import Interval
from finetune.tasks.table import TASKS


def by_r2(truth, first, second, outputs, *, seed):
    def r2(given):
        return 1 - ((given - truth) ** 2).sum() / ((truth - truth.mean()) ** 2).sum()

    gain = float(r2(first) - r2(second))
    return Interval(gain, gain - 0.01, gain + 0.01)


@pytest.fixture
def numbers(runs_of, tmp_path, monkeypatch):
    """A run, and one whose answers are half as far off in all rows but one."""
    task = replace(TASKS["number"](), difference=by_r2)
    monkeypatch.setitem(TASKS, "number", lambda: task)
    folders = [shutil.copytree(runs_of("number"), tmp_path / name) for name in ("version_1", "version_2")]
    answers = read_answers(folders[1] / "predictions.csv")
    nearer = (answers.predicted + answers.truth) / 2
    place = int(np.flatnonzero(answers.frame["split"] == "test")[3])
    nearer[place] += 1000
    frame = answers.frame.assign(predicted=[repr(float(each)) for each in nearer])
    write_answers(folders[1] / "predictions.csv", replace(answers, frame=frame))
    return folders


def test_numbers_are_compared_by_their_score_and_the_rows_that_are_closer(numbers):
    compared = compare([gather(folder) for folder in numbers])
    (pair,) = compared.pairs
    assert pair.mcnemar is None
    assert len(pair.lost) == 1  # the one that was moved away
    assert len(pair.gained) == 10
    off = [
        abs(float(row["this"]) - float(row["label"])) - abs(float(row["first"]) - float(row["label"]))
        for row in pair.gained
    ]
    assert off == sorted(off)
    assert off[-1] < 0
    text, _ = verdict(pair, "version_1")
    assert "on 160 rows: R² " in text
    assert "right" not in text
    told = table(compared)
    assert "R²" in told.splitlines()[0]
    assert "macro-F1" not in told
    assert "Closer in version_2" in comparison_page(compared, version="0.1.0")


def test_runs_of_different_tasks_each_have_their_score_and_are_not_compared(runs_of, tmp_path):
    folders = [
        shutil.copytree(runs_of(task), tmp_path / name)
        for task, name in (("number", "version_1"), ("multi_label", "version_2"))
    ]
    compared = compare([gather(folder) for folder in folders])
    told = table(compared)
    assert max(map(len, told.splitlines())) <= 80
    assert told.splitlines()[0].split() == ["run", "part", "score", "rows"]
    assert "R² 0." in told.splitlines()[1]
    assert "macro-F1 0." in told.splitlines()[2]
    why = "version_2 and version_1 cannot be compared: they are of different tasks (multi_label and number)"
    assert why in " ".join(told.split())
    assert why in comparison_page(compared, version="0.1.0")


def test_a_task_of_ones_own_is_another_than_that_of_its_problem(runs_of, tmp_path):
    folders = [shutil.copytree(runs_of("ordinal"), tmp_path / name) for name in ("version_1", "version_2")]
    file = folders[1] / "metrics.json"
    metrics = json.loads(file.read_text(encoding="utf-8")) | {"task": "minha_tarefa:feita"}
    file.write_text(json.dumps(metrics), encoding="utf-8")
    (pair,) = compare([gather(folder) for folder in folders]).pairs
    assert pair.tasks == ("minha_tarefa:feita", "ordinal")
