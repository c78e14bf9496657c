from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from callbacks.hardware import plan
from callbacks.hardware.machine import Device, Machine
from callbacks.hardware.memory_estimate import Estimate
from callbacks.hardware.plan import Decision, Plan
from callbacks.hardware.plan_report import WHY, markdown, nothing_fits, table
from callbacks.hardware.tiers import tier_of
from callbacks.language.which import languages, speaking

GIB = 2**30
ESTIMATE = Estimate(GIB // 2, GIB // 4, GIB // 2, 0, 3 * GIB)
CARD = Device("cuda", "NVIDIA GeForce RTX 4060 Laptop GPU", 8 * GIB, 7 * GIB, (8, 9), bf16=True)


def make_plan(**changes: Any) -> Plan:
    made = Plan(
        machine=Machine(CARD, 1, 16, 32 * GIB, 20 * GIB),
        tier=tier_of(changes.get("parameters", 110_000_000)),
        parameters=110_000_000,
        trainable=86_000_000,
        processes=1,
        precision=Decision("bf16-mixed", "auto", "card_bf16"),
        accumulation=Decision(4, "auto", "cut"),
        checkpointing=Decision(False, "auto", "not_needed"),
        budget_bytes=int(6.3 * GIB),
        effective_batch_size=32,
        step_rows=32,
        batch_shape=(8, 512),
        estimate=ESTIMATE,
        evaluation_bytes=GIB,
        eval_tokens=Decision(8192, "auto", "whole"),
        proved=True,
    )
    return replace(made, **changes)


EXPECTED = """\
machine   NVIDIA GeForce RTX 4060 Laptop GPU: 7.0 of 8.0 GiB free
          16 cores, memory 20.0 of 32.0 GiB free
tier      small (up to 500 million): 110.0 million parameters, 86.0 learn
                             advised        here
          cores                    8          16  enough
          memory               16 GB    32.0 GiB  enough
          GPU memory            8 GB     8.0 GiB  enough
plan                                decided by
  precision             bf16-mixed  HardwareTier: the card has bf16 (16 bits)
  micro-batches         4           HardwareTier: until it fits
  recompute activations no          HardwareTier: not needed
  evaluation tokens     8192        HardwareTier: the whole fits
step      32 rows in 4 micro-batches; the largest is 8 x 512
memory    4.25 GiB: weights 0.50, gradients 0.25, AdamW 0.50, activations 3.00
          1.00 GiB to evaluate up to 8,192 tokens (pieces of words) at once
          4.25 of the 6.30 GiB that the run may take: fits
          tried: the largest batch was run, and there was memory enough"""


def test_the_table() -> None:
    assert table(make_plan()) == EXPECTED


VARIANTS: dict[str, dict[str, Any]] = {
    "usual": {},
    "no GPU": {
        "machine": Machine(
            Device("cpu", "AMD EPYC 9R14 96-Core Processor", 24 * GIB, GIB), 0, 1.5, 2 * GIB, GIB
        ),
        "precision": Decision("bf16-mixed", "auto", "cpu_bf16"),
    },
    "eight cards": {
        "machine": Machine(replace(CARD, name="NVIDIA H100 80GB HBM3"), 8, 192, 2000 * GIB, 1900 * GIB),
        "processes": 8,
        "estimate": replace(ESTIMATE, buckets_bytes=GIB),
    },
    "does not fit": {
        "budget_bytes": GIB,
        "checkpointing": Decision(True, "auto", "needed"),
        "proved": None,
        "ways": {
            "accumulation": 5 * GIB,
            "checkpointing": 4 * GIB,
            "shorter": GIB,
            "lora": GIB,
            "adapters": GIB,
            "smaller": GIB,
        },
    },
    "top of a tier": {"parameters": 480_000_000},
    "large": {"parameters": 7_000_000_000},
    "adapters": {"lora": Decision(True, "auto", "full_does_not_fit"), "parameters": 7_000_000_000},
    "no adapters": {"lora": Decision(False, "auto", "takes_none")},
    "no estimate": {
        "estimate": None,
        "no_estimate": "no_training_loss",
        "batch_shape": None,
        "eval_tokens": None,
    },
    "all by the user": {
        "precision": Decision("transformer-engine", "trainer"),
        "accumulation": Decision(128, "callback"),
        "checkpointing": Decision(True, "callback"),
    },
}


@pytest.mark.parametrize("language", languages())
@pytest.mark.parametrize("name", VARIANTS)
def test_it_is_readable_at_80_columns_in_every_language(name: str, language: str) -> None:
    with speaking(language):
        lines = table(make_plan(**VARIANTS[name])).splitlines()
    assert max(map(len, lines)) <= 80, lines
    assert not any("{" in line for line in lines)


@pytest.mark.parametrize(
    ("processes", "parts", "text"),
    [
        (1, 1, "step      32 rows at once; the largest is 8 x 512"),
        (2, 1, "step      32 rows shared out to 2 processes; the largest part is 8 x 512"),
        (2, 4, "32 rows in 4 micro-batches on each of 2 processes; the largest is 8 x 512"),
    ],
)
def test_how_a_step_is_cut(processes: int, parts: int, text: str) -> None:
    made = make_plan(processes=processes, accumulation=Decision(parts, "auto", "whole"))
    assert text in " ".join(line if "step" in line else line.strip() for line in table(made).splitlines())


def test_the_top_of_a_tier_is_told_to_need_lora() -> None:
    text = " ".join(table(make_plan(parameters=480_000_000)).split())
    assert "All 480 million parameters with AdamW take 7.2 GiB before any activation" in text
    assert "fits its 8 GB card only with LoRA (--model.lora true)" in text
    assert "LoRA" not in table(make_plan())
    with_it = make_plan(parameters=480_000_000, lora=Decision(True, "model"))
    assert "only with LoRA" not in table(with_it)


def test_what_does_not_fit_is_said() -> None:
    text = table(make_plan(budget_bytes=GIB, proved=None))
    assert "4.25 of the 1.00 GiB that the run may take: DOES NOT FIT" in text
    # an evaluation that does not fit is no better
    assert "DOES NOT FIT" in table(make_plan(evaluation_bytes=7 * GIB, proved=None))


def test_one_of_a_kind_is_told_as_one() -> None:
    machine = Machine(Device("cpu", "x", 24 * GIB, GIB), 0, 1.0, 2 * GIB, GIB)
    one = make_plan(
        machine=machine, step_rows=1, accumulation=Decision(1, "auto", "whole"), batch_shape=(1, 8)
    )
    assert "x: 1 core, memory" in table(one)
    assert "step      1 row at once" in table(one)
    with speaking("pt"):
        assert "x: 1 núcleo, memória" in table(one)
        assert "passo     1 linha de uma vez" in table(one)


def test_what_python_said_stands_behind_our_own_words() -> None:
    failed = make_plan(estimate=None, no_estimate="fails", estimate_error="TypeError: no")
    assert "cannot be run without content (Python said: TypeError: no)" in " ".join(table(failed).split())
    with speaking("pt"):
        assert "(mensagem do Python, em inglês: TypeError: no)" in " ".join(table(failed).split())


def test_a_narrow_terminal_has_narrow_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "64")
    assert max(map(len, table(make_plan()).splitlines())) <= 64


