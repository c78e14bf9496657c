"""The `.po` files of a language: read, and written so that people and their editors read them well."""

from pathlib import Path

import sentences
from babel.messages import pofile
from babel.messages.catalog import Catalog, Message


def path_of(package: str, language: str, room: str) -> Path:
    """Returns the file of a room's sentences."""
    return sentences.ROOT / package / "language" / language / f"{room}.po"


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


def wanted(said: list[sentences.Said]) -> Catalog:
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
