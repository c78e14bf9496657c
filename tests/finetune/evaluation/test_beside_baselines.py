from dataclasses import replace

import numpy as np
import pandas as pd

from finetune.data.dividing.parts import Division, all_parts
from finetune.data.tables import read_source
from finetune.evaluation import beside_baselines
from finetune.evaluation.baselines import Measured
from finetune.evaluation.comparison import McNemar
from finetune.language.which import speaking
from finetune.tasks.bootstrap import Interval
from finetune.tasks.number import number

WORDS = {"gado": "boi vaca bezerro", "clima": "chuva seca geada", "preço": "saca alta queda"}


def rows_of(count=300):
    random = np.random.default_rng(0)
    labels = random.choice(list(WORDS), count)
    texts = [f"{random.choice(WORDS[label].split())} {i}" for i, label in enumerate(labels)]
    frame = pd.DataFrame({"texto": texts, "rotulo": labels})
    return beside_baselines.labelled(all_parts(read_source(frame), {}, Division()), sorted(WORDS), 0)


def test_baselines_answer_every_row_of_the_other_parts_in_their_order():
    data = rows_of()
    found = beside_baselines.stand_beside(data, ["majority", "tfidf"])
    assert list(found) == ["majority", "tfidf"]
    for part in ("validation", "test"):
        assert (found["tfidf"].parts[part].predicted == data.truth[part]).mean() > 0.95
    assert found["tfidf"].seconds > 0


def test_a_model_that_knows_all_beats_the_majority_and_one_that_knows_nothing_does_not_beat_tfidf(
    capsys, monkeypatch
):
    monkeypatch.setenv("FINETUNE_LANGUAGE", "en")
    data = rows_of()
    found = beside_baselines.stand_beside(data, ["majority", "tfidf"])
    right, wrong = data.truth["test"], (data.truth["test"] + 1) % 3
    for predicted, said in ((right, "beats"), (wrong, "does NOT beat")):
        compared = beside_baselines.compare(
            data, {"majority": found["majority"], "tfidf": found["tfidf"]}, {"test": predicted}
        )
        beside_baselines.show(data, found, "test", predicted=predicted, compared=compared["test"])
        out = " ".join(capsys.readouterr().out.split())
        if predicted is wrong:
            assert said in out
            assert out.index("TF-IDF") < out.index("this model")
        assert compared["test"]["majority"].score.difference == (
            data.task.scores(data.truth["test"], predicted)["f1_macro"]
            - found["majority"].parts["test"].scores["f1_macro"]
        )


def test_the_record_is_plain_and_complete():
    data = rows_of()
    found = beside_baselines.stand_beside(data, ["majority"])
    compared = beside_baselines.compare(data, found, {"test": data.truth["test"]})
    content = beside_baselines.record(data, found, compared)
    assert content["baselines"]["majority"].keys() == {"validation", "test", "seconds", "rows"}
    against = content["against_baselines"]["test"]["majority"]
    assert against["f1_macro_difference"].keys() == {"difference", "low", "high"}
    assert against["mcnemar"].keys() == {"only_first_right", "only_second_right", "p_value"}
    assert beside_baselines.record(data, found, {}).keys() == {"baselines"}


def test_a_table_of_baselines_says_in_plain_words_what_it_is_about_once(capsys):
    data = rows_of()
    found = beside_baselines.stand_beside(data, ["majority", "tfidf"])
    with speaking("pt"):
        for part in ("validation", "test"):
            beside_baselines.show(data, found, part)
    out = " ".join(capsys.readouterr().out.split())
    assert "validação" in out
    assert "classe mais frequente" in out
    assert out.count("macro-F1: quão bem o modelo encontra cada classe") == 1
    assert out.count("TF-IDF: as palavras de um texto") == 1


def test_numbers_stand_beside_simple_models_by_their_own_scores(capsys):
    truth = np.arange(40.0)
    told = {"r2": 0.8, "mae": 12.34}
    task = replace(number(), compared=("r2", "mae"), scores=lambda truth, predicted: told)
    data = beside_baselines.Labelled(
        ["preco"], {"train": ["x"] * 9, "test": ["x"] * 40}, {"test": truth}, 0, task
    )
    dull = Measured("majority", truth[:, None], truth, 0.1, {"r2": -0.01, "mae": 90.0})
    found = {"majority": beside_baselines.Beside(9, 0.2, {"test": dull})}
    gain = Interval(0.81, 0.7, 0.9)
    compared = {"majority": beside_baselines.Comparison("majority", gain, McNemar(0, 0, 1.0))}
    beside_baselines.show(data, found, "test", predicted=truth, compared=compared)
    out = " ".join(capsys.readouterr().out.split())
    assert "┃ R² ┃ MAE ┃ seconds" in out
    assert "one number for all texts │ -0.0100 │ 90.0" in out
    assert "beats the simple model one number for all texts on 40 rows: R² +0.810" in out
    assert "is right in" not in out


def test_a_score_that_is_not_known_stands_last_and_is_no_number(capsys):
    truth, nan = np.array([7.0]), float("nan")
    data = beside_baselines.Labelled(
        ["preco"], {"train": ["x"] * 9, "test": ["x"]}, {"test": truth}, 0, number()
    )
    scores = {"mae": 1.0, "rmse": 1.0, "spearman": nan}
    found = {
        name: beside_baselines.Beside(
            9, 0.2, {"test": Measured(name, truth[:, None], truth + 1, 0.1, {"r2": r2, **scores})}
        )
        for name, r2 in (("majority", nan), ("tfidf", 0.5))
    }
    compared = beside_baselines.compare(data, found, {"test": truth})["test"]
    beside_baselines.show(data, found, "test", predicted=truth, compared=compared)
    out = " ".join(capsys.readouterr().out.split())
    assert out.index("TF-IDF + linear regression │") < out.index("one number for all texts │ – │ 1.00")
    assert "cannot be told on 1 row: these are too few (R² –)" in out
    assert "nan" not in out