def test_every_decision_of_a_precision_has_its_sentence() -> None:
    names = [name for name in vars(plan)["plan_precision"].__code__.co_consts if isinstance(name, str)]
    reasons = {name for name in names if name in WHY}
    assert reasons == {"card_bf16", "card_fp16", "card_old", "mps", "cpu_fp32", "cpu_bf16_slow", "cpu_bf16"}


def test_portuguese_numbers_have_a_comma_and_names_stay() -> None:
    machine = Machine(Device("cpu", "i7-9750H 2.60GHz", 24 * GIB, 9 * GIB), 0, 1.5, 24 * GIB, 9 * GIB)
    with speaking("pt"):
        text = table(make_plan(machine=machine))
    assert "i7-9750H 2.60GHz: 1,5 núcleos, memória 9,0 de 24,0 GiB livres" in text
    assert "4,25 dos 6,30 GiB" in text
    assert "4.25" not in text


def test_markdown_keeps_the_columns() -> None:
    lines = markdown(make_plan()).splitlines()
    assert len(lines) == len(EXPECTED.splitlines())
    assert all(line.startswith("    ") for line in lines)


def test_the_error_lists_the_ways_out_with_their_memory_the_least_first() -> None:
    told = nothing_fits(make_plan(ways={"smaller": 2 * GIB, "shorter": GIB}))
    text = str(told)
    assert "does not fit into the memory of NVIDIA GeForce RTX 4060 Laptop GPU" in text
    assert "steps in 4 micro-batches take about 4.25 GiB of the 6.30 GiB that the run may take" in text
    assert text.index("rows of half the length (a smaller max_length): 1.00 GiB") < text.index(
        "a model of half the size: about 2.00 GiB"
    )
    with speaking("pt"):
        assert "passos em 4 microlotes ocupam cerca de 4,25 GiB dos 6,30 GiB" in str(told)
        assert "O que ocupa menos: textos com metade do comprimento" in str(told)


@pytest.mark.parametrize(
    ("changes", "evaluating", "text"),
    [
        (
            {"proved": False},
            False,
            "steps in 4 micro-batches ran out of memory in a trial run and by the estimate take",
        ),
        (
            {"proved": False, "estimate": None},
            False,
            "steps in 4 micro-batches ran out of memory in a trial run.",
        ),
        ({"accumulation": Decision(1, "auto")}, False, "whole steps take about 4.25 GiB of the 6.30 GiB"),
        ({"proved": None}, True, "evaluation batches of one row take about 1.00 GiB of the 6.30 GiB"),
    ],
)
def test_the_error_says_what_was_tried_and_what_was_estimated(
    changes: dict[str, Any], evaluating: bool, text: str
) -> None:
    assert text in str(nothing_fits(make_plan(**changes), evaluating=evaluating))
