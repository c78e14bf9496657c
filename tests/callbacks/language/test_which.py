import pytest

from callbacks.language.which import language, language_of, languages, name_of, speaking


@pytest.mark.parametrize(
    ("name", "code"),
    [
        *((name, "pt") for name in ("pt", "PT", "pt_BR", "pt-br", "pt_PT.UTF-8", "português", "PORTUGUES")),
        *((name, "pt") for name in ("Portuguese_Brazil.1252", "portugue\u0302s", "português do Brasil")),
        *((name, "en") for name in ("en", "en_US.UTF-8", "English", "English_United States.1252")),
        *((name, None) for name in ("es", "fr_FR", "C", "", "ptolemy")),
    ],
)
def test_a_language_is_known_by_each_of_its_names(name, code):
    assert language_of(name) == code


def test_the_language_is_the_nearest_that_was_chosen(monkeypatch):
    monkeypatch.setenv("LC_ALL", "pt_BR.UTF-8")
    monkeypatch.delenv("FINETUNE_LANGUAGE")
    assert language() == "pt"
    monkeypatch.setenv("FINETUNE_LANGUAGE", "en")
    assert language() == "en"
    with speaking("pt"):
        with speaking(None):
            assert language() == "pt"
        with speaking("en"):
            assert language() == "en"
        assert language() == "pt"
    assert language() == "en"


def test_a_system_of_another_language_is_spoken_to_in_english(monkeypatch):
    monkeypatch.delenv("FINETUNE_LANGUAGE")
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "fr_FR.UTF-8")
    assert language() == "en"


def test_the_languages_are_the_folders():
    assert languages() == ("en", "pt")
    assert [name_of(code) for code in languages()] == ["English", "português"]
