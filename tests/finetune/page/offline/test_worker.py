"""The worker as the page knows it: what it says where a part is damaged, and that it leaves what nobody waits for."""

import json

import pytest

from finetune.page import said
from tests.finetune.page.offline.in_node import NEEDED, asked, parts_of, told

pytestmark = NEEDED


@pytest.fixture
def part(folders, tmp_path):
    """Starts of a model whose parts have been changed, and what they have instead."""

    def started(kind, **instead):
        start = parts_of(folders / kind, tmp_path)
        for name, content in instead.items():
            if isinstance(content, bytes):
                file = tmp_path / f"{name}.{len(list(tmp_path.iterdir()))}"
                file.write_bytes(content)
                content = {"file": str(file), "text": name == "tokenizer"}
            start[name] = content
        return {"start": start, "asked": [asked("model", method="GET")]}

    return started


def test_what_is_damaged_is_told_and_a_whole_model_is_started_all_the_same(part, folders, tmp_path):
    network = (folders / "single_label" / "model.onnx").read_bytes()
    described = json.loads((folders / "single_label" / "finetune.json").read_text(encoding="utf-8"))
    cases = [
        ("damaged", part("single_label", network=network[:500])),
        ("damaged", part("single_label", network=b"")),
        ("network", part("single_label", network=network.replace(b"logits", b"hidden"))),
        ("damaged", part("single_label", tokenizer=b"{}")),
        ("damaged", part("single_label", tokenizer=b"<html>")),
        ("damaged", part("words", words=b"\x05\0\0\0{}")),
        ("damaged", part("words", words=None)),
        ("damaged", part("single_label", described={**described, "task": "own:task"})),
    ]
    *found, last = told(tmp_path, *(start for _, start in cases), part("single_label"))
    assert [each["failed"]["code"] for each in found] == [code for code, _ in cases]
    assert {each["failed"]["text"] for each in found} == {
        said.offline()["damaged"],
        said.offline()["network"],
    }
    assert last["answers"][0]["json"]["model"] == "demo-1"


def test_a_browser_without_the_instructions_is_told(part, tmp_path):
    without = "WebAssembly.validate = () => false;"
    (failed,) = told(tmp_path, part("single_label"), before=without)
    assert failed["failed"] == {"code": "no_simd", "text": said.offline()["no_simd"]}
    hungry = "WebAssembly.instantiate = () => Promise.reject(new RangeError('could not allocate memory'));"
    (failed,) = told(tmp_path, part("single_label"), before=hungry)
    assert failed["failed"]["code"] == "memory"


def test_who_goes_away_is_told_nothing_and_waited_for_by_nobody(part, tmp_path):
    start = part("single_label")
    texts = {"texts": ["boi gordo no pasto"] * 1000}
    start["asked"] = [
        {**asked("predict", texts), "abort": True},
        asked("predict", {"text": "boi"}),
        asked("nowhere"),
    ]
    (found,) = told(tmp_path, start)
    assert found["answers"][0] == {"id": 0, "aborted": True}
    assert found["answers"][1]["json"]["answers"][0]["label"]
    assert (found["answers"][2]["status"], found["answers"][2]["json"]["error"]["code"]) == (404, "not_found")


def test_it_says_how_far_it_is_in_the_words_and_marks_of_the_page(part, tmp_path):
    start = part("single_label")
    words = {"weighing_of": "{done} de {all}", "too_long": "mais de {most}"}
    start["start"] |= {"said": said.offline() | words, "language": "pt-BR"}
    start["asked"] = [asked("explain", {"text": "boi vaca leite"}), asked("predict", {"text": "a" * 100_001})]
    (found,) = told(tmp_path, start)
    assert found["waiting"][-1] == "4 de 4"
    assert found["answers"][1]["json"]["error"]["message"] == "mais de 100.000"


def test_a_text_of_a_megabyte_is_answered(part, tmp_path):
    start = part("single_label")
    start["start"]["facts"]["limits"] = {"characters": 2_000_000}
    texts = ["boi gordo " * 120_000, "😀" * 600_000]
    start["asked"] = [asked("predict", {"text": text}) for text in texts]
    (found,) = told(tmp_path, start)
    assert [each["status"] for each in found["answers"]] == [200, 200]
