"""What counts as a text in capitals, and what it becomes."""

import pytest

from finetune.language.capitals import in_capitals, lowered


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("O CAMINHÃO NÃO CHEGOU À COOPERATIVA", "o caminhão não chegou à cooperativa"),
        ("URGENTE!!! 3 BOIS DE 450 kg À VENDA", "urgente!!! 3 bois de 450 kg à venda"),
        ("CAMINHA\N{COMBINING TILDE}O PARADO", "caminha\N{COMBINING TILDE}o parado"),
        ("CAMINHÃO", "caminhão"),
        ("ABCDEFGxyz", "abcdefgxyz"),  # seven of ten
    ],
)
def test_a_text_in_capitals_is_read_in_lower_case_with_its_accents(text, read):
    assert in_capitals(text)
    assert lowered(text) == read


@pytest.mark.parametrize(
    "text",
    [
        "A EMBRAPA e o ICMS estão na pauta da reunião",
        "EMBRAPA lança cultivar de soja BRS 1003 IPRO no MT",
        "Segundo a CONAB, a safra 2023/24 de milho caiu 12% em MG, SP e GO",
        "ATENÇÃO: a reunião de amanhã foi adiada para segunda",
        "EMBRAPA",  # a name: seven letters
        "BR-163 / MT",
        "1.234,56",
        "",
        "ABCDEFGHIJKLMnopqrs",  # 13 of 19
        "大豆の価格が上がった",  # letters of one size
    ],
)
def test_names_in_capitals_within_a_text_stay_and_so_does_what_is_too_short(text):
    assert not in_capitals(text)
    assert lowered(text) is text
