import pytest
import torch
from lightning.pytorch.plugins.precision import MixedPrecision, Precision

from callbacks.hardware import precision
from callbacks.hardware.precision import cpu_has_bf16, precision_plugin, timed_speedup


@pytest.mark.parametrize(
    ("flags", "real"),
    [("fpu avx512f avx512_bf16 sse", True), ("fpu amx_bf16", True), ("fpu avx2 avx512f", False), ("", False)],
)
def test_the_processors_flags_decide(tmp_path, flags, real):
    cpuinfo = tmp_path / "cpuinfo"
    cpuinfo.write_text(f"processor : 0\nflags : {flags}\n")
    assert cpu_has_bf16(cpuinfo) is real


def test_a_system_that_does_not_say_counts_as_without(tmp_path):
    assert cpu_has_bf16(tmp_path / "none") is False


def test_a_processor_without_bf16_is_not_timed(monkeypatch):
    monkeypatch.setattr(precision, "cpu_has_bf16", lambda: False)
    monkeypatch.setattr(precision, "timed_speedup", lambda: 1 / 0)
    precision.cpu_bf16_speedup.cache_clear()
    assert precision.cpu_bf16_speedup() is None
    precision.cpu_bf16_speedup.cache_clear()


def test_the_speedup_is_a_ratio_of_times(monkeypatch):
    """A made-up clock on which each float32 product takes 3 ms and each bf16 product 2 ms."""
    now = [0.0]

    class Matrix:
        def __init__(self, *shape, dtype):
            self.took = 0.003 if dtype == torch.float32 else 0.002

        def __matmul__(self, other):
            now[0] += self.took

    monkeypatch.setattr(torch, "ones", Matrix)
    monkeypatch.setattr(precision.time, "perf_counter", lambda: now[0])
    assert timed_speedup() == pytest.approx(1.5)


def test_timing_is_short_and_gives_a_number():
    assert 0.01 < timed_speedup(size=64, seconds=0.001) < 1000


@pytest.mark.parametrize("value", ["bf16-mixed", "16-mixed"])
def test_mixed_precisions_have_lightnings_plugin(value):
    plugin = precision_plugin(value, "cpu")
    assert isinstance(plugin, MixedPrecision)
    assert plugin.precision == value


@pytest.mark.parametrize("value", ["32-true", "bf16-true"])
def test_others_compute_in_the_type_of_the_weights(value):
    assert type(precision_plugin(value, "cpu")) is Precision
