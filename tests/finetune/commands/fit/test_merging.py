"""What becomes of corrections, by kind of label: which rows change, which new ones are learned from, which are not."""

from dataclasses import replace

import pandas as pd
import pytest

from finetune.commands.fit.merged_table import BEFORE, LINE, PART, SOURCE
from finetune.commands.fit.merging import merged
from finetune.corrections.corrections import Conflict, Correction, Corrections
from finetune.corrections.row import Row
from finetune.data.module import TextData
from finetune.errors import DataError
from finetune.evaluation.old_and_new import what_was_done
from tests.kinds import KINDS

PARTS = ["treino"] * 30 + ["validacao"] * 15 + ["teste"] * 15


def parts_of(kind, folder, **more):
    """The rows of a table of a kind, whose parts are in its order, by a column."""
    made = KINDS[kind](60)
    frame = pd.DataFrame(made.rows, columns=made.header).assign(parte=PARTS, fazenda=range(60))
    frame.to_csv(folder / "dados.csv", sep=";", index=False)
    options = dict(word.lstrip("-").replace("data.", "").split("=") for word in made.options if "=" in word)
    if "--task" in made.options:
        options["task"] = made.options[made.options.index("--task") + 1]
    if kind == "number":
        options["label_column"] = "preco"
    return TextData(str(folder / "dados.csv"), split_column="parte", **{**options, **more}).every_part()


def row_of(parts, part, place=0, **more):
    """A row as somebody may have corrected it."""
    table, index = parts[part]
    position = int(table.row[index[place]])
    known = {
        "texts": tuple(each[0] for each in table.texts_apart(index[place : place + 1])),
        "cells": {name: str(table.frame[name].iloc[position]) for name in table.text_columns},
        "source": table.source,
        "position": position,
        "line": position + 2,
        "given": table.label[index[place]],
        "part": part,
    }
    return Row(**{**known, **more})


def new(text, source="novos.csv", **more):
    return Row((text,), {"texto": text}, source, 4, 6, **more)


def said(*corrections, conflicts=(), skipped=0):
    return Corrections([Correction(row, label) for row, label in corrections], list(conflicts), skipped)


@pytest.fixture
def parts(tmp_path):
    return parts_of("single_label", tmp_path)


def other(row):
    return "Clima" if row.given != "Clima" else "Preços"


def test_a_correction_wins_and_each_row_stays_in_its_part(parts):
    rows = [row_of(parts, part, 2) for part in ("train", "validation", "test")]
    found = merged(parts, [said(*((row, other(row)) for row in rows))])
    assert found.counts.corrected == {"train": 1, "validation": 1, "test": 1}
    assert found.frame[PART].tolist() == ["train"] * 30 + ["validation"] * 15 + ["test"] * 15
    for row in rows:
        kept = found.frame.iloc[row.position]
        assert (kept["rotulo"], kept[BEFORE]) == (other(row), row.given)
    assert (found.frame[BEFORE] != "").sum() == 3
    assert found.frame["fazenda"].tolist() == [str(number) for number in range(60)]  # all columns are kept
    assert found.frame[LINE].tolist() == [str(number + 2) for number in range(60)]
    assert set(found.frame[SOURCE]) == {parts["train"][0].source}


def test_a_label_that_is_said_to_be_right_changes_nothing(parts):
    row = row_of(parts, "train")
    found = merged(parts, [said((row, row.given), skipped=3)])
    assert (found.counts.confirmed, found.counts.skipped, found.counts.changes) == (1, 3, 0)


