"""The arithmetic of scripts/prove/large_plans.py, held against networks of these shapes without content."""

from __future__ import annotations

import json

import pytest

from finetune.model.network import load_network
from finetune.tasks.single_label import single_label


@pytest.mark.parametrize("name", ["llama-3.2-3b", "qwen2.5-7b"])
def test_parameters_counted_by_hand_are_those_of_the_network(script, name, tmp_path):
    plans = script("prove/large_plans")
    (tmp_path / "config.json").write_text(json.dumps(plans.SHAPES[name]))
    network, _ = load_network(str(tmp_path), ["a", "b", "c"], single_label(), weightless=True)
    counted = plans.by_hand(plans.SHAPES[name])
    assert counted["all"] == network.num_parameters()
    assert counted["embeddings"] == network.get_input_embeddings().weight.numel()


def test_it_sees_other_sizes_than_by_hand(script):
    told = "tier ...\nmemory    43.8 GiB: weights 12.0, gradients 10.5, AdamW 21.0, activations 0.33\n"
    sizes = {"weights": 11.97, "gradients": 10.5, "AdamW": 21.0}
    tells = script("prove/large_plans").tells
    assert tells(told, sizes)
    assert not tells(told, sizes | {"AdamW": 10.5})
    assert not tells("memory    no estimate", sizes)
