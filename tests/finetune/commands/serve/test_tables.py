"""Tables that are sent: labelled as predict labels them, followed, cancelled, fetched, bounded, and gone at the end."""

import io
import json
import shutil
import threading
import time
import zipfile
from pathlib import Path

import pytest

from finetune.commands.serve import tables
from finetune.runtime.answering.of_table import answer_table
from finetune.web.limits import Limits
from tests.journeys.conftest import sentences
from tests.serving import serving

ROWS = [text for text, _ in sentences(40, seed=9)]
CSV = "\r\n".join(["id;texto", *(f"{number};{text}" for number, text in enumerate(ROWS)), "41;", "42;=1+1"])


@pytest.fixture
def places(monkeypatch):
    """The folders that servers have made for tables."""
    made, before = [], tables.tempfile.mkdtemp
    monkeypatch.setattr(tables.tempfile, "mkdtemp", lambda *how: made.append(before(*how)) or made[-1])
    return made


def by_predict(engine, tmp_path, name, content):
    """What the program of exports writes."""
    (tmp_path / name).write_bytes(content)
    output = tmp_path / f"saida{Path(name).suffix}"
    answer_table(engine.model, engine.making, tmp_path / name, output, guard=False, overwrite=True)
    return output.read_bytes()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.csv", CSV.encode("cp1252")),
        ("a.TSV", CSV.replace(";", "\t").encode()),
        ("a.jsonl", "\n".join(json.dumps({"texto": text}) for text in ROWS).encode()),
    ],
)
def test_a_table_comes_back_as_predict_writes_it(engine, tmp_path, capsys, places, name, content):
    expected = by_predict(engine, tmp_path, name, content)
    with serving(engine) as client:
        said = client.table(name, content)
        assert said.json["state"] == "done", said.json
        assert said.json["done"] == said.json["rows"] == content.count(b"\n") + (name == "a.jsonl")
        assert said.json["without_text"] == (0 if name == "a.jsonl" else 1)
        file = client.get(f"/tables/{said.headers['table']}/file")
        assert file.body == expected
        assert file.headers["content-disposition"].startswith("attachment")
        assert file.headers["content-type"] == "application/octet-stream"
    assert not any(map(Path.exists, map(Path, places)))


def test_a_workbook_comes_back_as_one_and_runs_no_formula(engine, tmp_path):
    openpyxl = pytest.importorskip("openpyxl")
    book = openpyxl.Workbook()
    for row in [["texto", "nota"], ["o boi gordo", "=1+1"], ["a chuva", "ok"]]:
        book.active.append(row)
    book.active["B2"].data_type = "s"
    content = io.BytesIO()
    book.save(content)
    with serving(engine) as client:
        said = client.table("Perguntas%20de%20maio.xlsx", content.getvalue())
        assert said.json["state"] == "done", said.json
        assert said.json["name"] == "Perguntas de maio_predicted.xlsx"
        file = client.get(f"/tables/{said.headers['table']}/file").body
    sheet = openpyxl.load_workbook(io.BytesIO(file)).active
    assert [cell.value for cell in sheet[1]] == ["texto", "nota", "label", "confidence", "abstained"]
    assert sheet["B2"].data_type == "s"


@pytest.mark.parametrize(
    "name",
    ["../../etc/passwd.csv", "C:\\a\\..\\b.csv", "<img src=x>.csv", "a\"; filename=x.html;\r\n\x00.csv", "\ud83d.csv", ".csv", "a" * 5000 + ".csv"],
)  # fmt: skip
def test_a_name_is_shown_and_never_followed(engine, name, places):
    from urllib.parse import quote

    with serving(engine) as client:
        said = client.table(quote(name, errors="surrogatepass"), b"texto\nboi\n")
        assert said.json["state"] == "done"
        shown = said.json["name"]
        assert "etc" not in shown
        assert not set('/\\<>";\r\n\x00') & set(shown)
        assert len(shown) < 120
        assert client.get(f"/tables/{said.headers['table']}/file").status == 200
        here = [each.name for each in Path(places[0]).rglob("*") if each.is_file()]
    assert sorted(here) == ["answers.csv", "table.csv"]


