"""What is asked of the page that labels, and answered: nobody's label is lost, and nothing is saved that is none."""

import threading
from dataclasses import replace

import pytest

from finetune.commands.label.standing import Standing
from finetune.corrections.mark import Mark
from tests.labelling import KINDS, SUBJECTS, engine, labelling, opened, rows_of

JSON = {"Content-Type": "application/json"}
TOKEN = "tres-tigres-tristes-comem"


class Person:
    """Asks as the page of one person does."""

    def __init__(self, client, who="Ana", tab=None):
        self.client, self.who, self.tab, self.said = client, who, tab or who, 0

    def next(self, **others):
        said = self.client.post("/next", {"who": self.who, "tab": self.tab, **others})
        assert said.status == 200, said.json
        return said.json

    def rows(self, **others):
        return self.next(**others)["rows"]

    def mark(self, row, *labels, **others):
        self.said += 1
        body = {"id": f"{self.tab} {self.said}", "row": row["row"], "key": row["key"], "labels": labels}
        return self.client.post("/marks", {**body, "who": self.who, "tab": self.tab, **others})

    def undo(self, **others):
        self.said += 1
        return self.client.post("/undo", {"id": f"{self.tab} {self.said}", "who": self.who, **others})


def code(said):
    return said.status, said.json["error"]["code"]


@pytest.fixture
def of_subjects():
    return engine()


@pytest.mark.parametrize("kind", KINDS)
def test_rows_of_every_kind_are_shown_with_what_the_model_says(tmp_path, kind):
    asked = engine(**KINDS[kind])
    with labelling(tmp_path, engine=asked) as client:
        facts = client.get("/model").json
        said = Person(client).next(count=3)
    assert facts["task"] == KINDS[kind].get("task", "single_label")
    assert facts["orders"] == ["unsure", "random"]
    row, rest = said["rows"][0], said["rows"][1:]
    assert len(rest) == 2
    assert row["texts"] == list(rows_of(asked)[0].texts)
    assert list(row["cells"]) == asked.columns
    assert (row["line"], row["source"], row["given"], row["marks"]) == (2, "perguntas.csv", None, [])
    if kind == "number":
        assert isinstance(row["answer"]["value"], float)
        assert row["likely"] == []
    else:
        assert {"labels", "label"} & set(row["answer"])
        assert [share for _, share in row["likely"]] == sorted([s for _, s in row["likely"]], reverse=True)


@pytest.mark.parametrize(
    ("kind", "labels", "kept"),
    [
        ("single_label", ["mastite"], "mastite"),
        ("multi_label", ["mastite", "ferrugem asiática"], "ferrugem asiática|mastite"),
        ("multi_label", [], ""),
        ("ordinal", ["3"], "3"),
        ("number", ["12.50"], "12.5"),
        ("pair", ["mastite"], "mastite"),
        ("template", ["mastite"], "mastite"),
    ],
)
def test_a_label_of_every_kind_is_kept_as_its_task_writes_it(tmp_path, kind, labels, kept):
    asked = engine(**KINDS[kind])
    with labelling(tmp_path, engine=asked) as client:
        person = Person(client)
        said = person.mark(person.rows()[0], *labels, note="claro")
        assert (said.status, said.json["label"]) == (200, kept)
    with opened(tmp_path, asked) as store:
        (found,) = store.corrections().agreed
    assert (found.label, found.who, found.note, found.reason) == (kept, ("Ana",), "claro", "unsure")


