"""What a table's labels are: asked for, or taken where they leave no doubt, and else proposed in a line to copy."""

import json
from pathlib import Path

import pandas as pd
import pytest

from finetune.data.reading.table import Table
from finetune.data.tables import read_source
from finetune.errors import ConfigError, DataError

JOINED = ["boi;soja", "boi", "soja;milho", "milho;boi", "soja", "", "boi;soja;milho"]
PRICES = [f"{n},{n % 10}0" for n in range(40)]


def table(labels: list[object], **asked: object) -> Table:
    frame = pd.DataFrame({"texto": [f"texto {n}" for n in range(len(labels))], "rotulo": labels})
    return read_source(frame, **asked)["all"]  # type: ignore[arg-type]


def said(source: Table) -> str:
    return "\n".join(map(str, source.notes[1:]))


def test_labels_that_are_surely_several_are_and_a_row_without_any_stays() -> None:
    source = table(JOINED)
    assert (source.task.name, source.mark, len(source.row)) == ("multi_label", ";", 7)
    assert source.label == ["boi|soja", "boi", "milho|soja", "boi|milho", "soja", "", "boi|milho|soja"]
    assert 'labels: several at once, joined by ";"; each cell as one class with --task single_label' in said(
        source
    )
    assert (
        "1 row without any label, which counts as having none; --data.empty_labels drop leaves it out"
        in said(source)
    )


def test_where_most_rows_have_no_label_it_is_asked_whether_they_have_none() -> None:
    columns = {"texto": ["a", "b", "c"], "boi": [1, 0, 0], "soja": [1, 0, 0]}
    for source in (
        lambda **asked: table([*JOINED, *[""] * 7], **asked),
        lambda **asked: table([["boi", "soja"], [], []], **asked),
        lambda **asked: read_source(pd.DataFrame(columns), label_columns=["boi", "soja"], **asked)["all"],
    ):
        assert "rows have no label, and count as having none. If they are only not labelled yet" in said(
            source()
        )
        assert "without any label, which count as having none" in said(source(empty_labels="none"))
        assert "as having none" not in said(source(empty_labels="drop"))
    assert "8 of 14 rows have no label" in said(table([*JOINED, *[""] * 7]))


def test_what_is_asked_wins() -> None:
    source = table(JOINED, task="single_label")
    assert (source.task.name, source.label[0], source.dropped) == (
        "single_label",
        "boi;soja",
        {"empty label": [5]},
    )
    assert table(JOINED, empty_labels="drop").dropped == {"empty label": [5]}
    with pytest.raises(
        ConfigError, match=r"--data.empty_labels none is for rows that may have several labels"
    ):
        table(JOINED, task="single_label", empty_labels="none")


def test_one_label_each_serves_as_several_where_that_is_asked() -> None:
    source = table(["boi", "soja", "boi"], task="multi_label")
    assert source.label == ["boi", "soja", "boi"]
    assert 'labels: several at once, though no cell joins any (by "|", ";" or ",")' in said(source)


def test_several_signs_between_labels_are_told() -> None:
    source = table(["boi;soja", "soja", "boi, soja", "boi"], task="multi_label")
    assert '1 label holds ",", though labels are joined by ";", such as "boi, soja"' in said(source)


def test_a_name_that_holds_the_mark_in_which_all_is_written_is_refused() -> None:
    with pytest.raises(
        DataError, match=r'column "rotulo": the label "boi\|vaca" holds "\|", which joins labels'
    ):
        table([label.replace("boi", "boi|vaca") for label in JOINED])
    with pytest.raises(DataError, match=r'the label "boi\|vaca" holds "\|"'):
        table([["boi|vaca"], ["soja"]])


def test_lists_are_several_labels(tmp_path: Path) -> None:
    lines = [
        {"texto": f"t{n}", "rotulo": names} for n, names in enumerate((["soja", "boi"], ["boi"], [], None))
    ]
    path = tmp_path / "a.jsonl"
    path.write_text("\n".join(map(json.dumps, lines)), encoding="utf-8")
    source = read_source(path)["all"]
    assert (source.task.name, source.label) == ("multi_label", ["boi|soja", "boi", "", ""])
    to_predict = read_source(path, need_labels=False, task="single_label")["all"]
    assert to_predict.text == ["t0", "t1", "t2", "t3"]


def test_many_numbers_with_decimals_are_numbers() -> None:
    source = table([*PRICES, "n/d"])
    assert (source.task.name, source.label[:2], source.dropped) == (
        "number",
        ["0", "1.1"],
        {"label is no number": [40]},
    )
    assert "41 different labels" not in said(source)
    assert "40 different labels are numbers with decimals" in said(source)
    assert "labels: numbers, from 0 to 39.9" in said(source)
    assert "left out: 1 row whose label is no number (row 40)" in said(source)
    with pytest.raises(DataError, match=r"1 row whose label is no number \(row 40\): fill or delete"):
        table([*PRICES, "n/d"], on_bad_rows="error")


@pytest.mark.parametrize(
    "labels",
    [
        ["1.5", "2.5", "3.5"] * 20,  # few: half stars
        [f"{1 + n // 10}.{n % 10}" for n in range(40)] * 8,  # sections of a list
        [f"{n % 12 + 1:02}.{2000 + n // 12}" for n in range(60)],  # months
        [f"0{n}.{n % 10}" for n in range(60)],  # codes
        [f"{n},5 kg" for n in range(60)],
    ],
)
def test_numbers_that_may_be_names_stay_names(labels: list[str]) -> None:
    assert table(list(labels)).task.name == "single_label"


