"""The worker as the page knows it: what it says where a part is damaged, and that it leaves what nobody waits for."""

import pytest

from finetune.page import said
from tests.finetune.page.offline.in_node import NEEDED, asked, parts_of, told
from tests.served_folders import NEEDED as PACKAGES

for _package in PACKAGES:
    pytest.importorskip(_package, reason="pip install -e '.[serve,onnx]'")
pytestmark = NEEDED

WORDS = {"weighing_of": "{done} de {all}", "too_long": "mais de {most}"}
NO_MEMORY = "WebAssembly.instantiate = () => Promise.reject(new RangeError('could not allocate memory'));"
DAMAGED = {
    "network cut": "damaged",
    "network empty": "damaged",
    "network of no classifier": "network",
    "tokenizer of another kind": "damaged",
    "tokenizer no JSON": "damaged",
    "words cut": "damaged",
    "words gone": "damaged",
    "task of somebody's own": "damaged",
}


def sessions(folders, scratch):
    """What is started, one after the other in one worker, and what is asked then."""
    whole, words = parts_of(folders / "single_label", scratch), parts_of(folders / "words", scratch)
    network = (folders / "single_label" / "model.onnx").read_bytes()

    def file(name, content, **how):
        (scratch / name).write_bytes(content)
        return {"file": str(scratch / name), **how}

    damaged = [
        whole | {"network": file("cut.onnx", network[:500])},
        whole | {"network": file("empty.onnx", b"")},
        whole | {"network": file("hidden.onnx", network.replace(b"logits", b"hidden"))},
        whole | {"tokenizer": "{}"},
        whole | {"tokenizer": "<html>"},
        words | {"words": file("words.cut", b"\x05\0\0\0{}")},
        words | {"words": None},
        whole | {"described": {**whole["described"], "task": "own:task"}},
    ]
    texts = {"texts": ["boi gordo no pasto"] * 1000}
    leaving = [
        {**asked("predict", texts), "abort": True},
        asked("predict", {"text": "boi"}),
        asked("nowhere"),
    ]
    spoken = whole | {"said": said.offline() | WORDS, "language": "pt-BR"}
    told_in = [asked("explain", {"text": "boi vaca leite"}), asked("predict", {"text": "a" * 100_001})]
    long = whole | {"facts": {"model": "demo-1", "limits": {"characters": 2_000_000}}}
    megabytes = [asked("predict", {"text": text}) for text in ("boi gordo " * 120_000, "😀" * 600_000)]
    template = parts_of(folders / "template", scratch, limits={"characters": 20})
    of_columns = {"estado": "PR", "texto": "soja e boi"}
    made, long_made = "PR: soja e boi", f"PR: {'soja e boi ' * 2_000}"
    as_kept = [
        asked("predict", {"rows": [of_columns], "probabilities": True}),
        asked("answers", {"rows": [[made], [" \u200b"], [long_made]]}),
        asked("predict", {"rows": [{"estado": "PR", "texto": long_made}]}),
    ]
    return [
        *({"start": start} for start in damaged),
        {"start": whole, "asked": leaving},
        {"start": spoken, "asked": told_in},
        {"start": long, "asked": megabytes},
        {"start": template, "asked": as_kept},
    ]


@pytest.fixture(scope="module")
def found(folders, tmp_path_factory):
    scratch = tmp_path_factory.mktemp("worker")
    return told(scratch, *sessions(folders, scratch))


def test_what_is_damaged_is_told(found):
    failed = [each["failed"] for each in found[: len(DAMAGED)]]
    assert {name: each["code"] for name, each in zip(DAMAGED, failed, strict=True)} == DAMAGED
    assert all(each["text"] for each in failed)


def test_who_goes_away_is_told_nothing_and_waited_for_by_nobody(found):
    left, answered, nowhere = found[len(DAMAGED)]["answers"]
    assert left == {"id": 0, "aborted": True}
    assert answered["json"]["answers"][0]["label"]
    assert (nowhere["status"], nowhere["json"]["error"]["code"]) == (404, "not_found")


def test_it_says_how_far_it_is_in_the_words_and_marks_of_the_page(found):
    session = found[len(DAMAGED) + 1]
    assert session["waiting"][-1] == "4 de 4"
    assert session["answers"][1]["json"]["error"]["message"] == "mais de 100.000"


def test_a_text_of_a_megabyte_is_answered(found):
    assert [each["status"] for each in found[len(DAMAGED) + 2]["answers"]] == [200, 200]


def test_texts_as_they_are_kept_are_answered_without_the_template_and_at_any_length(found):
    of_columns, as_kept, too_long = found[len(DAMAGED) + 3]["answers"]
    made, nothing, long = as_kept["json"]["answers"]
    assert [made] == of_columns["json"]["answers"]
    assert nothing == {"empty": True}
    assert long["label"]
    assert too_long["status"] == 413


def test_a_device_that_cannot_is_told(folders, tmp_path):
    start = parts_of(folders / "single_label", tmp_path)
    (failed,) = told(tmp_path, {"start": start}, before=NO_MEMORY)
    assert failed["failed"]["code"] == "memory"
