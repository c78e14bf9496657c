"""Who may import whom, as one table of what is allowed; and what importing and helping must not load."""

import ast
import os
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

DOOR = "finetune.cli.foreseen finetune.cli.help finetune.cli.lasting_output finetune.cli.no_command finetune.cli.signs finetune.cli.take_option "
DOOR += "finetune.cli.typed_text finetune.processes.leaving"
BELOW = "finetune.errors finetune.files finetune.language finetune.moved finetune.plugins"

# room or file -> the rooms and files of ours that it may import besides itself; the longest name decides
ALLOWED = {
    "callbacks": "",
    "finetune": "finetune.data.module finetune.model.classifier",  # both lazy: importing it is instant
    "finetune.__main__": f"{DOOR} finetune.errors finetune.language callbacks.saving.stop_signals finetune.__version__",
    "finetune.errors": "finetune.language",
    "finetune.moved": "finetune.language",
    "finetune.plugins": "finetune.errors finetune.language finetune.moved",
    "finetune.files": "finetune.errors finetune.language callbacks.saving.patience",
    "finetune.language": "callbacks.language",
    "finetune.recipes": "finetune.errors finetune.language",
    "finetune.tasks": "finetune.errors finetune.plugins finetune.language",
    "finetune.pretrained": BELOW,
    "finetune.runs": "finetune.errors finetune.files finetune.language callbacks.saving finetune.__version__",
    "finetune.data": f"{BELOW} finetune.tasks finetune.pretrained finetune.runs.folder callbacks.saving.patience",
    "finetune.model": f"{BELOW} finetune.tasks finetune.pretrained",
    "finetune.evaluation": f"{BELOW} finetune.tasks finetune.data finetune.model finetune.runs",
    "finetune.report": f"{BELOW} finetune.tasks finetune.data.checks finetune.evaluation finetune.runs",
    "finetune.page": "finetune.errors finetune.language finetune.runtime",
    # copied into an export as it stands: nothing of ours, and of others CARRIED alone
    "finetune.runtime": "",
    "finetune.processes": "finetune.errors finetune.language finetune.model.sharding finetune.runs callbacks",
    "finetune.cli": f"{BELOW} finetune.data finetune.evaluation finetune.model finetune.pretrained "
    "finetune.processes finetune.recipes finetune.runs finetune.tasks callbacks",
    # a model that answers row by row, and how it is asked over the network: for the commands that do so
    "finetune.engines": f"{BELOW} finetune.cli.classifier_folder finetune.data finetune.evaluation finetune.model "
    "finetune.runs finetune.runtime finetune.tasks",
    # what people say of rows, and what counts of it
    "finetune.corrections": f"{BELOW} finetune.data finetune.evaluation.predicted finetune.evaluation.review_columns finetune.runs finetune.tasks",
    "finetune.web": "finetune.errors finetune.language finetune.runtime finetune.__version__",
    "finetune.commands": f"{BELOW} finetune.cli finetune.data finetune.evaluation finetune.model "
    "finetune.corrections finetune.engines finetune.page finetune.pretrained finetune.processes finetune.recipes finetune.report finetune.runs "
    "finetune.runtime finetune.tasks finetune.web callbacks finetune.__version__",
    "finetune.commands.crossval": f"{BELOW} finetune.cli.model_of_run finetune.cli.recipes finetune.cli.strays finetune.cli.take_option finetune.cli.taken_apart "
    "finetune.cli.trusted finetune.evaluation finetune.tasks finetune.processes.fit_apart finetune.runs callbacks.saving",
}
# within these, a room may import what stands behind it, and never what stands before it
FLOORS = {
    "finetune.data": [
        "domain_texts held_out",
        "module batched",
        "table_data",
        "batch_options",
        "handed_on",
        "loading",
        "domain",
        "rows",
        "asked",
        "checks",
        "dividing",
        "windowed",
        "windows",
        "tables",
        "labels",
        "batching reading",
        "progress free_memory",
    ],
}
# what is not to be imported though its room may be
FORBIDDEN = {
    "finetune.report": "finetune.evaluation.measured finetune.evaluation.printed",
    "finetune.commands.crossval": "finetune.evaluation.measured finetune.evaluation.printed",
}
LIGHTNING = [
    *("callbacks", "finetune.cli", "finetune.commands", "finetune.processes"),
    *("finetune.data.batched", "finetune.data.domain_texts", "finetune.data.module"),
    *("finetune.model.classifier", "finetune.model.domain_model", "finetune.model.learner"),
    "finetune.evaluation.measured",
    *("finetune.runs.logger", "finetune.runs.lock", "finetune.runs.same_data"),
]
# packages of others -> the only rooms that may import them
OTHERS = {
    "lightning": LIGHTNING,
    "transformers": ["finetune"],
    "datasets": ["finetune"],
}
NEVER = {
    "finetune.commands.crossval": ["lightning", "torch"],
    "finetune.report": ["lightning"],
}
RUNTIME = ROOT / "finetune" / "runtime"
"""Copied into an export, where it has another name: there alone files name each other by a dot."""
CARRIED = {"numpy", "onnxruntime", "tokenizers"}
"""What `requirements.txt` there installs; a workbook asks for openpyxl besides."""


