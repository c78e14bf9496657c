"""Finding the text column and the label column."""

import pandas as pd
import pytest

from finetune.data.reading.chosen_columns import find_columns
from finetune.data.reading.columns import fold
from finetune.errors import DataError


def find(
    *names: str, text: str | None = None, label: str | None = None, need_labels: bool = True
) -> tuple[str, str | None, tuple[str, ...]]:
    frame = pd.DataFrame({name: ["a", "b"] for name in names})
    text, label, notes = find_columns(
        frame, "dados.csv", text_column=text, label_column=label, need_labels=need_labels
    )
    return text, label, tuple(map(str, notes))


@pytest.mark.parametrize(
    "text", ["texto", "TEXTO", " Text ", "sentence", "Sentença", "frase", "Comentário", "Conteúdo"]
)
@pytest.mark.parametrize(
    "label", ["rotulo", "Rótulo", "label", "labels", "CLASSE", "categoria", "target", "intent"]
)
def test_names_in_any_case_with_and_without_accents(text: str, label: str) -> None:
    assert find("id", label, text, "data") == (text, label, ())


def test_fold() -> None:
    assert fold("  Descrição do-Caso ") == "descricao_do_caso"


def test_given_columns_win_over_known_names() -> None:
    assert find("texto", "classe", "label", text="classe", label="label") == ("classe", "label", ())
    assert find("texto", "Resumo da Queixa", "label", text="resumo da queixa") == (
        "Resumo da Queixa",
        "label",
        (),
    )


def test_a_given_column_is_no_candidate_for_the_other() -> None:
    assert find("content", "text", label="content") == ("text", "content", ())
    assert find("label", "classe", text="classe") == ("classe", "label", ())


def test_without_need_a_label_column_may_be_missing_or_unclear() -> None:
    assert find("texto", need_labels=False) == ("texto", None, ())
    assert find("texto", "classe", need_labels=False) == ("texto", "classe", ())
    assert find("texto", label="rotulo", need_labels=False) == (
        "texto",
        None,
        ('no column "rotulo": read without labels',),
    )
    assert find("texto", "classe", "label", need_labels=False)[1:] == (
        None, ('"classe", "label" could each be the label column: read without labels',),
    )  # fmt: skip


def test_the_only_column_of_texts_is_taken_when_no_labels_are_needed() -> None:
    note = '"queixa" is the only column of texts: taken as the text column'
    assert find("queixa", "classe", need_labels=False) == ("queixa", "classe", (note,))
    with pytest.raises(DataError, match='no text column found among "queixa", "outra"'):
        find("queixa", "outra", need_labels=False)


@pytest.mark.parametrize(
    ("names", "given", "message"),
    [
        (("foo", "rotulo"), {}, 'no text column found among "foo", "rotulo": name it with --data.text_column'),
        (("texto", "bar"), {}, 'no label column found among "texto", "bar": name it with --data.label_column'),
        (("texto", "frase", "label"), {}, '"texto", "frase" could each be the text column: choose one with --data.text_column'),
        (("texto", "classe", "label"), {}, '"classe", "label" could each be the label column: choose one with --data.label_column'),
        (("texto", "label"), {"text": "textos"}, r'no column "textos" \(--data.text_column\); the columns are "texto", "label"; did you mean "texto"\?'),
        (("texto", "label"), {"label": "xyz"}, r'no column "xyz" \(--data.label_column\); the columns are "texto", "label"$'),
        (("Texto", "TEXTO", "label"), {"text": "texto"}, '"texto" .* could be "Texto", "TEXTO": give the exact name'),
        (("texto", "label"), {"text": "texto", "label": "texto"}, '"texto" is named as both the text column and the label column'),
        (("texto", "label"), {"label": "Texto", "text": "texto"}, '"texto" is named as both'),
    ],
)  # fmt: skip
def test_unclear_columns(names: tuple[str, ...], given: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message) as caught:
        find(*names, **given)  # type: ignore[arg-type]
    assert str(caught.value).startswith("dados.csv: ")
