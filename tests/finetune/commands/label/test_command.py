"""The command as it is typed: corrections in and out without a model, what it refuses, and what it hands to the page."""

import csv
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from finetune.__main__ import main
from finetune.commands.label import command, orders
from finetune.corrections.identity import FILE, identity_of
from finetune.corrections.store import Store
from tests.finetune.commands.label.runs import leave_run


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return leave_run(tmp_path)


@pytest.fixture
def texts(run):
    with Path("dados.csv").open(encoding="utf-8") as file:
        return [row["texto"] for row in csv.DictReader(file, delimiter=";")]


def reviewed(rows, name="revisar.csv", header=("texto", "correto", "quem")):
    with Path(name).open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows([header, *rows])
    return name


def label(*words):
    return main(["label", "--run", "0", *map(str, words)])


def test_the_orders_that_may_be_asked_for_are_those_there_are():
    assert command.ORDERS == orders.NAMES


def test_a_table_is_taken_and_written_again(run, texts, capsys):
    reviewed([[texts[0], "Pecuária", "Ana"], [texts[1], "clima", ""], [texts[2], "", ""]])
    assert label("--import", "revisar.csv", "--who", "Beto", "--output", "saida.csv") == 0
    told = capsys.readouterr().out
    assert "2 labels were taken; 1 row says nothing." in told
    assert "2 rows written: saida.csv" in told
    with Path("saida.csv").open(encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    assert [(row["texto"], row["correct"], row["who"], row["line"]) for row in rows] == [
        (texts[0], "Pecuária", "Ana", "2"),
        (texts[1], "Clima", "Beto", "3"),
    ]
    assert label("--import", "revisar.csv", "--who", "Beto") == 0
    assert "0 labels were taken; 2 were known already; 1 row says nothing." in capsys.readouterr().out
    assert label("--import", "saida.csv") == 0
    assert "0 labels were taken; 2 were known already." in capsys.readouterr().out


def test_what_is_not_clear_is_told_with_status_2_and_all_else_is_taken(run, texts, capsys):
    reviewed([[texts[0], "Climma", ""], [texts[1], "Preços", ""]])
    assert label("--import", "revisar.csv") == 2
    told = capsys.readouterr().out
    assert "1 label was taken." in told
    assert '1 row was not taken:\n  line 2: "Climma": did you mean "Clima"?\nMend these rows' in told
    assert label("--import", "revisar.csv", "--new_labels", "Climma") == 0
    assert '1 new class, which the model does not know yet: "Climma"' in capsys.readouterr().out


def test_conflicts_are_listed_and_left_open(run, texts, capsys):
    reviewed(
        [
            [texts[0], "Clima", "Ana"],
            [texts[0], "Preços", "Beto"],
            [texts[1], "Clima", ""],
            [texts[1], "Preços", ""],
        ]
    )
    assert label("--import", "revisar.csv") == 0
    told = capsys.readouterr().out
    assert "2 rows have several answers, and are left open until somebody settles them:" in told
    assert f'  {Path("dados.csv").absolute()}, line 2: Ana: "Clima" and Beto: "Preços"' in told
    assert 'line 3: line 4 "Clima" and line 5 "Preços"' in told


def test_it_is_told_in_portuguese_too(run, texts, capsys):
    reviewed([[texts[0], "Climma", ""]])
    assert main(["label", "--run", "0", "--language", "pt", "--import", "nada.xlsx"]) == 2
    assert "finetune label: erro: o arquivo nada.xlsx não existe" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--import", "nada.xlsx"], "nada.xlsx"),
        (["--output", "x/y.csv"], "there is no folder x"),
        (["--output", "a.docx"], 'its kind ".docx" is not known'),
        (["--order", "best"], '"best" is not possible here: give mixed, unsure'),
        (["--output", "a.csv"], "nobody has said anything of the rows of this run yet"),
        (["--port", "99999"], "a port is a number from 0 to 65535"),
        (["--data.predict_path", "nada.csv"], "nada.csv"),
    ],
)
def test_what_is_wrong_is_told_with_status_2_and_nothing_is_left(run, capsys, words, told):
    before = sorted(Path().rglob("*"))
    assert label(*words) == 2
    assert told in capsys.readouterr().err
    assert sorted(Path().rglob("*")) == before


def test_a_file_that_is_there_is_not_replaced_unless_asked(run, texts, capsys):
    Path("a.csv").write_text("mine")
    assert label("--output", "a.csv") == 2
    assert Path("a.csv").read_text() == "mine"
    reviewed([[texts[0], "Clima", ""]])
    assert label("--import", "revisar.csv", "--output", "a.csv", "--overwrite", "true") == 0
    assert "1 row written: a.csv" in capsys.readouterr().out