def test_a_label_that_is_none_is_refused_in_the_language_of_whoever_asks(tmp_path):
    for kind, labels, word in (
        ("single_label", ["mastites"], "new_label"),
        ("single_label", ["Mastite"], "label"),
        ("single_label", [], "labels"),
        ("single_label", ["a", "b"], "labels"),
        ("multi_label", ["a|b"], "label"),
        ("ordinal", ["5"], "label"),
        ("number", ["muito"], "number"),
        ("number", ["nan"], "number"),
        ("number", ["1_000"], "number"),
    ):
        with labelling(tmp_path / kind, engine=engine(**KINDS[kind])) as client:
            person = Person(client)
            (row, *_) = person.rows()
            assert code(person.mark(row, *labels)) == (422, word), (kind, labels)
            assert person.rows(have=[])[0]["marks"] == []
    with labelling(tmp_path / "pt", engine=engine()) as client:
        person = Person(client)
        (row, *_) = person.rows()
        assert "mastite" in person.mark(row, "mastites").json["error"]["message"]


def test_a_new_class_is_taken_where_it_is_meant_and_known_from_then_on(tmp_path, of_subjects):
    with labelling(tmp_path, engine=of_subjects) as client:
        ana, bia = Person(client), Person(client, "Bia")
        (row, *_) = ana.rows()
        assert ana.mark(row, "geada", new=True).json["labels"] == [*SUBJECTS, "geada"]
        (other, *_) = bia.rows()
        assert bia.mark(other, "geada").status == 200
    with labelling(tmp_path, engine=of_subjects) as client:
        assert client.get("/model").json["labels"] == [*SUBJECTS, "geada"]


def test_what_is_labelled_is_not_shown_again_and_what_is_skipped_to_others_alone(tmp_path, of_subjects):
    with labelling(tmp_path, engine=of_subjects, rows=rows_of(of_subjects, 2)) as client:
        ana, bia = Person(client), Person(client, "Bia")
        first, second = ana.rows()
        assert ana.mark(first, "mastite").status == 200
        assert ana.mark(second, skip=True).json["label"] is None
        assert ana.next() == {"rows": [], "elsewhere": 0, "done": [], "labels": SUBJECTS}
        assert [each["row"] for each in bia.rows()] == [second["row"]]


def test_a_row_that_somebody_is_shown_is_given_to_others_later(tmp_path, of_subjects):
    with labelling(tmp_path, engine=of_subjects, rows=rows_of(of_subjects, 6)) as client:
        ana, bia = Person(client), Person(client, "Bia")
        mine, theirs = ana.rows(count=4), bia.next(count=4)
        assert {each["row"] for each in mine}.isdisjoint({each["row"] for each in theirs["rows"]})
        assert (len(theirs["rows"]), theirs["elsewhere"]) == (2, 4)
        other_tab = Person(client, "Ana", tab="of Ana, too")
        assert other_tab.next() == {"rows": [], "elsewhere": 6, "done": [], "labels": SUBJECTS}


def test_rows_of_equal_texts_are_labelled_once(tmp_path, of_subjects):
    some = rows_of(of_subjects, 2)
    twins = [some[0], some[1], type(some[0])(some[0].texts, some[0].cells, "outra.csv", 0, 2)]
    with labelling(tmp_path, engine=of_subjects, rows=twins) as client:
        person = Person(client)
        assert len(person.rows()) == 2
        assert client.get("/progress").json["rows"] == 2


def test_two_people_may_say_different_things_until_one_settles_it(tmp_path, of_subjects):
    with labelling(tmp_path, engine=of_subjects) as client:
        ana, bia = Person(client), Person(client, "Bia")
        (row, *_) = ana.rows()
        ana.mark(row, "mastite")
        bia.mark(row, "colheita")
        assert bia.next(have=[row["row"], 10**6])["done"] == [row["row"]]
        (conflict,) = client.get("/conflicts").json["rows"]
        assert [(each["who"], each["label"]) for each in conflict["marks"]] == [
            ("Ana", "mastite"),
            ("Bia", "colheita"),
        ]
        assert client.get("/progress").json["conflicts"] == 1
        assert bia.mark(row, "mastite", settles=True).status == 200
        assert client.get("/conflicts").json["rows"] == []
        assert client.get("/progress").json["labelled"] == 1


