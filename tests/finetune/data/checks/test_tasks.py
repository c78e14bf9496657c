"""The checks look at each kind of label as what it is: several one by one, numbers by their spread, an order in order."""

from collections.abc import Callable

import numpy as np
import pandas as pd

from finetune.data.checks.doctor import examine
from finetune.data.checks.examined import Examined, examined
from finetune.data.checks.finding import Finding
from finetune.data.checks.told import record, small_table
from finetune.data.dividing.by_column import parts_of_column
from finetune.data.tables import read_source
from finetune.evaluation.label_errors import AFTER_TRAINING, label_errors
from finetune.language.which import speaking

NAMES = ("Clima", "Lavouras", "Pecuária")
ALWAYS = {"class_counts", "lengths", "numbers"}


def look_at(frame: pd.DataFrame, **asked: object) -> Examined:
    source = read_source(frame, **asked)["all"]  # type: ignore[arg-type]
    return examined(parts_of_column({"all": source}, "parte"))


def found(data: Examined) -> dict[str, Finding]:
    return {finding.code: finding for finding in examine(data) if finding.code not in ALWAYS}


def the(code: str, data: Examined) -> Finding:
    return next(finding for finding in examine(data) if finding.code == code)


def several(frame: pd.DataFrame) -> pd.DataFrame:
    """Any of three labels, or none; a combination a row in turn within each part."""
    choices = [";".join(name for bit, name in enumerate(NAMES) if number >> bit & 1) for number in range(8)]
    return frame.assign(rotulo=[choices[number // 10 % 8] for number in range(len(frame))])


def test_several_labels_are_counted_one_by_one_with_the_rows_without_any(frame: pd.DataFrame) -> None:
    data = look_at(several(frame))
    assert found(data) == {}
    counts = the("class_counts", data)
    assert str(counts.told) == "3 labels in 1,200 rows: 150 have none, 450 have one, 600 have several"
    assert counts.grid is not None
    assert [row[0] for row in counts.grid.rows] == [*NAMES, ""]
    assert [row[4] for row in counts.grid.rows] == [600, 600, 600, 150]
    assert [str(cell) for cell in small_table(counts.grid, 80).columns[0].cells][-1] == "no label"


def test_a_label_without_training_rows_is_severe_and_one_without_test_rows_is_told(
    frame: pd.DataFrame,
) -> None:
    labelled = several(frame)
    test = labelled.parte == "teste"
    only_test = labelled.copy()
    only_test.loc[test, "rotulo"] = only_test.rotulo[test].where(
        labelled.index[test] % 40 > 0, "Clima;Máquinas"
    )
    finding = found(look_at(only_test))["class_untrained"]
    assert (finding.severity, "Máquinas" in str(finding.told)) == ("severe", True)
    assert set(finding.rows) == set(labelled.index[test & (labelled.index % 40 == 0)])
    labelled.loc[test, "rotulo"] = labelled.rotulo[test].str.replace("Pecuária", "")
    assert 'without a test row: "Pecuária"' in str(found(look_at(labelled))["class_untested"].told)


def test_a_name_spelt_in_two_ways_is_found_among_several(frame: pd.DataFrame) -> None:
    labelled = several(frame)
    labelled["rotulo"] = np.where(np.arange(1200) % 3 == 0, labelled.rotulo.str.lower(), labelled.rotulo)
    pairs = str(found(look_at(labelled))["label_spelling"].told)
    assert '"Clima" (400), "clima" (200)' in pairs


def test_a_word_that_tells_one_of_several_labels_is_found(frame: pd.DataFrame) -> None:
    labelled = several(frame)
    has = labelled.rotulo.str.contains("Clima")
    labelled.loc[has, "texto"] = "[INMET] " + labelled.texto[has]
    finding = found(look_at(labelled))["token_leak"]
    assert '"[inmet]" for "Clima"' in str(finding.told)
    assert finding.count == int((has & (labelled.parte == "treino")).sum())


def test_the_columns_of_labels_tell_no_label_away(frame: pd.DataFrame) -> None:
    wide = several(frame).assign(
        **{name: several(frame).rotulo.str.contains(name).astype(int) for name in NAMES}
    )
    assert found(look_at(wide.drop(columns="rotulo"), label_columns=NAMES)) == {}


def numbers(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.assign(rotulo=[f"{n % 400},{n % 7}5" for n in range(len(frame))])


def test_numbers_are_told_by_their_spread(frame: pd.DataFrame) -> None:
    data = look_at(numbers(frame))
    assert found(data) == {}
    finding = the("numbers", data)
    told = "1,200 rows with numbers from 0.05 to 399.25: a quarter up to 100.025, half up to 200"
    assert str(finding.told).startswith(told)
    assert finding.grid is not None
    assert [row[:2] for row in finding.grid.rows] == [("train", 960), ("validation", 120), ("test", 120)]
    with speaking("pt"):
        cells = [str(cell) for cell in small_table(finding.grid, 80).columns[2].cells]
    assert cells[0] == "2,25"
    assert "class_counts" not in {one.code for one in examine(data)}


def test_a_number_far_from_all_others_and_a_text_with_two_are_found(frame: pd.DataFrame) -> None:
    odd = numbers(frame)
    odd.loc[17, "rotulo"] = "120.000,5"
    finding = found(look_at(odd))["numbers_far"]
    assert (finding.count, list(finding.rows)) == (1, [17])
    assert finding.grid is not None
    with speaking("pt"):
        assert "120.000,5" in next(iter(small_table(finding.grid, 80).columns[1].cells))
    odd = numbers(frame)
    odd.loc[23, "texto"] = odd.texto[22]
    finding = found(look_at(odd))["conflicts"]
    assert (finding.severity, finding.count, sorted(finding.rows)) == ("warning", 1, [22, 23])


def test_what_is_no_number_is_found(frame: pd.DataFrame) -> None:
    odd = numbers(frame)
    odd.loc[17, "rotulo"] = "sem preço"
    finding = found(look_at(odd))["no_number"]
    assert str(finding.told) == "1 row whose label is no number, left out"
    assert list(finding.dropped) == [(0, 17)]


def test_classes_in_an_order_are_listed_in_it(frame: pd.DataFrame) -> None:
    stars = frame.assign(rotulo=[str((n // 10) ** 2 % 11) for n in range(len(frame))])
    counts = the("class_counts", look_at(stars, task="ordinal"))
    assert counts.grid is not None
    assert [row[0] for row in counts.grid.rows] == ["0", "1", "3", "4", "5", "9"]
    order = ["Pecuária", "Clima", "Lavouras"]
    counts = the("class_counts", look_at(frame, label_order=order))
    assert counts.grid is not None
    assert [row[0] for row in counts.grid.rows] == order


def test_wrong_labels_are_looked_for_among_single_ones_alone(
    frame: pd.DataFrame, look: Callable[..., Examined]
) -> None:
    for made in (several(frame), numbers(frame)):
        data = look_at(made)
        assert list(label_errors(data)) == []
        assert record(examine(data, AFTER_TRAINING), data)["findings"] == []
