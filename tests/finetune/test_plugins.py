"""Tables of functions, and the user's own functions beside them."""

import re
import shlex
import sys
import tomllib
from pathlib import Path

import pytest

from finetune import plugins
from finetune.errors import ConfigError, UserError
from finetune.language import typed
from finetune.plugins import resolve

TABLE = {"upper": str.upper, "lower": str.lower}


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path


def test_a_row_of_the_table() -> None:
    assert resolve("upper", TABLE, "schedule")("a") == "A"


def test_a_function_in_a_file_beside_the_user(here: Path) -> None:
    (here / "minha_grafia.py").write_text("def titulo(x):\n    return x.title()\n")
    assert resolve("minha_grafia:titulo", TABLE, "schedule")("boi gordo") == "Boi Gordo"


def test_a_file_beside_the_user_hides_no_installed_package(here: Path) -> None:
    (here / "colorsys.py").write_text("def hls_to_rgb(*x):\n    return 'mine'\n")
    sys.modules.pop("colorsys", None)
    assert resolve("colorsys:hls_to_rgb", {}, "schedule")(0, 0, 0) != "mine"


def test_an_unknown_row_lists_those_there_are() -> None:
    with pytest.raises(
        ConfigError, match=r'no schedule "uper": there are lower, upper; or package.module:function'
    ):
        resolve("uper", TABLE, "schedule")


@pytest.mark.parametrize("name", ["nao_existe:f", "nao.existe:f", ".x:f", "..:f"])
def test_a_module_that_is_not_there_is_named(here: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="cannot be imported"):
        resolve(name, TABLE, "schedule")


def test_a_module_with_a_mistake_is_named_with_the_mistake(here: Path) -> None:
    (here / "com_erro.py").write_text("def f(:\n")
    with pytest.raises(ConfigError, match=r'"com_erro" cannot be imported \(Python said: .*com_erro.py'):
        resolve("com_erro:f", TABLE, "schedule")


def test_a_missing_function_lists_what_the_module_has(here: Path) -> None:
    (here / "minhas_funcoes.py").write_text("def uma(): ...\ndef outra(): ...\n")
    with pytest.raises(ConfigError, match=r'"minhas_funcoes" has no "um"; it has uma and outra'):
        resolve("minhas_funcoes:um", TABLE, "schedule")


def test_what_is_no_function_is_refused() -> None:
    with pytest.raises(ConfigError, match="is of type float, not a function"):
        resolve("math:pi", TABLE, "schedule")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("torch:os.system", r'"os.system" in "torch" is of type module, not a function'),
        ("finetune.files.draft:shutil.rmtree", "is of type module"),
        ("subprocess:os.popen", "is of type module"),
        ("os:system", r'"system" is not of "os", which only has it from "posix"'),
        ("finetune.plugins:resolve.__globals__", 'has no "resolve.__globals__"'),
        ("finetune.commands.runs.asked:find", 'only has it from "finetune.runs.find"'),
    ],
)
def test_a_function_is_taken_only_from_where_it_is_defined(name: str, said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        resolve(name, TABLE, "schedule")


HONEST = """
from functools import partial
def f(x=1, y=0): return x + y
class C:
    @staticmethod
    def f(): return 2
    def __call__(self): return 3
with_two = partial(f, y=2)
object_of_mine = C()
"""


def test_what_is_honest_is_taken(here: Path) -> None:
    (here / "pacote_meu").mkdir()
    (here / "pacote_meu" / "dentro.py").write_text(HONEST)
    (here / "pacote_meu" / "__init__.py").write_text("from pacote_meu.dentro import f\n")
    for name, gives in (("f", 1), ("C.f", 2), ("object_of_mine", 3), ("with_two", 3)):
        assert resolve(f"pacote_meu.dentro:{name}", {}, "loss")() == gives
    assert resolve("pacote_meu:f", {}, "loss")() == 1  # a package shows what its modules define
    for name in ("json:dumps", "math:sqrt", "torch.nn.functional:cross_entropy", "pandas:read_pickle"):
        assert callable(resolve(name, {}, "loss"))


@pytest.mark.parametrize("name", ["", ":", "a:", ":b"])
def test_half_a_name_is_an_unknown_row(name: str) -> None:
    with pytest.raises(ConfigError, match="there is no schedule"):
        resolve(name, TABLE, "schedule")


def test_a_package_that_is_there_is_imported() -> None:
    assert plugins.require("openpyxl").__name__ == "openpyxl"


def test_a_package_that_is_not_there_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "have", lambda package: package == "pip")
    with pytest.raises(
        UserError,
        match=r'"openpyxl" is not installed. To install it:\n  .* -m pip install .openpyxl>=[0-9.]+.$',
    ):
        plugins.require("openpyxl")


