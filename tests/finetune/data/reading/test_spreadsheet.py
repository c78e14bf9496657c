"""Excel workbooks, and what is wrong with them."""

import datetime
import io
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from finetune import plugins
from finetune.data.reading import unpacked
from finetune.data.reading.spreadsheet import read_xlsx
from finetune.data.reading.unsaved import Unsaved
from finetune.data.tables import read_source
from finetune.errors import DataError, UserError


def workbook(path: Path, sheets: dict[str, list[list[Any]]], hidden: tuple[str, ...] = ()) -> Path:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        sheet.sheet_state = "hidden" if name in hidden else "visible"
        for row in rows:
            sheet.append(row)
    book.save(path)
    return path


def test_cells_keep_their_types(tmp_path: Path) -> None:
    day = datetime.datetime(2025, 3, 1)
    rows = [["texto", "rotulo", "data"], ["maçã", 1, day], [None, None, None], ["pé", 2, day], [None], [" "]]
    frame, dialect = read_xlsx(workbook(tmp_path / "a.xlsx", {"Plan1": rows}))
    assert frame["rotulo"].tolist() == [1, None, 2]
    assert frame["data"].tolist()[0] == day
    assert len(frame) == 3  # blank lines at the end are no rows
    assert (dialect.first_line, dialect.delimiter, dialect.decimal) == (2, ";", ",")


def test_a_workbook_with_macros(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    for row in TABLE:
        book.active.append(row)  # type: ignore[union-attr]
    book.save(tmp_path / "a.xlsx")
    path = tmp_path / "a.xlsm"
    with zipfile.ZipFile(tmp_path / "a.xlsx") as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            content = old.read(name)
            kinds = (
                b"openxmlformats-officedocument.spreadsheetml.sheet.main",
                b"ms-excel.sheet.macroEnabled.main",
            )
            new.writestr(name, content.replace(*kinds))
    table = read_source(path)["all"]
    assert (table.text, table.dialect.suffix) == (["boi", "soja"], ".xlsx")


def test_the_first_visible_sheet_with_rows_is_taken_and_said(tmp_path: Path) -> None:
    table = [[None], ["texto", None, "rotulo", None], ["a", 1, "x"]]
    sheets = {"Oculta": [["nada"]], "Vazia": [], "Dados": table, "Outra": [["x"]]}
    frame, dialect = read_xlsx(workbook(tmp_path / "a.xlsx", sheets, hidden=("Oculta",)))
    assert list(frame.columns) == ["texto", "column 2", "rotulo"]
    assert list(map(str, dialect.remarks)) == ['sheet "Dados"; left out: "Oculta", "Vazia", "Outra"']
    assert dialect.first_line == 3


def raw_workbook(path: Path, sheet: str, strings: str = "", styles: str = "") -> Path:
    """A workbook whose first sheet has these rows, as XML, and which shares these texts."""
    main = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
    workbook(path, {"Plan1": [["x"]]})
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/worksheets/sheet1.xml"] = (
        f'<worksheet xmlns="{main}"><sheetData>{sheet}</sheetData></worksheet>'.encode()
    )
    parts["xl/sharedStrings.xml"] = f'<sst xmlns="{main}">{strings}</sst>'.encode()
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sharedStrings+xml"
    types = parts["[Content_Types].xml"].decode()
    shared = f'<Override PartName="/xl/sharedStrings.xml" ContentType="{kind}"/>'
    parts["[Content_Types].xml"] = types.replace("</Types>", f"{shared}</Types>").encode()
    if styles:
        parts["xl/styles.xml"] = f'<styleSheet xmlns="{main}">{styles}</styleSheet>'.encode()
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    return path


HEADER = '<row r="1"><c r="A1" t="inlineStr"><is><t>texto</t></is></c></row>'

TABLE = [["texto", "rotulo"], ["boi", "x"], ["soja", "y"]]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("a_x000D_\nb", "a\r\nb"),
        ("_x005F_x000D_", "_x000D_"),
        ("_x005F_", "_"),
        ("_x005f_x005F_", "_x005F_"),
        ("_xD83D__xDC02_", "\N{OX}"),
        ("_xD83D_", "\ufffd"),
        ("x005F_ _x00_ _x00zz_", "x005F_ _x00_ _x00zz_"),
    ],
)
@pytest.mark.parametrize("kind", ["shared", "inline", "formula", "rich"])
def test_escapes_of_excel_are_the_characters_they_stand_for(
    tmp_path: Path, kind: str, written: str, meant: str
) -> None:
    cell = {
        "shared": '<c r="A2" t="s"><v>0</v></c>',
        "rich": '<c r="A2" t="s"><v>1</v></c>',
        "inline": f'<c r="A2" t="inlineStr"><is><t>{written}</t></is></c>',
        "formula": f'<c r="A2" t="str"><f>B2</f><v>{written}</v></c>',
    }[kind]
    strings = f"<si><t>{written}</t></si><si><r><t>{written}</t></r></si>"
    frame, _ = read_xlsx(raw_workbook(tmp_path / "a.xlsx", f'{HEADER}<row r="2">{cell}</row>', strings))
    assert frame["texto"].tolist() == [meant]


