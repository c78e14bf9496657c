import pandas as pd
import pytest

from finetune.data.asked import Asked, Reading
from finetune.data.dividing.parts import Division
from finetune.data.loading import load, read, read_parts, undivided
from finetune.errors import ConfigError, DataError

LABELS = ["a", "b"]


def frame(count, **columns):
    rows = {"texto": [f"texto {n}" for n in range(count)], "rotulo": [LABELS[n % 2] for n in range(count)]}
    return pd.DataFrame(rows | {name: values(range(count)) for name, values in columns.items()})


def parts_of(table, said=None, **division):
    paths = {"train": table, "validation": None, "test": None}
    asked = Asked(paths, Reading(), Division(**division))
    lines = [] if said is None else said
    return read_parts(asked, lambda line: lines.append(str(line)))


def rows_of(parts, part, column="texto"):
    table, index = parts[part]
    return table.frame[column].iloc[table.row[index]].tolist()


def test_a_sheet_is_that_of_the_training_table_and_others_may_be_without_it(tmp_path):
    with pd.ExcelWriter(tmp_path / "a.xlsx") as book:
        pd.DataFrame({"nada": ["aqui"]}).to_excel(book, sheet_name="Leia-me", index=False)
        frame(10).to_excel(book, sheet_name="Dados", index=False)
        frame(20).to_excel(book, sheet_name="Mais", index=False)
    frame(4).to_csv(tmp_path / "novos.csv", index=False)
    paths = {"train": str(tmp_path / "a.xlsx"), "predict": str(tmp_path / "novos.csv")}
    asked, said = Asked(paths, Reading(sheet="Mais"), Division()), []
    assert len(read(asked, "train", said.append)["all"].row) == 20
    assert len(read(asked, "predict", said.append)["all"].row) == 4
    assert any("no workbook: --data.sheet Mais is left aside" in str(each) for each in said)
    with pytest.raises(DataError, match=r"--data.sheet Mais is for sheets"):
        read(
            Asked({"train": None, "predict": paths["predict"]}, Reading(sheet="Mais"), Division()),
            "predict",
            said.append,
        )


def test_a_header_line_is_that_of_the_training_table_and_others_may_have_another(tmp_path):
    rows = frame(10).to_csv(index=False).replace("texto,rotulo", "fala,tipo")
    (tmp_path / "a.csv").write_text(f"Ouvidoria\n\n{rows}")
    (tmp_path / "novos.csv").write_text(rows)
    paths = {"train": str(tmp_path / "a.csv"), "predict": str(tmp_path / "novos.csv")}
    reading = Reading(text_column="fala", label_column="tipo", header_line=3)
    for part in paths:
        said = []
        assert len(read(Asked(paths, reading, Division()), part, said.append)["all"].row) == 10
        assert any("is left aside" in str(each) for each in said) == (part == "predict")


def test_a_column_says_the_part_of_each_row():
    names = ["treino", "train", "Validação", "teste", "TEST"]
    table = frame(50, parte=lambda rows: [names[n % 5] for n in rows])
    parts = parts_of(table, split_column="parte")
    assert {part: len(index) for part, (_, index) in parts.items()} == {
        "train": 20,
        "validation": 10,
        "test": 20,
    }
    assert rows_of(parts, "validation")[:2] == ["texto 2", "texto 7"]


def test_a_part_that_the_column_does_not_name_is_cut_from_the_training_rows():
    table = frame(50, parte=lambda rows: ["teste" if n < 10 else "treino" for n in rows])
    parts = parts_of(table, split_column="parte", validation_fraction=0.25)
    assert {part: len(index) for part, (_, index) in parts.items()} == {
        "train": 30,
        "validation": 10,
        "test": 10,
    }
    assert set(rows_of(parts, "test")) == {f"texto {n}" for n in range(10)}
    assert not set(rows_of(parts, "validation")) & set(rows_of(parts, "test"))


def test_a_column_that_names_other_things_is_refused_with_what_it_says():
    table = frame(20, parte=lambda rows: ["treino" if n else "depois" for n in rows])
    with pytest.raises(
        DataError, match=r'"parte" \(--data.split_column\) has values that name no part: "depois"'
    ):
        parts_of(table, split_column="parte")


def test_a_source_that_is_divided_already_takes_no_column(tmp_path):
    for name in ("train", "test"):
        frame(20).to_csv(tmp_path / f"{name}.csv", index=False)
    with pytest.raises(ConfigError, match="the source is divided already, into training and test"):
        parts_of(str(tmp_path), split_column="parte")


