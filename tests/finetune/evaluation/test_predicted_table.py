import json

import pandas as pd
import pytest

from finetune.data.tables import read_source
from tests.finetune.evaluation.predicted.written import windows_of, write


def table_of(path, content):
    path.write_bytes(content)
    return windows_of(path)


def written(tmp_path, content, name="saida.csv", source="novos.csv", **options):
    return write(tmp_path / name, table_of(tmp_path / source, content), **options)


def test_it_is_written_as_the_input_was(tmp_path):
    found = written(tmp_path, "id;texto;preço\r\n1;boi;1,5\r\n2;vaca;2,5\r\n".encode("cp1252"))
    assert found == (
        "id;texto;preço;label;confidence;abstained\r\n"
        "1;boi;1,5;sim;0,75;False\r\n2;vaca;2,5;não;0,9;False\r\n".encode("cp1252")
    )


def test_a_byte_order_mark_comes_back(tmp_path):
    assert written(tmp_path, "\ufefftexto,n\nboi,1\nvaca,2\n".encode()).startswith(
        b"\xef\xbb\xbftexto,n,label"
    )


def test_a_label_that_the_encoding_has_not_is_not_lost(tmp_path):
    table = table_of(tmp_path / "novos.csv", "texto;ç\r\nboi;á\r\nvaca;é\r\n".encode("cp1252"))
    write(tmp_path / "s.csv", table, labels=["价", "sim"])
    assert "价" in (tmp_path / "s.csv").read_text(encoding="utf-8-sig")


FORMULAS = ["=1+1", "+cmd", "-5 graus no pasto", "@fulano", "\tx", "-6:10", "-6:00:00+cmd"]


@pytest.mark.parametrize("cell", FORMULAS)
def test_texts_of_the_users_own_come_back_as_they_were(tmp_path, cell):
    found = written(tmp_path, f"texto,@x\n{cell} boi,-1.5\nvaca,+3\n".encode()).decode()
    assert found.startswith("texto,@x,label,")
    assert f"\n{cell} boi,-1.5," in found
    assert "\nvaca,+3," in found


@pytest.mark.parametrize("cell", FORMULAS)
def test_they_are_guarded_where_that_is_asked_for(tmp_path, cell):
    content = f"texto,@x\n{cell} boi,-1.5\nvaca,+3\n".encode()
    found = written(tmp_path, content, guard_formulas=True).decode()
    assert found.startswith("texto,'@x,label,")
    assert f"\n'{cell} boi,-1.5," in found
    assert "\nvaca,+3," in found


@pytest.mark.parametrize("cell", FORMULAS)
@pytest.mark.parametrize("name", ["s.csv", "s.xlsx"])
def test_they_are_guarded_where_they_were_in_no_spreadsheet_before(tmp_path, cell, name):
    rows = [{"texto": cell, "@x": -1.5e-7}, {"texto": "vaca", "@x": 3}]
    written(tmp_path, "\n".join(map(json.dumps, rows)).encode(), name, "n.jsonl")
    read = read_source(tmp_path / name, need_labels=False)["all"].frame
    assert "'@x" in read.columns
    assert read.texto.tolist() == [f"'{cell}", "vaca"]
    assert [float(x) for x in read["'@x"]] == [-1.5e-7, 3]


def test_our_own_are_always_guarded(tmp_path):
    found = written(tmp_path, b"texto,n\nboi,1\nvaca,2\n", labels=["=1+1", "sim"]).decode()
    assert found.endswith("\nvaca,2,'=1+1,0.9,False\n")


def test_a_label_that_holds_the_delimiter_is_quoted_even_where_nothing_was(tmp_path):
    """Without quotes in the input, a quote is an ordinary character; a delimiter is not."""
    content = b'texto;n\nboi 5" bravo;1\n"quase" manso;2\n'
    assert written(tmp_path, content).endswith('\n"quase" manso;2;não;0,9;False\n'.encode())
    found = written(tmp_path, content, labels=["a;b", "sim"])
    assert found.endswith(b'\n"""quase"" manso";2;"a;b";0,9;False\n')


