"""docs/measured/scaling.md holds what scripts/bench/scaling_table.py works out, and that is worked out rightly."""

import re
from dataclasses import asdict

import pytest


@pytest.fixture
def scaling(script):
    return script("bench/scaling_table")


@pytest.fixture
def gpu(script, scaling):
    """What step.py would have written on a GPU that follows a rule; the largest step did not fit."""
    rule = scaling.Rule(0.9, 2e-8, 2.5, 4e-9, 1e-10)
    batches = script("bench/shapes").TOKENS
    cells = [cell for size in scaling.SHAPES for cell in scaling.cells_of(size, batches)]
    for cell in cells:
        cell |= {"ms": rule.ms(cell), "ms_update": 1.0, "ms_min": 1.0, "ms_max": 2.0, "peak_gib": 1.0}
    del cells[-1]["ms"]
    cells[-1]["failed"] = "does not fit"
    machine = {
        "device": "cuda",
        "name": "a GPU",
        "precision": "bf16-mixed",
        "torch": "2",
        "transformers": "5",
        "limit_tflops": 700.0,
    }
    return {"machine": machine, "rule": asdict(rule), "cells": cells}


def rows_of(table):
    """The cells of a table in Markdown, by the first of each line."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return {" ".join(line[:2]) if "ddp" in line[0] or "fsdp2" in line[0] else line[0]: line for line in lines}


def test_the_document_holds_the_tables(scaling):
    text = scaling.DOCUMENT.read_text(encoding="utf-8")
    assert set(re.findall(r"<!-- table: (\w+) -->", text)) == set(scaling.TABLES)
    assert scaling.filled(text, scaling.measurements()) == text, (
        "python scripts/bench/scaling_table.py --write"
    )


def test_a_document_is_filled_in(scaling, gpu):
    text = "a\n<!-- table: tokens -->\nold\n<!-- end -->\nb\n<!-- table: cards -->\n<!-- end -->\n"
    without = scaling.filled(text, [])
    assert without.startswith(f"a\n<!-- table: tokens -->\n{scaling.TODO}\n<!-- end -->\nb\n")
    with_gpu = scaling.filled(without, [gpu])
    assert scaling.TODO not in with_gpu
    assert scaling.filled(with_gpu, [gpu]) == with_gpu


def test_the_backward_pass_hides_what_is_not_longer(scaling, gpu):
    link = scaling.Link("made up", 1.0, "")
    ms, passes, was_measured = scaling.step_of(gpu, "base", "64x128")
    assert was_measured
    assert not scaling.step_of(gpu, "xxl", "64x128")[2]
    assert ms - passes == pytest.approx(2e-8 * scaling.parameters_of(scaling.SHAPES["base"]))
    tokens = scaling.hidden_from(gpu, "base", link)
    rows = int(tokens.replace(",", "")) // 128
    rule = scaling.Rule(**gpu["rule"])
    needed = scaling.added_ms("base", "ddp", link)
    shorter, longer = (scaling.cells_of("base", [f"{int(rows * by)}x128"])[0] for by in (0.9, 1.1))
    assert 2 / 3 * rule.passes(shorter) < needed < 2 / 3 * rule.passes(longer)


def test_shares_are_told_for_every_run(scaling, gpu):
    rows = rows_of(scaling.share([gpu]))
    ms, passes, _ = scaling.step_of(gpu, "large", "16x128")
    link = next(link for link in scaling.LINKS if link.name == "100 GbE")
    place = 3 + scaling.LINKS.index(link)
    whole = scaling.added_ms("large", "ddp", link)
    seen = whole - 2 / 3 * passes
    expected = f"{100 * whole / (ms + whole):.0f} / {100 * seen / (ms + seen):.0f}"
    assert rows["large, ddp 16 x 128"][place] == expected
    assert rows["xxl, ddp 64 x 128"][2].endswith("(rule)")
    assert len(rows) == 2 + len(scaling.RUNS) * len(scaling.STEPS)


def test_the_kept_bytes_are_those_of_float32(scaling):
    alone, ddp, fsdp = scaling.kept_bytes("base")
    parameters, embeddings = scaling.parameters_of(scaling.SHAPES["base"]), (30_000 + 514) * 768
    assert alone == 16 * parameters + 4 * embeddings
    assert ddp - alone == 4 * parameters
    assert alone / 8 < fsdp < alone / 2


@pytest.mark.parametrize(
    ("value", "shown"), [(0.336, "0.34"), (2.0, "2"), (18.74, "18.7"), (303.3, "303"), (15_912, "15,900")]
)
def test_three_digits_are_shown(scaling, value, shown):
    assert scaling.number(value) == shown
