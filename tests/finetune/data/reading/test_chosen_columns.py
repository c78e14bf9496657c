"""Columns that are not named as plainly: what is taken and said, what is asked, and how a slip is answered."""

import re
from pathlib import Path

import pandas as pd
import pytest

from finetune.data.reading import column_hints
from finetune.data.reading.chosen_columns import find_columns, given_column
from finetune.data.reading.columns import BEST, NOT, WEAKLY, WELL, has_columns
from finetune.data.tables import read_source
from finetune.errors import DataError

LABEL = 'the column "{}" is taken as the label: name another one with --data.label_column'
TEXT = 'the column "{}" is taken as the text: name another one with --data.text_column'

CELLS = {
    "Protocolo": ["2024001", "2024002", "2024003", "2024004"],
    "Data": ["01/02/2024", "02/02/2024", "03/02/2024", "03/02/2024"],
    "Área": ["12,5", "30", "7,25", "1.200"],
    "Ocorrência": ["1", "2", "3", "4"],
}
"""What stands in columns whose cells matter; in all others a text, or in every other row the same."""


def table(*names: str) -> pd.DataFrame:
    words = ["a vaca não come", "a soja secou", "boi magro", "milho caro"]
    return pd.DataFrame({name: CELLS.get(name, words) for name in names})


def find(*names: str, need_labels: bool = True, **given: str) -> tuple[str, str | None, list[str]]:
    text, label, notes = find_columns(
        table(*names),
        "dados.csv",
        text_column=given.get("text"),
        label_column=given.get("label"),
        need_labels=need_labels,
    )
    return text, label, list(map(str, notes))


@pytest.mark.parametrize(
    "label",
    [
        *("Assunto", "TEMA", "motivo", "Tipo", "setor", "área", "Natureza", "Departamento", "grupo", "Sentimento"),
        *("polaridade", "Classificação", "Categoria principal", "Rótulo final", "Motivo do contato", "label 2"),
        *("Tipo de solicitação", "Assunto da mensagem", "Classe:", "1. Categoria"),
    ],
)  # fmt: skip
def test_a_label_with_a_name_that_leaves_a_doubt_is_taken_and_said(label: str) -> None:
    assert find("Protocolo", label, "texto") == ("texto", label, [LABEL.format(label)])


@pytest.mark.parametrize(
    "text",
    [
        *("Observação", "obs", "Solicitação", "reclamação", "Ocorrências", "Manifestação", "detalhes", "Histórico"),
        *("Corpo", "Pergunta do cooperado", "Texto da mensagem", "mensagem_limpa", "Descrição do problema"),
        *("Reclamação do produtor", "2) Texto"),
    ],
)  # fmt: skip
def test_so_is_a_text(text: str) -> None:
    assert find("Data", text, "classe") == (text, "classe", [TEXT.format(text)])
    assert find("Data", text, "Assunto") == (text, "Assunto", [LABEL.format("Assunto"), TEXT.format(text)])


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (("texto", "classe", "Assunto", "Tipo", "Observação"), ("texto", "classe")),
        (("Pergunta do cooperado", "Texto", "Categoria principal", "Rótulo"), ("Texto", "Rótulo")),
        (("mensagem", "obs", "motivo", "target"), ("mensagem", "target")),
        (("Relato", "Reclamação", "Setor", "categoria"), ("Relato", "categoria")),
        (("text_clean", "text", "label_id", "label"), ("text", "label")),
    ],
)
def test_names_that_leave_no_doubt_win_and_nothing_is_said(
    names: tuple[str, ...], taken: tuple[str, str]
) -> None:
    assert find(*names) == (*taken, [])
    assert find(*names, need_labels=False) == (*taken, [])


@pytest.mark.parametrize(
    ("names", "taken"),
    [
        (("Pergunta do cooperado", "Observações", "Assunto"), ("Pergunta do cooperado", "Assunto")),
        (("Solicitação", "Resposta", "Setor"), ("Solicitação", "Setor")),
        (("Ocorrência", "Descrição da ocorrência", "Tipo"), ("Descrição da ocorrência", "Tipo")),
        (("Mensagem", "Área", "Assunto"), ("Mensagem", "Assunto")),
        (("Mensagem", "Assunto", "Tipo de cliente"), ("Mensagem", "Assunto")),
    ],
)
def test_of_two_that_leave_a_doubt_the_surer_one_is_taken(
    names: tuple[str, ...], taken: tuple[str, str]
) -> None:
    assert find(*names)[:2] == taken


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (("texto", "Assunto", "Motivo"), '"Assunto", "Motivo" could each be the label column: choose one with'),
        (("texto", "classe", "label", "Assunto"), '"classe", "label" could each be the label column: choose one'),
        (("texto", "frase", "obs", "label"), '"texto", "frase" could each be the text column: choose one'),
        (("texto", "tipografia"), 'no label column found among "texto", "tipografia"'),
        (("texto", "label_id"), 'no label column found among "texto", "label_id"'),
        (("texto", "Área"), 'no label column found among "texto", "Área"'),
        (("textual", "classe"), 'no text column found among "textual", "classe"'),
        (("text_id", "classe"), 'no text column found among "text_id", "classe"'),
        (("Assunto", "classe"), 'no text column found among "Assunto", "classe"'),
    ],
)  # fmt: skip
def test_what_stays_unclear_is_asked_as_before(names: tuple[str, ...], said: str) -> None:
    with pytest.raises(DataError, match=re.escape(said)):
        find(*names)