@pytest.mark.parametrize(
    ("first", "taken"),
    [
        ([["Como preencher"], ["Escreva um texto em cada linha"]], "Dados"),
        ([["texto", "mês"], ["resumo", "maio"]], "Dados"),
        ([["texto", "rotulo"]], "Dados"),  # a header to be filled
        ([["texto", "rotulo"], ["a", "x"]], "Leia-me"),
    ],
)
def test_the_first_sheet_with_the_columns_is_taken(
    tmp_path: Path, first: list[list[Any]], taken: str
) -> None:
    sheets = {"Velha": TABLE, "Leia-me": first, "Dados": TABLE, "Resumo": [["x"]]}
    path = workbook(tmp_path / "a.xlsx", sheets, hidden=("Velha",))
    table = read_source(path)["all"]
    assert table.dialect.sheets[0] == taken
    others = ", ".join(f'"{title}"' for title in sheets if title != taken)
    assert f'sheet "{taken}"; left out: {others}' in map(str, table.notes)


@pytest.mark.parametrize("need_labels", [True, False])
@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        (["Descrição", "texto"], 1),
        (["Descrição", "Frase", "TEXT"], 2),
        (["Descrição", "frase"], 0),
        (["textos", "texto"], 0),
        (["x", "Descrição", "y"], 1),
    ],
)
def test_a_sheet_whose_column_is_plainly_the_text_goes_first(
    tmp_path: Path, headers: list[str], taken: int, need_labels: bool
) -> None:
    sheets = {f"Plan{n}": [[name, "rotulo"], [f"boi {n}", "x"]] for n, name in enumerate(headers)}
    path = workbook(tmp_path / "a.xlsx", sheets)
    table = read_source(path, need_labels=need_labels)["all"]
    assert table.text == [f"boi {taken}"]
    assert f'sheet "Plan{taken}"; left out: ' in " ".join(map(str, table.notes))


def test_columns_that_are_named_choose_the_sheet(tmp_path: Path) -> None:
    sheets = {"A": TABLE, "B": [["queixa", "setor"], ["boi magro", "x"], ["soja", "y"]]}
    path = workbook(tmp_path / "a.xlsx", sheets)
    named = read_source(path, text_column="queixa", label_column="Setor")["all"]
    assert named.text == ["boi magro", "soja"]
    assert read_source(path, text_column="queixa", need_labels=False)["all"].label is None


def test_where_no_sheet_has_the_columns_all_are_named(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "a.xlsx", {"Leia-me": [["x"], ["y"]], "Dados": [["fala", "setor"], ["a", "b"]]}
    )
    with pytest.raises(
        DataError, match=r'sheet "Leia-me" \(there are also "Dados": name one with --data.sheet\): no label'
    ):
        read_source(path)


@pytest.mark.parametrize("sheet", ["Novos", "novos", "2", 2])
def test_a_sheet_is_named_by_its_title_or_number(tmp_path: Path, sheet: str | int) -> None:
    sheets = {"Oculta": TABLE, "Dados": TABLE, "Novos": [["texto", "rotulo"], ["milho", "x"]]}
    path = workbook(tmp_path / "a.xlsx", sheets, hidden=("Oculta",))
    assert read_source(path, sheet=sheet)["all"].text == ["milho"]


def test_a_title_goes_before_a_number_and_a_hidden_sheet_can_be_named(tmp_path: Path) -> None:
    sheets = {
        "2": [["texto", "rotulo"], ["dois", "x"]],
        "Dados": TABLE,
        "Oculta": [["texto", "rotulo"], ["nada", "x"]],
    }
    path = workbook(tmp_path / "a.xlsx", sheets, hidden=("Oculta",))
    assert read_source(path, sheet="2")["all"].text == ["dois"]
    assert read_source(path, sheet="Oculta")["all"].text == ["nada"]


@pytest.mark.parametrize("sheet", ["Dado", "0", "4", "9" * 5000])
def test_a_sheet_that_is_not_there(tmp_path: Path, sheet: str) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Dados": TABLE, "Vazia": []})
    with pytest.raises(
        DataError, match=r'there is no sheet ".*; the sheets are "Dados", "Vazia": give the title'
    ):
        read_source(path, sheet=sheet)
    with pytest.raises(DataError, match=r'the sheet "Vazia" \(--data.sheet\) has no row'):
        read_source(path, sheet="Vazia")


