"""Whatever is sent to the page that labels, it is refused in a sentence, nothing is kept, and others are answered."""

import pytest

from finetune.commands.label.words import STEERING
from tests.labelling import KINDS, engine, labelling, opened

VALUES = [
    None, True, -1, 2**63, 10**400, 1.5, "", " ", "\x00", "\ud800", "\u202e", "a" * 100_000, "🐄" * 200, "1e999", "٣",
    [], [[]], {}, ["a"] * 3000, ["\ud800"], ["\x00"], [None], {"a": {}}, "__proto__", "|", ["|"], "'; DROP TABLE mark; --",
]  # fmt: skip


def bodies():
    """Every address with a body that it takes."""
    row = {"row": 1, "key": "0" * 32}
    said = {
        "id": "i",
        **row,
        "labels": ["mastite"],
        "skip": False,
        "note": "",
        "who": "Ana",
        "settles": False,
    }
    return {
        "/next": {"order": "unsure", "who": "Ana", "tab": "t", "have": [], "count": 2},
        "/open": {"place": 0, "key": "0" * 32, "who": "Ana", "tab": "t"},
        "/marks": {**said, "new": False, "tab": "t"},
        "/undo": {"id": "i", "who": "Ana", "mark": 1},
    }


@pytest.mark.parametrize("kind", ["single_label", "multi_label", "number"])
def test_nonsense_is_refused_and_nothing_of_it_is_kept(tmp_path, capsys, kind):
    asked = engine(**KINDS[kind])
    with labelling(tmp_path, engine=asked) as client:
        (row, *_) = client.post("/next", {"who": "Ana", "tab": "t"}).json["rows"]
        for path, body in bodies().items():
            for name in body:
                for value in VALUES:
                    whole = {"row": row["row"], "key": row["key"]} if path == "/marks" else {}
                    said = client.post(
                        path, {**body, **whole, name: value, "extra" if name == "tab" else name: value}
                    )
                    assert said.status in (200, 404, 409, 413, 422), (path, name, value, said.body)
                    if said.status != 200:
                        assert said.json["error"]["message"], (path, name, value)
        for path in (
            "/search?q=%00",
            "/search?q=%ED%A0%80",
            "/search",
            "/file.",
            "/file.%00",
            "/file.csv/..",
            "//next",
        ):
            assert client.get(path).status in (200, 404, 422), path
        assert client.get("/progress").status == 200
    assert "a request failed" not in capsys.readouterr().err
    with opened(tmp_path, asked) as store:
        for mark in store.marks():
            assert not STEERING.search(f"{mark.who} {mark.label} {mark.note}")
            assert mark.who.strip()
