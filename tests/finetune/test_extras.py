"""Optional packages say how to install them."""

import pytest

from finetune import extras
from finetune.errors import UserError


def test_a_package_that_is_there_is_imported() -> None:
    assert extras.require("openpyxl").__name__ == "openpyxl"


def test_a_package_that_is_not_there_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extras, "have", lambda package: False)
    with pytest.raises(UserError, match=r'"openpyxl" is not installed: pip install "finetune-text\[xlsx\]"'):
        extras.require("openpyxl")
