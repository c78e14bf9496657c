"""Drift beside the answers: what it is held against, what is told of it, and what it cannot do."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from finetune.commands.watch.drift import drift as drift_module
from finetune.commands.watch.drift import known as known_module
from finetune.commands.watch.drift import opened as opened_module
from finetune.commands.watch.drift.known import FILE, kept
from finetune.evaluation.answers import COLUMNS, INTERVAL, VALUE, Answers, write_answers
from finetune.runs.folder import METRICS, PREDICTIONS
from finetune.runtime.answering.said import Refused
from finetune.tasks.table import TASKS
from tests.finetune.commands.watch.drift.test_looks import CITY, FARM
from tests.served_folders import KINDS

HELD_OUT = 120


def sentences(many, seed, words=FARM):
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(words, rng.integers(6, 12))) for _ in range(many)]


def table(engine, texts):
    columns = engine.columns
    names = [columns[-1], *columns[:-1]]  # that of the texts first, whatever a template asks for besides
    return (
        "\n".join([",".join(names), *(",".join([text, *["x"] * (len(names) - 1)]) for text in texts)]) + "\n"
    )


@pytest.fixture
def run_of(engine_of, tmp_path):
    """An engine of a kind, as if its folder were that of a run that has held rows out."""

    def made(kind, many=HELD_OUT):
        engine, run = engine_of(kind), tmp_path / "treino"
        run.mkdir(exist_ok=True)
        task = TASKS[kind if kind in TASKS else "single_label"]()
        (run / METRICS).write_text(json.dumps({"task": task.name}))
        texts = sentences(many, 1)
        if engine.making.of_pairs:
            texts = [f"x | {text}" for text in texts]
        if kind == "template":
            texts = [f"x: {text}" for text in texts]
        number = kind == "number"
        labels = [VALUE] if number else engine.model.labels
        frame = pd.DataFrame(
            {name: ["0" if name in ("line", "row") else ""] * many for name in COLUMNS}
            | {"text": texts, "split": "test", "confidence": 0.5, "abstained": False}
            | dict.fromkeys(
                ("label", "predicted"), "1" if number else "" if kind == "multi_label" else labels[0]
            )
            | (dict.fromkeys(INTERVAL, 1.0) if number else {})
        )
        write_answers(run / PREDICTIONS, Answers(frame, labels, np.full((many, len(labels)), 0.5), {}, task))
        return replace(engine, run=run)

    return made


def watched(place, engine, texts, name="a.csv"):
    place.put(name, table(engine, texts))
    place.once(engine)
    file = place.answers / "drift.json"
    return json.loads(file.read_text(encoding="utf-8")) if file.exists() else None


@pytest.mark.parametrize("kind", KINDS)
def test_of_every_kind_the_same_rows_give_no_alarm_and_others_do(place, run_of, kind):
    engine = run_of(kind)
    page = watched(place, engine, sentences(200, 2))
    assert (page["alarm"], page["alarms_in_a_row"], page["rows"], page["held_out"]) == (
        False,
        0,
        200,
        HELD_OUT,
    )
    assert "are like those that were held out" in place.log
    page = watched(place, engine, [*sentences(100, 3), *sentences(100, 4, CITY)], "b.csv")
    assert (page["alarm"], page["alarms_in_a_row"]) == (True, 1)
    assert page["tests"]["words"]["alarm"]
    assert "made of other words" in place.log
    page = watched(place, engine, sentences(200, 5, CITY), "c.csv")
    assert page["alarms_in_a_row"] == 2
    assert "DRIFT, 2 looks in a row" in place.log


def test_small_files_are_looked_at_together_also_after_a_start(place, run_of):
    engine = run_of("words")
    for number in range(3):
        assert watched(place, engine, sentences(60, number + 10), f"{number}.csv") is None
    assert "180 of the 200 rows of the next look" in place.log
    assert watched(place, engine, sentences(60, 20), "3.csv")["drawn_of"] == 240


def test_rows_are_not_counted_twice_where_the_disk_was_full_meanwhile(place, run_of, monkeypatch):
    def full(*given):
        raise OSError(28, "No space left on device")

    engine = run_of("words")
    watched(place, engine, sentences(150, 2))
    monkeypatch.setattr(drift_module, "save", full)
    watched(place, engine, sentences(60, 3), "b.csv")  # a look is taken
    monkeypatch.undo()
    watched(place, engine, sentences(10, 4), "c.csv")
    assert "drift: 10 of the 200 rows" in place.log


def test_of_a_large_file_rows_are_drawn(place, run_of):
    engine = run_of("words")
    page = watched(place, engine, sentences(2_500, 2))
    assert (page["rows"], page["drawn_of"]) == (200, 2_500)
    assert "200 of the last 2,500 rows are like" in place.log


def test_a_file_that_could_not_be_answered_counts_for_nothing(place, run_of, monkeypatch):
    engine = run_of("words")
    ask = type(engine.model).probabilities

    def probabilities(self, texts):
        if ("veneno",) in texts:
            raise MemoryError
        return ask(self, texts)

    monkeypatch.setattr(type(engine.model), "probabilities", probabilities)
    place.put("a.csv", table(engine, [*sentences(2_100, 2), "veneno"]))
    watched(place, engine, sentences(10, 3), "b.csv")
    assert place.wrong == ["a.csv", "a.csv.txt"]
    assert "10 of the 200 rows" in place.log


def test_what_was_held_out_is_answered_once_and_kept_with_the_run_without_a_text(place, run_of, monkeypatch):
    engine = run_of("words")
    watched(place, engine, sentences(10, 2))
    file = engine.run / FILE
    assert place.log.count("has held out, once") == 1
    with np.load(file, allow_pickle=False) as arrays:
        assert {arrays[name].dtype.kind for name in arrays.files} <= set("bfiU")
        assert all(arrays[name].ndim == 0 for name in arrays.files if arrays[name].dtype.kind == "U")
    monkeypatch.setattr(known_module, "rows_of", None)
    watched(place, engine, sentences(10, 3), "b.csv")
    assert place.log.count("has held out, once") == 1


@pytest.mark.parametrize("damage", ["cut", "number", "arrays"])
def test_what_was_kept_of_another_model_or_damaged_is_made_anew(place, run_of, damage):
    engine = run_of("words")
    watched(place, engine, sentences(10, 2))
    file = engine.run / FILE
    assert kept(file, engine) is not None
    if damage == "cut":
        file.write_bytes(file.read_bytes()[:1000])
    elif damage == "number":
        engine = replace(engine, number="outro")
    else:
        with np.load(file) as opened:
            arrays = dict(opened)
        np.savez(file, **(arrays | {"lengths": arrays["lengths"][1:]}))
    assert kept(file, engine) is None
    watched(place, engine, sentences(10, 3), "b.csv")
    assert kept(file, engine) is not None


def test_where_the_run_cannot_be_written_it_is_kept_with_the_answers(place, run_of):
    engine = run_of("words")
    (engine.run / FILE).mkdir()
    watched(place, engine, sentences(10, 2))
    assert "cannot be written" in place.log
    assert (place.answers / ".finetune_watch" / FILE).is_file()
    watched(place, engine, sentences(10, 3), "b.csv")
    assert place.log.count("has held out, once") == 1


def test_where_it_can_be_kept_nowhere_it_is_made_each_time_and_files_are_answered(place, run_of):
    engine = run_of("words")
    (engine.run / FILE).mkdir()
    (place.answers / ".finetune_watch" / FILE).mkdir(parents=True)
    watched(place, engine, sentences(10, 2))
    assert place.log.count("cannot be written") == 2
    assert "drift: 10 of the 200 rows" in place.log


def test_a_model_that_cannot_answer_what_was_held_out_is_told(place, run_of, monkeypatch):
    def refused(*given, **how):
        raise Refused("its file is damaged")

    monkeypatch.setattr(opened_module, "made", refused)
    watched(place, run_of("words"), sentences(10, 2))
    assert "drift is not watched: its file is damaged" in place.log
    assert len(place.answered) == 1


def test_what_cannot_be_looked_at_is_told_and_the_files_are_answered(place, run_of, engine):
    watched(place, engine, sentences(10, 2))
    assert "drift is not watched: of single_label" in place.log
    engine = run_of("words", many=20)
    watched(place, engine, sentences(10, 3), "b.csv")
    assert "the run holds 20 rows out, and 50 are the fewest" in place.log
    (engine.run / PREDICTIONS).write_text("nada")
    watched(place, engine, sentences(10, 4), "c.csv")
    assert place.log.count("drift is not watched") == 3
    assert len(place.answered) == 3


def test_numbers_without_intervals_say_what_cannot_be_looked_at(place, run_of):
    engine = run_of("number")
    engine.model.calibration["facts"] = {}
    page = watched(place, engine, sentences(200, 2))
    assert "unsure" not in page["tests"]
    assert place.log.count("how sure the model is cannot be looked at") == 1
