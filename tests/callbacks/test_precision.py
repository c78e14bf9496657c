import pytest
import torch

from callbacks.precision import best_precision, cpu_has_bf16


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


def test_a_run_on_the_cpu_asks_no_gpu(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: 1 / 0)
    assert best_precision("cpu") in ("bf16-mixed", "32-true")


@pytest.mark.parametrize(("real", "precision"), [(True, "bf16-mixed"), (False, "16-mixed")])
def test_a_gpu_that_only_emulates_bf16_gets_float16(monkeypatch, real, precision):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(
        torch.cuda, "is_bf16_supported", lambda including_emulation=True: including_emulation or real
    )
    assert best_precision() == precision
