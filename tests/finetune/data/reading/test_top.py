"""The delimiter among titles, the line of Excel that names it, and byte-order marks where they do not belong."""

import csv
from pathlib import Path

import pytest

from finetune.data.reading.delimited import read_delimited
from finetune.data.reading.table import Table
from finetune.data.tables import read_source
from finetune.errors import DataError

TABLE = "texto;rotulo\nboi, vaca;x\nsoja;y\n"


def table(path: Path, content: str, **options: object) -> Table:
    (path / "dados.csv").write_bytes(content.encode())
    return read_source(path / "dados.csv", **options)["all"]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "title",
    [
        "Relatório",
        "Relatório, de outubro, de 2026",
        "Atendimentos | SAC | outubro",
        '"Relatório; de outubro"',
        '"Relatório ""SAC"", outubro";;',
        '"SAC" Relatório',
        'Relatório "SAC"; outubro',
        '"Aspas abertas',
        '"Aspas abertas; e mais;',
    ],
)
@pytest.mark.parametrize("delimiter", list(",;\t|"))
def test_the_delimiter_is_found_under_a_title(tmp_path: Path, title: str, delimiter: str) -> None:
    rows = [["texto", "rotulo"], ['boi; vaca, "manso" | x', "x"], ["soja", "y"]]
    with (tmp_path / "a.csv").open("w", encoding="utf-8", newline="") as stream:
        stream.write(f"{title}\n\n")
        csv.writer(stream, delimiter=delimiter).writerows(rows)
    found = read_source(tmp_path / "a.csv")["all"]
    assert [found.text, found.label] == [["boi; vaca, \"manso\" | x", "soja"], ["x", "y"]]  # fmt: skip
    assert (found.dialect.delimiter, found.line(0)) == (delimiter, 4)
    assert found.dialect.quoting == csv.QUOTE_MINIMAL


def test_a_title_over_several_lines_is_one_row_of_a_spreadsheet(tmp_path: Path) -> None:
    found = table(tmp_path, f'"Cooperativa X\nRelatório de outubro";\n{TABLE}')
    assert (found.text, found.line(0)) == (["boi, vaca", "soja"], 3)
    with pytest.raises(DataError, match="line 6 has 3 cells"):
        table(tmp_path, f'"Cooperativa X\nRelatório de outubro";\n{TABLE}a;b;c\n')


@pytest.mark.parametrize(
    "content",
    [
        "opinião\nbom; texto; ótimo\nruim; caro\n",
        "opinião\nbom; texto\nruim; caro\n",
        "opinião\nbom,texto\nsim\n",
    ],
)
def test_texts_that_hold_a_name_are_no_header(tmp_path: Path, content: str) -> None:
    found = table(tmp_path, content, need_labels=False)
    assert found.text == content.splitlines()[1:]


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        ("Relatório\ntexto;dia;obs\nboi;1/2;a\nsoja;3/4;b\n", ["boi", "soja"]),
        ('Relatório\n"texto","dia"\n"boi, vaca","1/2"\n"soja","3/4"\n', ["boi, vaca", "soja"]),
        ("Relatório\n\ntexto;dia\nboi;1/2\n", ["boi"]),
        ("opiniao\nboi, vaca\ntexto, dia\nsoja, milho\n", ["boi, vaca", "texto, dia", "soja, milho"]),
        ("opiniao\nboi\ntexto;dia\nsoja;milho\n", ["boi", "texto;dia", "soja;milho"]),
        ("opiniao;categoria\ntexto;rotulo\nsoja;x\n", ["texto", "soja"]),
        (";categoria\ntexto;rotulo\nsoja;x\n", ["texto", "soja"]),
    ],
)
def test_titles_of_a_table_to_predict(tmp_path: Path, content: str, texts: list[str]) -> None:
    assert table(tmp_path, content, need_labels=False).text == texts


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize(
    ("line", "delimiter"),
    [
        ("sep=;", ";"), ("SEP=;", ";"), ('"sep=;"', ";"), ("\ufeffsep=,", ","), ("sep=\t", "\t"), ("sep=\\t", "\t"),
        ("sep=|", "|"), ("SEP = ;", ";"), ("sep= ;", ";"), ("sep=tab", "\t"), ("Sep=TAB", "\t"), ("sep=^", "^"), ("sep=;;;", ";"), ('\ufeff"Sep=,"', ","),
    ],
)  # fmt: skip
def test_the_line_of_excel_names_the_delimiter(tmp_path: Path, line: str, delimiter: str, end: str) -> None:
    rows = [["texto", "rotulo"], ["boi. vaca", "x"], ["soja", "y"]]
    found = table(tmp_path, end.join([line, *map(delimiter.join, rows), ""]))
    assert [[*found.frame.columns], *found.frame.to_numpy().tolist()] == rows
    assert (found.dialect.delimiter, found.line(0)) == (delimiter, 3)
    assert 'line 1 ("sep=...") names the delimiter: left out' in map(str, found.notes)


