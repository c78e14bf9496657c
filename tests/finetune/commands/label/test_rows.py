"""The rows of a run's own table with their parts, and those of another table."""

import pytest
import yaml

from finetune.commands.label import rows as module
from finetune.commands.label.rows import own_rows, rows_to_predict
from finetune.commands.label.run import run_of
from finetune.errors import ConfigError, DataError
from tests.finetune.commands.label.runs import leave_run
from tests.kinds import KINDS, Kind


def opened(folder, run="0"):
    return run_of(run, folder / "lightning_logs", trust=False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_runs_own_rows_have_their_parts_labels_and_lines(tmp_path, kind):
    leave_run(tmp_path, kind)
    run = opened(tmp_path)
    found = own_rows(run)
    assert [row.part for row in found.rows] == ["train", "train", "validation", "test"] * 3
    assert [row.line for row in found.rows] == list(range(2, 14))
    header, cells = KINDS[kind](12).header, KINDS[kind](12).rows
    first = dict(zip(header, cells[0], strict=True))
    assert found.rows[0].cells == {name: first[name] for name in found.columns}
    assert len(found.rows[0].texts) == (2 if kind == "pair" else 1)
    if kind == "template":
        assert found.rows[0].texts == (f"{first['estado']}: {first['texto']}",)
    task = run.task
    if kind == "number":
        assert float(found.rows[0].given) == float(first["preco"].replace(",", "."))
    else:
        assert all(set(task.parts(row.given)) <= set(run.labels) for row in found.rows)


@pytest.mark.parametrize("kind", KINDS)
def test_another_table_is_of_new_rows_with_its_labels_where_it_has_any(tmp_path, kind):
    leave_run(tmp_path, kind)
    run = opened(tmp_path)
    path = KINDS[kind](5).write(tmp_path / "novos.csv")
    found = rows_to_predict(run, str(path), mark=own_rows(run).mark)
    assert [(row.part, row.position, row.line) for row in found.rows] == [
        ("new", at, at + 2) for at in range(5)
    ]
    KINDS[kind](5).write(tmp_path / "dados.csv")
    (tmp_path / "lightning_logs" / "version_0" / "split.csv").write_text(
        "source,row,line,split\n"
        + "".join(f"{tmp_path / 'dados.csv'},{at},{at + 2},train\n" for at in range(5))
    )
    assert [row.given or "" for row in found.rows] == [row.given for row in own_rows(run).rows]
    assert all(row.source == str(path) for row in found.rows)


def test_rows_without_a_label_in_the_runs_own_table_are_new_ones(tmp_path):
    made = KINDS["single_label"](12)
    leave_run(tmp_path, made=Kind(made.header, [*made.rows, ["sem rótulo ainda", ""]], []))
    last = own_rows(opened(tmp_path)).rows[-1]
    assert (last.texts, last.given, last.part, last.line) == (("sem rótulo ainda",), None, "new", 14)


def test_a_table_that_was_moved_or_is_called_otherwise_is_the_runs_own(tmp_path):
    leave_run(tmp_path)
    moved = (tmp_path / "dados.csv").rename(tmp_path / "outro.csv")
    with pytest.raises(DataError, match=r"dados.csv"):
        own_rows(opened(tmp_path))
    assert {row.part for row in own_rows(opened(tmp_path), path=str(moved)).rows} == {
        "train",
        "validation",
        "test",
    }


def test_a_table_that_has_lost_rows_is_refused(tmp_path):
    leave_run(tmp_path)
    file = tmp_path / "dados.csv"
    file.write_text("\n".join(file.read_text().splitlines()[:-3]) + "\n")
    with pytest.raises(ConfigError, match=r"no longer the table of the run: 3 of its rows .* are not there"):
        own_rows(opened(tmp_path))


def test_a_run_without_its_split_is_told(tmp_path):
    (leave_run(tmp_path) / "split.csv").unlink()
    with pytest.raises(ConfigError, match=r"has no split.csv, which says the rows that it was tested on"):
        own_rows(opened(tmp_path))


def test_of_a_large_table_rows_are_drawn_the_same_each_time_and_in_windows(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(module, "WINDOW", 7)
    leave_run(tmp_path)
    path = KINDS["single_label"](30).write(tmp_path / "novos.csv")
    first, again = (rows_to_predict(opened(tmp_path), str(path), most=10).rows for _ in range(2))
    assert first == again
    assert len({row.position for row in first}) == 10
    assert all(row.line == row.position + 2 for row in first)
    everything = rows_to_predict(opened(tmp_path), str(path)).rows
    assert [row.position for row in everything] == list(range(30))
    assert {row.position: row.texts for row in everything}.items() >= {
        row.position: row.texts for row in first
    }.items()


def test_a_run_that_names_what_is_not_ours_is_not_followed(tmp_path):
    run = leave_run(tmp_path)
    config = yaml.safe_load((run / "config.yaml").read_text())
    config["data"]["reader"] = "evil:read"
    (run / "config.yaml").write_text(yaml.safe_dump(config))
    with pytest.raises(ConfigError, match="is not known as of a run of your own"):
        opened(tmp_path)


def test_a_task_of_ones_own_is_told(tmp_path):
    run = leave_run(tmp_path)
    (run / "metrics.json").write_text('{"task": "mine:task"}')
    with pytest.raises(ConfigError, match="was trained for the task mine:task, a function of your own"):
        opened(tmp_path)


@pytest.mark.parametrize("content", ["", '{"id2label": 3}'])
def test_a_damaged_model_is_told(tmp_path, content):
    run = leave_run(tmp_path)
    (run / "model" / "config.json").write_text(content)
    with pytest.raises(ConfigError, match=r"is missing or damaged: it does not name the classes"):
        opened(tmp_path)
