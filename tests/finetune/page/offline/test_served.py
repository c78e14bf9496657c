"""A page answers by itself what the server answers of the same model: answers, words that weigh, and refusals."""

import json
from typing import Any

import pytest

from finetune.commands.serve.about import facts
from finetune.web.limits import Limits
from tests.finetune.page.offline.in_node import NEEDED, asked, parts_of, told
from tests.finetune.page.offline.odd import odd_strings
from tests.served_folders import KINDS
from tests.served_folders import NEEDED as PACKAGES
from tests.serving import serving

for _package in PACKAGES:
    pytest.importorskip(_package, reason="pip install -e '.[serve,onnx]'")
pytestmark = NEEDED

TEXTS = [
    "boi gordo no pasto",
    "a " * 200,
    "não 😀 ﬁ",
    "vaca " * 40,
    "O CAMINHÃO NÃO CHEGOU",
    "[SEP] boi [CLS]",
    "\ud83d a",
    "\u200b",
]
ROW = {"estado": "PR", "texto": "soja e boi", "titulo": "leite", "corpo": "preço do leite", "área": 12.5}
NO_MESSAGE = ("form",)  # the server names an address there


def questions() -> list[tuple[str, Any]]:
    pairs = [[one, other] for one, other in zip(TEXTS, TEXTS[::-1], strict=True)]
    odd = odd_strings(20, seed=5)
    bodies: list[Any] = [
        {"texts": TEXTS, "probabilities": True},
        {"texts": pairs, "probabilities": True},
        {"texts": odd, "probabilities": True},
        {"texts": [[one, other] for one, other in zip(odd, odd[::-1], strict=True)]},
        {"text": TEXTS[0]},
        {"text": pairs[0], "probabilities": True},
        {"texts": []},
        {"rows": [ROW, {**ROW, "texto": " 2024-01-05 00:00:00", "corpo": None}, {**ROW, "texto": None, "titulo": "", "corpo": ""}]},
        {"rows": [{**ROW, "texto": value, "titulo": value, "corpo": ""} for value in (1, 1.0, -0.0, 1e-5, 1.5e-7, 1e21, 0.1, True, 12345678.9)], "probabilities": True},
        {"rows": [{name: name for name in ROW}, {"Texto": "a", "ESTADO ": "b", "Título": "c", "córpo": "d"}]},
        {"rows": [{"x": "a"}]}, {"rows": [{"\ud83d": "a", "\u202eb": "c", "a" * 99: "d", "\x1b\t\n": "e"}]},
        {"rows": [{"x": "a", "y": "b"}]},
        {"rows": [{"texto": "\ufefftexto"}]},
        {"rows": [{}]},
        {"rows": [{"texto": ["a"]}]},
        {"rows": [{str(place): "a" for place in range(201)}]},
        {"texts": ["a"] * 1001},
        {"text": "a" * 100_001},
        {"text": "😀" * 50_001},
        {},
        [],
        None,
        {"text": 1},
        {"text": "a", "texts": ["b"]},
        {"text": "a", "language": "pt"},
        {"texts": [["a", "b", "c"]]},
        {"texts": "boi"},
    ]  # fmt: skip
    explained = [
        {"text": "o preço da  soja\tsubiu \u00a0 e o boi caiu"},
        {"text": ["o preço da soja", " e o boi "], "probabilities": True},
        {"text": "boi vaca leite soja " * 17},
        {"rows": [ROW]},
        {"text": " \u200b"},
        {"texts": ["a", "b"]},
    ]
    return [*(("predict", body) for body in bodies), *(("explain", body) for body in explained)]


@pytest.fixture(scope="module")
def both(request, folders, tmp_path_factory):
    """What the server and the page answer, by the kind."""
    from finetune.engines.opened import opened

    scratch, sessions, theirs = tmp_path_factory.mktemp("page"), [], {}
    for kind in KINDS:
        engine = opened(str(folders / kind), engine="auto", answer=None, root=scratch)
        place = scratch / kind
        place.mkdir()
        start = parts_of(folders / kind, place, **facts(engine, Limits()))
        sessions.append({"start": start, "asked": [asked(path, body) for path, body in questions()]})
        with serving(engine) as client:
            said = [
                client.post(f"/{path}", json.dumps(body).encode(), **{"Content-Type": "application/json"})
                for path, body in questions()
            ]
        theirs[kind] = [(each.status, each.json) for each in said]
    ours = told(scratch, *sessions)
    return {
        kind: (theirs[kind], [(each["status"], each["json"]) for each in session["answers"]])
        for kind, session in zip(KINDS, ours, strict=True)
    }


@pytest.mark.parametrize("kind", KINDS)
def test_a_page_answers_as_the_server(both, kind):
    theirs, ours = both[kind]
    for (path, body), (status, answer), (page_status, page) in zip(questions(), theirs, ours, strict=True):
        where = f"{path} {json.dumps(body)[:200]}"
        assert (page_status, "error" in page) == (status, "error" in answer), f"{where}: {answer} {page}"
        if "error" in answer:
            assert page["error"]["code"] == answer["error"]["code"], where
            if page["error"]["code"] not in NO_MESSAGE:
                assert page["error"]["message"] == answer["error"]["message"], where
        else:
            alike(page, answer, where)


def alike(ours: Any, theirs: Any, where: str) -> None:
    """Whether two answers are the same, but for the last digits of numbers."""
    if isinstance(theirs, dict):
        assert list(ours) == list(theirs), where
        for name in theirs:
            alike(ours[name], theirs[name], f"{where}: {name}")
    elif isinstance(theirs, list):
        assert len(ours) == len(theirs), where
        for one, other in zip(ours, theirs, strict=True):
            alike(one, other, where)
    elif isinstance(theirs, float):
        assert ours == pytest.approx(theirs, abs=1e-4 if where.endswith("confidence") else 1e-5), where
    else:
        assert ours == theirs, where


def test_most_questions_are_answered(both):
    """Else the pages could be alike in refusing."""
    for kind, (theirs, _) in both.items():
        assert sum(status == 200 for status, _ in theirs) > 4, kind