def test_who_says_again_what_somebody_has_settled_otherwise_is_heard(tmp_path, of_subjects):
    with labelling(tmp_path, engine=of_subjects) as client:
        ana, bia = Person(client), Person(client, "Bia")
        (row, *_) = ana.rows()
        first = ana.mark(row, "mastite").json
        bia.mark(row, "colheita", settles=True)
        assert client.get("/progress").json["conflicts"] == 0
        assert ana.mark(row, "mastite").json["mark"] != first["mark"]
        assert client.get("/progress").json["conflicts"] == 1


def test_of_equal_texts_one_row_is_spoken_of_however_it_is_come_upon(tmp_path, of_subjects):
    one, other = rows_of(of_subjects, 2)
    twins = [one, other, replace(one, position=7, line=9)]
    with labelling(tmp_path, engine=of_subjects, rows=twins) as client:
        ana, bia, caio = Person(client), Person(client, "Bia"), Person(client, "Caio")
        (row, _) = ana.rows()
        asked = {"place": 2, "key": row["key"], "who": "Bia", "tab": "Bia"}
        (twin,) = client.post("/open", asked).json["rows"]
        ana.mark(row, "mastite")
        bia.mark(twin, "colheita")
        assert client.get("/progress").json["conflicts"] == 1
        bia.undo()
        ana.undo()
        assert [each["row"] for each in caio.rows(order="random")] == [row["row"]]


def test_what_was_skipped_stays_so_whatever_becomes_of_a_row_of_the_same_texts():
    standing = Standing()
    standing.follow(1, "key", [Mark(1, 1, None, "Ana", "")])
    standing.follow(2, "key", [Mark(2, 2, "mastite", "Ana", "", undone=True)])
    assert standing.is_skipped("key", "Ana")
    standing.follow(1, "key", [Mark(1, 1, None, "Ana", "", undone=True)])
    assert not standing.is_skipped("key", "Ana")


def test_a_mark_that_is_sent_twice_counts_once_also_after_a_new_start(tmp_path, of_subjects):
    with labelling(tmp_path, engine=of_subjects) as client:
        person = Person(client)
        (row, *_) = person.rows()
        first = person.mark(row, "mastite", id="a")
        assert person.mark(row, "mastite", id="a").json == first.json
    with labelling(tmp_path, engine=of_subjects) as client:
        assert Person(client).mark(row, "mastite", id="a").json["mark"] == first.json["mark"]
    with opened(tmp_path, of_subjects) as store:
        assert len(store.marks()) == 1


def test_undo_takes_back_the_last_mark_of_a_person_once_however_often_it_is_sent(tmp_path, of_subjects):
    with labelling(tmp_path, engine=of_subjects) as client:
        ana, bia = Person(client), Person(client, "Bia")
        first, second, *_ = ana.rows()
        one, two = ana.mark(first, "mastite").json, ana.mark(second, "colheita").json
        bia.mark(bia.rows()[0], "mastite")
        assert code(ana.undo(mark=one["mark"])) == (409, "not_last")
        back = ana.undo(mark=two["mark"], id="u").json
        assert (back["label"], back["row"]["row"], back["row"]["marks"]) == ("colheita", second["row"], [])
        assert ana.undo(mark=two["mark"], id="u").json == back
        assert ana.undo(mark=two["mark"], id="another").json["mark"] == two["mark"]
        assert [each["row"] for each in ana.rows(count=1)] == [second["row"]]
        assert ana.undo().json["mark"] == one["mark"]
        assert code(ana.undo()) == (409, "nothing")
        assert client.get("/progress").json["labelled"] == 1


