#!/usr/bin/env python
"""Keeps what is said in other languages in step with the sources.

    scripts/messages.py update      collects the sentences into the .po files; what is new there waits for its
                                    translation. --room data: one room; --language es: one language, also a new one
    scripts/messages.py check       says what is not translated, left over, or broken; exit status 1 if so

A sentence is the first argument of `say`, `Message`, `note`, `term` or an error of ours, its form for several things
the second: literals, so that they are found without running anything. Each room (`finetune/data/`) has a file of its
own (`finetune/language/pt/data.po`), which any editor for `.po` files opens, such as Poedit.
"""

import argparse
import ast
import re
import string
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from babel.messages import pofile
from babel.messages.catalog import Catalog, Message

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


def path_of(package: str, language: str, room: str) -> Path:
    """Returns the file of a room's sentences."""
    return ROOT / package / "language" / language / f"{room}.po"


def opened(path: Path, language: str) -> Catalog:
    """Returns the translations of a file; of one that is not there the head, as the language's other files have it."""
    first = path_of("callbacks", language, "language")
    there = next((file for file in (path, first) if file.is_file()), None)
    if there is None:
        return Catalog(locale=language)
    with there.open("rb") as file:
        known = pofile.read_po(file, locale=language)
    for message in list(known) if there != path else ():
        if message.id:
            known.delete(message.id, context=message.context)
    return known


def wanted(said: list[Said]) -> Catalog:
    """Returns a room's sentences as a template."""
    template = Catalog()
    for each in said:
        template.add(each.id, locations=[(each.place, None)], context=each.context or None)
    return template


HEADER = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals={forms}; plural={plural};\\n"
"""


def quoted(text: str) -> str:
    """Returns a text as `.po` files have it, a line of its own for each line of the text and for some 100 letters."""
    escaped = pofile.escape(text)
    if len(escaped) <= 100 and "\\n" not in escaped[:-3]:
        return escaped
    lines = []
    for piece in text.splitlines(keepends=True):
        line = ""
        for word in piece.split(" "):
            if line and len(line) + len(word) > 96:
                lines.append(line)
                line = ""
            line += f"{word} "
        lines.append(line[:-1])
    return "\n".join(['""', *(pofile.escape(line) for line in lines)])


def written(message: Message) -> str:
    """Returns a message as an entry of a `.po` file."""
    entry = [
        *(f"# {line}" for line in message.user_comments),
        *(f"#. {line}" for line in message.auto_comments),
        *(f"#: {place}" for place in sorted({one for one, _ in message.locations})),
    ]
    if message.fuzzy:
        entry.append("#, fuzzy")
    if message.context:
        entry.append(f"msgctxt {quoted(message.context)}")
    if isinstance(message.id, tuple):
        one, several = message.id
        forms = message.string if isinstance(message.string, tuple) else (message.string, "")
        entry += [f"msgid {quoted(one)}", f"msgid_plural {quoted(several)}"]
        entry += [f"msgstr[{number}] {quoted(form or '')}" for number, form in enumerate(forms)]
    else:
        entry += [f"msgid {quoted(message.id)}", f"msgstr {quoted(str(message.string or ''))}"]
    return "\n".join(entry) + "\n"


def update(language: str, only: list[str]) -> None:
    """Writes what the sources say into the files of a language; what is translated stays, what is gone goes."""
    shared: dict[tuple[str | None, object], object] = {}
    # what one translator needs to know, the next one does too
    hints = {
        (message.context, message.id): message.auto_comments
        for file in sorted(ROOT.glob("*/language/*/*.po"))
        for message in opened(file, file.parent.name)
        if message.auto_comments
    }
    plans = []
    for package in PACKAGES:
        for room, said in collected(package)[0].items():
            path = path_of(package, language, room)
            known = opened(path, language)
            for message in known:
                if message.id and message.string and not message.fuzzy:
                    shared.setdefault((message.context, message.id), message.string)
            plans.append((path, room, said, known))
    if not only:
        for stray in {
            file for package in PACKAGES for file in path_of(package, language, "").parent.glob("*.po")
        }:
            if stray not in {path for path, *_ in plans}:
                stray.unlink()  # of a room that says nothing any more
    for path, room, said, known in plans:
        if only and room not in only:
            continue
        entries = []
        for message in wanted(said):
            if not message.id:
                continue
            one = message.id[0] if isinstance(message.id, tuple) else message.id
            before = known.get(one, context=message.context)
            if before is not None and isinstance(before.id, tuple) == isinstance(message.id, tuple):
                message.string, message.flags = before.string, set(before.flags)
                message.user_comments = before.user_comments
                if before.id != message.id:  # the form for several has changed: somebody has to look at it
                    message.flags.add("fuzzy")
            if not message.string or (isinstance(message.string, tuple) and not any(message.string)):
                empty = ("",) * known.num_plurals if isinstance(message.id, tuple) else ""
                message.string = shared.get((message.context, message.id), empty)
            message.auto_comments = hints.get((message.context, message.id), [])
            entries.append(written(message))
        path.parent.mkdir(exist_ok=True)
        header = HEADER.format(
            language=known.locale_identifier, forms=known.num_plurals, plural=known.plural_expr
        )
        path.write_text("\n".join([header, *entries]), encoding="utf-8")


def gaps(text: str) -> list[tuple[str, str]]:
    """Returns the gaps of a sentence: the name of each value, and how it is written; argparse's `%(default)s`, too."""
    ours = {
        (name, f"!{kind}" if kind else form or "")
        for _, name, form, kind in string.Formatter().parse(text)
        if name is not None
    }
    return sorted(ours | {(name, "%") for name in re.findall(r"%\((\w+)\)s", text)})


