"""Titles above the header, in text tables and workbooks alike; and the header's line that the user names."""

from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from finetune.data.reading.table import Table
from finetune.data.tables import read_source
from finetune.errors import DataError

TABLE = ["texto;rotulo", "boi;x", "soja;y"]
TITLE = "line 1 is a title, not the header: left out"


def text_table(path: Path, lines: list[str]) -> Path:
    (path / "dados.csv").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path / "dados.csv"


def workbook(path: Path, lines: list[str]) -> Path:
    book = openpyxl.Workbook()
    for line in lines:
        book.active.append([cell or None for cell in line.split(";")])  # type: ignore[union-attr]
    book.save(path / "dados.xlsx")
    return path / "dados.xlsx"


@pytest.fixture(params=[text_table, workbook])
def made(request: pytest.FixtureRequest) -> Any:
    return request.param


def said(table: Table) -> list[str]:
    return [note for note in map(str, table.notes) if "line" in note]


@pytest.mark.parametrize(
    ("above", "notes"),
    [
        (["Relatório de atendimentos - outubro/2026"], [TITLE]),
        (["Relatório de atendimentos - outubro/2026", ""], [TITLE]),
        (["", "Relatório"], ["line 2 is a title, not the header: left out"]),
        (["Cooperativa X;;;", "Gerado em: 01/10/2026", ""], ["lines 1 and 2 are titles, not the header: left out"]),
        ([";;Ouvidoria;"], [TITLE]),
        (
            ["Atendimento;Ouvidoria"],
            ['line 1 stands above the header, which is line 2: left out ("Atendimento", "Ouvidoria")'],
        ),
        (
            ["SAC", "Gerado em:;01/10/2026", "Usuário:;ana"],
            [
                TITLE,
                "lines 2 and 3 stand above the header, which is line 4: left out "
                '("Gerado em:", "01/10/2026"; "Usuário:", "ana")',
            ],
        ),
        (["Sistema;SAC;Versão;2.1;Usuário;ana"], None),
        (["x"] * 19, None),
    ],
)  # fmt: skip
def test_titles_are_left_out_and_said(
    tmp_path: Path, made: Any, above: list[str], notes: list[str] | None
) -> None:
    table = read_source(made(tmp_path, [*above, *TABLE]))["all"]
    assert (table.text, table.label) == (["boi", "soja"], ["x", "y"])
    assert [table.line(position) for position in range(2)] == [len(above) + 2, len(above) + 3]
    assert notes is None or said(table) == notes


def test_a_title_of_several_cells_per_row_offers_the_option(tmp_path: Path, made: Any) -> None:
    path = made(tmp_path, ["Ouvidoria;", "fala;tipo;dia", "boi;x;1", "vaca;y;2"])
    with pytest.raises(DataError, match=r"line 2 has .*, or, if the header is another line, give it with"):
        read_source(path)


def test_without_labels_the_error_is_of_the_right_columns(tmp_path: Path, made: Any) -> None:
    path = made(tmp_path, ["Relatório de outubro", "", "texto;dia;produto", "boi;1;x", "soja;2;y"])
    with pytest.raises(DataError, match='no label column found among "texto", "dia", "produto"'):
        read_source(path)


def test_of_two_levels_that_with_the_names_is_the_header(tmp_path: Path, made: Any) -> None:
    lines = ["Atendimento;;Categoria", "texto;data;rotulo", "boi;1/10;x", "vaca;2/10;y"]
    table = read_source(made(tmp_path, lines))["all"]
    assert list(table.frame.columns) == ["texto", "data", "rotulo"]
    assert '("Atendimento", "Categoria")' in said(table)[0]


def test_the_columns_that_the_user_names_tell_the_header(tmp_path: Path, made: Any) -> None:
    path = made(tmp_path, ["Ouvidoria", "", "fala;tipo;dia", "boi;x;1", "vaca;y;2"])
    table = read_source(path, text_column="Fala", label_column="tipo")["all"]
    assert (table.text, said(table)) == (["boi", "vaca"], [TITLE])
    with pytest.raises(DataError, match=r'"Ouvidoria".* with --data.header_line'):
        read_source(path)


@pytest.mark.parametrize(
    ("lines", "columns"),
    [
        (["opiniao", "texto", "boi"], ["opiniao"]),
        (["opiniao;categoria", "texto;categoria", "mensagem;x"], ["opiniao", "categoria"]),
        (["texto;data;rotulo", "frase;texto;categoria", "a;b;c"], ["texto", "data", "rotulo"]),
        (["Categoria;mensagem", "texto;rotulo", "a;b"], ["Categoria", "mensagem"]),
        (["texto", "Relatório", "texto"], ["texto"]),
        (["opiniao muito boa", "texto", "boi"], ["opiniao muito boa"]),
        (["opiniao", "", "texto", "boi"], ["opiniao"]),
        (["Pergunta do cooperado;Assunto", "texto;rotulo", "a;b"], ["Pergunta do cooperado", "Assunto"]),
    ],
)
def test_a_table_that_was_read_without_stays_as_it_is(
    tmp_path: Path, made: Any, lines: list[str], columns: list[str]
) -> None:
    table = read_source(made(tmp_path, lines), need_labels=False)["all"]
    assert list(table.frame.columns) == columns
    assert len(table.frame) == len(lines) - 1