def test_many_at_once_lose_nothing(tmp_path, of_subjects):
    with labelling(tmp_path, engine=of_subjects, rows=rows_of(of_subjects, 40)) as client:

        def work(person):
            while rows := person.rows(count=2):
                for row in rows:
                    assert person.mark(row, "mastite").status == 200

        people = [Person(client, f"P{number}") for number in range(4)]
        threads = [threading.Thread(target=work, args=[each]) for each in people]
        for each in threads:
            each.start()
        for each in threads:
            each.join()
        told = client.get("/progress").json
    assert (told["labelled"], told["left"], told["conflicts"]) == (40, 0, 0)
    assert sum(n for _, n in told["by_who"]) == 40


def test_rows_are_found_by_their_words_and_opened(tmp_path, of_subjects):
    with labelling(tmp_path, engine=of_subjects) as client:
        found = client.get("/search?q=CREDITO%20pergunta%207").json
        assert [each["place"] for each in found["rows"]] == [7, 17, 27, 37]
        assert found["rows"][0]["texts"] == list(rows_of(of_subjects)[7].texts)
        ask = {"place": 7, "key": found["rows"][0]["key"], "who": "Ana", "tab": "1"}
        (row,) = client.post("/open", ask).json["rows"]
        assert (row["texts"], row["reason"]) == (found["rows"][0]["texts"], "search")
        assert code(client.post("/open", {**ask, "place": 8})) == (404, "row")
        assert code(client.post("/open", {**ask, "place": 4000})) == (404, "row")
        assert code(client.get("/search?q=")) == (422, "search")
        assert code(client.get("/search?q=" + "a" * 300)) == (422, "search")


def test_all_labels_are_taken_along_as_a_table(tmp_path, of_subjects):
    with labelling(tmp_path, engine=of_subjects) as client:
        person = Person(client)
        person.mark(person.rows()[0], "mastite", note="=1+1")
        csv, xlsx = client.get("/file.csv"), client.get("/file.xlsx")
    assert 'filename="corrections.csv"' in csv.headers["content-disposition"]
    assert "mastite" in csv.body.decode("utf-8-sig")
    assert ";=1+1" not in csv.body.decode("utf-8-sig")  # which a spreadsheet would run
    assert xlsx.body.startswith(b"PK")


def test_a_workbook_is_offered_where_there_is_what_writes_it(tmp_path, of_subjects, monkeypatch):
    with labelling(tmp_path, engine=of_subjects) as client:
        assert client.get("/model").json["files"] == ["csv", "xlsx"]
        monkeypatch.setattr("finetune.commands.label.download.have", lambda package: False)
        assert client.get("/model").json["files"] == ["csv"]
        assert b"file.csv" in client.get("/").body
        assert b"file.xlsx" not in client.get("/").body
        assert code(client.get("/file.xlsx")) == (404, "kind")


HOSTILE = "<script>alert(1)</script>\u202e\x00<img src=x onerror=alert(2)>"


def test_hostile_texts_names_and_notes_are_data(tmp_path, of_subjects):
    some = [type(each)((HOSTILE + "a" * 100_000,), {"texto": HOSTILE}, HOSTILE, 0, 2, HOSTILE) for each in rows_of(of_subjects, 1)]  # fmt: skip
    with labelling(tmp_path, engine=of_subjects, rows=some) as client:
        person = Person(client, "<b>Ana</b> & 'Bia'")
        (row,) = person.rows()
        assert row["texts"][0].startswith(HOSTILE)
        assert person.mark(row, "mastite", note=HOSTILE).status == 200
        (again,) = client.post("/open", {"place": 0, "key": row["key"], "who": "A", "tab": "1"}).json["rows"]
        assert again["marks"][0]["who"] == "<b>Ana</b> & 'Bia'"
        assert "\u202e" not in again["marks"][0]["note"]
        assert b"<script>alert" not in client.get("/").body


