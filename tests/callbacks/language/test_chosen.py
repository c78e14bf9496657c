from __future__ import annotations

from typing import Any

import pytest

from callbacks import HardwareTier, LastCheckpoint, OverfittingWatch
from callbacks.language.which import speaking

SPEAKING = [HardwareTier, LastCheckpoint, OverfittingWatch]


@pytest.mark.parametrize("kind", SPEAKING)
@pytest.mark.parametrize(
    ("name", "code"), [("pt", "pt"), ("Português", "pt"), ("pt_BR.UTF-8", "pt"), ("en", "en"), (None, None)]
)
def test_a_callback_takes_any_name_of_a_language(kind: Any, name: str | None, code: str | None) -> None:
    assert kind(language=name).language == code


@pytest.mark.parametrize("kind", SPEAKING)
def test_another_one_is_refused_with_those_there_are(kind: Any) -> None:
    with pytest.raises(ValueError, match=r"language='xx'\): there are en \(English\), pt") as error:
        kind(language="xx")
    with speaking("pt"):
        assert str(error.value).startswith(f"{kind.__name__}(language='xx'): os idiomas são en")
