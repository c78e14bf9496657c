import json

import pandas as pd
import pytest
import torch

from finetune.errors import ConfigError
from finetune.runs.find import find
from finetune.runs.in_one_line import in_one_line

PARTS = ["train"] * 6 + ["validation"] * 2 + ["test"] * 2


def leave(root, number, *, validation, test=0.5, table="dados.csv", content="a", parts=PARTS, rows=None):
    """Leaves what a finished run has."""
    run = root / f"version_{number}"
    (run / "checkpoints").mkdir(parents=True)
    (run / "config.yaml").write_text(f"data:\n  path: pasta/{table}\n")
    torch.save({"TextData": {"fingerprint": content}} if content else {}, run / "checkpoints/best.ckpt")
    frame = pd.DataFrame({"source": table, "row": range(len(parts)), "line": 0, "split": parts})
    frame.to_csv(run / "split.csv", index=False)
    measured = {"f1_macro": validation, "rows": rows or parts.count("validation")}
    (run / "metrics.json").write_text(json.dumps({"validation": measured, "test": {"f1_macro": test}}))
    return run


def test_best_is_the_best_by_validation_and_never_by_test(tmp_path):
    leave(tmp_path, 0, validation=0.7, test=0.95)
    leave(tmp_path, 1, validation=0.9, test=0.6)
    leave(tmp_path, 2, validation=0.8, test=0.9)
    assert find("best", tmp_path).name == "version_1"


def test_of_equals_it_is_the_newest_whatever_the_table_is_called(tmp_path):
    for number in (2, 9, 10):
        leave(tmp_path, number, validation=0.8, table=f"dados_{number}.csv")
    leave(tmp_path, 11, validation=0.7)
    assert find("best", tmp_path).name == "version_10"


def test_a_run_that_was_not_trained_or_not_measured_does_not_count(tmp_path):
    leave(tmp_path, 0, validation=0.4)
    (leave(tmp_path, 1, validation=0.9) / "checkpoints/best.ckpt").unlink()
    (leave(tmp_path, 2, validation=0.9) / "metrics.json").unlink()
    leave(tmp_path, 3, validation=0.9, rows=1)  # of a part of the validation rows
    leave(tmp_path, 4, validation=None)
    (tmp_path / "version_5").mkdir()
    assert find("best", tmp_path).name == "version_0"


@pytest.mark.parametrize("name", ["config.yaml", "metrics.json", "split.csv", "checkpoints/best.ckpt"])
def test_a_damaged_run_does_not_count_and_is_told(tmp_path, caplog, name):
    caplog.set_level("INFO")
    leave(tmp_path, 0, validation=0.4)
    (leave(tmp_path, 1, validation=0.9) / name).write_bytes(b"")
    assert find("best", tmp_path).name == "version_0"
    assert "version_1 does not count: " in caplog.text
    assert name in caplog.text


OTHERS = {
    "another table": {"content": "b", "table": "outros.csv"},
    "other texts": {"content": "b"},
    "another division": {"parts": PARTS[::-1]},
    "of before, by its name": {"content": None, "table": "outros.csv"},
}


@pytest.mark.parametrize("what", OTHERS)
def test_runs_of_several_tables_are_listed_instead(tmp_path, what):
    leave(tmp_path, 0, validation=0.7)
    leave(tmp_path, 1, validation=0.8)
    leave(tmp_path, 2, validation=0.95, **OTHERS[what])
    with pytest.raises(ConfigError) as error:
        find("best", tmp_path)
    said = str(error.value)
    assert "are of 2 tables" in said
    assert "--run version_2" in said
    name = OTHERS[what].get("table", "dados.csv")
    assert said.splitlines()[1:] == [
        "  dados.csv: version_0, version_1; best: version_1 (macro-F1 0.8000 on validation rows)",
        f"  {name}: version_2; best: version_2 (macro-F1 0.9500 on validation rows)",
    ]


def test_without_a_run_it_says_how_to_get_one(tmp_path):
    with pytest.raises(ConfigError, match=r"no run in .* measured on validation rows.*\n  finetune fit"):
        find("best", tmp_path)


def test_one_line_tells_what_a_run_reached(tmp_path):
    run = leave(tmp_path, 3, validation=0.9, test=0.8712)
    assert str(in_one_line(run)).startswith(f"run: {run} (macro-F1 0.87 on its test rows, trained 2")
    (run / "metrics.json").write_text('{"validation": {"f1_macro": 0.9}}')
    assert "(macro-F1 0.90 on its validation rows, trained " in str(in_one_line(run))
    (run / "metrics.json").write_text('{"test": {"f1_')
    assert "its score is not known: " in str(in_one_line(run))
    (run / "metrics.json").unlink()
    assert str(in_one_line(run)) == f"run: {run}"


def of_task(run, task, score, value):
    """Makes a run one of another task."""
    metrics = json.loads((run / "metrics.json").read_text())
    metrics |= {"task": task, "ranked_by": score}
    metrics["validation"] = {"rows": 2, score: value}
    (run / "metrics.json").write_text(json.dumps(metrics))


def test_best_goes_by_the_score_of_the_task(tmp_path):
    of_task(leave(tmp_path, 0, validation=0.9), "number", "r2", -0.5)
    of_task(leave(tmp_path, 1, validation=0.1), "number", "r2", 0.4)
    assert find("best", tmp_path).name == "version_1"


def test_runs_of_different_tasks_are_listed_instead(tmp_path):
    leave(tmp_path, 0, validation=0.7)
    of_task(leave(tmp_path, 1, validation=0.1), "number", "r2", 0.4)
    with pytest.raises(ConfigError) as error:
        find("best", tmp_path)
    said = str(error.value)
    assert "are of 2 tasks (single_label, number), and scores of different tasks do not compare" in said
    assert said.splitlines()[1:] == [
        "  dados.csv: version_0; best: version_0 (macro-F1 0.7000 on validation rows)",
        "  dados.csv: version_1; best: version_1 (R² 0.4000 on validation rows)",
    ]


def test_a_run_in_one_line_names_its_score(tmp_path):
    run = leave(tmp_path, 0, validation=0.7)
    (run / "metrics.json").write_text(json.dumps({"ranked_by": "kappa", "test": {"kappa": 0.83}}))
    assert "(kappa 0.83 on its test rows, trained " in str(in_one_line(run))
