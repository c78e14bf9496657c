import sys
from types import SimpleNamespace

import psutil
import pytest

from finetune.language import shell
from finetune.language.shell import shell_of, this_shell

WITHIN = ["python.exe", "finetune.exe"]


@pytest.mark.parametrize(
    ("environ", "parents", "name"),
    [
        ({}, [], "powershell"),
        ({"PROMPT": "$P$G"}, [], "cmd"),
        ({"MSYSTEM": "MINGW64"}, [], "bash"),
        ({"PROMPT": "$P$G"}, [*WITHIN, "powershell.exe", "cmd.exe"], "powershell"),
        ({"MSYSTEM": "MINGW64"}, [*WITHIN, "cmd.exe", "bash.exe"], "cmd"),
        ({"PROMPT": "$P$G"}, [*WITHIN, "bash.exe", "cmd.exe"], "bash"),
        ({}, [*WITHIN, "pwsh.exe", "WindowsTerminal.exe", "explorer.exe"], "powershell"),
        ({"PROMPT": "$P$G"}, [*WITHIN, "CMD.EXE"], "cmd"),
        ({"MSYSTEM": "MINGW64"}, WITHIN, "bash"),
    ],
)
def test_on_windows_the_nearest_shell_above_is_it_whatever_it_inherited(environ, parents, name):
    assert shell_of("win32", environ, parents) == name


@pytest.mark.parametrize(
    ("environ", "name"), [({}, "sh"), ({"SHELL": ""}, "sh"), ({"SHELL": "/usr/bin/fish"}, "fish")]
)
def test_elsewhere_it_is_the_users_own(environ, name):
    assert shell_of("linux", environ, ["powershell.exe"]) == name


def test_programs_that_cannot_be_asked_do_no_harm(monkeypatch):
    def gone():
        raise psutil.NoSuchProcess(1)

    def parents():
        return [SimpleNamespace(name=lambda: "python.exe"), SimpleNamespace(name=gone)]

    monkeypatch.setattr(psutil, "Process", lambda: SimpleNamespace(parents=parents))
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(shell.os, "environ", {"PROMPT": "$P$G"})
    assert this_shell() == "cmd"
