"""The workbook of rows to look at, as a person opens it and as a table that is read again."""

import numpy as np
import openpyxl
import pandas as pd
import pytest

from finetune.data.tables import read_source
from finetune.errors import ConfigError
from finetune.evaluation.review import Review
from finetune.evaluation.review_workbook import review_path, write_review
from finetune.language.which import speaking
from finetune.tasks.calibration import Calibration
from finetune.tasks.multi_label import multi_label
from finetune.tasks.number import number
from finetune.tasks.single_label import single_label

NAMES = ["Clima", "Pecuária, corte", '=1+"x"']
TEXTS = ["=SOMA(A1)", "boi\ngordo", "chuva " * 8000, "vaca"]
SHARES = np.array([[0.9, 0.1, 0.0], [0.4, 0.35, 0.25], [0.3, 0.6, 0.1], [0.1, 0.8, 0.1]])


def written(path, *, task=None, shares=SHARES, labels=NAMES, columns=None, calibration=None, **read):
    task = task or single_label()
    frame = pd.DataFrame(columns or {"texto": TEXTS, "id": range(len(TEXTS))})
    (table,) = read_source(frame, need_labels=False, **read).values()
    review = Review(task, labels, calibration or Calibration(abstain_below=0.5))
    review.take(table.row, shares, texts=table.text, given=table.label)
    rows = review.chosen()
    cells = table.frame.iloc[[row.position for row in rows]].to_dict("records")
    write_review(path, rows, table, cells, labels=labels, task=task)
    return openpyxl.load_workbook(path)


def test_the_unsure_row_stands_first_with_its_text_whole_and_both_answers(tmp_path):
    sheet = written(tmp_path / "r.xlsx").worksheets[0]
    header = [cell.value for cell in sheet[1]]
    assert header == [
        "line",
        "why",
        "texto",
        "first answer",
        "confidence",
        "second answer",
        "confidence of the second",
        "correct",
    ]
    assert [cell.value for cell in sheet[2]] == [
        1,
        "not sure",
        "boi\ngordo",
        "Clima",
        0.4,
        "Pecuária, corte",
        0.35,
        None,
    ]
    longest = sheet["C3"].value
    assert len(longest) > 32_000
    assert longest.endswith("…")
    assert sheet["C5"].value == "=SOMA(A1)"
    assert sheet["C5"].data_type == "s"


def test_people_can_work_with_it(tmp_path):
    book = written(tmp_path / "r.xlsx")
    sheet, classes = book.worksheets
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:H5"
    assert sheet["C2"].alignment.wrap_text
    assert sheet.column_dimensions["C"].width == 70
    assert sheet.column_dimensions["A"].width < 10
    (choice,) = sheet.data_validations.dataValidation
    assert (str(choice.sqref), choice.formula1) == ("H2:H5", "'_classes'!$A$1:$A$3")
    assert (choice.errorStyle, choice.showErrorMessage) == ("warning", True)
    assert classes.sheet_state == "hidden"
    assert [row[0].value for row in classes] == NAMES


def test_what_is_filled_in_is_the_label_column_of_a_table(tmp_path):
    path = tmp_path / "revisar.xlsx"
    with speaking("pt"):
        book = written(path)
    sheet = book.worksheets[0]
    correct = sheet["H1"].value
    sheet["H2"], sheet["H4"] = NAMES[0], NAMES[1]
    book.save(path)
    (table,) = read_source(path, label_column=correct).values()
    assert table.text == ["boi\ngordo", "vaca"]
    assert table.label == [NAMES[0], NAMES[1]]
    assert table.text_column == "texto"


def test_of_several_labels_the_list_is_only_offered(tmp_path):
    book = written(tmp_path / "r.xlsx", task=multi_label(), labels=["a", "b", "c"])
    (choice,) = book.worksheets[0].data_validations.dataValidation
    assert (choice.showErrorMessage, choice.showInputMessage) == (False, True)
    assert "with | between them" in choice.prompt


def test_numbers_have_an_interval_and_nothing_to_choose(tmp_path):
    facts = {"edges": [], "half_widths": [5.0], "coverage": [0.9], "widest": [2.0]}
    values = np.array([[10.0], [20.123449], [30.0], [40.0]])
    book = written(
        tmp_path / "r.xlsx",
        task=number(),
        labels=["preco"],
        shares=values,
        calibration=Calibration(facts=facts),
    )
    sheet = book.worksheets[0]
    assert [cell.value for cell in sheet[1]][3:] == ["first answer", "low", "high", "correct"]
    assert [cell.value for cell in sheet[3]][3:] == [20.1234, 15.1234, 25.1234, None]
    assert not sheet.data_validations.dataValidation
    assert len(book.worksheets) == 1


def test_the_label_that_the_table_has_stands_beside_and_names_that_are_taken_get_a_bar(tmp_path):
    columns = {"texto": TEXTS, "confidence": ["Clima", "Clima", "", "Pecuária, corte"]}
    sheet = written(tmp_path / "r.xlsx", columns=columns, label_column="confidence").worksheets[0]
    header = [cell.value for cell in sheet[1]]
    assert header[2:6] == ["texto", "confidence", "first answer", "confidence_"]
    assert len(set(header)) == len(header)


def test_rows_of_several_files_say_of_which(tmp_path):
    folder = tmp_path / "meses"
    folder.mkdir()
    for name, texts in {"jan": ["boi", "vaca"], "fev": ["chuva"]}.items():
        pd.DataFrame({"texto": texts}).to_csv(folder / f"{name}.csv", index=False)
    (table,) = read_source(folder, need_labels=False).values()
    review = Review(single_label(), NAMES, Calibration())
    review.take(table.row, SHARES[:3], texts=table.text)
    rows = review.chosen()
    cells = table.frame.iloc[[row.position for row in rows]].to_dict("records")
    write_review(tmp_path / "r.xlsx", rows, table, cells, labels=NAMES, task=single_label())
    sheet = openpyxl.load_workbook(tmp_path / "r.xlsx").worksheets[0]
    places = {(row[0].value, row[1].value): row[3].value for row in sheet.iter_rows(min_row=2)}
    assert places == {("fev.csv", 2): "chuva", ("jan.csv", 2): "boi", ("jan.csv", 3): "vaca"}


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("r.csv", "give a name that ends in .xlsx"),
        ("nada/r.xlsx", "there is no folder nada"),
        ("saida.xlsx", "a file of this command is to be there already"),
        ("velho.xlsx", "it may hold what somebody has corrected"),
    ],
)
def test_where_it_cannot_be_is_said_before_anything_is_computed(tmp_path, monkeypatch, given, told):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "velho.xlsx").write_bytes(b"")
    with pytest.raises(ConfigError, match=told):
        review_path(given, others=[tmp_path / "saida.xlsx"], overwrite=False)
    assert (tmp_path / "velho.xlsx").read_bytes() == b""


def test_one_that_is_there_is_replaced_where_that_is_asked_for(tmp_path):
    (tmp_path / "r.xlsx").write_bytes(b"")
    assert review_path(str(tmp_path / "r.xlsx"), others=[], overwrite=True) == tmp_path / "r.xlsx"