@pytest.mark.parametrize(
    "lines",
    [
        ["tipo;canal", "mensagem;telefone", "elogio;loja"],
        ["a;b;c", "mensagem;;1", "x;y;z"],
        ["tipo;canal", "texto;mensagem", "frase;loja"],
        ["a;b;c", "pergunta sobre soja;tema;1", "x;y;z"],
    ],
)
def test_a_row_whose_cells_are_names_is_no_header(tmp_path: Path, made: Any, lines: list[str]) -> None:
    with pytest.raises(DataError, match=r"no text column found among .* with --data.header_line"):
        read_source(made(tmp_path, lines), need_labels=False)


@pytest.mark.parametrize(
    ("lines", "texts"),
    [
        (["Mensagens de outubro", "texto;dia", "boi;1/2", "soja;3/4"], ["boi", "soja"]),
        (["Relatório de outubro", "", "texto", "boi", "vaca, soja"], ["boi", "vaca, soja"]),
        (["Mensagens de outubro", "", "texto;dia", "boi;1/2"], ["boi"]),
        (["Mensagens de outubro;", "Pergunta do cooperado;Cidade", "boi;Lapa"], ["boi"]),
        (["Relatório", "Gerado em;01/10/2026", "id;texto;dia", "1;boi;1/2"], ["boi"]),
    ],
)
def test_titles_of_a_table_to_predict(tmp_path: Path, made: Any, lines: list[str], texts: list[str]) -> None:
    assert read_source(made(tmp_path, lines), need_labels=False)["all"].text == texts