@pytest.mark.parametrize(
    ("cells", "taken"),
    [
        ([0, 1, 1, 0], True),
        ([-1.0, 1.0, 1.0, -1.0], True),
        (["1", "2", "2", "1"], True),
        ([True, False, True, True], True),
        ([12.5, 30, 30, 12.5], False),
        ([100, 200, 300, 400], False),
        ([None, None, None, None], True),
    ],
)
def test_numbers_are_classes_where_they_are_few_and_whole(cells: list[object], taken: bool) -> None:
    frame = table("texto").assign(sentimento=cells)
    if taken:
        assert (
            find_columns(frame, "d", text_column=None, label_column=None, need_labels=True)[1] == "sentimento"
        )
        return
    with pytest.raises(DataError, match="no label column found"):
        find_columns(frame, "d", text_column=None, label_column=None, need_labels=True)


def test_without_need_of_labels_only_a_name_that_leaves_no_doubt_is_one() -> None:
    assert find("texto", "Assunto", need_labels=False) == ("texto", None, [])
    assert find("Pergunta do cooperado", "Assunto", need_labels=False) == (
        "Pergunta do cooperado",
        None,
        [TEXT.format("Pergunta do cooperado")],
    )
    only = '"queixa" is the only column of texts: taken as the text column'
    assert find("queixa", need_labels=False) == ("queixa", None, [only])


def test_both_columns_that_are_missing_are_told_at_once_with_options_to_copy() -> None:
    frame = pd.DataFrame(
        {
            "Código": ["1", "2", "3"],
            "Fala do cooperado": ["a vaca não come", "a soja secou", "milho caro demais"],
            "Cultura": ["gado", "grãos", "grãos"],
        }
    )
    with pytest.raises(DataError) as error:
        find_columns(frame, "d.csv", text_column=None, label_column=None, need_labels=True, header_line=True)
    assert str(error.value) == (
        'd.csv: no label column found among "Código", "Fala do cooperado", "Cultura" (if these are not the names of the '
        "columns, give the line that holds them with --data.header_line), and no text column either: name both with "
        "--data.text_column and --data.label_column, for example:\n"
        '  --data.text_column "Fala do cooperado" --data.label_column Cultura'
    )


def test_one_that_is_missing_beside_one_that_is_unclear_is_told_too() -> None:
    with pytest.raises(DataError) as error:
        find("fala", "classe", "label")
    assert '"classe", "label" could each be the label column; there is no text column. ' in str(error.value)
    assert str(error.value).endswith("\n  --data.text_column fala --data.label_column classe")


@pytest.mark.parametrize(
    ("wanted", "meant"),
    [
        ("Pergunta", "Pergunta do cooperado"),
        ("perguntas", "Pergunta do cooperado"),
        ("cooperado", "Pergunta do cooperado"),
        ("rótulo_final", "Rótulo"),
        ("municipio", "Município/UF"),
        ("data de registro", "Data do registro"),
        ("xyz", None),
    ],
)
@pytest.mark.parametrize("parameter", ["text_column", "group_column"])
def test_the_column_that_was_meant_is_told(wanted: str, meant: str | None, parameter: str) -> None:
    names = ["Pergunta do cooperado", "Rótulo", "Município/UF", "Data do registro"]
    with pytest.raises(DataError) as error:
        given_column(names, wanted, "d.csv", parameter)
    assert str(error.value).endswith(f'; did you mean "{meant}"?' if meant else '"Data do registro"')


def test_of_names_that_are_as_near_each_is_told() -> None:
    with pytest.raises(DataError, match='did you mean "Texto 1" or "Texto 2"\\?'):
        given_column(["Data", "Texto 1", "Texto 2"], "Texto 3", "d.csv", "text_column")
    names = ["Fala do cliente", "Fala do dono", "Fala do tio", "dia"]
    with pytest.raises(DataError, match='did you mean "Fala do cliente", "Fala do dono" or "Fala do tio"\\?'):
        given_column(names, "fala", "d.csv", "text_column")


