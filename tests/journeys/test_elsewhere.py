"""Windows and macOS as our packages see them, played on Linux: see `tests/elsewhere/sitecustomize.py`."""

import importlib
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.processes import SERVER

ROOT = Path(__file__).parents[2]
TOLD = "told.txt"
FIT = """fit --data.path dados.csv --model.name MODEL --write_report=false --baselines=null --mix=none
    --data.effective_batch_size=32 --trainer.max_epochs=1"""
USE = "predict --run latest --data.predict_path dados.csv --output saida.csv"
COMMANDS = {
    "win32": [
        (f"{FIT} --trainer.callbacks+=minhas.Recusa", 2),  # refused once it has a folder, which is removed
        (FIT, 0),
        ("fit --run latest --resume --trainer.max_epochs 2", 0),
        (f"{USE} --data.num_workers 1", 0),
    ],
    "darwin": [(FIT, 0)],
}
REFUSING = """
from lightning.pytorch import Callback
from finetune.errors import ConfigError

class Recusa(Callback):
    def on_fit_start(self, trainer, pl_module):
        raise ConfigError("not today")
"""


def environment(system: str, folder: Path) -> dict[str, str]:
    return {
        **os.environ,
        "PYTHONPATH": os.pathsep.join([str(ROOT / "tests/elsewhere"), str(ROOT)]),
        "FINETUNE_SYSTEM": system,
        "FINETUNE_PLACE": str(folder),
        "LOCALAPPDATA": str(folder / "local"),
        "OMP_NUM_THREADS": "1",
    }


def played(folder: Path, variables: dict[str, str], lines: list[str]) -> None:
    """Runs commands as on another system, in a process that knows the libraries already, and none of ours."""
    os.environ.clear()
    os.environ.update(variables)
    os.chdir(folder)
    with (folder / TOLD).open("w", encoding="utf-8") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    ours = ("finetune", "callbacks", "sitecustomize")
    for name in [name for name in sys.modules if name.partition(".")[0] in ours]:
        del sys.modules[name]
    sys.path.insert(0, str(ROOT / "tests/elsewhere"))
    importlib.import_module("sitecustomize")
    main = importlib.import_module("finetune.__main__").main
    for line in lines:
        sys.argv = ["finetune", *line.split()]
        try:
            status = main()
        except SystemExit as error:
            status = error.code
        print("\nstatus", status, flush=True)


def elsewhere(system: str, folder: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs Python code in a folder as on another system."""
    program = folder / "programa.py"
    program.write_text(code, encoding="utf-8")
    command = [sys.executable, str(program), *arguments]
    return subprocess.run(
        command,
        cwd=folder,
        env=environment(system, folder),
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
        timeout=120,
    )


@pytest.mark.parametrize("system", COMMANDS)
def test_a_model_is_trained_taken_up_and_used(tmp_path, table, tiny_model, system):
    (tmp_path / "minhas.py").write_text(REFUSING, encoding="utf-8")
    lines, statuses = zip(*COMMANDS[system], strict=True)
    commands = [line.replace("MODEL", str(tiny_model)) for line in lines]
    process = SERVER.Process(target=played, args=(tmp_path, environment(system, tmp_path), commands))
    process.start()
    process.join(120)
    told = (tmp_path / TOLD).read_text(encoding="utf-8")
    assert [int(number) for number in re.findall(r"^status (\d+)$", told, re.MULTILINE)] == list(statuses), (
        told
    )
    assert "Traceback" not in told
    if sys.prefix != sys.base_prefix:  # a new terminal will not know finetune
        line = {"win32": r"\Scripts\Activate.ps1", "darwin": "/bin/activate"}[system]
        assert f"{Path(sys.prefix).name}{line}" in told.partition("in a new terminal, first:")[2]
    assert [path.name for path in (tmp_path / "lightning_logs").iterdir()] == ["version_0"]
    assert not list(tmp_path.rglob(".lock"))
    if system == "win32":
        assert len((tmp_path / "saida.csv").read_bytes().splitlines()) == 181


def test_two_do_not_train_in_one_folder_on_windows_and_a_link_is_not_followed(tmp_path):
    (tmp_path / "diary").write_text("mine")
    (tmp_path / "link").symlink_to(tmp_path / "diary")
    code = """
from pathlib import Path
from finetune.errors import UserError
from finetune.files.lock import locked, release

def taken(name="lock"):
    return locked(Path(name), unable=print)

first = taken()
first.write("123")
first.flush()
print(taken(), Path("lock").read_text())
release(first)
print(Path("lock").exists())
release(taken())
try:
    taken("link")
except UserError as error:
    print(error)
"""
    done = elsewhere("win32", tmp_path, code)
    assert done.stdout.split("\n")[:2] == ["None 123", "False"], done.stderr
    assert "link is a link to another place" in done.stdout


def test_a_fold_is_asked_to_stop_by_the_console_of_windows_alone(tmp_path):
    code = """
import subprocess
from finetune.processes import fit_apart

sent = []

class Interrupted(subprocess.Popen):
    def __init__(self, command, **options):
        super().__init__([command[0], "-S", "-c", ""], **options)

    def wait(self, timeout=None):
        if not sent:
            sent.append("asked")
            raise KeyboardInterrupt  # the console has told both of the same Ctrl-C
        super().wait(timeout)
        return 75

    def send_signal(self, number):
        sent.append(number)

if __name__ == "__main__":
    subprocess.Popen = Interrupted
    print(fit_apart.fit([]), sent)
"""
    done = elsewhere("win32", tmp_path, code)
    assert "75 ['asked']" in done.stdout, done.stdout + done.stderr
