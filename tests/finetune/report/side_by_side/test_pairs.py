import shutil

import pytest

from finetune.evaluation.answers import Answers, read_answers, write_answers
from finetune.language.which import speaking
from finetune.report.facts import gather
from finetune.report.side_by_side.page import comparison_page, table
from finetune.report.side_by_side.pairs import Pair, compare, distinct
from finetune.report.side_by_side.told import notes, verdict


@pytest.fixture
def two(new_run):
    """A weak run and a strong one on the same rows."""
    return [new_run("version_1", skill=0.8), new_run("version_2", skill=4.0, seed=1, model="neuralmind/bert")]


def change(folder, how):
    """Changes the answers of a run."""
    answers = read_answers(folder / "predictions.csv")
    kept = how(answers.frame)
    places = kept.index.to_numpy()
    baselines = {name: [given[i] for i in places] for name, given in answers.baselines.items()}
    changed = Answers(kept.reset_index(drop=True), answers.labels, answers.probabilities[places], baselines)
    write_answers(folder / "predictions.csv", changed)


def compared(folders):
    return compare([gather(folder) for folder in folders])


def test_the_better_run_is_called_better_with_interval_and_test(two):
    found = compared(two)
    (pair,) = found.pairs
    assert (pair.common, pair.rows, pair.first_rows, pair.part) == (160, 160, 160, "test")
    assert pair.gain.low > 0
    assert pair.mcnemar.only_first_right > pair.mcnemar.only_second_right
    with speaking("pt"):
        text, tone = verdict(pair, "version_1")
    assert text.startswith("version_2 é melhor que version_1 em 160 linhas: diferença de +0,")
    assert "modelo simples" not in text
    assert tone == "good"
    assert notes(pair, "version_1") == ["Both were tested on the same 160 rows."]


def test_the_other_way_round_it_is_worse_and_with_itself_it_is_a_tie(two, tmp_path):
    text, tone = verdict(compared(two[::-1]).pairs[0], "version_2")
    assert text.startswith("version_1 is worse than version_2 on 160 rows: macro-F1 -0.")
    assert tone == "severe"
    copy = shutil.copytree(two[0], tmp_path / "copy")
    with speaking("pt"):
        text, _ = verdict(compared([two[0], copy]).pairs[0], "version_1")
    assert text == "copy e version_1 têm o mesmo desempenho em 160 linhas: em nenhuma só um dos dois acerta."


def test_examples_are_rows_that_one_alone_gets_right(two):
    (pair,) = compared(two).pairs
    assert len(pair.gained) == 10
    assert all(row["this"] == row["label"] != row["first"] for row in pair.gained)
    assert all(row["first"] == row["label"] != row["this"] for row in pair.lost)


def test_rows_of_other_files_are_found_by_text_and_label(two):
    def elsewhere(frame):
        return frame.assign(source="outra.csv", row=range(1000, 1000 + len(frame)))

    change(two[1], elsewhere)
    assert compared(two).pairs[0].common == 160


def test_equal_texts_are_counted_one_by_one(new_run):
    folders = [new_run(f"version_{n}", texts=["sempre o mesmo"], labels=("a", "b")) for n in (1, 2)]
    change(folders[1], lambda frame: frame[frame["split"] == "test"].head(40).assign(source="outra.csv"))
    assert compared(folders).pairs[0].common == 40


def test_other_rows_are_said_and_too_few_are_refused(two):
    change(two[1], lambda frame: frame[(frame["split"] == "test") & (frame["row"] < 270)])
    (pair,) = compared(two).pairs
    assert (pair.first_rows, pair.rows, pair.common) == (160, 150, 150)
    with speaking("pt"):
        assert notes(pair, "version_1")[0] == (
            "Eles não foram testados nas mesmas linhas: version_1 em 160 linhas, version_2 em 150 linhas; 150 em "
            "comum."
        )
    change(two[1], lambda frame: frame.head(9))
    (pair,) = compared(two).pairs
    assert pair.gain is None
    text, _ = verdict(pair, "version_1")
    assert "only 9 rows in common, and below 10 nothing can be said" in text


@pytest.mark.parametrize(
    ("language", "said"), [("en", "on the same row."), ("pt", "Os dois foram testados na mesma linha.")]
)
def test_one_row_in_common_is_told_as_one(language, said):
    with speaking(language):
        pair = Pair("b", "test", 1, 1, 1)
        assert notes(pair, "a")[0].endswith(said)
        assert ("1 row in common" if language == "en" else "1 linha em comum") in verdict(pair, "a")[0]


def test_a_corrected_label_is_another_row(two):
    def corrected(frame):
        first = frame["split"].eq("test").idxmax()
        others = [label for label in ("Soja", "Preços") if label != frame.loc[first, "label"]]
        return frame.assign(label=frame["label"].where(frame.index != first, others[0]))

    change(two[1], corrected)
    assert compared(two).pairs[0].common == 159


def test_other_classes_are_said(new_run):
    folders = [
        new_run("version_1", labels=("a", "b", "c")),
        new_run("version_2", labels=("a", "b", "c", "d")),
    ]
    (pair,) = compared(folders).pairs
    assert list(pair.other_labels) == ["d"]
    assert "only one of the two knows: d" in " ".join(notes(pair, "version_1"))


def test_without_answers_it_says_what_is_missing(two):
    (two[1] / "predictions.csv").unlink()
    found = compared(two)
    with speaking("pt"):
        assert "predictions.csv" in verdict(found.pairs[0], "version_1")[0]
        assert "predictions.csv" in comparison_page(found, version="0.1.0")


def test_only_what_differs_is_listed(two):
    names = [name for name, _ in compared(two).differing]
    assert names == ["model.name"]


@pytest.mark.parametrize("language", ["en", "pt"])
def test_the_table_keeps_to_80_columns_and_the_page_has_all(two, new_run, language):
    found = compared([*two, new_run("version_3", seed=5)])
    with speaking(language):
        printed = table(found)
        html = comparison_page(found, version="0.1.0")
    assert max(map(len, printed.splitlines())) <= 80
    for name in ("version_1", "version_2", "version_3", "model.name"):
        assert name in printed
        assert name in html
    assert html.count("<article") > 20


def test_runs_of_one_name_are_told_apart():
    assert distinct([("a", "logs", "version_1"), ("b", "logs", "version_1")]) == [
        "a/logs/version_1",
        "b/logs/version_1",
    ]


def test_users_texts_are_shown_and_never_run(new_run):
    nasty = "<script>alert(1)</script>"
    folders = [new_run(f"version_{n}", texts=[nasty], labels=(nasty, "b"), seed=n, skill=n) for n in (1, 3)]
    html = comparison_page(compared(folders), version="0.1.0")
    assert "<script" not in html
    assert "&lt;script&gt;" in html