def test_all_packages_that_are_not_there_are_told_with_one_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "have", lambda package: package in ("pip", "onnx"))
    with pytest.raises(
        UserError,
        match=r'the packages "onnxscript" and "onnxruntime" are not installed. To install them:\n'
        r"  .* -m pip install .onnxscript>=[0-9.]+. .onnxruntime>=[0-9.]+.$",
    ):
        plugins.require_all("onnx", "onnxscript", "onnxruntime")
    plugins.require_all("onnx")


PYPROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))[
    "project"
]
OPTIONAL = {
    re.split("[>=]", needed)[0]: needed.partition(";")[0]
    for extra, wanted in PYPROJECT["optional-dependencies"].items()
    if not extra.startswith("test")
    for needed in wanted
}


@pytest.mark.parametrize("package", OPTIONAL)
def test_the_command_brings_the_package_into_the_python_that_runs(
    package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", "/home/ana/meus programas/bin/python")
    assert shlex.split(plugins.install_command(package, options=["--force-reinstall"])) == [
        *("/home/ana/meus programas/bin/python", "-m", "pip", "install", "--force-reinstall"),
        OPTIONAL[package],
    ]


def test_on_windows_the_command_is_quoted_as_its_shells_want_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typed, "this_shell", lambda: "cmd")
    monkeypatch.setattr(sys, "executable", r"C:\Program Files\Python\python.exe")
    command = plugins.install_command("openpyxl", "sentencepiece")
    assert command == (
        r'"C:\Program Files\Python\python.exe" -m pip install '
        f'"{OPTIONAL["openpyxl"]}" sentencepiece'
    )


@pytest.mark.parametrize(
    ("made", "command", "of_pip"),
    [
        (
            "home = /usr/bin\nversion = 3.11.7\n",
            "PY -m ensurepip --upgrade\n  PY -m pip install sentencepiece",
            "",
        ),
        (
            "home = /usr/bin\nuv = 0.5.1\n",
            "uv pip install --python PY sentencepiece",
            "uv pip install --python PY pip",
        ),
        (None, "PY -m ensurepip --upgrade\n  PY -m pip install sentencepiece", ""),
    ],
)
def test_an_environment_without_pip_is_given_one_or_uv_is_asked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, made: str | None, command: str, of_pip: str
) -> None:
    if made is not None:
        (tmp_path / "pyvenv.cfg").write_text(made)
    monkeypatch.setattr(sys, "prefix", str(tmp_path))
    monkeypatch.setattr(sys, "executable", "PY")
    monkeypatch.setattr(plugins, "have", lambda package: False)
    assert plugins.install_command("sentencepiece") == command
    assert plugins.pip_command() == (of_pip or "PY -m ensurepip --upgrade")


def test_sources_that_were_not_installed_name_the_package_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "DISTRIBUTION", "no-such-distribution")
    assert shlex.split(plugins.install_command("openpyxl"))[1:] == ["-m", "pip", "install", "openpyxl"]


def test_no_other_advice_names_a_command_that_works_in_one_place_alone() -> None:
    root = Path(__file__).parents[2]
    for room in ("finetune", "callbacks"):
        for file in (root / room).rglob("*.py"):
            if file != Path(plugins.__file__) and "runtime" not in file.parts:  # which is alone elsewhere
                # what an export needs elsewhere stands beside it
                said = file.read_text(encoding="utf-8").replace("pip install -r requirements.txt", "")
                assert "pip install" not in said, file


def test_a_function_by_its_old_name_is_told_the_new_one() -> None:
    for name in ("finetune.data.stratified:stratified", "finetune.language:language"):
        with pytest.raises(ConfigError, match=r"finetune\.\S+ is now finetune\.(data\.dividing|language)\."):
            resolve(name, TABLE, "split")
