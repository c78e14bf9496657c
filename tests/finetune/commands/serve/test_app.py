"""What is asked of the server and answered, for every kind of label: as predict answers it."""

import json
import threading
import time

import numpy as np
import pytest
from pydantic import ValidationError

from finetune.commands.serve.app import made
from finetune.commands.serve.schema import Asked
from finetune.commands.serve.service import Service
from finetune.runtime.answering.of_table import answer_table
from finetune.web.counted import Counted
from finetune.web.leaving import Leaving
from finetune.web.limits import MOST_TEXTS, Limits
from tests.journeys.conftest import sentences
from tests.served_folders import KINDS, LABELS
from tests.serving import serving

TEXTS = [text for text, _ in sentences(20, seed=7)]


def rows_of(kind):
    """Rows as a table has them, and the columns."""
    if kind == "pair":
        return ["titulo", "corpo"], [[one, other] for one, other in zip(TEXTS, TEXTS[::-1], strict=True)]
    if kind == "template":
        return ["estado", "texto"], [[f"UF{number % 3}", text] for number, text in enumerate(TEXTS)]
    return ["texto"], [[text] for text in TEXTS]


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_answered_as_predict_answers_them_in_a_table(engine_of, kind, tmp_path):
    engine, (names, rows) = engine_of(kind), rows_of(kind)
    lines = [json.dumps(dict(zip(names, row, strict=True))) for row in rows]
    (tmp_path / "t.jsonl").write_text("\n".join(lines), encoding="utf-8")
    answer_table(
        engine.model,
        engine.making,
        tmp_path / "t.jsonl",
        tmp_path / "s.jsonl",
        guard=False,
        overwrite=True,
    )
    written = [json.loads(line) for line in (tmp_path / "s.jsonl").read_text(encoding="utf-8").splitlines()]
    with serving(engine) as client:
        said = client.post("/predict", {"rows": [dict(zip(names, row, strict=True)) for row in rows]})
        assert said.status == 200
        assert said.json["model"] == engine.identity
        for one, other in zip(said.json["answers"], written, strict=True):
            if kind == "multi_label":
                assert ";".join(one.pop("labels")) == other["labels"]
            assert one
            assert one == {name: other[name] for name in one}
        if kind in ("pair", "template"):
            return
        assert client.post("/predict", {"texts": TEXTS}).json == said.json | {
            "answers": client.post("/predict", {"rows": [{"texto": t} for t in TEXTS]}).json["answers"]
        }


def test_all_probabilities_are_given_where_they_are_asked_for(engine):
    with serving(engine) as client:
        (said,) = client.post("/predict", {"text": "o boi", "probabilities": True}).json["answers"]
    assert list(said["probabilities"]) == LABELS
    assert sum(said["probabilities"].values()) == pytest.approx(1, abs=1e-5)
    assert max(said["probabilities"], key=said["probabilities"].get) == said["label"]
    assert said["confidence"] == pytest.approx(max(said["probabilities"].values()), abs=1e-4)


def test_a_text_that_shows_nothing_has_no_answer_and_the_others_have_theirs(engine):
    with serving(engine) as client:
        said = client.post("/predict", {"texts": ["", "o boi", " \u200b ", "a chuva"]}).json["answers"]
    assert [each == {"empty": True} for each in said] == [True, False, True, False]


def test_pairs_are_asked_as_two_texts_and_nothing_else(engine_of):
    with serving(engine_of("pair")) as client:
        assert client.post("/predict", {"text": ["o boi", "a vaca"]}).status == 200
        alone = client.post("/predict", {"text": "o boi"})
        assert (alone.status, alone.json["error"]["code"]) == (422, "columns")
        assert "two texts" in alone.json["error"]["message"]


