import numpy as np
import pandas as pd
import pytest

from finetune.data.tables import read_source
from finetune.errors import DataError
from finetune.evaluation.answers import answers_of, joined, read_answers, write_answers
from finetune.tasks.calibration import Calibration
from finetune.tasks.single_label import single_label

LABELS = ["-1", "=não", "sim"]
ODD = [
    "'=x",
    "'-1",
    "''+",
    "-x",
    "linha\rde Mac",
    "duas\r\nlinhas",
    "uma\noutra",
    'aspas " e , ;',
    "",
    " ",
    "nan",
    "😀",
]


def written(tmp_path):
    table = tmp_path / "dados.csv"
    table.write_text(
        'texto;rotulo\n"boi; ""bravo""\nno pasto";sim\n;sim\n=soma(a1);-1\nnan;=não\n', encoding="utf-8"
    )
    read = read_source(table)["all"]
    random = np.random.default_rng(0)
    probabilities = random.dirichlet(np.ones(3), size=3).astype("float32").astype("float64")
    parts = [
        answers_of(
            split,
            (read, np.array(index)),
            probabilities[index],
            labels=LABELS,
            task=single_label(),
            calibration=Calibration(abstain_below=0.6),
        ).with_baselines({"tfidf": np.array([0, 1, 1])}, np.array([1] * len(index)))
        for split, index in (("validation", [0]), ("test", [1, 2]))
    ]
    whole = joined(parts)
    write_answers(tmp_path / "predictions.csv", whole)
    return whole, read_answers(tmp_path / "predictions.csv")


def test_it_comes_back_as_it_was_to_the_last_digit(tmp_path):
    whole, read = written(tmp_path)
    assert read.labels == LABELS
    assert (read.probabilities.astype("float32") == whole.probabilities.astype("float32")).all()
    assert read.frame["text"].tolist() == ['boi; "bravo"\nno pasto', "=soma(a1)", "nan"]
    assert read.frame["label"].tolist() == ["sim", "-1", "=não"]
    assert read.truth.tolist() == [2, 0, 1]
    assert (read.predicted == whole.probabilities.argmax(1)).all()
    assert (read.frame["abstained"] == (whole.probabilities.max(1) < 0.6)).all()
    assert read.baselines == {"tfidf": ["=não"] * 3}
    assert read.frame["line"].tolist() == [2, 4, 5]  # as a spreadsheet counts them
    assert read.part("test").frame["row"].tolist() == [2, 3]


def test_texts_and_labels_come_back_whatever_is_in_them(tmp_path):
    labels = [label for label in ODD if label.strip()]
    frame = pd.DataFrame(
        {"texto": [f"{text} x" for text in ODD] + ODD, "rotulo": (labels * 3)[: 2 * len(ODD)]}
    )
    table = read_source(frame)["all"]
    index = np.arange(len(table.text))
    p = np.full((len(index), len(labels)), 1 / len(labels))
    whole = answers_of(
        "test", (table, index), p, labels=labels, task=single_label(), calibration=Calibration()
    )
    write_answers(tmp_path / "p.csv", whole)
    read = read_answers(tmp_path / "p.csv")
    assert read.labels == labels
    for column in ("text", "label", "predicted"):
        assert read.frame[column].tolist() == whole.frame[column].tolist()


def test_probabilities_that_are_no_numbers_can_be_read(tmp_path):
    whole, _ = written(tmp_path)
    whole.probabilities[0] = np.nan
    whole.frame.loc[0, "confidence"] = np.nan
    write_answers(tmp_path / "p.csv", whole)
    assert np.isnan(read_answers(tmp_path / "p.csv").probabilities[0]).all()


def test_a_spreadsheet_runs_nothing_of_it(tmp_path):
    written(tmp_path)
    text = (tmp_path / "predictions.csv").read_text(encoding="utf-8-sig")
    assert ",'=soma(a1)," in text
    assert ",=" not in text


def test_another_file_is_refused(tmp_path):
    (tmp_path / "x.csv").write_text("source,line\na,1\n")
    with pytest.raises(DataError, match="no column row, split, text"):
        read_answers(tmp_path / "x.csv")