def test_of_another_table_a_sheet_is_taken_only_where_it_is(tmp_path: Path) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Leia-me": [["x"]], "Dados": TABLE})
    table = read_source(path, sheet="Treino", sheet_optional=True)["all"]
    assert table.text == ["boi", "soja"]
    assert 'no sheet "Treino" (--data.sheet): another one is taken' in map(str, table.notes)
    assert read_source(path, sheet="Dados", sheet_optional=True)["all"].text == ["boi", "soja"]


@pytest.mark.parametrize("value", ["", "<v></v>", "<v/>"])
def test_formulas_without_a_value_are_no_empty_texts(tmp_path: Path, value: str) -> None:
    def row(number: int, text: str) -> str:
        return f'<row r="{number}">{text}<c r="B{number}" t="inlineStr"><is><t>rotulo</t></is></c></row>'

    cells = [f'<c r="A{number}"><f>C{number}</f>{value}</c>' for number in (2, 3)]
    rows = HEADER.replace("</row>", '<c r="B1" t="inlineStr"><is><t>rotulo</t></is></c></row>')
    rows += "".join(row(number, cell) for number, cell in enumerate(cells, 2))
    path = raw_workbook(tmp_path / "a.xlsx", rows)
    frame, dialect = read_xlsx(path)
    assert all(isinstance(cell, Unsaved) for cell in frame["texto"].tolist())
    assert 'the column "texto" has 2 formulas without a saved value' in map(str, dialect.remarks)
    with pytest.raises(
        DataError,
        match=r'2 cells of the column "texto" are formulas without a saved value \(first in line 2\): open the '
        "file in Excel or LibreOffice and save it",
    ):
        read_source(path)


def test_labels_that_are_not_needed_may_be_formulas_without_a_value(tmp_path: Path) -> None:
    table = [["texto", "rotulo"], ["boi", "=A2"], ["soja", "=A3"]]
    path = workbook(tmp_path / "a.xlsx", {"Plan1": table})
    assert read_source(path, need_labels=False)["all"].label == ["", ""]
    with pytest.raises(DataError, match=r'2 cells of the column "rotulo" are formulas without a saved value'):
        read_source(path)


@pytest.mark.parametrize("name", ["texto", "frase"])
def test_what_is_wrong_with_a_later_sheet_is_no_matter(tmp_path: Path, name: str) -> None:
    path = workbook(tmp_path / "a.xlsx", {"Dados": [[name, "rotulo"], *TABLE[1:]], "Outra": [["x"]]})
    with zipfile.ZipFile(path) as old:
        parts = {name: old.read(name) for name in old.namelist()}
    parts["xl/worksheets/sheet2.xml"] = parts["xl/worksheets/sheet2.xml"].replace(b"</row>", b"")
    with zipfile.ZipFile(path, "w") as new:
        for name, content in parts.items():
            new.writestr(name, content)
    assert read_source(path)["all"].text == ["boi", "soja"]


def test_a_formula_whose_value_is_an_empty_text_is_an_empty_cell(tmp_path: Path) -> None:
    rows = f'{HEADER}<row r="2"><c r="A2" t="str"><f>B2</f><v></v></c></row><row r="3"><c r="A3"><v>1</v></c></row>'
    frame, dialect = read_xlsx(raw_workbook(tmp_path / "a.xlsx", rows))
    assert frame["texto"].tolist() == [None, 1]
    assert len(dialect.remarks) == 1


@pytest.mark.parametrize(
    ("cell", "place"),
    [
        ('<c r="A2" t="s"><v>99</v></c>', "A2"),
        ('<c r="A2" t="s"><v>x</v></c>', "A2"),
        ('<c r="A2" t="b"><v>x</v></c>', "A2"),
        ('<c r="A2" t="d"><v>ontem</v></c>', "A2"),
        ('<c r="A2" s="x"><v>1</v></c>', "A2"),
        ('<c r="A2"><v>1,5</v></c>', "A2"),
        ('<c r="2A"><v>1</v></c>', "2A"),
        ('<c r="ZZZZZ2"><v>1</v></c>', "ZZZZZ2"),
    ],
)
def test_a_damaged_cell_is_named(tmp_path: Path, cell: str, place: str) -> None:
    path = raw_workbook(tmp_path / "a.xlsx", f'{HEADER}<row r="2">{cell}</row>')
    with pytest.raises(
        DataError, match=rf'a.xlsx: sheet "Plan1": the cell {place} is damaged: open the file'
    ):
        read_xlsx(path)


@pytest.mark.parametrize("number", ["2000000000", "1", "0"])
def test_a_row_that_cannot_be_is_named(tmp_path: Path, number: str) -> None:
    path = raw_workbook(tmp_path / "a.xlsx", f'{HEADER}<row r="{number}"><c><v>1</v></c></row>')
    with pytest.raises(DataError, match=f"the cell A{number} is damaged"):
        read_xlsx(path)