def test_while_another_process_has_it_open_nothing_is_taken(run, texts, capsys):
    reviewed([[texts[0], "Clima", ""]])
    identity = identity_of(run, task="single_label", labels=["Clima"], columns=["texto"])
    with Store.opened(run / FILE, of=identity) as store:
        assert label("--import", "revisar.csv") == 2
        assert "is open in another process, which alone may write" in capsys.readouterr().err
        assert store.marks() == []
        assert label("--output", "saida.csv") == 0  # which only reads


@pytest.mark.parametrize("content", [b"", b"not a database at all", b"SQLite format 3\0" + bytes(200)])
def test_a_broken_file_is_told_and_stays_as_it_is(run, texts, capsys, content):
    reviewed([[texts[0], "Clima", ""]])
    (run / FILE).write_bytes(content)
    assert label("--import", "revisar.csv") == 2
    assert "no file of corrections" in capsys.readouterr().err
    assert (run / FILE).read_bytes() == content


def test_an_export_that_stands_alone_is_refused(tmp_path, monkeypatch, capsys, run):
    monkeypatch.setattr("finetune.commands.label.run.is_export", lambda folder: True)
    assert main(["label", "--run", str(tmp_path)]) == 2
    assert "is an export that stands alone: corrections are kept beside the run" in capsys.readouterr().err


def test_in_and_out_load_neither_torch_nor_lightning_nor_fastapi(run, texts):
    reviewed([[texts[0], "Pecuária", ""]])
    code = (
        "import sys\nfrom finetune.__main__ import main\n"
        "status = main(['label', '--run', '0', '--import', 'revisar.csv', '--output', 'saida.csv'])\n"
        "print([n for n in ('torch', 'lightning', 'transformers', 'fastapi', 'sklearn') if n in sys.modules])\n"
        "sys.exit(status)"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=environment)
    assert done.returncode == 0, done.stderr
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_page_gets_the_rows_the_model_and_the_file(run, texts, monkeypatch):
    from finetune.commands.label import served

    engine = SimpleNamespace(warm=lambda: None)
    asked = {}

    def page(store, rows, engine, place, chosen, *, token, own):
        asked.update(
            file=store.file, rows=rows, own=own, order=chosen.order, port=place.getsockname()[1], token=token
        )
        return 0

    monkeypatch.setattr(command, "opened", lambda *words, **how: engine)
    monkeypatch.setattr(served, "served", page)
    assert label("--port", "0", "--token", "x" * 16) == 0
    assert asked["file"].resolve() == (run / FILE).resolve()
    assert [row.texts[0] for row in asked["rows"]] == texts
    assert asked["own"] == asked["rows"]
    assert (asked["order"], asked["token"]) == ("mixed", "x" * 16)
    Path("novos.csv").write_text("texto\num texto novo\n")
    assert label("--port", "0", "--data.predict_path", "novos.csv", "--order", "unsure") == 0
    assert [row.texts for row in asked["rows"]] == [("um texto novo",)]
    assert len(asked["own"]) == 12
    assert not list(run.glob("*.lock"))


def test_of_a_large_table_of_the_run_some_rows_are_shown(run, monkeypatch):
    from finetune.commands.label import served

    asked = []
    monkeypatch.setattr(command, "opened", lambda *words, **how: SimpleNamespace(warm=lambda: None))
    monkeypatch.setattr(
        served, "served", lambda store, rows, *words, own, **how: asked.append((rows, own)) or 0
    )
    monkeypatch.setattr(command, "MOST", 5)
    assert label("--port", "0") == 0
    [(rows, own)] = asked
    assert (len(rows), len(own)) == (5, 12)
    assert all(row in own for row in rows)


def test_a_new_table_can_be_labelled_where_the_runs_own_is_gone(run, monkeypatch, capsys):
    from finetune.commands.label import served

    Path("dados.csv").unlink()
    Path("novos.csv").write_text("texto\num texto novo\n")
    monkeypatch.setattr(command, "opened", lambda *words, **how: SimpleNamespace(warm=lambda: None))
    monkeypatch.setattr(served, "served", lambda *words, own, **how: len(own))
    told = []
    monkeypatch.setattr(command, "note", lambda text, **values: told.append(text))
    assert label("--port", "0") == 2
    assert "Say where it is now with --data.path, or name another" in capsys.readouterr().err
    assert label("--port", "0", "--data.predict_path", "novos.csv") == 0
    assert told == ["the run's own table cannot be used: {why}"]


def test_who_labels_is_the_user_of_this_machine_where_nobody_is_named(monkeypatch):
    monkeypatch.setattr("getpass.getuser", lambda: "maria")
    assert command.who_of(None) == "maria"
    assert command.who_of(" Ana ") == "Ana"

    def nobody():
        raise KeyError("uid not found")

    monkeypatch.setattr("getpass.getuser", nobody)
    with pytest.raises(command.ConfigError, match="say so with --who NAME"):
        command.who_of(" ")
