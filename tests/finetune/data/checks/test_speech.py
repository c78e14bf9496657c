import pytest

from finetune.data.checks.speech import known_languages, language_of, speech
from finetune.language.which import speaking

PORTUGUESE = "A ferrugem asiática apareceu na lavoura e o produtor não sabia o que fazer."


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (PORTUGUESE, "pt"),
        ("The farmer sold his old tractor and bought a new one last week.", "en"),
        ("El agricultor vendió su tractor viejo y compró uno nuevo la semana pasada.", "es"),
        ("La cosecha de maíz se retrasó por las lluvias en la región", "es"),
        ("Encontré muchas orugas en las hojas del tomate", "es"),
        ("boi", None),
        ("12/03/2024 R$ 1.200,00 - 30 kg", None),
    ],
)
def test_a_text_says_its_language_or_too_little(text, language):
    assert language_of(text) == language


@pytest.mark.parametrize(
    ("model", "languages"),
    [
        ("embedded", {"en", "pt"}),
        ("neuralmind/bert-base-portuguese-cased", {"pt"}),
        ("./bertimbau", {"pt"}),
        ("bert-base-multilingual-cased", None),
        ("FacebookAI/xlm-roberta-base", None),
        ("google-bert/bert-base-uncased", {"en"}),
        ("microsoft/deberta-v3-small", {"en"}),
        ("microsoft/mdeberta-v3-base", None),
        ("lightning_logs/version_3/model", None),
        ("./bert-especial", None),
        ("/home/beto/agro-estudos/modelo", None),
        ("klue/roberta-base", None),
    ],
)
def test_a_models_name_says_its_languages_or_nothing(model, languages):
    assert known_languages(model) == languages


def test_where_the_model_says_nothing_most_texts_are_the_measure(frame, look):
    frame.loc[3, "texto"] = "The farmer sold his old tractor and bought a new one last week."
    (finding,) = speech(look(frame, languages=None))
    assert (finding.count, list(finding.rows)) == (1, [3])
    assert str(finding.what).endswith("expected: Portuguese; found: English (1)")
    assert finding.severity == "note"


def test_a_table_in_a_language_that_the_model_does_not_know_is_severe(frame, look):
    (finding,) = speech(look(frame, languages=frozenset({"en"})))
    assert finding.severity == "severe"
    assert "found: Portuguese (1," in str(finding.what)
    with speaking("pt"):
        assert "esperado: inglês; encontrado: português (1." in str(finding.what)
