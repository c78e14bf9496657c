"""What would end us on Windows, or read a file otherwise there: modules of POSIX alone, texts without an encoding."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
FILES = [file for package in ("callbacks", "finetune") for file in sorted((ROOT / package).rglob("*.py"))]
POSIX_ALONE = {"fcntl", "resource", "pwd", "grp", "termios", "tty", "readline", "posix", "msvcrt", "winreg"}
TEXT = {"open": 1, "read_text": 0, "write_text": 1, "NamedTemporaryFile": 9, "fdopen": 2}
"""Calls that read or write text, with the place at which the encoding may stand without its name."""


def at_import(tree: ast.AST) -> Iterator[ast.AST]:
    """All that is done when a module is imported: what stands in no function."""
    for node in ast.iter_child_nodes(tree):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            yield node
            yield from at_import(node)


def modules(node: ast.AST) -> set[str]:
    if isinstance(node, ast.Import):
        return {alias.name.partition(".")[0] for alias in node.names}
    return {str(node.module).partition(".")[0]} if isinstance(node, ast.ImportFrom) else set()


def name_of(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def of_bytes(call: ast.Call) -> bool:
    """Whether a mode says that bytes are read or written."""
    given = [*call.args, *(keyword.value for keyword in call.keywords if keyword.arg == "mode")]
    return any(
        isinstance(each, ast.Constant)
        and isinstance(each.value, str)
        and set(each.value) <= set("rwaxb+")
        and "b" in each.value
        for each in given
    )


def without_encoding(tree: ast.AST) -> list[int]:
    """The lines of calls that read or write text in the letters of whatever machine they run on."""
    found = []
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        keywords = {keyword.arg: keyword.value for keyword in call.keywords}
        text = isinstance(keywords.get("text"), ast.Constant)  # of a subprocess
        owner = ast.unparse(call.func).rpartition(".")[0]
        if name_of(call) not in TEXT and not text:
            continue
        if (
            owner in ("os", "gzip", "zipfile", "archive", "self.archive", "pa", "fsspec")
            and name_of(call) == "open"
        ):
            continue
        if (
            "encoding" not in keywords
            and not of_bytes(call)
            and len(call.args) <= TEXT.get(name_of(call), 99)
        ):
            found.append(call.lineno)
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(ROOT)))
def test_a_file_can_be_imported_anywhere_and_reads_text_alike(file):
    tree = ast.parse(file.read_text(encoding="utf-8"))
    alone = {name for node in at_import(tree) for name in modules(node)} & POSIX_ALONE
    assert not alone, f"import {alone} where it is used: not every system has it"
    assert without_encoding(tree) == [], "say the encoding: Windows takes another one than UTF-8"


@pytest.mark.parametrize(
    ("code", "wrong"),
    [
        ("open(path)", True),
        ("path.open('w', newline='')", True),
        ("path.read_text()", True),
        ("path.write_text(text)", True),
        ("subprocess.run(command, text=True)", True),
        ("path.read_text(encoding='ascii')", False),
        ("path.open('rb')", False),
        ("open(path, mode='wb')", False),
        ("path.write_text(text, 'utf-8')", False),
        ("os.open(path, flags)", False),
    ],
)
def test_what_counts_as_text_without_an_encoding(code, wrong):
    assert bool(without_encoding(ast.parse(code))) == wrong
