"""What scripts/bench/step.py makes of its measurements, and that it measures. No time is asserted."""

import json

import pytest
import torch


@pytest.fixture(scope="module")
def bench(script):
    return script("bench/step")


@pytest.fixture
def few(script, bench, monkeypatch):
    """The script with as few repeats as can be."""
    device = script("bench/device")
    monkeypatch.setattr(device, "WARM_UP", 1)
    monkeypatch.setattr(device, "LEAST_STEPS", 2)
    monkeypatch.setattr(device, "matmul_limit", lambda device, precision: 1.0)
    return bench


def test_a_tiny_model_is_measured_told_and_kept(few, tmp_path, capsys):
    kept = tmp_path / "step.json"
    few.main(
        [
            *("--device", "cpu", "--precision", "32-true", "--seconds", "0"),
            *("--sizes", "2x64", "--tokens", "2x16", "4x8", "--json", str(kept)),
        ]
    )
    shown = capsys.readouterr().out
    lines = [line for line in shown.splitlines() if line.startswith("| 2x64")]
    assert [line.split("|")[4].strip() for line in lines] == ["2 x 16", "4 x 8"]
    assert "ms = max(" in shown
    assert "at most" in shown
    found = json.loads(kept.read_text())
    assert found["machine"]["device"] == "cpu"
    assert found["machine"]["precision"] == "32-true"
    assert set(found["rule"]) == {"per_layer", "per_parameter", "per_tflop", "per_activation", "per_score"}
    first = found["cells"][0]
    assert first["tokens"] == 32
    assert 0 < first["ms_min"] <= first["ms"] <= first["ms_max"]
    # its 31,000 x 64 embeddings in float32, and 16 bytes for each parameter that learns
    assert first["peak_gib"] * few.GIB > 4 * 30_512 * 64 + 16 * first["parameters"]
    assert few.as_json(found) == kept.read_text()


def test_what_does_not_fit_is_told_and_the_next_is_measured(few, capsys, monkeypatch):
    real = few.measure

    def too_large(model, optimizer, batch, *more):
        if len(batch["labels"]) == 4:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 1 TiB.")
        if len(batch["labels"]) == 5:
            raise RuntimeError("a | b\nmore")
        return real(model, optimizer, batch, *more)

    monkeypatch.setattr(few, "measure", too_large)
    few.main(["--device", "cpu", "--seconds", "0", "--sizes", "1x64", "--tokens", "4x8", "5x8", "2x8"])
    lines = [line.split("|") for line in capsys.readouterr().out.splitlines() if line.startswith("| 1x64")]
    assert lines[0][5].strip() == "does not fit"
    assert lines[1][5].strip() == "failed: a / b"
    assert "to" in lines[2][5]


def test_a_model_that_does_not_fit_is_told(few, capsys, monkeypatch):
    def too_large(*_):
        raise RuntimeError("[enforce fail] DefaultCPUAllocator: not enough memory: you tried to allocate ...")

    monkeypatch.setattr(few, "build", too_large)
    few.main(["--device", "cpu", "--sizes", "xxl", "--tokens", "2x8"])
    assert "| xxl | 36 x 2560 | 2,838.9 M | 2 x 8 | does not fit |" in capsys.readouterr().out


def test_the_parameters_that_learn_are_those_that_are_counted(script, bench):
    shapes = script("bench/shapes")
    shape = shapes.Shape(2, 64, 1)
    model = bench.build(shape, torch.device("cpu"), 16)
    assert sum(p.numel() for p in model.parameters() if p.requires_grad) == shapes.parameters_of(shape)
    groups = bench.optimizer_of(model).param_groups
    assert sum(p.numel() for group in groups for p in group["params"]) == shapes.parameters_of(shape)
    assert {group["name"] for group in groups} >= {"head", "layer_1", "layer_2"}


@pytest.mark.parametrize("name", ["huge", "12", "12x", "axb"])
def test_a_size_that_is_none_is_told_before_anything_is_measured(few, name):
    with pytest.raises(SystemExit, match=r"neither one of mini, small, .* nor two numbers such as 16x128"):
        few.main(["--device", "cpu", "--sizes", name])
