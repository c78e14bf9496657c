import pytest

from finetune.data.reading.folding import column, folded, numbered
from finetune.data.reading.mojibake import lost_letters, repaired, repairs

WHOLE = "O açúcar não está à venda: “três” órgãos já pediram água ½ ºC"


@pytest.mark.parametrize("codec", ["cp1252", "latin-1"])
def test_utf8_that_was_read_as_a_western_code_page_is_repaired(codec):
    letters = WHOLE.split()
    broken = []
    for word in letters:
        try:
            broken.append(word.encode("utf-8").decode(codec))
        except UnicodeDecodeError:
            broken.append(word)
    assert repairs(broken).keys() == {
        number for number, (word, now) in enumerate(zip(letters, broken, strict=True)) if word != now
    }
    assert all(letters[number] == word for number, word in repairs(broken).items())


def test_utf8_that_was_read_as_gbk_is_repaired():
    text = "não é só a colheita: você já viu 😂"
    broken = text.encode("utf-8").decode("gb18030")
    assert "茫" in broken
    assert repaired(broken) == text


@pytest.mark.parametrize(
    "text",
    [
        WHOLE,
        "SÃO PAULO, JOÃO, AÇÃO… PÃES",
        "R&D; AT&T",
        "MAÇÃ—2024",
        "AMANHÃ” disse o técnico",
        "DE MANHÃ–TARDE, CAFÉ²",
        "veja ?uf=MT&reg=SP&copy=2&times=3",
        "Nanjing 路 1234",
        "chegou ao fim…é isso",
        "北京 é a capital da China",
        "bebi 茅台 ontem",
        "今年大豆产量增加",
        "东京 贸易战 谩骂",
        "",
    ],
)
def test_whole_texts_stay_as_they_are(text):
    assert repairs([text]) == {}


def test_html_entities_are_letters():
    assert repairs(["n&atilde;o", "a &lt; b", "soja & milho", "caf&#233;"]) == {
        0: "não",
        1: "a < b",
        3: "café",
    }


def test_what_was_damaged_twice_is_repaired_twice_and_blanks_of_entities_go():
    assert repaired("n&amp;atilde;o") == "não"
    assert repaired("&nbsp;soja") == "soja"
    assert repaired("?uf=MT&reg=SP&copy=2 e mais&nbsp;soja") == "?uf=MT&reg=SP&copy=2 e mais\xa0soja"


def test_lost_letters_are_found_and_not_invented():
    texts = column(["n�o", "não"])
    assert lost_letters(texts) == [0]
    assert repairs(texts) == {}


def test_folding_takes_case_and_punctuation_and_leaves_what_is_nothing_else():
    texts = column(["Bom  DIA!!", "bom dia", "😀", "Açaí-do-Pará", "", "..."])
    assert folded(texts).to_pylist() == ["bom dia", "bom dia", "😀", "açaí do pará", "", "..."]
    assert len(set(numbered(folded(texts)).tolist())) == 5


def test_half_a_surrogate_pair_does_no_harm():
    assert column(["a\ud800b"]).to_pylist() == ["a?b"]
