from __future__ import annotations

import json
from dataclasses import fields

from callbacks.hardware.memory_estimate import Estimate
from callbacks.hardware.plan_record import record
from callbacks.language.which import speaking
from tests.callbacks.hardware.test_plan_report import VARIANTS, make_plan


def test_the_record_is_plain_json_with_all_of_it_whoever_reads_it() -> None:
    with speaking("pt"):
        found = json.loads(json.dumps(record(make_plan())))
    assert found["estimate"]["peak_gib"] == 4.25
    assert {name.name.replace("_bytes", "_gib") for name in fields(Estimate)} <= set(found["estimate"])
    assert found["plan"]["precision"]["decided_by"] == "HardwareTier: the card has bf16 (16 bits)"
    assert found["plan"]["precision"]["told"]["pt"] == "HardwareTier: a placa tem bf16 (16 bits)"
    assert found["machine"]["device_total_gib"] == 8
    assert [line["what"] for line in found["tier"]["requirements"]] == ["cores", "memory", "gpu_memory"]
    assert record(make_plan(**VARIANTS["no estimate"]))["no_estimate"].startswith(
        "no estimate: the module has no"
    )
