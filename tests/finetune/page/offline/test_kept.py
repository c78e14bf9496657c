"""The files of others that a page carries: what they are is written beside them, and they are what is written."""

import hashlib
import json
from importlib.resources import files

from tests.finetune.page.offline.in_node import KEPT


def test_what_is_kept_of_others_is_what_is_said_of_it():
    said = json.loads((KEPT / "kept.json").read_text(encoding="utf-8"))["kept"]
    sums = {name: each for part in said for name, each in part["sha256"].items()}
    there = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in KEPT.iterdir()}
    there.pop("kept.json")
    assert there == sums
    for part in said:
        assert part["license"] in ("MIT", "Apache-2.0")
        assert any(name.endswith(".LICENSE") for name in part["sha256"])
        assert f"{part['name']}@{part['version']}" in _recipe()


def _recipe() -> str:
    return (KEPT.parents[3] / "scripts" / "web.sh").read_text(encoding="utf-8")


def test_no_part_of_a_script_ends_the_page_that_it_stands_in():
    script = files("finetune.page.offline")
    for path in (*script.joinpath("kept").iterdir(), *script.joinpath("engine").iterdir()):
        if path.name.endswith(".js"):
            assert "</script" not in path.read_text(encoding="utf-8").lower()