def test_what_is_not_of_the_form_is_told_so_and_nothing_is_kept(tmp_path, of_subjects):
    with labelling(tmp_path, engine=of_subjects) as client:
        person = Person(client)
        (row, *_) = person.rows()
        for others, status, word in (
            ({"who": ""}, 422, "who"),
            ({"who": "a" * 81}, 422, "who"),
            ({"who": "A\u202eb"}, 422, "who"),
            ({"note": "a" * 2001}, 413, "note"),
            ({"row": 10**6}, 404, "row"),
            ({"row": 10**30}, 422, "form"),
            ({"row": -1}, 422, "form"),
            ({"row": "1"}, 422, "form"),
            ({"key": "another"}, 404, "row"),
            ({"id": ""}, 422, "form"),
            ({"id": "a" * 65}, 422, "form"),
            ({"labels": "mastite"}, 422, "form"),
            ({"labels": ["a" * 201], "new": True}, 422, "label"),
            ({"labels": ["a\u202eb"], "new": True}, 422, "label"),
            ({"labels": [" "], "new": True}, 422, "label"),
            ({"other": 1}, 422, "form"),
        ):
            body = {"id": "x", "row": row["row"], "key": row["key"], "labels": ["mastite"], "who": "Ana"}
            assert code(client.post("/marks", {**body, **others})) == (status, word), others
        assert code(client.post("/next", {"who": "Ana", "tab": "1", "order": "other"})) == (422, "order")
        assert code(client.ask("POST", "/marks", b"{", JSON)) == (400, "no_json")
        assert code(client.ask("POST", "/marks", b"a" * 5_000_000, JSON)) == (413, "too_large")
        assert code(client.get("/file.exe")) == (404, "kind")
        assert client.get("/progress").json["labelled"] == 0
        pt = client.post("/marks", {}, **{"Accept-Language": "pt"})
        assert code(pt) == (422, "form")


def test_strangers_are_kept_out_as_of_the_other_page(tmp_path, of_subjects):
    with labelling(tmp_path, engine=of_subjects, token=TOKEN) as client:
        wanted = {"who": "Ana", "tab": "1"}
        assert code(client.post("/next", wanted)) == (401, "token")
        assert code(client.get("/file.csv")) == (401, "token")
        assert code(client.get("/progress", Host="mal.example")) == (403, "host")
        right = {"Authorization": f"Bearer {TOKEN}"}
        assert code(client.post("/next", wanted, Origin="http://mal.example", **right)) == (403, "origin")
        assert client.post("/next", wanted, **right).status == 200
        page = client.get("/")
        assert page.status == 200
        assert b"ferrugem" not in page.body
        assert b"mastite" in client.get("/", **right).body
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert client.get("/page.js").status == client.get("/page.css").status == 200


def test_what_more_is_worth_is_counted_beside_the_requests(tmp_path, of_subjects):
    begun, may_end = threading.Event(), threading.Event()

    def worth(found):
        begun.set()
        assert may_end.wait(30)
        return f"100 more: {len(found.agreed)} are there"

    with labelling(tmp_path, engine=of_subjects, worth=worth) as client:
        assert client.get("/progress").json["worth"] == {"state": "counting", "text": None}
        assert begun.wait(30)
        assert client.get("/progress").json["worth"]["state"] == "counting"
        may_end.set()
        while (told := client.get("/progress").json["worth"])["state"] == "counting":
            pass
        assert told == {"state": "known", "text": "100 more: 0 are there"}


def test_a_disk_that_is_full_keeps_nothing_and_says_so(tmp_path, of_subjects, monkeypatch):
    from finetune.corrections import store as of_store
    from finetune.errors import DiskError

    with labelling(tmp_path, engine=of_subjects) as client:
        person = Person(client)
        (row, *_) = person.rows()

        def full(*_):
            raise DiskError("{file} cannot be written", file="c.sqlite")

        monkeypatch.setattr(of_store, "_added", full)
        said = person.mark(row, "mastite", id="a")
        assert code(said) == (503, "disk")
        assert said.headers["retry-after"] == "5"
        monkeypatch.undo()
        assert person.mark(row, "mastite", id="a").status == 200