def test_a_text_of_several_columns_is_asked_as_rows(engine_of):
    with serving(engine_of("template")) as client:
        for wrong in ({"text": "choveu"}, {"rows": [{"texto": "choveu"}]}):
            said = client.post("/predict", wrong)
            assert (said.status, said.json["error"]["code"]) == (422, "columns")
            assert "estado" in said.json["error"]["message"]
        assert client.get("/model").json["columns"] == ["estado", "texto"]


@pytest.mark.parametrize("kind", KINDS)
def test_the_words_that_weighed_most_are_told_in_the_order_of_the_text(engine_of, kind):
    names, rows = rows_of(kind)
    with serving(engine_of(kind)) as client:
        said = client.post("/explain", {"rows": [dict(zip(names, rows[0], strict=True))]})
    assert said.status == 200
    told = [each["word"] for each in said.json["words"]]
    assert told == [word for text in engine_of(kind).of_row(dict(zip(names, rows[0], strict=True))) for word in text.split()]  # fmt: skip
    assert any(each["weight"] for each in said.json["words"])


def test_a_weight_is_what_the_answer_loses_without_the_word(engine):
    with serving(engine) as client:
        whole = client.post("/predict", {"text": "o boi gordo", "probabilities": True}).json["answers"][0]
        without = client.post("/predict", {"text": "o gordo", "probabilities": True}).json["answers"][0]
        words = client.post("/explain", {"text": "o boi gordo"}).json["words"]
    lost = whole["probabilities"][whole["label"]] - without["probabilities"][whole["label"]]
    assert words[1] == {"word": "boi", "weight": pytest.approx(lost, abs=1e-5)}


def test_a_long_text_is_explained_by_few_pieces_that_leave_no_word_out(engine):
    text = " ".join(f"palavra{number}" for number in range(500))
    with serving(engine, limits=Limits(explained_pieces=20)) as client:
        words = [each["word"] for each in client.post("/explain", {"text": text}).json["words"]]
    assert len(words) <= 20
    assert " ".join(words) == text


def test_what_the_model_is_is_told(engine):
    with serving(engine) as client:
        said = client.get("/model").json
    assert said["engine"] == "onnx"
    assert said["labels"] == LABELS
    assert said["columns"] == ["texto"]
    assert said["pair"] is False
    assert said["limits"]["texts"] == MOST_TEXTS