def files() -> list[Path]:
    return [file for package in ("callbacks", "finetune") for file in sorted((ROOT / package).rglob("*.py"))]


def module_of(file: Path) -> str:
    return ".".join(file.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


def imported(file: Path) -> set[str]:
    """Every name that a file imports, within functions too: a module where it is one, else what is in one."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            if node.level == 1 and RUNTIME in file.parents:
                room = module_of(file).rpartition(".")[0]
                names |= {f"{room}.{node.module}.{alias.name}" for alias in node.names}
                continue
            assert node.level == 0, f"{file}: a relative import hides the room"
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
    return names


def within(name: str, places: list[str]) -> bool:
    return any(name == place or name.startswith(f"{place}.") for place in places)


def row_of(module: str, table: dict[str, str]) -> str | None:
    """The longest row that covers a module; the packages' own rows cover their doors alone, not all that is in them."""
    rows = [row for row in table if within(module, [row]) and (row != "finetune" or module == "finetune")]
    return max(rows, key=len, default=None)


def floor(module: str, room: str) -> int | None:
    inside = module.removeprefix(f"{room}.").split(".")[0]
    return next((number for number, names in enumerate(FLOORS[room]) if inside in names.split()), None)


@pytest.mark.parametrize("file", files(), ids=module_of)
def test_a_file_imports_only_what_its_room_may(file):
    module = module_of(file)
    row = row_of(module, ALLOWED)
    assert row is not None, f"no row covers {module}: add one, or find it a room"
    may = ALLOWED[row].split()
    never = FORBIDDEN.get(row, "").split()
    ours = {name for name in imported(file) if within(name, ["finetune", "callbacks"])}
    wrong = {name for name in ours if not within(name, [row, *may]) or within(name, never)}
    assert not wrong, (
        f"{module} imports {', '.join(sorted(wrong))}; {row} may import: {', '.join(may) or 'nothing'}"
    )


@pytest.mark.parametrize("room", FLOORS)
def test_within_a_room_nothing_imports_what_stands_before_it(room):
    for file in (ROOT / Path(*room.split("."))).rglob("*.py"):
        module = module_of(file)
        if module == room:
            continue
        mine = floor(module, room)
        assert mine is not None, f"{module} stands on no floor of {room}"
        for name in imported(file):
            theirs = floor(name, room) if within(name, [room]) else None
            assert theirs is None or theirs >= mine, f"{module} imports {name}, which stands before it"


def test_no_file_waits_for_one_that_waits_for_it():
    """Within functions too: what has to be put off until a call stands in the wrong file."""
    there = {module_of(file) for file in files()}
    imports = {module_of(file): imported(file) for file in files()}
    asks = {
        module: {name if name in there else name.rpartition(".")[0] for name in names} & there
        for module, names in imports.items()
    }
    try:
        TopologicalSorter(asks).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


def test_no_command_imports_another():
    commands = ROOT / "finetune" / "commands"
    for file in commands.rglob("*.py"):
        own = ".".join(module_of(file).split(".")[:3])
        others = {
            name for name in imported(file) if within(name, ["finetune.commands"]) and not within(name, [own])
        }
        assert not others, f"{module_of(file)} imports {others}"


@pytest.mark.parametrize("package", OTHERS)
def test_a_package_is_known_only_where_the_table_says(package):
    knowing = {module_of(file) for file in files() if any(within(n, [package]) for n in imported(file))}
    assert knowing
    assert not {module for module in knowing if not within(module, OTHERS[package])}


@pytest.mark.parametrize("room", NEVER)
def test_some_rooms_never_load_what_is_heavy(room):
    for file in (ROOT / Path(*room.split("."))).rglob("*.py"):
        assert not {name for name in imported(file) if within(name, NEVER[room])}


def test_the_runtime_needs_no_more_than_it_has_installed():
    needed = {name.split(".")[0] for file in RUNTIME.rglob("*.py") for name in imported(file)}
    assert needed - sys.stdlib_module_names == {"finetune", "openpyxl", *CARRIED}
    required = (RUNTIME / "requirements.txt").read_text(encoding="utf-8").splitlines()
    assert {line.partition(">=")[0] for line in required} == CARRIED


@pytest.mark.parametrize("row", [*ALLOWED, *LIGHTNING])
def test_every_row_is_of_something_that_is_there(row):
    place = ROOT / Path(*row.split("."))
    assert place.is_dir() or place.with_suffix(".py").is_file()


def test_the_doors_of_rooms_are_empty():
    doors = [file for file in files() if file.name == "__init__.py" and file.stat().st_size]
    assert {module_of(file) for file in doors} <= {
        *("finetune", "callbacks"),
        "finetune.report.figures",  # the list of figures
    }


@pytest.mark.parametrize("statement", ["import finetune", "import callbacks", "import finetune.__main__"])
def test_importing_is_instant(statement):
    heavy = ["torch", "lightning", "transformers", "datasets", "pandas", "numpy"]
    code = f"{statement}; import sys; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_help_loads_neither_torch_nor_lightning_and_lists_every_command():
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-m", "finetune", "--help"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    loaded = {line.split("|")[-1].strip() for line in done.stderr.splitlines()}
    assert not {"torch", "lightning", "transformers", "numpy", "pandas"} & loaded
    from finetune.__main__ import COMMANDS

    assert all(f"  {name}" in done.stdout for name in COMMANDS)


TABLE = "texto,rotulo\n" + "".join(
    f"{name} {word},{name}\n" for word in "abcdefghijklmnop" for name in ("boi", "soja")
)
LIGHTNING_IN = (
    "import sys; print([name for name in ('lightning', 'torchmetrics', 'peft') if name in sys.modules])"
)


@pytest.mark.parametrize(
    ("words", "loaded"),
    [(["check"], []), (["baseline", "--quick", "true"], ["torchmetrics"])],  # by which its scores are counted
    ids=lambda words: words[0] if words else "nothing",
)
def test_what_needs_no_network_loads_no_lightning(tmp_path, words, loaded):
    (tmp_path / "dados.csv").write_text(TABLE, encoding="utf-8")
    code = f"from finetune.__main__ import run; run({[*words, '--data.path', 'dados.csv']}); {LIGHTNING_IN}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.splitlines()[-1] == str(loaded)


def test_what_answers_one_text_loads_no_lightning():
    code = f"import finetune.commands.predict.asked_once; {LIGHTNING_IN}"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("command", ["serve", "label", "watch"])
def test_a_command_can_say_which_packages_it_lacks(command):
    """Those of the page are an extra: without them a command is there, and what needs no page works."""
    code = "import sys; sys.modules |= dict.fromkeys(('starlette', 'fastapi', 'uvicorn', 'pydantic')); "
    code += f"import finetune.commands.{command}.command"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
