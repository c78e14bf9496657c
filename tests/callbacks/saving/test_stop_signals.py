from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading

import pytest

from callbacks.language.which import speaking
from callbacks.saving.stop_signals import STOPPED, Stopped, StopSignals, stopping_at_once

HEEDED = ("SIGTERM", "SIGHUP", "SIGUSR1", "SIGUSR2")


@pytest.mark.parametrize("name", HEEDED)
def test_where_nothing_is_trained_a_signal_ends_at_once_with_75(name: str) -> None:
    number = getattr(signal, name)
    before = signal.getsignal(number)
    with pytest.raises(Stopped) as error, stopping_at_once():
        os.kill(os.getpid(), number)
    assert error.value.code == STOPPED
    assert signal.getsignal(number) == before


def test_a_training_that_listens_goes_before_and_gives_the_signals_back() -> None:
    signals = StopSignals()
    with stopping_at_once():
        outside = signal.getsignal(signal.SIGTERM)
        signals.listen()
        os.kill(os.getpid(), signal.SIGTERM)
        assert signals.received == "SIGTERM"
        signals.release()
        assert signal.getsignal(signal.SIGTERM) == outside


def test_ctrl_c_after_another_signal_is_the_first_ctrl_c(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("callbacks.saving.stop_signals.time.monotonic", lambda: now[0])
    signals = StopSignals()
    signals.listen()
    try:
        os.kill(os.getpid(), signal.SIGTERM)
        now[0] += 60
        os.kill(os.getpid(), signal.SIGINT)
        now[0] += 60
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signals.release()
    assert signals.received == "SIGTERM"


def test_what_is_said_is_made_ready_in_the_language_of_whoever_listens(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    signals = StopSignals()
    with speaking("pt"):
        signals.listen()
    monkeypatch.setattr("callbacks.saving.stop_signals.say", lambda *_, **__: 1 / 0)  # not in the handler
    try:
        os.kill(os.getpid(), signal.SIGINT)
    finally:
        signals.release()
    said = capfd.readouterr().err
    assert said == "\nSIGINT: o passo ainda é terminado e gravado. Outro Ctrl-C interrompe na hora.\n"


def test_in_another_thread_nothing_is_changed() -> None:
    before = signal.getsignal(signal.SIGTERM)
    seen: list[object] = []

    def elsewhere() -> None:
        signals = StopSignals()
        with stopping_at_once():
            signals.listen()
            seen.append(signal.getsignal(signal.SIGTERM))
            signals.release()

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert seen == [before]


def test_it_loads_neither_torch_nor_lightning() -> None:
    code = "import sys, callbacks.saving.stop_signals; print([m for m in ('torch', 'lightning') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_is_told_has_the_letters_of_the_console(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[bytes] = []
    monkeypatch.setattr("callbacks.saving.stop_signals.os.device_encoding", lambda number: "cp850")
    monkeypatch.setattr("callbacks.saving.stop_signals._tell", told.append)
    signals = StopSignals()
    with speaking("pt"):
        signals.listen()
    os.kill(os.getpid(), signal.SIGTERM)
    signals.release()
    assert "é" in told[0].decode("cp850") or "ã" in told[0].decode("cp850")