def test_the_interface_is_described_with_examples_in_both_languages(engine):
    with serving(engine) as client:
        said = client.get("/openapi.json").json
        assert client.get("/docs").status == client.get("/redoc").status == 404
    assert {"/predict", "/explain", "/tables", "/model", "/ready", "/metrics"} <= set(said["paths"])
    examples = said["paths"]["/predict"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    assert {name[:2] for name in examples} == {"pt", "en"}


def test_nothing_is_handed_on_whatever_the_environment_says(engine, monkeypatch):
    from fastapi.telemetry import _asgi

    monkeypatch.setenv("FASTAPI_OTEL_AUTO_CONFIGURE", "true")
    monkeypatch.setattr(_asgi, "_unconfigured", lambda provider: False)
    service = Service(engine, Limits(), Counted(), Leaving())
    app = made(service)
    assert not app._native_telemetry.enabled()
    assert not app._telemetry["auto_configure"]
    service.waiting.close()


def test_numbers_are_counted_as_prometheus_reads_them(engine):
    with serving(engine) as client:
        client.post("/predict", {"texts": TEXTS})
        client.get("/nada")
        told = client.get("/metrics").body.decode()
    assert 'finetune_requests_total{route="/predict",method="POST",status="200"} 1' in told
    assert 'route="other",method="GET",status="404"} 1' in told
    assert f"\nfinetune_texts_total {len(TEXTS)}\n" in told
    assert "finetune_request_seconds_bucket" in told


def test_the_page_and_its_files_are_of_this_server_alone(engine):
    with serving(engine) as client:
        page = client.get("/")
        assert 'lang="en"' in page.body.decode()
        assert 'lang="pt"' in client.get("/?language=pt").body.decode()
        assert 'lang="pt"' in client.ask("GET", "/", headers={"Accept-Language": "fr"}).body.decode()
        assert client.get("/page.css").headers["content-type"].startswith("text/css")
        assert client.get("/page.js").headers["content-type"].startswith("text/javascript")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert page.headers["x-content-type-options"] == "nosniff"


def slow(engine, monkeypatch, gate):
    """Has the model wait until a gate is open."""
    ask = engine.model.probabilities
    monkeypatch.setattr(engine.model, "probabilities", lambda texts: gate.wait(20) and ask(texts))


def at_once(calls):
    """Does all at once; returns what each gave."""
    found = [None] * len(calls)

    def one(number, call):
        found[number] = call()

    threads = [threading.Thread(target=one, args=each) for each in enumerate(calls)]
    for thread in threads:
        thread.start()
    return threads, found


def until(there):
    for _ in range(1000):
        if there():
            return
        time.sleep(0.01)
    raise AssertionError("it never was")


def test_requests_that_wait_are_answered_together_each_with_its_own(engine, monkeypatch):
    gate, calls = threading.Event(), []
    ask = engine.model.probabilities
    monkeypatch.setattr(
        engine.model,
        "probabilities",
        lambda texts: calls.append(len(texts)) or (gate.wait(20) and ask(texts)),
    )
    with serving(engine) as client:
        threads, found = at_once(
            [lambda text=text: client.post("/predict", {"text": text}) for text in TEXTS]
        )
        until(lambda: client.counted.under_way == len(TEXTS))
        gate.set()
        for thread in threads:
            thread.join()
        alone = client.post("/predict", {"texts": TEXTS}).json["answers"]
    assert [each.json["answers"][0]["label"] for each in found] == [each["label"] for each in alone]
    assert sum(calls[:-1]) == len(TEXTS)
    assert len(calls) - 1 < 5


def test_a_queue_that_is_full_says_when_to_come_again(engine, monkeypatch):
    gate = threading.Event()
    slow(engine, monkeypatch, gate)
    with serving(engine, limits=Limits(waiting_texts=15)) as client:
        threads, found = at_once([lambda: client.post("/predict", {"texts": TEXTS[:5]}) for _ in range(3)])
        until(lambda: client.counted.under_way == 3)
        said = client.post("/predict", {"texts": TEXTS[:8]})
        assert (said.status, said.json["error"]["code"]) == (429, "busy")
        assert int(said.headers["retry-after"]) >= 1
        told = client.post("/explain", {"text": " ".join(TEXTS[:8])})  # as many texts as it has words
        assert (told.status, told.json["error"]["code"]) == (429, "busy")
        gate.set()
        for thread in threads:
            thread.join()
    assert [each.status for each in found] == [200] * 3


@pytest.mark.parametrize("path", ["/", "/health", "/ready"])
def test_who_watches_over_servers_may_ask_for_the_head_alone(engine, path):
    with serving(engine) as client:
        said = client.ask("HEAD", path)
        assert (said.status, said.body) == (200, b"")
        assert int(said.headers["content-length"]) == len(client.get(path).body)


def test_others_go_before_the_words_of_a_long_text(engine, monkeypatch):
    ask, gate, calls = engine.model.probabilities, threading.Event(), []

    def asked(texts):
        calls.append(list(texts))
        gate.wait(20)
        return ask(texts)

    monkeypatch.setattr(engine.model, "probabilities", asked)
    with serving(engine) as client:
        threads, found = at_once([lambda: client.post("/explain", {"text": "ferrugem na soja " * 300})])
        until(lambda: calls)
        others, answered = at_once([lambda: client.post("/predict", {"text": "boi"})])
        until(lambda: client.counted.under_way == 2)
        gate.set()
        for thread in (*threads, *others):
            thread.join()
    assert [each.status for each in (*found, *answered)] == [200, 200]
    assert any(("boi",) in call for call in calls[:3])
    assert len(calls) > 5


def test_an_answer_that_takes_too_long_is_told_so(engine, monkeypatch):
    gate = threading.Event()
    slow(engine, monkeypatch, gate)
    with serving(engine, limits=Limits(answer_seconds=0.1)) as client:
        said = client.post("/predict", {"text": "boi"})
        assert (said.status, said.json["error"]["code"]) == (503, "late")
        assert "retry-after" in said.headers
        gate.set()
        until(lambda: client.post("/predict", {"text": "boi"}).status == 200)


def test_a_text_that_the_model_fails_at_takes_no_other_with_it(engine, monkeypatch):
    ask, gate = engine.model.probabilities, threading.Event()

    def failing(texts):
        gate.wait(20)
        if any("quebra" in text for row in texts for text in row):
            raise RuntimeError("a text that must not be told: quebra")
        return ask(texts)

    monkeypatch.setattr(engine.model, "probabilities", failing)
    with serving(engine) as client:
        texts = ["boi", "quebra", "chuva"]
        threads, found = at_once(
            [lambda text=text: client.post("/predict", {"text": text}) for text in texts]
        )
        until(lambda: client.counted.under_way == 3)
        gate.set()
        for thread in threads:
            thread.join()
    assert [each.status for each in found] == [200, 503, 200]
    assert "quebra" not in found[1].body.decode()


def test_an_error_of_ours_is_no_500_and_names_no_text(engine, monkeypatch, capsys):
    monkeypatch.setattr(type(engine), "answers", lambda *given, **more: {}["segredo"])
    with serving(engine) as client:
        said = client.post("/predict", {"text": "boi"})
    assert (said.status, said.json["error"]["code"]) == (503, "failed")
    told = capsys.readouterr().err
    assert "KeyError at" in told
    assert "segredo" not in told + said.body.decode()


def test_half_an_emoji_is_read_and_sent_back_as_what_it_is_not(engine):
    with serving(engine) as client:
        assert client.ask("POST", "/predict", b'{"text": "boi \\ud83d"}', {"Content-Type": "application/json"}).status == 200  # fmt: skip
        said = client.ask(
            "POST", "/explain", b'{"text": "boi \\ud83d"}', {"Content-Type": "application/json"}
        )
    assert [each["word"] for each in said.json["words"]] == ["boi", "\ufffd"]


def test_an_interval_that_is_not_known_is_null(engine_of):
    engine = engine_of("number")
    engine.model.calibration["facts"] = {}
    found = engine.answers(np.array([[1.5]]), every=True)
    assert found == [{"value": 1.5, "low": None, "high": None, "abstained": False}]


@pytest.mark.parametrize(
    ("asked", "kind"),
    [
        ({"rows": [{str(number): [] for number in range(5000)}]}, "too_long"),
        ({"rows": [{"texto": "boi"}] * 5000}, "too_long"),
        ({"texts": [[]] * 5000}, "too_long"),
        ({"rows": [{"texto": []}] * 1000}, "cell"),
    ],
)
def test_what_is_too_much_is_one_fault_however_many_more_it_has(asked, kind):
    with pytest.raises(ValidationError) as wrong:
        Asked.model_validate(asked)
    assert [each["type"] for each in wrong.value.errors()] == [kind]


def test_a_cell_is_what_json_has_and_the_interface_says_so():
    row = {"a": "boi", "b": 1, "c": 1.5, "d": True, "e": None}
    (kept,) = Asked.model_validate({"rows": [row]}).several
    assert {name: (type(cell), cell) for name, cell in kept.items()} == {
        name: (type(cell), cell) for name, cell in row.items()
    }
    told = Asked.model_json_schema()["properties"]["rows"]["anyOf"][0]["items"]["additionalProperties"]
    assert {each["type"] for each in told["anyOf"]} == {"string", "integer", "number", "boolean", "null"}
