"""Damaged letters repaired by the standard library alone: what Portuguese tables have, as a training repairs it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from finetune.data.reading import mojibake as of_the_house
from finetune.runtime.answering import mojibake
from finetune.runtime.answering.mojibake import mended

TEXTS = [
    "A educação sexual é um tema importante: o acesso à informação não é de todos.",
    "“Cidadão”, disse — às 5 h — que a água não custa R$ 5, nem 5 €…",
    "Àquela altura, o preço da soja subiu 3½% ²",
    "ação",
    "😀 não sei",
    "MAÇÃ—2024 e MAÇÃ”",
    "só ASCII aqui",
    "日本語 e só",
]


def by_windows(text: str) -> str:
    lacking = (0x81, 0x8D, 0x8F, 0x90, 0x9D)
    return "".join(chr(byte) if byte in lacking else bytes([byte]).decode("cp1252") for byte in text.encode())


DAMAGE = {
    "none": str,
    "windows": by_windows,
    "latin-1": lambda text: text.encode().decode("latin-1"),
    "twice": lambda text: by_windows(by_windows(text)),
    "gbk": lambda text: text.encode().decode("gb18030", "replace"),
    "entities": lambda text: text.replace("ã", "&atilde;").replace("é", "&#233;"),
    "blanks that broke": lambda text: by_windows(text).replace("\u00a0", " "),
    "first half": lambda text: by_windows(text[:20]) + text[20:],
    "macintosh": lambda text: text.encode().decode("mac_roman"),
    "dos": lambda text: text.encode().decode("cp437"),
}


BY_ODDS = ("macintosh", "dos")
"""What ftfy weighs by how odd the letters are, and leaves alone where a text has few of them; here it is repaired."""


@pytest.mark.parametrize("damage", DAMAGE)
def test_damage_is_repaired_as_in_a_training(damage):
    found = [DAMAGE[damage](text) for text in TEXTS]
    theirs = of_the_house.repairs(found)
    for place, (meant, text) in enumerate(zip(TEXTS, found, strict=True)):
        more = {meant.strip()} if damage in BY_ODDS and place not in theirs else set()
        assert mended(text) in {theirs.get(place, text), *more}
    assert damage == "none" or len(theirs) >= 4


@given(st.text() | st.text("ÃÂçãé€“ &;amp#1Ç—ABC"))
def test_what_is_looked_at_is_what_a_training_looks_at(text):
    theirs = re.compile(f"{of_the_house.SUSPECT}|{of_the_house.CHINESE}|{of_the_house.ENTITY}")
    assert (mojibake.DAMAGED.search(text) is None) == (theirs.search(text) is None)
    assert mojibake.from_chinese(text) == of_the_house.from_chinese(text)


@given(st.text())
def test_any_text_comes_to_an_end(text):
    assert mended(mended(text)) == mended(text)