def test_the_column_of_the_text_is_no_example_of_labels() -> None:
    frame = pd.DataFrame({"protocolo": range(20), "texto": ["boi"] * 2 + [f"vaca {n}" for n in range(18)]})
    with pytest.raises(DataError, match="no label column") as error:
        find_columns(frame.astype(str), "d.csv", text_column=None, label_column=None, need_labels=True)
    assert "--data.label_column texto" not in str(error.value)


def test_of_a_wide_table_the_first_columns_and_rows_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []
    first_cells = column_hints._first_cells
    monkeypatch.setattr(
        column_hints, "_first_cells", lambda column: looked.append(len(column)) or first_cells(column)
    )
    frame = pd.DataFrame({f"c{n}": ["a vaca não come", "a soja secou"] * 500 for n in range(1000)})
    with pytest.raises(DataError, match=r"--data.text_column c0 --data.label_column c1$"):
        find_columns(frame, "d.csv", text_column=None, label_column=None, need_labels=True)
    assert len(looked) < 10 * column_hints.MOST_COLUMNS
    assert max(looked) == column_hints.MOST_ROWS


@pytest.mark.parametrize(("file", "header_line"), [("a.jsonl", False), ("a.parquet", False), ("a.csv", True)])
def test_the_header_line_is_offered_where_there_is_one(tmp_path: Path, file: str, header_line: bool) -> None:
    for names in (["fala", "dia"], ["texto", "dia"], ["fala", "classe", "label"]):
        frame = pd.DataFrame({name: ["boi", "soja"] for name in names})
        path = tmp_path / file
        if file == "a.csv":
            frame.to_csv(path, index=False)
        elif file == "a.parquet":
            frame.to_parquet(path)
        else:
            frame.to_json(path, orient="records", lines=True)
        with pytest.raises(DataError) as error:
            read_source(path)
        assert ("--data.header_line" in str(error.value)) == header_line
        assert str(error.value).count("column") > 1


FILES = {
    b"Pergunta do cooperado;Assunto\nboi;x\nsoja;y\n": ("Pergunta do cooperado", "Assunto"),
    b"Protocolo,Motivo,Reclama\xe7\xe3o\n1,x,boi\n2,y,soja\n": ("Reclamação", "Motivo"),
    b'{"obs": "boi", "tema": "x"}\n{"obs": "soja", "tema": "y"}\n': ("obs", "tema"),
}


@pytest.mark.parametrize("content", FILES)
def test_a_file_with_such_names_is_read(content: bytes, tmp_path: Path) -> None:
    file = tmp_path / ("a.jsonl" if content.startswith(b"{") else "a.csv")
    file.write_bytes(content)
    read = read_source(file)["all"]
    assert (read.text_column, read.label_column) == FILES[content]
    assert (read.text, read.label) == (["boi", "soja"], ["x", "y"])
    assert sum("another one with --data." in str(note) for note in read.notes) == 2
    unlabelled = read_source(file, need_labels=False)["all"]
    assert (unlabelled.text_column, unlabelled.label) == (FILES[content][0], None)


def test_of_the_sheets_one_with_known_names_is_taken_then_one_that_leaves_a_doubt(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    sheets = {
        "Leia-me": ("Instruções", "Versão"),
        "Resumo": ("Observação", "Tipo"),
        "Dados": ("Descrição", "Rótulo"),
    }
    for taken in ("Dados", "Resumo"):
        book = openpyxl.Workbook()
        book.remove(book.active)
        for title, names in sheets.items():
            sheet = book.create_sheet(title)
            for row in (names, ("boi", "x"), ("soja", "y")):
                sheet.append(row)
        book.save(tmp_path / f"{taken}.xlsx")
        notes = " ".join(map(str, read_source(tmp_path / f"{taken}.xlsx")["all"].notes))
        assert f'sheet "{taken}"; left out' in notes
        sheets.pop(taken)


@pytest.mark.parametrize(
    ("names", "how_well"),
    [
        (("texto", "rotulo"), BEST),
        (("descrição", "rotulo"), WELL),
        (("texto", "Assunto"), WEAKLY),
        (("Pergunta do cooperado", "classe"), WEAKLY),
        (("Pergunta do cooperado", "Assunto"), WEAKLY),
        (("Assunto", "x"), NOT),
        (("texto", "x"), NOT),
    ],
)
def test_a_sheet_with_names_that_leave_a_doubt_comes_behind_those_with_known_ones(
    names: tuple[str, ...], how_well: int
) -> None:
    assert has_columns(names, text_column=None, label_column=None, need_labels=True) == how_well
