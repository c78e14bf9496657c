import shlex

import pytest

from finetune.language.shell import shell_of
from finetune.language.typed import activation, command_line


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (
            ["finetune", "fit", "--run", r"lightning_logs\version_0"],
            r"finetune fit --run lightning_logs\version_0",
        ),
        (["finetune", "--data.path", r"C:\Meus dados\a.csv"], r'finetune --data.path "C:\Meus dados\a.csv"'),
        (["dir", "it's", "a&b", "", "[1, 2]"], 'dir "it\'s" "a&b" "" "[1, 2]"'),
        (["--data.classes", "soja,milho", "préço"], "--data.classes soja,milho préço"),
    ],
)
@pytest.mark.parametrize("shell", ["powershell", "cmd"])
def test_a_command_is_quoted_as_the_shells_of_windows_take_it(words, typed, shell):
    assert command_line(words, shell=shell) == typed


@pytest.mark.parametrize(
    ("words", "shell", "typed"),
    [
        (["C:\\Meus dados\\", "a"], "powershell", r'& "C:\Meus dados\\" a'),
        (["C:\\Meus dados\\", "a"], "cmd", r'"C:\Meus dados\\" a'),
        (["a", "R$ 5", "it's `x` $e"], "powershell", "a 'R$ 5' 'it''s `x` $e'"),
        (["a", "R$ 5", "`x`", "--data.path=c$.csv"], "cmd", 'a "R$ 5" "`x`" --data.path="c$.csv"'),
        (["a", "--data.path=c$.csv"], "powershell", "a --data.path='c$.csv'"),
        (["a", 'say "x"', "“y” ’"], "powershell", r"""a 'say \"x\"' '“y” ’’'"""),
        (["a", 'say "x"'], "cmd", r'a "say \"x\""'),
        ([r"C:\$x\python.exe", "-m"], "powershell", r"& 'C:\$x\python.exe' -m"),
        ([r"C:\Meus dados\f.exe", r"logs\v_0", "R$"], "bash", r"""\"C:/Meus dados/f.exe\" 'logs\v_0' 'R$'"""),
        (["f", r"--data.path=C:\a b.csv", r"D:\$x"], "bash", "f --data.path=\"C:/a b.csv\" 'D:/$x'"),
    ],
)
def test_each_has_marks_of_its_own(words, shell, typed):
    assert command_line(words, shell=shell) == typed.replace(r"\"C", '"C').replace(r"exe\"", 'exe"')


@pytest.mark.parametrize(
    ("words", "typed"),
    [
        (["finetune", "fit", "--data.path", "dados.csv"], "finetune fit --data.path dados.csv"),
        (["--data.path", "minhas perguntas.csv"], '--data.path "minhas perguntas.csv"'),
        (["--data.path=minhas perguntas.csv"], '--data.path="minhas perguntas.csv"'),
        (["Município/UF", "Área (ha)", ""], "Município/UF \"Área (ha)\" ''"),
        (['a "b"', "a $HOME", "it's"], "'a \"b\"' 'a $HOME' \"it's\""),
        (["a b", r"c\d", "$e"], r"""\"a b\" 'c\d' '$e'""".replace(r"\"", '"')),
    ],
)
def test_elsewhere_it_is_quoted_as_other_shells_take_it(words, typed):
    assert command_line(words, shell="zsh") == typed
    assert shlex.split(typed) == words


@pytest.mark.parametrize(
    ("system", "prefix", "environ", "line"),
    [
        ("linux", "/home/ana/f/.venv", {"SHELL": "/bin/bash"}, "source /home/ana/f/.venv/bin/activate"),
        ("darwin", "/Users/ana/meus dados/.venv", {}, '. "/Users/ana/meus dados/.venv/bin/activate"'),
        ("linux", "/f/.venv", {"SHELL": "/bin/sh"}, ". /f/.venv/bin/activate"),
        ("linux", "/f/.venv", {"SHELL": "/usr/bin/dash"}, ". /f/.venv/bin/activate"),
        ("win32", r"C:\f\.venv", {"MSYSTEM": "MINGW64"}, "source C:/f/.venv/Scripts/activate"),
        ("win32", r"C:\meus f\.venv", {"MSYSTEM": "UCRT64"}, 'source "C:/meus f/.venv/Scripts/activate"'),
        ("win32", ".venv", {"MSYSTEM": "MINGW64"}, "source .venv/Scripts/activate"),
        ("linux", "/f/.venv", {"SHELL": "/usr/bin/fish"}, "source /f/.venv/bin/activate.fish"),
        ("linux", "/f/.venv", {"SHELL": "/bin/tcsh"}, "source /f/.venv/bin/activate.csh"),
        ("linux", "/f/.venv", {"SHELL": "/bin/zsh"}, "source /f/.venv/bin/activate"),
        ("win32", r"C:\f\.venv", {}, r"C:\f\.venv\Scripts\Activate.ps1"),
        ("win32", r"C:\meus dados\.venv", {}, r'& "C:\meus dados\.venv\Scripts\Activate.ps1"'),
        ("win32", r"C:\meus dados\.venv", {"PROMPT": "$P$G"}, r'"C:\meus dados\.venv\Scripts\activate.bat"'),
        ("linux", "/usr", {}, None),
        (
            "linux",
            "/opt/conda/envs/f",
            {"CONDA_PREFIX": "/opt/conda", "SHELL": "/bin/bash"},
            "source /opt/conda/envs/f/bin/activate",
        ),
        (
            "win32",
            r"C:\conda\envs\f",
            {"CONDA_PREFIX": r"C:\conda\envs\f", "CONDA_DEFAULT_ENV": "meu f"},
            'conda activate "meu f"',
        ),
        ("linux", "/opt/conda", {"CONDA_PREFIX": "/opt/conda", "CONDA_DEFAULT_ENV": "base"}, None),
    ],
)
def test_the_line_that_a_new_terminal_needs_first(system, prefix, environ, line):
    base = prefix if line is None or "conda activate" in line else "/usr"
    assert (
        activation(prefix=prefix, base=base, environ=environ, system=system, shell=shell_of(system, environ))
        == line
    )


def test_none_is_needed_where_a_terminal_finds_the_program_all_the_same(tmp_path):
    for folder in ("f/.venv/bin", "local/bin"):
        (tmp_path / folder).mkdir(parents=True)
        (tmp_path / folder / "finetune").write_text("#!/bin/sh\n")
        (tmp_path / folder / "finetune").chmod(0o755)
    prefix = str(tmp_path / "f/.venv")

    def asked(path):
        return activation(prefix=prefix, base="/usr", environ={"PATH": path}, system="linux", shell="bash")

    assert asked(f"{prefix}/bin") == f"source {prefix}/bin/activate"  # active now, and in no new terminal
    assert asked(f"{prefix}/bin:{tmp_path}/local/bin") is None