@pytest.mark.parametrize(("pasted", "written"), [("0", "=1+1;"), ("1", "'=1+1;")])
def test_a_text_that_was_pasted_is_not_run_as_a_formula(engine, pasted, written):
    with serving(engine) as client:
        said = client.table(f"a.csv&pasted={pasted}", b"texto\n=1+1\n")
        assert (
            client.get(f"/tables/{said.headers['table']}/file")
            .body.decode()
            .splitlines()[1]
            .startswith(written)
        )


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        ("a.pdf", b"x", 415, "suffix"),
        ("a", b"x", 415, "suffix"),
        ("", b"x", 415, "suffix"),
        ("a.csv", b"", 422, "empty"),
        ("a.csv", b"texto\n" + b"a" * 5000, 413, "too_large"),
    ],
)
def test_what_is_no_table_is_refused_and_leaves_nothing(engine, places, name, content, status, code):
    with serving(engine, limits=Limits(file_bytes=1000)) as client:
        said = client.post(f"/tables?name={name}", content)
        assert (said.status, said.json["error"]["code"]) == (status, code)
        assert not list(Path(places[0]).iterdir())


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("notas.csv", b"texto\n", "notas.csv: só há um cabeçalho"),
        ("notas.csv", b"id;nota\n1;2\n", "notas.csv"),
        ("notas.xlsx", b"PK\x03\x04nada", "notas.xlsx"),
        ("notas.xlsx", b"nada", "notas.xlsx"),
        ("notas.jsonl", b"[[[[", "notas.jsonl"),
        ("notas.csv", bytes(range(256)) * 20, "notas.csv"),
    ],
)
def test_a_table_that_cannot_be_read_says_why_in_its_sender_s_language(engine, places, name, content, told):
    with serving(engine) as client:
        said = client.table(name, content, **{"Accept-Language": "pt"})
        assert said.json["state"] == "failed"
        assert said.json["error"].startswith(told)
        assert places[0] not in said.json["error"]
        assert client.get(f"/tables/{said.headers['table']}/file").status == 404
        assert client.table("a.csv", b"texto\nboi\n").json["state"] == "done"


def test_a_small_file_that_unpacks_to_a_large_one_is_not_read(engine):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as file:
        file.writestr("xl/worksheets/sheet1.xml", b"0" * 2_000_000)
    with serving(engine, limits=Limits(unpacked_bytes=1_000_000)) as client:
        said = client.post("/tables?name=a.xlsx", packed.getvalue())
    assert (said.status, said.json["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"texto" + b"," * 16_000 + b"z\n" + b"a," * 16_000 + b"a\n", None),
        ("a.csv", b"texto" + b"," * 17_000 + b"z\n1\n", "17,001 columns"),
        ("a.jsonl", b"".join(b'{"texto": "a", "k%d": 1}\n' % number for number in range(17_000)), "columns"),
        ("a.jsonl", b'{"texto": "boi", "a": 1, "b": 2}\n' + b"{}\n" * 40 + b'{"texto": "boi"}', "100 cells"),
    ],
)
def test_a_small_file_does_not_become_endless_work(engine, name, content, told):
    with serving(engine, limits=Limits(cells=100 if told == "100 cells" else 20_000)) as client:
        said = client.table(name, content).json
        assert (said["state"], told in (said["error"] or "") if told else True) == (
            "failed" if told else "done",
            True,
        )


def held(engine, monkeypatch):
    """Has the model wait at its first call until the gate is open; the second event tells that it does."""
    gate, there, ask = threading.Event(), threading.Event(), engine.model.probabilities
    monkeypatch.setattr(
        engine.model, "probabilities", lambda texts: there.set() or (gate.wait(20) and ask(texts))
    )
    return gate, there


def test_a_table_that_is_cancelled_is_gone(engine, monkeypatch, places):
    gate, there = held(engine, monkeypatch)
    calls, ask = [], engine.model.probabilities
    monkeypatch.setattr(engine.model, "probabilities", lambda texts: calls.append(len(texts)) or ask(texts))
    with serving(engine) as client:
        number = client.post("/tables?name=a.csv", ("texto\n" + "boi\n" * 1000).encode()).json["table"]
        waits = client.post("/tables?name=a.csv", b"texto\nboi\n").json["table"]
        assert there.wait(10)
        running = client.get(f"/tables/{number}").json
        assert (running["state"], running["rows"], running["done"]) == ("running", 1000, 0)
        assert client.get(f"/tables/{waits}").json["state"] == "waiting"
        for each in (number, waits):
            assert client.ask("DELETE", f"/tables/{each}").status == 204
            assert client.get(f"/tables/{each}").status == 404
        gate.set()
        for _ in range(500):
            if not list(Path(places[0]).iterdir()):
                break
            time.sleep(0.01)
        assert not list(Path(places[0]).iterdir())
    assert calls == [tables.ROWS]  # nothing more was asked


