"""The cells of the label column as names of classes: those that look alike are one class. Numbers none."""

import unicodedata
from itertools import compress

from finetune.data.labels.lookalikes import look
from finetune.data.reading.dialect import Notes
from finetune.data.reading.invisible import as_seen
from finetune.data.reading.mojibake import repaired
from finetune.language.say import Message


def class_names(labels: list[str], *, fix_encoding: bool) -> tuple[list[str], Notes]:
    """The labels as names of classes, those that look alike being one; and how many were written otherwise."""
    mended = {name: repaired(name) if fix_encoding else name for name in set(labels)}
    seen = {name: _seen_name(now) for name, now in mended.items()}
    whole = sum(mended[name] != name for name in labels)
    alike = sum(seen[name] != mended[name] for name in labels)
    notes = (
        Message("{n:,} label repaired in memory", "{n:,} labels repaired in memory", n=whole),
        Message(
            "{n:,} label with invisible signs, unusual blanks or accents stored apart: read as it looks",
            "{n:,} labels with invisible signs, unusual blanks or accents stored apart: read as they look",
            n=alike,
        ),
    )
    return [seen[name] for name in labels], tuple(compress(notes, (whole, alike)))


def folded_label(name: str) -> str:
    """A label as it looks, without case, accents and spaces; other signs stay: C++ is not C."""
    plain = unicodedata.normalize("NFKD", look(name).casefold())
    return "".join(mark for mark in plain if not unicodedata.combining(mark) and not mark.isspace())


def _seen_name(name: str) -> str:
    # in damaged letters such a sign is a byte of what was meant (`Ã`, soft hyphen: `í`): it stays, to be repaired
    seen = as_seen(name)
    return name if seen != name and repaired(name) != name else seen