def test_rows_without_text_stay_without_an_answer(tmp_path):
    found = written(tmp_path, b"texto,n\nboi,1\n,2\nvaca,3\n").decode().splitlines()
    assert found[1:] == ["boi,1,sim,0.75,False", ",2,,,", "vaca,3,não,0.9,False"]


@pytest.mark.parametrize(
    "above", ["sep=;\n", "Relatório, de outubro\n\n", '"Relatório ""SAC""";\n', "\ufeff"]
)
def test_what_stands_above_the_header_is_not_written_again(tmp_path, above):
    found = written(tmp_path, f"{above}texto;n\nboi;1,5\nvaca;2\n".encode()).decode("utf-8-sig")
    assert found == "texto;n;label;confidence;abstained\nboi;1,5;sim;0,75;False\nvaca;2;não;0,9;False\n"


def test_nor_in_a_workbook(tmp_path):
    rows = [["Relatório", None], [None, None], ["texto", "n"], ["boi", 1.5], ["vaca", 2]]
    pd.DataFrame(rows).to_excel(tmp_path / "novos.xlsx", header=False, index=False)
    write(tmp_path / "s.xlsx", windows_of(tmp_path / "novos.xlsx"))
    frame = pd.read_excel(tmp_path / "s.xlsx")
    assert list(frame.columns) == ["texto", "n", "label", "confidence", "abstained"]
    assert frame["n"].tolist() == [1.5, 2]


def test_a_row_that_repeats_the_header_stays_without_an_answer(tmp_path):
    found = written(tmp_path, b"texto,n\nboi,1\ntexto,n\nvaca,3\n").decode().splitlines()
    assert found[1:] == ["boi,1,sim,0.75,False", "texto,n,,,", "vaca,3,n\u00e3o,0.9,False"]


def test_an_answer_below_the_threshold_is_told_and_its_guess_is_kept(tmp_path):
    table = table_of(tmp_path / "novos.csv", b"texto,n\nboi,1\n,2\nvaca,3\n")
    write(tmp_path / "s.csv", table, abstain_below=0.8)
    assert (tmp_path / "s.csv").read_text().splitlines() == [
        "texto,n,label,confidence,abstained",
        "boi,1,sim,0.75,True",
        ",2,,,",
        "vaca,3,não,0.9,False",
    ]


def test_columns_of_the_users_own_are_never_replaced(tmp_path):
    found = written(tmp_path, b"texto,label\nboi,a\nvaca,b\n").decode().splitlines()
    assert found[0] == "texto,label,predicted_label,predicted_confidence,predicted_abstained"
    assert found[1] == "boi,a,sim,0.75,False"


def test_not_even_a_column_that_we_would_have_named_ourselves(tmp_path):
    found = written(tmp_path, b"texto,label,predicted_label\nboi,a,meu\nvaca,b,meu\n").decode().splitlines()
    assert found[0].endswith(
        "predicted_label,predicted_predicted_label,predicted_predicted_confidence,predicted_predicted_abstained"
    )
    assert found[1] == "boi,a,meu,sim,0.75,False"


def test_other_kinds_open_again(tmp_path):
    content = b"texto,n\nboi,1\nvaca,2\n"
    lines = written(tmp_path, content, "s.jsonl").decode().splitlines()
    assert json.loads(lines[0])["label"] == "sim"
    written(tmp_path, content, "s.parquet")
    assert pd.read_parquet(tmp_path / "s.parquet").confidence.tolist() == [0.75, 0.9]
    written(tmp_path, content, "s.xlsx")
    assert pd.read_excel(tmp_path / "s.xlsx").label.tolist() == ["sim", "não"]
    written(tmp_path, content, "s.csv.gz")
    assert pd.read_csv(tmp_path / "s.csv.gz").label.tolist() == ["sim", "não"]
