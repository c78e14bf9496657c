"""The sentences of another language, read from gettext's `.po` files as they are. Renders nothing."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path

Key = tuple[str, str]
"""Context and English sentence of a message."""

Entries = dict[Key, tuple[str, ...]]
"""Its translation, one for each form of the plural."""


RULE = "Plural-Forms: nplurals=2; plural=(n != 1);"
"""That of many languages, which needs no parser."""


class Catalogue:
    """The translations of one package into one language, file by file: one is read when no other had the sentence.

    Args:
        folder: The language's folder.
    """

    def __init__(self, folder: Path) -> None:
        package = folder.parent.parent.name
        # what the package's own files say first: that is the list of commands, which has to be there at once
        self._files = sorted(folder.glob("*.po"), key=lambda file: (file.stem != package, file.name))
        self._done = 0
        self._entries: Entries = {}
        self._rule = RULE
        self.plural: Callable[[int], int] = lambda n: int(n != 1)

    @classmethod
    @cache
    def of(cls, folder: Path, language: str) -> "Catalogue":
        """Returns the catalogue of a package, read once.

        Args:
            folder: Where the package keeps its languages.
            language: The code of one of them.
        """
        return cls(folder / language)

    def find(self, context: str, one: str) -> tuple[str, ...]:
        """Returns the translation in its forms; the English sentence itself where there is none."""
        key = (context, one)
        while key not in self._entries and self._done < len(self._files):
            number = self._done
            self._take(self._files[number])
            # only now: what was interrupted, or another thread is reading as well, is read once more
            self._done = max(self._done, number + 1)
        return self._entries.get(key, (one,))

    def _take(self, file: Path) -> None:
        entries = dict(read(file))
        header = entries.pop(("", ""), ("",))[0]
        for line in header.splitlines():
            if line.startswith("Plural-Forms:") and line != self._rule:
                from gettext import c2py  # here: the list of commands counts nothing

                self._rule = line
                self.plural = c2py(line.partition("plural=")[2].rstrip("; "))
        self._entries.update(entries)


def read(file: Path) -> Iterator[tuple[Key, tuple[str, ...]]]:
    """Reads the finished entries of a `.po` file: key and translation. A C string is a JSON string."""
    for block in file.read_text(encoding="utf-8").split("\n\n"):
        fields: dict[str, str] = {}
        last, fuzzy = "", False
        for line in block.splitlines():
            if line.startswith("#"):
                fuzzy |= line.startswith("#,") and "fuzzy" in line
                continue
            name, mark, text = line.partition('"')
            if mark:
                last = name.strip() or last
                fields[last] = fields.get(last, "") + json.loads(mark + text)
        forms = tuple(text for name, text in fields.items() if name.startswith("msgstr"))
        if "msgid" in fields and not fuzzy and all(forms):
            yield (fields.get("msgctxt", ""), fields["msgid"]), forms
