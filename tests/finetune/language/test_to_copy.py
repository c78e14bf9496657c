import shlex

import pytest

from finetune.language.to_copy import to_copy


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["finetune", "fit", "--data.path", "dados.csv"], "finetune fit --data.path dados.csv"),
        (["--data.path", "minhas perguntas.csv"], '--data.path "minhas perguntas.csv"'),
        (["--data.path=minhas perguntas.csv"], '--data.path="minhas perguntas.csv"'),
        (["Município/UF", "Área (ha)", ""], "Município/UF \"Área (ha)\" ''"),
        (['a "b"', "a $HOME", "it's"], "'a \"b\"' 'a $HOME' \"it's\""),
    ],
)
def test_a_line_to_copy_gives_the_words_again(words, line):
    assert to_copy(words) == line
    assert shlex.split(line) == words