@pytest.mark.parametrize("part", ["validation", "test"])
def test_a_new_row_whose_text_is_measured_on_is_not_learned_from(parts, part):
    text = row_of(parts, part, 3).texts[0]
    longer = "o produtor espera chuva na fazenda e a colheita do milho começa na outra semana"
    table, index = parts[part]
    table.frame.loc[int(table.row[index[5]]), "texto"] = longer
    found = merged(
        parts,
        [
            said(
                (new(f"  {text.upper()}!!"), "Clima"),
                (new(f"{longer} mesmo"), "Clima"),
                (new("boi gordo no pasto de braquiária"), "Pecuária"),
            )
        ],
    )
    assert (found.counts.held_out, found.counts.alike, found.counts.new) == (1, 1, 1)
    assert len(found.frame) == 61
    last = found.frame.iloc[-1]
    assert (last["texto"], last["rotulo"], last[PART]) == (
        "boi gordo no pasto de braquiária",
        "Pecuária",
        "train",
    )
    assert (last[SOURCE], last[LINE], last["fazenda"]) == ("novos.csv", "6", "")


def test_a_new_row_is_learned_once_and_one_that_trains_already_is_corrected(parts):
    row = row_of(parts, "train", 4)
    twice = [(new("boi no pasto verde"), "Pecuária"), (new("Boi no pasto verde."), "Pecuária")]
    found = merged(parts, [said(*twice), said((new(row.texts[0]), other(row)))])
    assert (found.counts.new, found.counts.corrected["train"]) == (1, 1)
    assert found.frame["rotulo"].iloc[row.position] == other(row)


def test_rows_that_a_model_chose_are_never_tested_on(parts):
    found = merged(
        parts,
        [Corrections([Correction(new(f"chuva de número {n}"), "Clima", reason="unsure") for n in range(3)])],
    )
    assert found.frame[PART].tolist()[-3:] == ["train"] * 3
    assert (found.frame[PART] == "test").sum() == 15


def test_what_people_do_not_agree_on_is_left_out(parts):
    first, second, third = (row_of(parts, "train", place) for place in range(3))
    open_ = Conflict(second, {"ana": "Clima", "bia": "Preços"})
    files = [
        said((first, "Clima"), (first, "Preços"), (second, "Clima"), conflicts=[open_]),
        said((third, "Clima")),
        said((third, "Preços")),  # in another file
    ]
    found = merged(parts, files)
    assert (found.counts.conflicts, found.counts.changes, found.counts.confirmed) == (3, 0, 0)
    assert found.frame["rotulo"].tolist() == [everyone(parts, number).given for number in range(60)]


