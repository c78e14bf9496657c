"""The search for English in Portuguese: it finds what is planted, and nothing where there is none."""

import re
from pathlib import Path

import pytest

from tests import english
from tests.documents import parts
from tests.english import ALLOWED, english_sentences, visible

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("docs/pt/*.md"), ROOT / "README.pt-BR.md"])

OUTPUTS = {
    "a table": (
        "                              linhas\n"
        "treino                         1.828\n"
        "validação                        228\n"
        "{}\n"
        "total                          2.056\n"
    ),
    "an error": (
        "finetune fit: erro: dados.csv: não há coluna de texto. As colunas são: nome, data.\n"
        "{}\n"
        "Indique a coluna:\n"
        "  finetune fit --data.path dados.csv --data.text_column nome\n"
    ),
    "a training": (
        "Época 1/5, passo 40 de 115, 98 linhas/s, faltam 3 min, val/f1_macro 0,841\n"
        "{}\n"
        "Para continuar:\n"
        "  finetune fit --run lightning_logs/version_0 --resume\n"
    ),
    "a verdict": (
        "O modelo acerta 91,2% das linhas de teste (95%: 87,1% a 94,3%).\n"
        "{}\n"
        'Abaixo da confiança 0,700 ele diz "não sei".\n'
    ),
}
SENTENCES = [
    "The best model of the run is measured again.",
    "3 rows are left out, because their label is empty",
    "não há 4 rows with this label",
    "to go on: finetune fit --run latest --resume",
    "There is nothing to do.",
    "Trainer will use only 1 of 4 devices",
    "It stays on the disk.",
    "Expected a float. Got value: dois",
    "is it worth its time?",
]
LABELS = [
    "98 samples/s",
    "left 3 min",
    "machine",
    "yes",
    "epoch 3",
    "step 12",
    "saved",
    "severe  2 rows",
    "Run folder:",
]


@pytest.mark.parametrize("where", OUTPUTS)
def test_a_planted_sentence_is_found_alone(where):
    assert english_sentences(OUTPUTS[where].format("")) == []
    for planted in (*SENTENCES, *LABELS):
        assert english_sentences(OUTPUTS[where].format(planted)) == [planted]


def test_portuguese_that_looks_like_english_is_none():
    text = "a data do total me dá, no fim, o mesmo: use as de sempre, note e some; come a base, resume o item por si"
    assert english_sentences(text) == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_no_portuguese_page_has_any(page):
    lines = [
        line
        for line in parts(page)[0]
        if line != "```" and "em inglês" not in line and "In English" not in line
    ]
    prose = re.sub(r"\]\([^)]*\)", "]", "\n".join(lines))
    assert english_sentences(re.sub(r"`[^`]*`", "", prose)) == []


def test_what_is_allowed_is_little_and_each_of_it_is_needed(monkeypatch):
    assert len(ALLOWED) <= 60
    for pattern, line in ALLOWED.items():
        assert english_sentences(line) == [], pattern
        others = {each: why for each, why in ALLOWED.items() if each != pattern}
        with monkeypatch.context() as patch:
            patch.setattr(english, "ALLOWED", others)
            assert english_sentences(line) == [line.strip()], pattern


def test_of_a_page_all_is_looked_at_that_is_seen_or_read_out():
    page = '<title>Um</title><style>.the{}</style><img alt="the curve"><p>é a <b>oferta</b></p><td>n</td> <td>rows</td><p>row</p><script>the</script>'
    assert english_sentences(visible(page)) == ["the curve", "n\trows", "row"]