def test_a_group_stays_on_one_side_and_rows_without_one_stand_alone():
    table = frame(300, Fazenda=lambda rows: [f"F{n % 30}" if n % 3 else None for n in rows])
    parts = parts_of(table, group_column="fazenda")
    sides = [set(rows_of(parts, part, "Fazenda")) - {None} for part in parts]
    sides = [{name for name in side if isinstance(name, str)} for side in sides]
    assert len(set.union(*sides)) == sum(map(len, sides)) == 20
    assert len(parts["test"][1]) == pytest.approx(30, abs=8)


def test_equal_texts_stay_on_one_side_whatever_their_case_and_label():
    table = frame(200)
    table.loc[100:, "texto"] = [text.upper() + "!" for text in table.texto[:100]]
    parts = parts_of(table)
    sides = [{text.lower().rstrip("!") for text in rows_of(parts, part)} for part in parts]
    assert sum(map(len, sides)) == 100


def test_with_a_time_column_the_test_is_the_most_recent_part_and_how_it_was_read_is_said():
    table = frame(100, data=lambda rows: [f"{1 + n % 28:02}/{1 + n // 28:02}/2024" for n in rows])
    said = []
    parts = parts_of(table, said, time_column="data")
    assert rows_of(parts, "test") == [f"texto {n}" for n in range(90, 100)]
    assert rows_of(parts, "validation") == [f"texto {n}" for n in range(80, 90)]
    assert any('moments from "data", read as dates, day before month' in line for line in said)


def test_a_part_that_came_out_much_smaller_than_asked_for_is_said():
    table = frame(200, lote=lambda rows: [n // 100 if n < 200 else n for n in rows])
    table.loc[190:, "lote"] = range(190, 200)
    said = []
    parts_of(table, said, group_column="lote", test_fraction=0.3)
    assert any(
        "of the rows in place of 30%" in line or "of the rows in place of 30.0%" in line for line in said
    )


def test_what_cannot_be_divided_is_read_as_it_is():
    table = frame(10)
    table.loc[0, "rotulo"] = "sozinho"
    with pytest.raises(DataError, match="too few rows"):
        parts_of(table)
    rows = undivided(Asked({"train": table, "validation": None, "test": frame(4)}, Reading(), Division()))
    assert {part: len(index) for part, (_, index) in rows.items()} == {"train": 10, "test": 4}


def test_the_table_to_train_on_tells_the_others_what_labels_are():
    joined = ["a, b;c", "c;d", "d", "a, b;d", "c", "a, b", "a, b;c;d", "", "d;c"]
    train = pd.DataFrame({"texto": [f"t{n}" for n in range(90)], "rotulo": joined * 10})
    other = pd.DataFrame({"texto": ["x", "y"], "rotulo": ["a, b", "c"]})
    asked, said = Asked({"train": train, "validation": other, "test": None}, Reading(), Division()), []
    parts = read_parts(asked, said.append)
    table, _ = parts["validation"]
    assert (table.task.name, table.mark, table.label) == ("multi_label", ";", ["a, b", "c"])
    prices = pd.DataFrame({"texto": [f"t{n}" for n in range(90)], "rotulo": [f"{n},5" for n in range(90)]})
    few = pd.DataFrame({"texto": ["x", "y"], "rotulo": ["7", "8"]})
    asked = Asked({"train": prices, "validation": few, "test": None}, Reading(), Division())
    assert read_parts(asked, said.append)["validation"][0].task.name == "number"
    assert undivided(asked)["validation"][0].task.name == "number"


@pytest.mark.parametrize(
    ("cells", "mark", "before"),
    [
        (["a, b", "c"], None, None),
        (["a, b;c", "c", ""], ";", None),
        (["c,d", "d"], ",", None),
        (["a, b|c", "d"], "|", None),
        (["a, b|c", "d"], "|", ";"),
        (["c", "d"], ";", ";"),
    ],
)
def test_the_classes_of_a_model_tell_what_joins_the_labels_of_a_table_to_test(
    tiny_model, cells, mark, before
):
    table = pd.DataFrame({"texto": [f"boi {n}" for n in range(len(cells))], "rotulo": cells})
    asked = Asked(
        {"train": None, "test": table},
        Reading(task="multi_label", mark=before),
        Division(),
        tokenizer=str(tiny_model),
    )
    found = load(asked, "test", labels=["a, b", "c", "d"], check=False, tell=lambda text: None)
    assert found.tables["test"].mark == mark
    assert [set(filter(None, label.split("|"))) for label in found.tables["test"].label] == [
        {name.strip() for name in (cell.split(mark) if mark else [cell])} - {""} for cell in cells
    ]