def test_it_is_believed_and_may_stand_above_a_title(tmp_path: Path) -> None:
    found = table(tmp_path, "sep=;\nRelatório, de, outubro\n\ntexto;rotulo\na, b;c, d\ne, f;g, h\n")
    assert (found.text, found.line(0)) == (["a, b", "e, f"], 5)
    assert "line 2 is a title, not the header: left out" in map(str, found.notes)
    for line in (1, 2):
        assert table(tmp_path, f"sep=;\n{TABLE}", header_line=line).text == ["boi, vaca", "soja"]
    rows = 'x;y\n"fala\ncompleta";tipo\n"boi\nvaca";x\nsoja;y\n'
    found = table(tmp_path, rows, header_line=2, text_column="fala\ncompleta", label_column="tipo")
    assert (found.text, found.line(0)) == (["boi\nvaca", "soja"], 3)


def test_a_file_of_nothing_but_that_line(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="there is no line 2"):
        table(tmp_path, "sep=;\n", header_line=1)
    for content in ("sep=;\n", "\ufeff", "\ufeff\ufeff"):
        with pytest.raises(DataError, match="the file holds only blanks"):
            table(tmp_path, content)


def test_many_blank_lines_before_the_header(tmp_path: Path) -> None:
    assert table(tmp_path, ";;;\n" * 70 + TABLE).line(0) == 72


QUOTED = '"texto";"rotulo"\n"boi; vaca";"x"\n"soja";"y"\n'


@pytest.mark.parametrize("rows", [TABLE, QUOTED])
@pytest.mark.parametrize(
    "above", ["\ufeff" * 2, "\ufeff" * 3, "\ufeffsep=;\n\ufeff", "sep=;\n\ufeff", "\ufeffTítulo;\n\ufeff"]
)
def test_byte_order_marks_before_the_header(tmp_path: Path, rows: str, above: str) -> None:
    found = table(tmp_path, above + rows)
    assert list(found.frame.columns) == ["texto", "rotulo"]
    assert found.text[1] == "soja"