def test_rows_and_cells_without_numbers_follow_each_other(tmp_path: Path) -> None:
    rows = "<row><c><v>1</v></c></row><row/><row><c/><c><v>3</v></c></row>".replace(
        "<v>1</v></c>", "<v>1</v></c><c><v>2</v></c>"
    )
    frame, _ = read_xlsx(raw_workbook(tmp_path / "a.xlsx", rows))
    assert frame["2"].tolist() == [None, 3]


def test_an_unknown_style_is_no_matter_and_damaged_styles_are_said(tmp_path: Path) -> None:
    sheet = f'{HEADER}<row r="2"><c r="A2" s="77"><v>1</v></c></row>'
    assert read_xlsx(raw_workbook(tmp_path / "a.xlsx", sheet))[0]["texto"].tolist() == [1]
    broken = (
        '<cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="1"><xf numFmtId="x"/></cellXfs>'
        '<cellStyles><cellStyle name="a" xfId="9"/></cellStyles>'
    )
    with pytest.raises(DataError, match=r"not an Excel .xlsx file, broken, or locked"):
        read_xlsx(raw_workbook(tmp_path / "b.xlsx", sheet, styles=broken))


def archive() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as made:
        made.writestr("leia.txt", "nada")
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"texto;rotulo\na;x\n", " but a text table"),
        (archive(), " but an archive of files"),
        (b"PK\x03\x04 cut short", ", broken, or locked by a password"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\0",
            " but an old Office file such as .xls, or one with a password",
        ),
    ],
)
def test_what_is_no_workbook(tmp_path: Path, content: bytes, what: str) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(content)
    with pytest.raises(DataError, match=rf"a.xlsx: not an Excel .xlsx file{what}"):
        read_xlsx(path)


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([], r'no visible sheet of the workbook has a row \("Plan1"\)'),
        ([["texto", "texto"], ["a", "b"]], 'the column "texto" stands more than once'),
        (
            [["texto", "rotulo"], ["a", "x"], ["b", "x", "y"]],
            "line 3 has cells to the right of the header's 2 columns",
        ),
    ],
)
def test_bad_sheets(tmp_path: Path, rows: list[list[Any]], message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_xlsx(workbook(tmp_path / "a.xlsx", {"Plan1": rows}))


def test_without_openpyxl_it_is_said_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plugins, "have", lambda package: False)
    with pytest.raises(UserError, match=r"-m pip install .openpyxl>="):
        read_xlsx(tmp_path / "a.xlsx")


@pytest.mark.parametrize(
    "tail",
    ['<row r="{n}" s="1" customFormat="1"/>', '<row r="{n}"><c r="A{n}" s="1"/><c r="D{n}" s="1"/></row>'],
)
def test_rows_and_cells_that_are_only_formatted_are_none(tmp_path: Path, tail: str) -> None:
    rows = '<row r="2"><c r="A2" s="1"/><c r="B2"><v>1</v></c></row><row r="3"><c r="A3"><v>2</v></c></row>'
    header = HEADER.replace("</row>", '<c r="B1"><v>9</v></c></row>')
    sheet = header + rows + "".join(tail.format(n=n) for n in range(4, 4000))
    frame, _ = read_xlsx(raw_workbook(tmp_path / "a.xlsx", sheet))
    assert frame.astype(object).fillna("").to_numpy().tolist() == [["", 1], [2, ""]]


@pytest.mark.parametrize("cell", ["<c/>", "<c><v>1</v></c>"])
def test_a_row_wider_than_any_of_excel_is_damaged(tmp_path: Path, cell: str) -> None:
    path = raw_workbook(tmp_path / "a.xlsx", f'{HEADER}<row r="2">{cell * 17_000}</row>')
    with pytest.raises(DataError, match="the cell A2 is damaged"):
        read_xlsx(path)


@pytest.mark.filterwarnings("ignore:Workbook contains no stylesheet")
def test_a_workbook_that_would_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    row = f'<row r="2"><c r="A2" t="inlineStr"><is><t>{"a" * 200_000}</t></is></c></row>'
    path = raw_workbook(tmp_path / "a.xlsx", HEADER + row, styles=f"<!--{'x' * 20_000}-->")
    monkeypatch.setattr(unpacked, "LONGEST_ROW", 100_000)
    with pytest.raises(DataError, match="the cell A2 is damaged"):
        read_xlsx(path)
    monkeypatch.setenv("FINETUNE_MOST_GIB", "0.0001")
    with pytest.raises(DataError, match=r"more than 0\.0001 GiB of memory"):
        read_xlsx(path)
    monkeypatch.delenv("FINETUNE_MOST_GIB")
    monkeypatch.setattr(unpacked, "LONGEST_PART", 15_000)
    with pytest.raises(DataError, match=r"made to fill the memory: its part xl/styles\.xml"):
        read_xlsx(path)
