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
import re
import string
import sys
from collections.abc import Iterator

import sentences
from babel.messages.catalog import Message
from catalogs import HEADER, opened, path_of, wanted, written
from sentences import PACKAGES, collected


def update(language: str, only: list[str]) -> None:
    """Writes what the sources say into the files of a language; what is translated stays, what is gone goes."""
    shared: dict[tuple[str | None, object], object] = {}
    # what one translator needs to know, the next one does too
    hints = {
        (message.context, message.id): message.auto_comments
        for file in sorted(sentences.ROOT.glob("*/language/*/*.po"))
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
            name = path.relative_to(sentences.ROOT)
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
        folder = sentences.ROOT / package / "language" / language
        for stray in sorted({file.stem for file in folder.glob("*.po")} - rooms.keys()):
            yield f"{path_of(package, language, stray).relative_to(sentences.ROOT)}: of a room that says nothing"


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
    return sorted({file.parent.name for file in sentences.ROOT.glob("*/language/*/*.po")})


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