def test_several_byte_order_marks_of_utf_16(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(("\ufeff\ufeff" + TABLE).encode("utf-16-le"))
    frame, dialect = read_delimited(tmp_path / "a.csv")
    assert list(frame.columns) == ["texto", "rotulo"]
    assert (dialect.encoding, dialect.bom) == ("utf-16", True)


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_two_files_joined_are_one_table(tmp_path: Path, mark: str) -> None:
    for rows, second in ((TABLE, "boi, vaca"), (QUOTED, "boi; vaca")):
        found = table(tmp_path, mark + rows + mark + rows)
        assert found.text == [second, "soja"] * 2
        assert "left out: 1 row that repeats the header (line 4)" in map(str, found.notes)
        assert found.line(int(found.row[2])) == 5
        assert len(found.frame) == 5  # the file's rows, all of them
    found = table(tmp_path, f'{mark}{QUOTED}{mark}"a; b";"x"\n')
    assert found.text[-1] == "a; b"


@pytest.mark.parametrize(
    ("content", "texts"),
    [
        (
            "protocolo;fala\n1;Reclamação sobre o atendimento, demorou\n2;Quero pagar, urgente\n3;oi, bom dia\n",
            ["Reclamação sobre o atendimento, demorou", "Quero pagar, urgente", "oi, bom dia"],
        ),
        (
            "número do caso;fala\na;Reclamação, demorou\nb;Quero pagar, urgente\nc;oi, bom dia\n",
            ["Reclamação, demorou", "Quero pagar, urgente", "oi, bom dia"],
        ),
        ("fala do cliente\nboi\nReclamação;demora\noi;tchau\nfim\n", ["boi", "Reclamação;demora", "oi;tchau", "fim"]),
    ],
)  # fmt: skip
def test_a_text_that_begins_like_a_name_tells_no_delimiter(
    tmp_path: Path, content: str, texts: list[str]
) -> None:
    found = table(tmp_path, content, need_labels=False, text_column=content.splitlines()[0].split(";")[-1])
    assert found.text == texts
    if ";" not in content.splitlines()[0]:
        assert table(tmp_path, content, need_labels=False).text == texts
        return
    with pytest.raises(DataError, match=r'no text column found among .*, "fala"'):
        table(tmp_path, content, need_labels=False)


@pytest.mark.parametrize(
    ("content", "columns"),
    [
        (
            "fala;resultado\nEntrei no site ontem;bom\nReclamação, motivo: atraso;ruim\nQuero pagar, urgente;bom\n"
            "oi, bom dia;bom\n",
            '"fala", "resultado"',
        ),
        (
            "protocolo;fala;status\n1;Dúvida sobre boleto, segunda via;aberto\n2;oi, bom dia;fechado\n",
            '"protocolo", "fala", "status"',
        ),
        ("Pergunta,Resposta\nTexto; de teste,a\noi; tudo,b\n", '"Pergunta", "Resposta"'),
        (
            "fala;motivo\nReclamação sobre a entrega, demorou muito;Atraso\nQuero pagar, urgente;Pagamento\n",
            '"fala", "motivo"',
        ),
        ("tipo de fala|fim\nTexto, longo|a\noi, tudo|b\n", '"tipo de fala", "fim"'),
    ],
)
def test_what_is_said_is_of_the_columns_that_there_are(tmp_path: Path, content: str, columns: str) -> None:
    with pytest.raises(DataError, match=columns):
        table(tmp_path, content)
    if "status" in content:
        with pytest.raises(DataError, match=columns):
            table(tmp_path, content, label_column="status")


@pytest.mark.parametrize("first", ["sep=;\r\n", ""])
@pytest.mark.parametrize("options", [{}, {"label_column": "Assunto"}])
def test_a_slip_under_a_title_is_told_what_was_meant(
    tmp_path: Path, first: str, options: dict[str, str]
) -> None:
    content = (
        f"{first}Relatório de atendimentos - outubro/2026;;\r\n\r\nProtocolo;Pergunta do cooperado;Assunto\r\n"
        "1;a vaca não come;saúde\r\n2;a soja secou;campo\r\n"
    )
    assert table(tmp_path, content).text == ["a vaca não come", "a soja secou"]
    for need_labels in (True, False):
        with pytest.raises(DataError, match='did you mean "Pergunta do cooperado"'):
            table(tmp_path, content, text_column="Pergunta", need_labels=need_labels, **options)
    with pytest.raises(DataError, match='did you mean "Assunto"'):
        table(tmp_path, content, label_column="Assumto")


@pytest.mark.parametrize("line", ["sep=", "sep=,", "SEP = ,", '"sep="', "sep=|"])
@pytest.mark.parametrize("rows", [TABLE, "texto;rotulo\nboi. vaca;x\nsoja;y\n", "fala;tipo\nboi;x\nsoja;y\n"])
def test_a_delimiter_that_cuts_nothing_is_not_believed(tmp_path: Path, line: str, rows: str) -> None:
    options = {} if "texto" in rows else {"text_column": "fala", "label_column": "tipo"}
    found = table(tmp_path, f"{line}\n{rows}", **options)
    assert (found.text[1], found.label, found.line(0)) == ("soja", ["x", "y"], 3)
    said = (
        'line 1 ("sep=") names no'
        if line.strip('"') == "sep="
        else 'line 1 ("sep=...") names a delimiter at which'
    )
    assert any(str(note).startswith(said) for note in found.notes)


def test_one_that_could_cut_texts_is(tmp_path: Path) -> None:
    for rows in ("fala\noi, bom dia\ntudo, bem\n", "fala\noi\ntudo\n"):
        found = table(tmp_path, f"sep=;\n{rows}", need_labels=False)
        assert found.text == rows.splitlines()[1:]
