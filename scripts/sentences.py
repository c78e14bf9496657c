"""What the sources say, collected without running anything: each room's sentences, and what cannot be collected."""

import ast
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[1]


PACKAGES = ("callbacks", "finetune")


SAYING = {"say", "Message", "note", "term"}
"""Functions whose first argument is a sentence, besides the errors of `finetune/errors.py`."""


class Said(NamedTuple):
    """A sentence where it stands in the sources."""

    room: str
    place: str
    context: str
    one: str
    several: str

    @property
    def id(self) -> str | tuple[str, str]:
        """The sentence as a catalog has it: in its two forms where it has two."""
        return (self.one, self.several) if self.several else self.one


def errors_of_ours() -> set[str]:
    """Returns the names of the errors that take a sentence: those in `finetune/errors.py` and their kin."""
    known = {"UserError"}
    trees = [
        ast.parse(file.read_text(encoding="utf-8")) for file in sorted((ROOT / "finetune").rglob("*.py"))
    ]
    while True:
        found = {
            node.name
            for tree in trees
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
            and any(isinstance(base, ast.Name) and base.id in known for base in node.bases)
        }
        if found <= known:
            return known
        known |= found


def literals(node: ast.expr) -> list[str] | None:
    """Returns the texts that an argument can be, or None for what is no literal; nothing for a message made before."""
    if isinstance(node, ast.Constant):
        return [node.value] if isinstance(node.value, str) else None
    if isinstance(node, ast.IfExp):
        parts = [literals(node.body), literals(node.orelse)]
        return None if None in parts else [text for part in parts for text in part or ()]
    return None if isinstance(node, ast.JoinedStr | ast.BinOp) else []


def said_in(file: Path, room: str, errors: set[str]) -> Iterator[Said | str]:
    """Yields what a file says, and in words what cannot be collected."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    name = file.relative_to(ROOT).as_posix()
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call) or not node.args:
            continue
        # a method may be called as a function that says something: an error's name is an error's everywhere
        method = isinstance(node.func, ast.Attribute)
        function = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
        if function not in (errors if method else SAYING | errors):
            continue
        place = f"{name}:{node.lineno}"
        texts = literals(node.args[0])
        if texts is None:
            yield f"{place}: {function}() needs its sentence as a literal, with the values as keywords"
            continue
        if not texts:
            continue  # made before, or handed on by the mechanism itself
        context = next((word.value for word in node.keywords if word.arg == "context"), None)
        if context is not None and not isinstance(context, ast.Constant):
            yield f"{place}: the context needs to be a literal"
            continue
        of = "" if context is None else str(context.value)
        if len(node.args) > 1:
            several = literals(node.args[1])
            if several is None or len(texts) != 1 or len(several) != 1:
                yield f"{place}: {function}() needs both forms as literals"
                continue
            if not any(word.arg == "n" for word in node.keywords):
                yield f"{place}: two forms, but no n that says how many there are"
            yield Said(room, name, of, texts[0], several[0])
            continue
        for text in texts:
            if text:
                yield Said(room, name, of, text, "")


def rooms_of(package: str) -> dict[str, list[Path]]:
    """Returns a package's files by room: the folder at its top, or the package itself for what lies beside them."""
    rooms: dict[str, list[Path]] = {}
    for file in sorted((ROOT / package).rglob("*.py")):
        inside = file.relative_to(ROOT / package).parts
        rooms.setdefault(inside[0] if len(inside) > 1 else package, []).append(file)
    return rooms


def collected(package: str) -> tuple[dict[str, list[Said]], list[str]]:
    """Returns what a package says, by room, and what is wrong with how it is said."""
    errors = errors_of_ours()
    rooms: dict[str, list[Said]] = {}
    wrong = []
    for room, files in rooms_of(package).items():
        for file in files:
            for found in said_in(file, room, errors):
                if isinstance(found, str):
                    wrong.append(found)
                else:
                    rooms.setdefault(room, []).append(found)
    return rooms, wrong
