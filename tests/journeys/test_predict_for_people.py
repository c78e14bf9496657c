"""finetune predict as people ask it: one text, more answers beside each row."""

import io
import shlex

import pandas as pd
import pytest
import yaml
from openpyxl import load_workbook

from finetune.cli.typed_text import TypedText
from finetune.commands.predict import command
from finetune.commands.predict.text_by_run import asked_of


def told_of(capsys):
    said = capsys.readouterr()
    return said.out, said.err


def test_one_text_is_answered_and_nothing_is_written(trained, finetune, tmp_path, capsys):
    before = sorted(tmp_path.rglob("*"))
    assert finetune("predict", "--run", trained, "--text", "o boi e a vaca no pasto") == 0
    out, err = told_of(capsys)
    lines = out.splitlines()
    assert lines[0].startswith("Pecuária (")
    assert lines[2].startswith("* Pecuária  ")
    assert len(lines) == 5
    assert "text column" not in err  # of which there is none
    assert "Predicting" not in out + err
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("options", [(), ("--answer", "network"), ("--top", 1)])
def test_one_text_is_answered_alike_without_the_trainer_and_with_it(
    trained, finetune, monkeypatch, capsys, options
):
    """Which of the two answers is seen by what is asked besides: an option of the Trainer is for the Trainer."""
    asked = ("predict", "--run", trained, "--text", "o boi come soja " * 40, *options)
    assert finetune(*asked, "--trainer.enable_progress_bar", "false") == 0
    by_the_trainer = told_of(capsys)
    monkeypatch.setattr(command, "by_run", None)
    assert finetune(*asked) == 0
    assert told_of(capsys) == by_the_trainer


@pytest.mark.parametrize(
    "setting",
    [
        {"trainer": {"precision": "bf16-mixed"}},
        {"trainer": {"accelerator": "mps"}},
        {"hardware_tier": {"class_path": "callbacks.HardwareTier", "init_args": {"precision": "bf16-mixed"}}},
        {"model": {"quantize": "nf4"}},
    ],
)
def test_a_run_that_computes_otherwise_is_asked_by_the_trainer(trained, finetune, setting):
    typed = TypedText(["predict", "--run", str(trained)], "boi")
    assert asked_of(typed) is not None
    file = trained / "config.yaml"
    config = yaml.safe_load(file.read_text(encoding="utf-8"))
    [(group, options)] = setting.items()
    config[group] |= options
    file.write_text(yaml.safe_dump(config), encoding="utf-8")
    assert asked_of(typed) is None


@pytest.mark.parametrize("text", ["null", "{a: b}", "–“boi” --output x", "dados.csv"])
def test_a_text_is_text_whatever_it_looks_like(trained, finetune, capsys, text):
    assert finetune("predict", "--run", trained, f"--text={text}") == 0
    assert len(told_of(capsys)[0].splitlines()) == 5  # the answer, and a bar for each class


def test_an_answer_that_is_not_sure_enough_says_so(trained, finetune, capsys):
    """Words are never quite sure."""
    options = ("--text", "boi", "--answer", "simple", "--abstain_below", 1.0)
    assert finetune("predict", "--run", trained, *options) == 0
    assert told_of(capsys)[0].startswith("don't know: it would be ")


def test_a_text_that_is_cut_says_so(trained, finetune, capsys):
    options = ("--text", "o boi " * 200, "--top", 1)
    assert finetune("predict", "--run", trained, *options) == 0
    out, _ = told_of(capsys)
    assert "of which the model reads" in out
    assert "2 others" in out


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--text", "boi", "--output", "s.csv"), "leave --output away, or --text"),
        (("--text", "boi", "--data.predict_path", "dados.csv"), "leave --data.predict_path away, or --text"),
        (("--text", "boi", "--text_pair", "vaca"), "the model reads one text, and not two"),
        (("--text", "boi \udce7"), "--text: letter 5 is broken (\\udce7)"),
        (("--text", "boi", "--trainer.limit_predict_batches", "0"), "no row would be answered"),
        (("--text", "\u200b "), "--text holds nothing that can be seen"),
        (("--text", "boi", "--text", "vaca"), "--text is given 2 times"),
        (("--text_pair", "vaca"), "the first is missing: add --text"),
        (("--text", "boi", "--top", "0"), "--top 0: give the number of answers"),
    ],
)
def test_what_does_not_go_with_one_text_is_refused(trained, finetune, capsys, options, told):
    assert finetune("predict", "--run", trained, *options) == 2
    assert told in told_of(capsys)[1]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (("--top", "0"), "--top 0: give the number of answers"),
        (("--abstain_wider", "3"), "--abstain_wider 3 is for numbers"),
        (("--trainer.limit_predict_batches", "0.5"), "limit_predict_batches 0.5: a share of the rows"),
        (("--output", "."), "--output . is a folder: give a file in it"),
    ],
)
def test_what_cannot_be_asked_is_refused_before_a_table_is_read(trained, finetune, capsys, options, told):
    assert finetune("predict", "--run", trained, "--data.predict_path", "dados.csv", *options) == 2
    assert told in told_of(capsys)[1]


def test_more_answers_stand_beside_each_row(trained, finetune):
    options = ("--data.predict_path", "dados.csv", "--output", "s.csv", "--top", 2, "--probabilities", "true")
    assert finetune("predict", "--run", trained, *options) == 0
    found = pd.read_csv("s.csv", sep=";", decimal=",", encoding="cp1252")
    own = ["label", "confidence", "abstained", "label_2", "confidence_2", "p:Clima", "p:Pecuária", "p:Preços"]
    assert list(found)[-8:] == own
    shares = found[[name for name in own if name.startswith("p:")]]
    assert ("p:" + found["label"] == shares.idxmax(axis=1)).all()
    assert (found["label_2"] != found["label"]).all()
    assert shares.sum(axis=1).between(0.999, 1.001).all()


