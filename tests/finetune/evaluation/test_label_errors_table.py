import csv
import io

import pandas as pd
import pytest

from finetune.data.checks.finding import Finding, Grid
from finetune.evaluation.label_errors_table import MOST_LETTERS, as_text, keep_table, show_table
from finetune.language.which import speaking

HEADER = ("line", "label", "suggested", "how_sure", "text")


def found(*rows, positions=None):
    positions = list(range(len(rows))) if positions is None else positions
    return Finding(
        "label_errors", "note", len(rows), positions, what="rows", grid=Grid(HEADER, rows, whole=True)
    )


def suspect(text="boi gordo", label="Clima", sure="almost_sure"):
    return ("7", label, "Pecuária", sure, text)


def test_excel_opens_it_with_accents_in_columns_and_runs_nothing_of_it(frame, look, tmp_path):
    texts = ["=1+1; fim", 'disse "não"\nontem', "@soma", "x" * 50_000]
    path = keep_table(tmp_path / "e.csv", found(*map(suspect, texts)), look(frame))
    content = path.read_bytes()
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 5
    rows = list(csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=";"))
    assert [row[1] for row in rows[1:]] == ["'=1+1; fim", texts[1], "'@soma", "x" * MOST_LETTERS]
    assert {tuple(row[2:4]) for row in rows[1:]} == {("Clima", "Pecuária")}


def test_its_lines_are_those_of_the_users_table_and_its_words_are_the_readers(frame, look):
    data = look(frame)
    finding = found(suspect(), suspect(sure="likely"), positions=[40, 3])
    with speaking("en"):
        lines = as_text(finding, data).splitlines()
    assert lines[0] == "line;text;label;suggested;how sure"
    assert lines[1] == f"{data.place(40)[1]};boi gordo;Clima;Pecuária;almost sure"
    assert lines[2] == f"{data.place(3)[1]};boi gordo;Clima;Pecuária;likely"
    with speaking("pt"):
        lines = as_text(finding, data).splitlines()
    assert lines[0] == "linha;texto;rótulo;sugerido;certeza"
    assert lines[1].endswith(";quase certo")
    assert lines[2].endswith(";provável")


def test_of_several_files_the_file_is_named(frame, look):
    data = look(*(part for _, part in frame.groupby("parte")))
    with speaking("en"):
        header, row = as_text(found(suspect()), data).splitlines()
    assert header.startswith("line;file;text;")
    assert row.split(";")[1] == data.names[0]


@pytest.mark.parametrize("mine", ["boi;corrigido por mim\r\n", ""])
def test_what_a_person_has_corrected_is_never_replaced(frame, look, tmp_path, mine):
    data, path = look(frame), tmp_path / "erros.csv"
    path.write_text(mine, newline="")
    (tmp_path / "erros_2.csv").mkdir()
    assert keep_table(path, found(suspect()), data).name == "erros_3.csv"
    assert keep_table(path, found(suspect()), data).name == "erros_3.csv"  # the same again
    assert keep_table(path, found(suspect("vaca")), data).name == "erros_4.csv"
    assert path.read_bytes().decode() == mine
    assert not pd.read_csv(tmp_path / "erros_3.csv", sep=";").empty


def test_the_same_rows_in_another_language_are_the_same_table(frame, look, tmp_path):
    data, path = look(frame), tmp_path / "erros.csv"
    for spoken in ("en", "pt", "en"):
        with speaking(spoken):
            assert keep_table(path, found(suspect(), suspect(sure="likely")), data) == path
    assert path.read_text(encoding="utf-8-sig").startswith("line;")  # one that is there is left as it is
    with speaking("pt"):
        assert keep_table(path, found(suspect()), data).name == "erros_2.csv"


def test_a_table_on_another_drive_is_named_whole(tmp_path, monkeypatch, capsys):
    def other_drive(path):
        raise ValueError("path is on mount 'D:', start on mount 'C:'")

    monkeypatch.setattr("os.path.relpath", other_drive)
    show_table(tmp_path / "erros.csv")
    assert str(tmp_path / "erros.csv") in capsys.readouterr().out
