"""Two texts a row, and texts made of several columns: trained, labelled and explained as one text is."""

import csv
import shutil
from pathlib import Path

import lightning.pytorch as pl
import pandas as pd
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

from finetune import TextClassifier, TextData
from finetune.data.loading import window_part
from tests.journeys.conftest import call, sentences
from tests.made_once import made_once

RUN = Path("lightning_logs/version_0")
MOST = 14
"""Tokens of a row: about half of the rows are cut."""

PAIR = ("--data.template", "{{{ESTADO}}} {titulo}", "--data.text_pair_column", "corpo")
QUICK = ("--trainer.max_epochs", 1, "--mix", "none", "--baselines", "null", "--model.head_start", "none")


def write_pairs(path: Path) -> Path:
    """The small table, its texts in two: the first words, and the rest; some rows lack one."""
    rows = []
    for number, (text, label) in enumerate(sentences(60)):
        words = text.split()
        title, body = " ".join(words[: number % 5]), " ".join(words[number % 5 :])
        rows.append((number, ("MG", "GO", "")[number % 3], title, "" if number % 11 == 1 else body, label))
    with path.open("w", encoding="cp1252", newline="") as file:
        writer = csv.writer(file, delimiter=";")
        writer.writerow(["id", "Estado", "título", "Corpo", "rotulo"])
        writer.writerows(rows)
    return path


def pair_of(row: dict[str, str]) -> dict[str, str]:
    """Both texts of a row of the table, as the template has the first."""
    first = f"{{{row['Estado']}}} {row['título']}".strip() if row["Estado"] or row["título"] else ""
    return {"text": first, "text_pair": row["Corpo"]}


def number(cell: str) -> float:
    """A number as the user's table writes it."""
    return float(str(cell).replace(",", "."))


@pytest.fixture(scope="module")
def of_pairs(tmp_path_factory: pytest.TempPathFactory, tiny_model: Path) -> Path:
    def make(folder: Path) -> None:
        write_pairs(folder / "pares.csv")
        options = ("--data.path", "pares.csv", *PAIR, "--data.max_length", MOST, *QUICK)
        assert call(folder, tiny_model, "fit", *options) == 0

    return made_once(tmp_path_factory, "of_pairs", make)


@pytest.fixture
def run(of_pairs: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """That run, in the test's own folder, which is the current one."""
    monkeypatch.chdir(tmp_path)
    shutil.copytree(of_pairs, tmp_path, dirs_exist_ok=True)
    return RUN


def test_plain_transformers_answers_pairs_as_predict_does_also_where_they_are_cut(finetune, run):
    options = ("--data.predict_path", "pares.csv", "--output", "saida.csv")
    assert finetune("predict", "--run", run, *options, "--hardware_tier", "null") == 0
    given, written = (
        pd.read_csv(name, sep=";", decimal=",", encoding="cp1252", keep_default_na=False)
        for name in ("pares.csv", "saida.csv")
    )
    assert written[given.columns].equals(given)
    pairs = [pair_of(row) for row in given.to_dict("records")]
    answered = [row for row, pair in enumerate(pairs) if any(pair.values())]
    classifier = pipeline("text-classification", model=str(run / "model"))
    said = classifier([pairs[row] for row in answered], truncation=True)
    assert [each["label"] for each in said] == written["label"][answered].tolist()
    for each, confidence in zip(said, written["confidence"][answered], strict=True):
        assert each["score"] == pytest.approx(number(confidence), abs=6e-5)  # which has four places

    options = {"template": PAIR[1], "text_pair_column": "corpo", "max_length": MOST}
    data = TextData(predict_path="pares.csv", **options)
    model = TextClassifier.load_from_checkpoint(run / "checkpoints/best.ckpt", weights_only=True)
    trainer = pl.Trainer(logger=False, enable_progress_bar=False, enable_checkpointing=False)
    found = trainer.predict(model, data)
    logits = dict(
        zip(
            torch.cat([each["row"] for each in found]).tolist(),
            torch.cat([each["logits"] for each in found]),
            strict=True,
        )
    )
    network = AutoModelForSequenceClassification.from_pretrained(run / "model").eval()
    tokenizer = AutoTokenizer.from_pretrained(run / "model")
    lengths = window_part(next(data.windows.each()), data.tokenizer, first=0).tokens.lengths
    assert 0.2 < (lengths > MOST).mean() < 0.9
    for row in answered:
        inputs = tokenizer(*pairs[row].values(), truncation=True, return_tensors="pt")
        with torch.inference_mode():
            assert torch.allclose(network(**inputs).logits[0], logits[row], atol=1e-5, rtol=0)


def test_the_run_keeps_what_its_texts_are_made_of_and_shows_both_as_one(run):
    config = (run / "config.yaml").read_text(encoding="utf-8")
    assert "text_pair_column: corpo\n  template: '{{{ESTADO}}} {titulo}'\n" in config
    texts = pd.read_csv(run / "predictions.csv")["text"]
    assert texts.str.contains(r"^\{(?:MG|GO|)\}.* \| ").any()


@pytest.mark.parametrize(
    ("without", "named"),
    [("Corpo", '"corpo" (--data.text_pair_column)'), ("Estado", '"ESTADO" (--data.template)')],
)
def test_a_table_without_one_of_the_columns_is_refused_when_it_is_to_be_labelled(
    finetune, run, capsys, without, named
):
    pd.read_csv("pares.csv", sep=";", encoding="cp1252").drop(columns=without).to_csv("sem.csv", index=False)
    assert finetune("predict", "--run", run, "--data.predict_path", "sem.csv") == 2
    assert f'there is no column {named}; the columns are "id", ' in capsys.readouterr().err


def test_a_length_without_room_for_two_texts_is_refused(finetune, run, capsys):
    options = ("--data.path", "pares.csv", *PAIR, "--data.max_length", 4)
    assert finetune("fit", *options) == 2
    told = "max_length 4 has no room for two texts, beside which the tokenizer puts 3 special tokens. Give"
    assert f"{told} --data.max_length 5 or more." in capsys.readouterr().err


def test_check_baseline_and_plan_take_pairs(finetune, run, tiny_model, capsys):
    options = ("--data.path", "pares.csv", *PAIR, "--model.name", tiny_model)
    for verb, more in (("check", ()), ("baseline", ("--baselines", "[tfidf]")), ("plan", ("--steps", 1))):
        assert finetune(verb, *options, *more) == 0
        told = 'two texts a row, made of "Estado" and "título", and of "Corpo", label column "rotulo"'
        assert told in capsys.readouterr().err
