"""Both languages say the same things, with the same gaps."""

import pkgutil
import string
from importlib import import_module

import pytest

import finetune.report

NAMES = [
    module.name
    for module in pkgutil.walk_packages(finetune.report.__path__, prefix="finetune.report.")
    if not module.ispkg
]
TABLES = [
    (name, table)
    for name in [*NAMES, "finetune.commands.report"]
    for table in ("WORDS", "SAYS", "FIGURE_WORDS")
    if hasattr(import_module(name), table)
]


def gaps(text):
    return {field for _, field, _, _ in string.Formatter().parse(text) if field}


@pytest.mark.parametrize(("module", "table"), TABLES)
def test_every_sentence_stands_in_both_languages(module, table):
    words = getattr(import_module(module), table)
    assert list(words["en"]) == list(words["pt"])
    for key, english in words["en"].items():
        assert gaps(english) == gaps(words["pt"][key]), key
