"""The rows as they are served: every order there is, what the model says of each, and what is told at the end."""

import os
import shlex
import signal
import threading
from argparse import Namespace

import pytest

from finetune.commands.label import served as served_module
from finetune.commands.label.orders import NAMES
from finetune.commands.label.served import pool_of, served, tell_end
from finetune.web.listening import listening
from tests.labelling import KINDS, engine, opened, rows_of
from tests.serving import Client

CHOSEN = Namespace(order="unsure", who="Ana", host="127.0.0.1", allowed_hosts=[])


@pytest.mark.parametrize("kind", KINDS)
def test_the_rows_of_every_kind_are_there_in_every_order(tmp_path, kind):
    asked = engine(**KINDS[kind])
    with opened(tmp_path, asked) as store:
        pool = pool_of(rows_of(asked, 12), asked, task=store.identity.made_task, usual="mixed")
    assert set(pool.orders) == set(NAMES)
    assert pool.probabilities.shape == (12, len(asked.model.labels))
    assert len(pool.ordered("random")) == 12
    assert {reason for _, reason in pool.ordered("mixed")} <= set(NAMES)
    assert pool.places[pool.keys[3]] == 3


def test_the_end_tells_what_people_differ_on_and_its_command_can_be_copied(tmp_path, capsys):
    asked = engine()
    with opened(tmp_path / "minha pasta", asked) as store:
        first, second = store.take(rows_of(asked, 2), reason="")
        for number, label, who in (
            (first, "mastite", "Ana"),
            (first, "colheita", "Bia"),
            (second, "colheita", "Bia"),
        ):
            store.say(number, label=label, who=who)
        tell_end(store)
    out = capsys.readouterr().out
    assert (
        "1 row has several answers: it is left out of training until one of you settles it on the page" in out
    )
    assert shlex.split(out.splitlines()[-1])[2:] == [
        "--run",
        str(tmp_path / "minha pasta"),
        "--with",
        str(tmp_path / "minha pasta" / "corrections.sqlite"),
    ]


def test_it_is_served_until_ctrl_c_and_the_end_says_what_to_do_with_the_labels(tmp_path, capsys, monkeypatch):
    asked, said = engine(), []

    def label_one(port):
        client = Client(port, None, None, None)
        (row, *_) = client.post("/next", {"who": "Ana", "tab": "1"}).json["rows"]
        assert client.get("/model").json["who"] == "Ana"
        body = {"id": "a", "row": row["row"], "key": row["key"], "labels": ["mastite"], "who": "Ana"}
        said.append(client.post("/marks", body).status)
        os.kill(os.getpid(), signal.SIGINT)

    monkeypatch.setattr(served_module, "worth_of", lambda rows, task: lambda found: None)
    with opened(tmp_path, asked) as store, listening("127.0.0.1", 0, token=None, verb="label") as place:
        thread = threading.Thread(target=label_one, args=[place.getsockname()[1]])
        thread.start()
        with pytest.raises(KeyboardInterrupt):
            served(store, rows_of(asked, 12), asked, place, CHOSEN, token=None)
        thread.join()
    out = capsys.readouterr().out
    assert said == [200]
    assert "12 rows can be labelled" in out
    assert "1 row has a label now" in out
    assert f"finetune fit --run {tmp_path} --with {tmp_path / 'corrections.sqlite'}" in out
