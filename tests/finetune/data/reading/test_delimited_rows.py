"""The rows of delimited text: cells over several lines, quotes left open, too many cells and too few, blank lines."""

import csv
import io
from pathlib import Path

import pytest

from finetune.data.reading.delimited import read_delimited
from finetune.errors import DataError
from tests.finetune.data.reading.test_delimited import rows, written


def test_cells_over_several_lines(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'texto,rotulo\r\n"Olá, tudo bem?\r\nDisse ""oi"", sim",x\r\nb,y\r\n')
    assert rows(path)[1:] == [['Olá, tudo bem?\r\nDisse "oi", sim', "x"], ["b", "y"]]


@pytest.mark.parametrize(
    "table",
    [
        'texto,rotulo\n"a, b",x\n"aberta,y\n"c, d",x\n',
        '"texto","rotulo"\n"a","x"\n"aberta,"y"\n"b","x"\n',
        'texto;rotulo\n"disse ""oi"" e foi";x\n"a; b";y\n"aberta;y\nb;x\n',
    ],
)
def test_a_quote_left_open_swallows_nothing(tmp_path: Path, table: str) -> None:
    path = written(tmp_path / "a.csv", table)
    with pytest.raises(DataError, match=r"a quote opened in line \d is not closed .* write a quote .* twice"):
        read_delimited(path)


def test_a_quote_left_open_that_a_later_one_closes(tmp_path: Path) -> None:
    inner = "".join(f"frase {n};x\n" for n in range(20))
    path = written(tmp_path / "a.csv", f'texto;rotulo\n"a;b";x\n"aberta;x\n{inner}fechada";x\n')
    with pytest.raises(DataError, match="a quote opened in line 3 is not closed"):
        read_delimited(path)


def test_a_swallowing_quote_where_another_row_does_not_fit(tmp_path: Path) -> None:
    inner = "".join(f"frase {n};x\n" for n in range(20))
    path = written(tmp_path / "a.csv", f'texto;rotulo\n"aberta;x\n{inner}mede 5";x\n"boi;x\n')
    assert len(rows(path)) == 24
    path = written(tmp_path / "b.csv", f'texto;rotulo\n"a;b";x\n"aberta;x\n{inner}mede 5";x\nboi;x;y\n')
    with pytest.raises(DataError, match="a quote opened in line 3 is not closed"):
        read_delimited(path)


@pytest.mark.parametrize("first", ["lista:", "Segue, bom dia", "lista, a, b", ""])
@pytest.mark.parametrize("last", ["fim", "fim, enfim", ""])
@pytest.mark.parametrize("other", ["vaca,nao", '"a, b",nao', '"boi ""manso""",nao'])
def test_a_list_in_a_text_is_one_cell(tmp_path: Path, first: str, last: str, other: str) -> None:
    text = "\n".join([first, *(f"item {n}, bom" for n in range(9)), last])
    content = f'texto,rotulo\n"{text}",sim\n{other}\n'
    assert rows(written(tmp_path / "a.csv", content)) == list(csv.reader(io.StringIO(content)))


def test_a_row_with_too_many_cells_says_line_and_remedy(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", "texto,rotulo\nsoja,x\nmilho, trigo e soja,y\n")
    with pytest.raises(DataError) as caught:
        read_delimited(path)
    assert str(caught.value) == (
        f'{path}: line 3 has 3 cells, the header has 2 ("texto", "rotulo"), cut at ",": put a text that holds "," '
        'in double quotes, or save the file with ";" as delimiter'
    )


def test_the_line_of_a_row_counts_lines_of_the_file(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", 'texto;rotulo\n"a\nb\nc";x\nd;x;y\n')
    with pytest.raises(
        DataError, match=r'line 5 has 3 cells, .* put a text that holds ";" in double quotes$'
    ):
        read_delimited(path)


def test_empty_cells_to_the_right_are_no_cells(tmp_path: Path) -> None:
    assert rows(written(tmp_path / "a.csv", "texto;rotulo;;\na;x;;\nb;y\n")) == [
        ["texto", "rotulo"], ["a", "x"], ["b", "y"],
    ]  # fmt: skip


def test_short_and_empty_lines_stay_rows(tmp_path: Path) -> None:
    frame, dialect = read_delimited(written(tmp_path / "a.csv", "texto;rotulo\na;x\n\nsó texto\nb;y\n\n\n"))
    assert frame.to_numpy().tolist() == [["a", "x"], ["", ""], ["só texto", ""], ["b", "y"]]
    assert str(dialect.remarks[1]) == "1 row with fewer cells than the header (line 4)"


@pytest.mark.parametrize("blank", ["\n", ";;\n", " ; \n", '"";""\n'])
@pytest.mark.parametrize("last", ["", "b;y\n"])
def test_a_spreadsheet_s_tail_of_blank_lines(tmp_path: Path, blank: str, last: str) -> None:
    path = written(tmp_path / "a.csv", "texto;rotulo\n" + "a;x\n" * 20_000 + blank * 40_000 + last)
    frame, _ = read_delimited(path)
    assert len(frame) == 20_000 + (40_001 if last else 0)
    assert set(frame["texto"].str.strip()) == ({"a", "", "b"} if last else {"a"})
    assert frame["texto"].iloc[-1] == (last[:1] or "a")
    assert frame["rotulo"].iloc[19_999] == "x"
    if last:  # a blank row between others is kept as it stands
        assert frame["texto"].iloc[40_000] == (" " if blank == " ; \n" else "")


def test_blank_rows_of_a_wide_table_take_no_memory(tmp_path: Path) -> None:
    header = ";".join(["texto", "rotulo", *(f"c{number}" for number in range(1000))])
    path = written(tmp_path / "a.csv", f"{header}\na;x\n" + "\n" * 20_000 + " \n" * 20_000)
    frame, _ = read_delimited(path)
    assert frame.shape == (1, 1002)


def test_short_rows_that_would_fill_the_memory_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("FINETUNE_MOST_GIB", "0.01")
    header = ";".join(["texto", "rotulo", *(f"c{number}" for number in range(1000))])
    path = written(tmp_path / "a.csv", f"{header}\n" + "a;x\n" * 2000)
    with pytest.raises(DataError, match=r"more than 0\.01 GiB of memory.*FINETUNE_MOST_GIB"):
        read_delimited(path)


def test_of_a_first_row_that_does_not_fit_both_remedies_are_told(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("fala,tipo\na,b,c\n")
    with pytest.raises(
        DataError, match=r"in double quotes, or save .* as delimiter, or, if the header is another"
    ):
        read_delimited(tmp_path / "a.csv")