def test_a_sheet_is_chosen_by_its_true_header(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for name, lines in {
        "Capa": ["Relatório", "Cooperativa X"],
        "Dados": ["Relatório de outubro", "", *TABLE],
    }.items():
        sheet = book.create_sheet(name)
        for line in lines:
            sheet.append(line.split(";"))
    book.save(tmp_path / "a.xlsx")
    table = read_source(tmp_path / "a.xlsx")["all"]
    assert (table.dialect.sheets[0], table.text) == ("Dados", ["boi", "soja"])


def test_merged_cells_of_a_title(tmp_path: Path) -> None:
    path = workbook(tmp_path, ["Relatório de outubro", "", "texto;dia;rotulo", "boi;1;x", "soja;2;y"])
    book = openpyxl.load_workbook(path)
    book.active.merge_cells("A1:C2")  # type: ignore[union-attr]
    book.save(path)
    assert read_source(path)["all"].text == ["boi", "soja"]


@pytest.mark.parametrize("header", [1, 3, 4, 70])
def test_the_header_stands_in_the_line_that_is_named(tmp_path: Path, made: Any, header: int) -> None:
    lines = ["coisa;outra", "a, b;c"] * (header // 2 + 1)
    lines = [*lines[: header - 1], "fala, inteira;tipo", "boi, vaca;x", "soja;y"]
    options: dict[str, Any] = {"text_column": "fala, inteira", "label_column": "tipo", "header_line": header}
    table = read_source(made(tmp_path, lines), **options)["all"]
    assert (table.text, table.label) == (["boi, vaca", "soja"], ["x", "y"])
    assert table.line(0) == header + 1


@pytest.mark.parametrize(
    ("line", "message"),
    [
        (2, r'line 2 \(--data.header_line\) is blank; what stands first: line 1: "Relatório"; line 3: "texto", "rotulo"'),
        (9, r'there is no line 9 \(--data.header_line\); what stands first: line 1: "Relatório"; line 3: "texto'),
    ],
)  # fmt: skip
def test_a_line_that_holds_no_header(tmp_path: Path, made: Any, line: int, message: str) -> None:
    path = made(tmp_path, ["Relatório", "", *TABLE])
    with pytest.raises(DataError, match=message + r".* Give the number of the line that holds the names"):
        read_source(path, header_line=line)


@pytest.mark.parametrize(
    ("lines", "aside"),
    [
        (TABLE, True),
        (TABLE[:2], True),
        (["Relatório", *TABLE], True),
        (["Relatório", "", *TABLE], False),
        (["fala;tipo", "Relatório", "texto;rotulo", "boi;x", "soja;y"], False),
    ],
)
def test_of_another_table_the_line_is_taken_only_where_it_is_the_header(
    tmp_path: Path, made: Any, lines: list[str], aside: bool
) -> None:
    table = read_source(made(tmp_path, lines), header_line=3, sheet_optional=True)["all"]
    assert table.text[0] == "boi"
    assert ("the header has no such line here" in " ".join(said(table))) == aside


def test_tables_whose_columns_have_names_have_no_such_line(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"texto": "boi", "rotulo": "x"}\n')
    frame = pd.DataFrame({"texto": ["boi"], "rotulo": ["x"]})
    frame.to_parquet(tmp_path / "a.parquet")
    for source in (tmp_path / "a.jsonl", tmp_path / "a.parquet", frame):
        with pytest.raises(
            DataError, match=r"--data.header_line 3 is for text tables .* leave the option away"
        ):
            read_source(source, header_line=3)
        table = read_source(source, header_line=3, sheet_optional=True)["all"]
        assert "no header line: --data.header_line 3 is left aside" in map(str, table.notes)


TITLES = ["Relatório de atendimentos - outubro/2026", ""]
UNSURE = ["Protocolo;Pergunta do cooperado;Assunto", "1;a vaca não come;saúde", "2;a soja secou;campo"]


@pytest.mark.parametrize("need_labels", [True, False])
@pytest.mark.parametrize("title", ["{};;", "{}", ";{}"])
def test_names_that_leave_a_doubt_are_the_header_under_titles(
    tmp_path: Path, made: Any, title: str, need_labels: bool
) -> None:
    lines = [title.format(TITLES[0]), "", *UNSURE]
    table = read_source(made(tmp_path, lines), need_labels=need_labels)["all"]
    assert (table.text, said(table)) == (["a vaca não come", "a soja secou"], [TITLE])


@pytest.mark.parametrize(
    ("lines", "column"),
    [
        ([";fala", "0;Mensagem de erro ao entrar", "1;não consigo pagar", "2;oi"], "fala"),
        ([";fala", "0;Mensagem de erro", "1;não consigo", "2;oi"], "fala"),
        ([";fala do cliente", "a1;Mensagem de erro", "b2;não consigo", "c3;oi"], "fala do cliente"),
        (["fala", "Dúvida sobre boleto", "oi"], "fala"),
        (["fala do cliente", "Dúvida sobre boleto", "oi"], "fala do cliente"),
    ],
)
def test_a_text_that_begins_like_a_name_is_no_header(tmp_path: Path, lines: list[str], column: str) -> None:
    rows = [[int(cell) if cell.isdecimal() else cell or None for cell in line.split(";")] for line in lines]
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "a.xlsx")
    options = {"text_column": column} if isinstance(rows[1][0], str) and len(rows[1]) > 1 else {}
    table = read_source(tmp_path / "a.xlsx", need_labels=False, **options)["all"]  # type: ignore[arg-type]
    assert (table.text_column, len(table.text)) == (column, len(lines) - 1)


def test_nor_is_a_row_of_a_text_and_a_label_that_do(tmp_path: Path, made: Any) -> None:
    lines = [
        ";fala;resultado",
        "0;Mensagem de erro ao entrar;Setor financeiro",
        "1;x;Setor comercial",
        "2;oi;x",
    ]
    with pytest.raises(DataError, match='among "column 1", "fala", "resultado"'):
        read_source(made(tmp_path, lines))


@pytest.mark.parametrize(
    ("sheets", "taken"),
    [
        ({"Dados": [["id", "fala"], [1, "oi"], [2, "boi"]], "Notas": [["observações"], ["nada"]]}, "Dados"),
        ({"Dados": [["id", "fala"], [1, "oi"], [2, "boi"]], "Notas": [["Reclamação"], ["nada"]]}, "Dados"),
        ({"Dados": [["fala"], ["oi"], ["boi"]], "Notas": [["Reclamação"], ["nada"]]}, "Dados"),
        ({"Capa": [[], [None, "Relatório"]], "Dados": [["observações"], ["nada"]]}, "Capa"),
        ({"Capa": [[], [None, "Relatório"]], "Dados": [["dia", "Reclamação"], [1, "oi"]]}, "Dados"),
        ({"Capa": [["Relatório de 2026"], ["Setor de milho"]], "Dados": [["dia", "Reclamação"], [1, "oi"]]}, "Dados"),
        ({"Capa": [["SAC"], [], ["2026"]], "Dados": [["dia", "Reclamação"], [1, "oi"]]}, "Dados"),
    ],
)  # fmt: skip
def test_a_sheet_whose_names_leave_a_doubt_goes_before_a_cover_alone(
    tmp_path: Path, sheets: dict[str, list[list[Any]]], taken: str
) -> None:
    book = openpyxl.Workbook()
    book.remove(book.active)  # type: ignore[arg-type]
    for title, rows in sheets.items():
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    book.save(tmp_path / "a.xlsx")
    if taken == "Capa":  # which has no row
        with pytest.raises(DataError, match=r'sheet "Capa" .*: only a header'):
            read_source(tmp_path / "a.xlsx", need_labels=False)
        return
    assert read_source(tmp_path / "a.xlsx", need_labels=False)["all"].dialect.sheets[0] == taken


@pytest.mark.parametrize(
    "lines",
    [
        ["Texto;Classificação;", ";Setor;Motivo", "boi;x;y"],
        ["Texto;;Rótulo;", "nome;cpf;mensagem;classe", "a;1;boi;x"],
        ["Texto;Rótulo", "nome;cpf;mensagem;classe", "a;1;boi;x"],
    ],
)
def test_a_header_of_two_lines_offers_the_option(tmp_path: Path, made: Any, lines: list[str]) -> None:
    with pytest.raises(
        DataError, match=r"line 2 .*, or, if the header is another line, give it with --data.head"
    ):
        read_source(made(tmp_path, lines))