def commands(text: str) -> int:
    """Returns how many lines of a sentence are commands to copy: those that begin with two blanks."""
    return sum(line.startswith("  ") for line in text.split("\n"))


def faults(language: str) -> Iterator[str]:
    """Yields what is wrong with a language."""
    seen: dict[tuple[str | None, object], tuple[object, str]] = {}
    plurals: dict[tuple[str, str, str], str] = {}
    for package in PACKAGES:
        rooms, wrong = collected(package)
        yield from wrong
        for room, said in rooms.items():
            path = path_of(package, language, room)
            name = path.relative_to(ROOT)
            known = opened(path, language)
            there = {(message.context or "", message.id): message for message in known if message.id}
            used = {(each.context, each.id): each for each in said}
            for each in said:
                if plurals.setdefault((package, each.context, each.one), each.several) != each.several:
                    yield f"{each.place}: said elsewhere with another form for several: {each.one!r}"
            for key in sorted(used.keys() - there.keys(), key=str):
                yield f"{name}: missing, of {used[key].place}: {used[key].one!r}"
            for key, message in there.items():
                if key not in used:
                    yield f"{name}: left over: {message.id!r}"
                    continue
                yield from (f"{name}: {fault}: {message.id!r}" for fault in faults_of(message))
                before, where = seen.setdefault(key, (message.string, str(name)))
                if before != message.string:
                    yield f"{name}: translated otherwise than in {where}: {message.id!r}"
        folder = ROOT / package / "language" / language
        for stray in sorted({file.stem for file in folder.glob("*.po")} - rooms.keys()):
            yield f"{path_of(package, language, stray).relative_to(ROOT)}: of a room that says nothing"


def faults_of(message: Message) -> Iterator[str]:
    """Yields what is wrong with one translation."""
    ids = message.id if isinstance(message.id, tuple) else (message.id,)
    strings = message.string if isinstance(message.string, tuple) else (message.string,)
    if not all(strings):
        yield "not translated"
        return
    if message.fuzzy:
        yield "fuzzy"
    if "%" in ids[0] and message.context in ("date", "date and time"):
        return
    allowed = {gap for text in ids for gap in gaps(text)}
    # the form for one thing may do without the number itself
    needed = {gap for gap in gaps(ids[-1]) if gap[0] != "n" or len(ids) == 1}
    for text in strings:
        try:
            if not needed <= set(gaps(text)) <= allowed:
                yield f"its gaps are {gaps(text)}, not {gaps(ids[-1])}"
        except ValueError as error:
            yield f"a gap is broken ({error})"
        if commands(text) != commands(ids[-1]):
            yield "a command to copy has no line of its own that begins with two blanks"
        for edge in ("\n", " "):
            if (text[:1] == edge, text[-1:] == edge) != (ids[-1][:1] == edge, ids[-1][-1:] == edge):
                yield f"begins or ends otherwise ({edge!r})"


def languages() -> list[str]:
    """Returns the languages that have a folder."""
    return sorted({file.parent.name for file in ROOT.glob("*/language/*/*.po")})


def main() -> int:
    """Runs the script."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("what", choices=["update", "check"])
    parser.add_argument("--language", action="append", help="default: all that there are")
    parser.add_argument("--room", action="append", default=[], help="default: all")
    asked = parser.parse_args()
    wrong = []
    for language in asked.language or languages():
        if asked.what == "update":
            update(language, asked.room)
        else:
            wrong += [
                fault
                for fault in faults(language)
                if not asked.room
                or any(f"/{room}.po" in fault or f"/{room}/" in fault for room in asked.room)
            ]
    print("\n".join(dict.fromkeys(wrong)), end="\n" if wrong else "")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