def test_with_labels_the_answers_are_measured_as_test_does(trained, finetune, capsys):
    options = ("--data.predict_path", "dados.csv", "--output", "s.csv")
    assert finetune("predict", "--run", trained, *options) == 0
    told = " ".join(told_of(capsys)[0].split())
    found = pd.read_csv("s.csv", sep=";", decimal=",", encoding="cp1252")
    assert 'Compared with the labels in "rotulo": prediction macro-F1' in told
    split = pd.read_csv(trained / "split.csv").set_index("row")["split"]
    texts = found["texto"].str.lower()
    known = texts.isin(texts[(split == "train").sort_index().to_numpy()])
    new = found[~known]
    assert f"accuracy {(new['label'] == new['rotulo']).mean():.4f}" in told
    assert f"({len(new)} rows)" in told
    assert f"Not compared: {known.sum()} of 180 labelled rows, on whose texts the model was trained" in told
    # a table that was predicted has answers in it, and no labels
    found.drop(columns="rotulo").to_csv("de_novo.csv", index=False)
    assert finetune("predict", "--run", trained, "--data.predict_path", "de_novo.csv") == 0
    assert "Compared" not in told_of(capsys)[0]


def test_of_another_table_it_is_told_which_rows_were_trained_on(trained, finetune, capsys):
    frame = pd.read_csv("dados.csv", sep=";", encoding="cp1252")
    frame.to_csv("outra.csv", index=False)
    assert finetune("test", "--run", trained, "--data.test_path", "outra.csv") == 0
    told = " ".join(told_of(capsys)[0].split())
    assert "(180 rows)" in told
    assert (
        "of 180 rows the texts were trained on, so that their score is no evidence of new texts. Without them: macro-F1"
        in told
    )


def test_rows_to_look_at_come_as_a_workbook_that_is_a_table_again(trained, finetune, capsys):
    frame = pd.read_csv("dados.csv", sep=";", encoding="cp1252")
    wrong = frame.loc[7, "rotulo"] = "Preços" if frame.loc[7, "rotulo"] != "Preços" else "Clima"
    frame.to_csv("novos.csv", index=False)
    options = ("--data.predict_path", "novos.csv", "--output", "s.csv", "--review", "revisar.xlsx")
    assert finetune("predict", "--run", trained, *options) == 0
    out = told_of(capsys)[0]
    assert "revisar.xlsx: 180 rows of 180 to look at" in " ".join(out.split())
    command = next(line for line in out.splitlines() if line.startswith("  finetune check"))
    book = load_workbook("revisar.xlsx")
    sheet = book.worksheets[0]
    header = [cell.value for cell in sheet[1]]
    rows = {
        row[0]: dict(zip(header, row, strict=True)) for row in sheet.iter_rows(min_row=2, values_only=True)
    }
    row = rows[9]  # as a spreadsheet counts it
    assert (row["texto"], row["rotulo"]) == (frame["texto"].iloc[7], wrong)
    assert row["why"].endswith("its label is another")
    assert sheet["B2"].value  # a reason stands first
    assert not sheet.cell(181, 2).value
    for number in range(2, 62):
        sheet.cell(number, len(header)).value = sheet.cell(number, header.index("first answer") + 1).value
    book.save("revisar.xlsx")
    assert finetune(*shlex.split(command)[1:]) == 0
    assert finetune("predict", "--run", trained, *options) == 2
    assert "it may hold what somebody has corrected" in told_of(capsys)[1]


def test_several_tables_become_one_file_that_says_where_each_row_came_from(trained, finetune, tmp_path):
    frame = pd.read_csv("dados.csv", sep=";", encoding="cp1252")
    (tmp_path / "pasta").mkdir()
    frame[:3].to_csv("a.csv", index=False)
    frame[3:5].to_csv("pasta/b.csv", index=False)
    options = ("--data.predict_path", "a.csv", "pasta", "--output", "s.csv")
    assert finetune("predict", "--run", trained, *options) == 0
    found = pd.read_csv("s.csv")
    assert found["texto"].tolist() == frame["texto"][:5].tolist()
    assert found["file"].tolist() == ["a.csv"] * 3 + ["pasta/b.csv"] * 2
    assert found["label"].notna().all()


def test_what_comes_by_standard_input_is_answered_line_by_line(
    trained, finetune, monkeypatch, capsys, tmp_path
):
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"o boi\n\na chuva\n")))
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "temp"))
    (tmp_path / "temp").mkdir()
    assert finetune("predict", "--run", trained, "--data.predict_path", "-") == 0
    found = pd.read_csv("stdin_predicted.csv", sep=None, engine="python")
    assert found["text"].tolist() == ["o boi", "a chuva"]
    assert found["label"].tolist() == ["Pecuária", "Clima"]
    said = "".join(told_of(capsys))
    assert "standard input: its first line names no column of texts" in said
    assert str(tmp_path / "temp") not in said
    assert list((tmp_path / "temp").iterdir()) == []


def test_one_text_in_capitals_is_answered_as_in_lower_case_where_that_is_asked_for(trained, finetune, capsys):
    said = []
    for text, lower in (("o boi e a vaca", "false"), ("O BOI E A VACA", "true"), ("O BOI E A VACA", "false")):
        options = ("--text", text, "--answer", "network", "--data.lower_capitals", lower)
        capsys.readouterr()
        assert finetune("predict", "--run", trained, *options) == 0
        said.append(capsys.readouterr().out)
    assert said[0] == said[1] != said[2]