def everyone(parts, number):
    part, place = ("train", number) if number < 30 else (("validation", "test")[number // 45], number % 15)
    return row_of(parts, part, place)


def test_rows_of_no_table_of_the_run_go_nowhere(parts):
    strange = new("um texto que a tabela não tem", part="test")
    found = merged(parts, [said((strange, "Clima"))])
    assert (found.counts.unknown, found.counts.new, len(found.frame)) == (1, 0, 60)


def test_classes_appear_and_vanish(tmp_path):
    parts = parts_of("single_label", tmp_path)
    rows = [everyone(parts, number) for number in range(60)]
    of_one = [(row, "Preços") for row in rows if row.given == "Clima"]
    found = merged(parts, [said(*of_one, (new("trator novo na oficina"), "Máquinas"))])
    assert (found.appeared, found.gone) == (["Máquinas"], ["Clima"])


def test_corrections_that_leave_one_class_are_refused(parts):
    rows = [(row, "Clima") for number in range(60) if (row := everyone(parts, number)).given != "Clima"]
    with pytest.raises(DataError, match=r'no row has another label than "Clima"'):
        merged(parts, [said(*rows)])


def test_several_labels_stand_in_one_column_however_the_table_has_them(tmp_path):
    parts = parts_of("multi_label", tmp_path)
    first, second = row_of(parts, "train"), row_of(parts, "test")
    found = merged(parts, [said((first, "Preços|Clima|Novo"), (second, ""))])
    assert found.frame["rotulo"].iloc[0] == "Clima|Novo|Preços"
    assert found.frame["rotulo"].iloc[second.position] == ""
    assert found.appeared == ["Novo"]
    assert found.counts.changes == 2 - (second.given == "")


def test_labels_of_a_column_each_become_one_column(tmp_path):
    frame = pd.DataFrame({"texto": [f"frase {n}" for n in range(60)], "parte": PARTS})
    frame["boi"], frame["soja"] = ["1", "0", "1"] * 20, ["0", "1", "1"] * 20
    frame.to_csv(tmp_path / "dados.csv", index=False)
    data = TextData(str(tmp_path / "dados.csv"), split_column="parte", label_columns="boi,soja")
    parts = data.every_part()
    found = merged(parts, [said((row_of(parts, "train"), "soja"))])
    assert found.label == "rotulo"
    assert found.frame["rotulo"].tolist()[:4] == ["soja", "soja", "boi|soja", "boi"]
    assert not {"boi", "soja"} & set(found.frame)  # they would say what holds no more


def test_grades_stay_in_their_order_and_a_new_one_is_refused(tmp_path):
    parts = parts_of("ordinal", tmp_path)
    row = row_of(parts, "train")
    found = merged(parts, [said((row, "4"))])
    assert found.frame["rotulo"].iloc[0] == "4"
    with pytest.raises(
        DataError, match=r'grades that the run does not know: "7"\. Its order is 1 < 2 < 3 < 4'
    ):
        merged(parts, [said((row, "7"))])


def test_numbers_with_a_comma_are_numbers(tmp_path):
    parts = parts_of("number", tmp_path)
    row, same = row_of(parts, "train"), row_of(parts, "train", 1)
    found = merged(parts, [said((row, "1234.5"), (same, same.given))])
    assert found.frame["preco"].iloc[0] == "1234.5"
    assert (found.counts.changes, found.counts.confirmed) == (1, 1)
    with pytest.raises(DataError, match='"caro" is no number'):
        merged(parts, [said((row, "caro"))])


def test_of_two_texts_both_tell_a_row(tmp_path):
    parts = parts_of("pair", tmp_path)
    row = row_of(parts, "test")
    fresh = Row(("boi", "um corpo de outra frase"), {}, "novos.csv")
    half = Row((row.texts[0], "outro corpo que ninguém viu ainda nesta tabela"), {}, "novos.csv")
    found = merged(
        parts, [said((row, "outro" if row.given == "mesmo" else "mesmo"), (fresh, "outro"), (half, "outro"))]
    )
    assert found.counts.corrected["test"] == 1
    assert (found.counts.new, found.counts.held_out) == (2, 0)
    assert found.frame[["titulo", "corpo"]].iloc[-2].tolist() == ["boi", "um corpo de outra frase"]


def test_a_pair_of_the_test_the_other_way_round_is_not_learned_from(tmp_path):
    parts = parts_of("pair", tmp_path)
    table, index = parts["test"]
    table.frame.loc[int(table.row[index[3]]), ["titulo", "corpo"]] = ["boi gordo", "pasto verde"]
    found = merged(parts, [said((Row(("pasto verde", "Boi gordo!"), {}, "novos.csv"), "outro"))])
    assert (found.counts.alike, found.counts.new) == (1, 0)


def test_of_a_text_that_is_made_of_columns_a_new_row_needs_all_of_them(tmp_path):
    parts = parts_of("template", tmp_path)
    whole = Row(("MT: boi no pasto",), {"estado": "MT", "texto": "boi no pasto"}, "novos.csv")
    bare = Row(("GO: vaca no curral",), {}, "novos.csv")
    found = merged(parts, [said((whole, "Pecuária"), (bare, "Pecuária"), (row_of(parts, "train"), "Clima"))])
    assert (found.counts.new, found.counts.unknown) == (1, 1)
    assert found.frame[["estado", "texto"]].iloc[-1].tolist() == ["MT", "boi no pasto"]


def test_a_table_of_its_own_for_the_test_comes_into_the_columns_of_the_first(tmp_path):
    parts_of("single_label", tmp_path)
    frame = pd.read_csv(tmp_path / "dados.csv", sep=";", dtype=str)
    frame[frame.parte != "teste"].drop(columns="parte").to_csv(tmp_path / "treino.csv", index=False)
    others = frame[frame.parte == "teste"].rename(columns={"texto": "frase", "rotulo": "classe"})
    others.drop(columns=["parte", "fazenda"]).assign(autor="x").to_csv(tmp_path / "outra.csv", index=False)
    parts = TextData(str(tmp_path / "treino.csv"), test_path=str(tmp_path / "outra.csv")).every_part()
    row = row_of(parts, "test", 3)
    found = merged(parts, [said((row, other(row)))])
    assert {"texto", "rotulo", "autor", "fazenda"} <= set(found.frame)
    assert not {"frase", "classe"} & set(found.frame)
    of_test = found.frame[found.frame[PART] == "test"]
    assert of_test["texto"].tolist() == others["frase"].tolist()
    assert of_test["rotulo"].iloc[3] == other(row)


def test_a_second_round_keeps_where_rows_came_from(parts, tmp_path):
    row = row_of(parts, "train")
    first = merged(parts, [said((row, other(row)), (new("boi no pasto verde"), "Pecuária"))])
    first.frame.to_csv(tmp_path / "table.csv", index=False)
    again = TextData(
        str(tmp_path / "table.csv"), split_column=PART, text_column="texto", label_column="rotulo"
    )
    parts = again.every_part()
    row = row_of(parts, "train", 1)
    found = merged(parts, [said((replace(row, source=str(tmp_path / "table.csv")), other(row)))])
    assert found.frame[LINE].iloc[-1] == "6"
    assert found.frame[SOURCE].iloc[-1] == "novos.csv"
    assert (found.frame[BEFORE] != "").sum() == 2
    assert list(found.frame).count(PART) == 1


def test_new_rows_of_a_group_that_is_measured_on_are_not_learned_from(tmp_path):
    frame = pd.DataFrame({"texto": [f"a frase de número {n} diz" for n in range(60)], "parte": PARTS})
    frame = frame.assign(rotulo=["Clima", "Preços", ""] * 20, fazenda=[f"Sítio {n // 3}" for n in range(60)])
    frame.to_csv(tmp_path / "dados.csv", index=False)
    parts = TextData(str(tmp_path / "dados.csv"), split_column="parte").every_part()
    of_training, of_test = (new(frame["texto"][place], source="outra.csv") for place in (2, 59))
    named = Row(("vaca no curral",), {"texto": "vaca no curral", "Fazenda": " SÍTIO  19"})
    rows = [said((row, "Clima")) for row in (of_training, of_test, named, new("boi no pasto verde"))]
    found = merged(parts, rows, group_column="fazenda")
    assert (found.counts.new, found.counts.grouped, found.counts.of_no_group) == (2, 2, 1)
    kept = found.frame.iloc[-2:]
    assert kept["fazenda"].tolist() == ["Sítio 0", ""]  # of its own table all of a row is kept
    assert kept[LINE].tolist() == ["4", "6"]
    assert kept[PART].tolist() == ["train"] * 2
    told = " ".join(str(each) for each in what_was_done(found.counts.as_values(), {}))
    assert "left out: 2 new rows of groups that stand in validation or test" in told
    assert "1 new row does not say its group" in told
    assert merged(parts, rows).counts.new == 4


def test_whatever_the_columns_are_called_none_is_lost(tmp_path):
    names = dict(zip(("texto", "rotulo", "fazenda"), ("_row", "_table", "row"), strict=True))
    parts_of("single_label", tmp_path)
    frame = pd.read_csv(tmp_path / "dados.csv", sep=";", dtype=str).rename(columns=names)
    frame.to_csv(tmp_path / "nomes.csv", index=False)
    data = TextData(
        str(tmp_path / "nomes.csv"), text_column="_row", label_column="_table", split_column="parte"
    )
    found = merged(data.every_part(), [])
    assert found.frame[list(frame)].equals(frame)
