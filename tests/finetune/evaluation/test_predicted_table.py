import json

import numpy as np
import pandas as pd
import pytest

from finetune.data.reading.table import read_source
from finetune.errors import ConfigError
from finetune.evaluation.predicted_table import output_path, write_predictions

LABELS = ["não", "sim"]
PROBABILITIES = np.array([[0.25, 0.75], [0.9, 0.1]])


def table_of(path, content):
    path.write_bytes(content)
    return read_source(path, need_labels=False)["all"]


def written(tmp_path, content, name="saida.csv", source="novos.csv"):
    table = table_of(tmp_path / source, content)
    write_predictions(tmp_path / name, table, table.row, PROBABILITIES, labels=LABELS)
    return (tmp_path / name).read_bytes()


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
    write_predictions(tmp_path / "s.csv", table, table.row, PROBABILITIES, labels=["价", "sim"])
    assert "价" in (tmp_path / "s.csv").read_text(encoding="utf-8-sig")


@pytest.mark.parametrize("cell", ["=1+1", "+cmd", "-cmd", "@SUM(A1)"])
def test_cells_that_a_spreadsheet_would_run_are_guarded(tmp_path, cell):
    found = written(tmp_path, f"texto,x\n{cell} boi,-1.5\nvaca,+3\n".encode()).decode()
    assert f"\n'{cell} boi,-1.5," in found.replace("\r", "")
    assert "\nvaca,+3," in found.replace("\r", "")


def test_rows_without_text_stay_without_an_answer(tmp_path):
    found = written(tmp_path, b"texto,n\nboi,1\n,2\nvaca,3\n").decode().splitlines()
    assert found[1:] == ["boi,1,sim,0.75,False", ",2,,,", "vaca,3,não,0.9,False"]


def test_an_answer_below_the_threshold_is_told_and_its_guess_is_kept(tmp_path):
    table = table_of(tmp_path / "novos.csv", b"texto,n\nboi,1\n,2\nvaca,3\n")
    write_predictions(tmp_path / "s.csv", table, table.row, PROBABILITIES, labels=LABELS, abstain_below=0.8)
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


def test_a_control_character_does_not_lose_the_work(tmp_path):
    written(tmp_path, b"texto,n\nboi\x0bbravo,1\nvaca,2\n", "s.xlsx")
    assert pd.read_excel(tmp_path / "s.xlsx").texto.tolist() == ["boibravo", "vaca"]


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


def test_the_default_name_is_beside_nothing_and_of_the_same_kind(tmp_path):
    assert str(output_path("pasta/novos.csv.gz", None)) == "novos_predicted.csv"
    assert str(output_path("novos.parquet", None)) == "novos_predicted.parquet"
    assert str(output_path("novos.2023.csv", None)) == "novos.2023_predicted.csv"
    assert str(output_path("pasta/safra.2024", None)) == "safra.2024_predicted.csv"


@pytest.mark.parametrize(
    ("output", "message"), [("s.doc", r"\.doc"), ("nada/s.csv", "no folder nada"), (".", r'kind ""')]
)
def test_a_place_that_cannot_be_written_is_refused_at_once(output, message):
    with pytest.raises(ConfigError, match=message):
        output_path("novos.csv", output)


def test_the_table_itself_is_never_the_output(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "novos.csv").write_text("texto\n")
    with pytest.raises(ConfigError, match="itself"):
        output_path("novos.csv", str(tmp_path / "novos.csv"))