def test_people_are_answered_while_a_table_is_under_way(engine, monkeypatch):
    calls, ask = [], engine.model.probabilities
    monkeypatch.setattr(engine.model, "probabilities", lambda texts: calls.append(len(texts)) or ask(texts))
    with serving(engine) as client:
        number = client.post("/tables?name=a.csv", ("texto\n" + "boi gordo\n" * 3000).encode()).json["table"]
        while client.get(f"/tables/{number}").json["state"] in ("waiting", "running"):
            assert client.post("/predict", {"text": "a chuva"}).status == 200
        assert client.get(f"/tables/{number}").json["done"] == 3000
    assert max(calls) <= tables.ROWS + 1


def test_so_many_tables_are_kept_and_no_more(engine):
    with serving(engine, limits=Limits(tables=2)) as client:
        first, second = (client.table("a.csv", b"texto\nboi\n").headers["table"] for _ in range(2))
        said = client.post("/tables?name=a.csv", b"texto\nboi\n")
        assert (said.status, said.json["error"]["code"]) == (429, "tables")
        assert client.get(f"/tables/{second}/file").status == 200
        assert client.table("a.csv", b"texto\nboi\n").json["state"] == "done"  # who has it needs it no more
        assert client.get(f"/tables/{second}").status == 404
        assert client.get(f"/tables/{first}").status == 200


def test_tables_of_no_use_make_room_and_so_do_those_that_nobody_fetches(engine):
    with serving(engine, limits=Limits(tables=1, unfetched_seconds=0.2)) as client:
        assert client.table("a.csv", b"texto\n").json["state"] == "failed"
        assert client.table("a.csv", b"texto\nboi\n").json["state"] == "done"
        assert client.post("/tables?name=a.csv", b"texto\nboi\n").status == 429
        time.sleep(0.3)
        assert client.table("a.csv", b"texto\nboi\n").json["state"] == "done"


def test_a_table_is_not_kept_for_ever(engine, places):
    with serving(engine, limits=Limits(table_seconds=0.05)) as client:
        number = client.table("a.csv", b"texto\nboi\n").headers["table"]
        time.sleep(0.1)
        assert client.get(f"/tables/{number}").status == 404
        assert not list(Path(places[0]).iterdir())


def test_a_server_that_ends_waits_for_no_table(engine, monkeypatch, places):
    gate, there = held(engine, monkeypatch)
    with serving(engine) as client:
        client.post("/tables?name=a.csv", ("texto\n" + "boi\n" * 1000).encode())
        assert there.wait(10)
        threading.Timer(0.3, gate.set).start()
    assert not Path(places[0]).exists()
    assert not [each for each in threading.enumerate() if each.name.startswith("finetune-")]


def test_a_full_disk_is_told(engine, monkeypatch):
    def full(*given, **more):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tables, "label_table", full)
    with serving(engine) as client:
        said = client.table("a.csv", b"texto\nboi\n").json
    assert said["state"] == "failed"
    assert "cannot write" in said["error"]


def test_the_folder_of_all_tables_may_be_tidied_away(engine, places):
    with serving(engine) as client:
        assert client.get("/ready").status == 200
        shutil.rmtree(places[0])
        assert client.table("a.csv", b"texto\nboi\n").json["state"] == "done"
        assert Path(places[-1]).stat().st_mode & 0o077 == 0
    assert len(places) == 2
    assert not any(Path(place).exists() for place in places)


def test_a_folder_that_somebody_has_put_in_its_place_is_not_used(engine, places, tmp_path):
    theirs = tmp_path / "theirs"
    theirs.mkdir()
    with serving(engine) as client:
        assert client.get("/ready").status == 200
        shutil.rmtree(places[0])
        Path(places[0]).symlink_to(theirs)
        assert client.table("a.csv", b"texto\nboi\n").json["state"] == "done"
    assert not list(theirs.iterdir())
    Path(places[0]).unlink()


def test_what_was_noticed_of_a_table_is_told_without_our_names_for_it(engine):
    content = "Relatório de maio;\n\ntexto;nota\nboi;1\n".encode()
    with serving(engine) as client:
        told = client.table("maio.csv", content).json
        assert told["state"] == "done"
        (remark,) = told["remarks"]
        assert remark.startswith("maio.csv: ")
        assert client.table("a.csv", b"texto\nboi\n").json["remarks"] == []


@pytest.mark.parametrize("kind", ["single_label", "pair", "template", "multi_label"])
def test_who_sends_a_table_is_told_which_columns_it_needs_and_of_no_option(engine_of, kind):
    engine = engine_of(kind)
    with serving(engine) as client:
        told = client.table("a.csv", b"id;nota\n1;2\n").json
    assert told["state"] == "failed"
    assert told["error"].startswith("a.csv: ")
    assert all(f'"{name}"' in told["error"] for name in (*engine.columns, "id", "nota"))
    assert "--" not in told["error"]
