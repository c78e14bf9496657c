import numpy as np
import pytest

from finetune.evaluation.confidence import calibration_of, record, sentences
from finetune.evaluation.measured import Measured
from finetune.language.which import speaking
from finetune.tasks.calibration import Calibration, softmax
from finetune.tasks.single_label import single_label


def part(name: str, rows: int = 2000, sharpness: float = 2.0, seed: int = 0) -> Measured:
    """A model that is too sure of itself by a known factor."""
    random = np.random.default_rng(seed)
    logits = 1.5 * random.normal(size=(rows, 3))
    truth = np.array([random.choice(3, p=row) for row in softmax(logits)])
    return Measured(
        name, np.arange(rows), truth, logits * sharpness, 1.0, True, single_label(), ["a", "b", "c"]
    )


def test_the_error_falls_on_rows_that_the_temperature_was_not_chosen_by():
    validation, test = part("validation"), part("test", seed=1)
    found = record(calibration_of(validation, 0.9), [validation, test])
    assert found["calibration"]["after"]["test"]["ece"] < found["calibration"]["before"]["test"]["ece"] / 3
    assert found["calibration"]["rows"] == 2000
    low, high = found["abstention"]["test"]["interval"]
    assert low < 0.9 < high
    assert found["abstention"]["validation"]["precision"] >= 0.9


@pytest.mark.parametrize(
    ("language", "expected"),
    [("en", '"Don\'t know" below a confidence of 0.'), ("pt", '"Não sei" abaixo da confiança 0,')],
)
def test_it_is_told_in_both_languages(language, expected):
    validation, test = part("validation"), part("test", seed=1)
    with speaking(language):
        lines = sentences(record(calibration_of(validation, 0.9), [validation, test]))
    assert len(lines) == 3
    assert lines[2].startswith(expected)
    assert ("2,0" in lines[0] or "1,9" in lines[0]) == (language == "pt")


def test_what_cannot_be_reached_is_told():
    validation = part("validation", rows=100)
    never = record(Calibration(1.0, None, 0.999), [validation])
    assert "No confidence brings 99.9%" in sentences(never)[1]
    nothing = record(Calibration(1.0, 1.0, 0.9), [validation])
    assert "answers no row at all" in sentences(nothing)[1]
    always = record(Calibration(1.0, 0.0, 0.2), [validation])
    with speaking("pt"):
        assert 'Sem "não sei": nas linhas de validação' in sentences(always)[1]
        assert "% de todas as respostas estão certas (intervalo de 95%: " in sentences(always)[1]


@pytest.mark.parametrize(
    ("rows", "confidence", "abstaining"),
    [
        (
            17,
            "17 linhas de validação são poucas para indicar outra (são necessárias 20).",
            "com 17 linhas de validação",
        ),
        (
            1,
            "1 linha de validação é pouco para indicar outra (são necessárias 20).",
            "com 1 linha de validação",
        ),
    ],
)
def test_few_rows_are_told_to_be_few(rows, confidence, abstaining):
    validation = part("validation", rows=rows)
    with speaking("pt"):
        lines = sentences(record(calibration_of(validation, 0.9), [validation]))
    assert lines[0] == f"Confiança: fica como está; {confidence}"
    assert lines[1].startswith(f'Não dá para escolher o "não sei" {abstaining}')


def test_without_a_wish_nothing_is_said_of_abstaining():
    validation = part("validation")
    content = record(calibration_of(validation, None), [validation])
    assert "abstention" not in content
    assert len(sentences(content)) == 1