@pytest.mark.parametrize(
    ("labels", "options"),
    [
        (["baixo", "Médio", "alto"] * 5, "--task ordinal --data.label_order baixo,Médio,alto"),
        (["ruim", "bom", "ótimo", "regular"] * 5, "--task ordinal --data.label_order ruim,regular,bom,ótimo"),
        (["5", "4", "3", "2", "1"] * 5, "--task ordinal"),
        (["5", "4,5", "4", "2,5", "1"] * 5, "--task ordinal"),
        ([str(n) for n in range(100, 160, 2)] * 2, "--task number"),
        (["boi;soja", "boi", "soja", "soja;milho", "milho;boi"], "--task multi_label"),
    ],
)
def test_what_may_be_more_than_classes_is_proposed_and_not_taken(labels: list[str], options: str) -> None:
    source = table(list(labels))
    assert source.task.name == "single_label"
    assert said(source).endswith(f"\n  {options}")


@pytest.mark.parametrize(
    "labels",
    [
        ["soja", "milho", "gado"],
        ["sim", "não"],
        ["0", "1"] * 5,
        ["2", "7", "40"] * 5,
        ["2,5", "7", "40"] * 5,  # sizes
        ["1", "1.0", "1.5"] * 5,  # one of them twice
        [str(n) for n in range(1, 61)],  # numbers of rows
        [f"{n:05}" for n in range(0, 3000, 50)] * 2,  # codes
        ["baixo", "alto"] * 3,
    ],
)
def test_of_plain_classes_nothing_is_said(labels: list[str]) -> None:
    assert said(table(list(labels))) == ""


def test_numbers_that_are_not_clear_are_refused() -> None:
    for labels, match in (
        (
            ["soja", "7", "gado"],
            r'most labels in the column "rotulo" are no numbers, such as "soja" \(row 0\)',
        ),
        (["1,5", "2.5", "3,5"], r'the decimal mark is "," in "1,5" \(row 0\), and "\." in "2\.5" \(row 1\)'),
        (
            ["1,5", "2e15", "3,5"],
            r'column "rotulo": "2e15" \(row 1\) is too large a number to learn. Is it a slip',
        ),
        (
            ["R$ 1,2 mil", "R$ 850", "R$ 2 mil"],
            r'in several units: 1 such as "R\$ 850" .* and 2 such as "R\$ 1,2 mil"',
        ),
        (["12 kg", "3 t", "5 kg"], r'units: 2 such as "12 kg" \(row 0\) and 1 such as "3 t" \(row 1\)\.'),
    ):
        with pytest.raises(DataError, match=match):
            table(list(labels), task="number")
    assert 'labels: "1.200" is read as 1200: no cell tells' in said(table(["1.200", "950"], task="number"))
    for cells, told in (
        (["12 kg", "3 kg"], 'the unit "kg" is left out of 2 cells'),
        (["R$ 3,50", "R$ 3,00", "2,75"], 'the unit "R$" is left out of 2 cells; 1 has none'),
        (["1.234,00 reais", "3"], 'the unit "reais" is left out of 1 cell; 1 has none'),
    ):
        assert f"labels: {told}" in said(table(list(cells), task="number"))


def test_what_does_not_go_together_is_refused() -> None:
    for asked, match in (
        (
            {"label_columns": ["a"], "label_column": "b"},
            r"--data.label_column b and --data.label_columns a are both",
        ),
        ({"label_columns": ["a"], "task": "number"}, r"--data.label_columns .* and --task is number"),
        (
            {"label_order": ["a", "b"], "task": "number"},
            r'--data.label_order \("a", "b"\) is of classes in an order',
        ),
    ):
        with pytest.raises(ConfigError, match=match):
            table(["a", "b"], **asked)


def test_rows_to_predict_may_have_labels_of_any_kind() -> None:
    frame = pd.DataFrame({"texto": ["a", "b"], "rotulo": ["qualquer", ""]})
    for asked in ({"task": "number"}, {"task": "multi_label", "label_columns": ["x"]}, {"task": "ordinal"}):
        source = read_source(frame, need_labels=False, **asked)["all"]  # type: ignore[arg-type]
        assert (len(source.row), source.task.name) == (2, asked["task"])


def test_the_first_of_several_tables_tells_the_others(tmp_path: Path) -> None:
    for name, labels in (("train", JOINED), ("test", ["boi, vaca", "boi"])):
        frame = pd.DataFrame({"texto": [f"{name} {n}" for n in range(len(labels))], "rotulo": labels})
        frame.to_csv(tmp_path / f"{name}.csv", index=False)
    tables = read_source(tmp_path)
    assert {name: each.task.name for name, each in tables.items()} == {
        "train": "multi_label",
        "test": "multi_label",
    }
    assert tables["test"].label == ["boi, vaca", "boi"]


def test_decimals_behind_a_comma_are_those_of_files_with_semicolons_and_of_the_table_to_train_on(
    tmp_path,
) -> None:
    for sign, mark, first in ((";", None, 300.788), (",", None, 300788.0), (",", ",", 300.788)):
        path = tmp_path / "pesos.csv"
        rows = [f'texto {number}{sign}"{300 + number},788"' for number in range(30)]
        path.write_text("\n".join([f"texto{sign}rotulo", *rows]), encoding="utf-8")
        table = read_source(path, task="number", mark=mark)["all"]
        assert table.label is not None
        assert float(table.label[0]) == first
