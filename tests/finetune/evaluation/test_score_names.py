from dataclasses import replace

import torch

from finetune.evaluation.score_names import (
    MEANT,
    SCORES,
    meant,
    model_name,
    score_name,
    score_span,
    score_value,
)
from finetune.language.parts import part_name
from finetune.language.which import speaking
from finetune.tasks.class_metrics import evaluate, scalars
from finetune.tasks.multi_label import multi_label
from finetune.tasks.number import number
from finetune.tasks.single_label import single_label
from finetune.tasks.table import TASKS


def test_every_score_has_a_name():
    assert SCORES.keys() >= {"loss", *scalars(evaluate(torch.eye(3), torch.arange(3)))}
    assert SCORES.keys() >= {score for make in TASKS.values() for score in make().compared}


def test_names_are_in_the_readers_language_and_what_is_the_users_own_keeps_its_name():
    assert score_name("log_loss") == "log loss"
    with speaking("pt"):
        assert score_name("log_loss") == "perda logarítmica"
        assert model_name("majority") == "classe mais frequente"
        assert part_name("train") == "treino"
        assert score_name("meu") == model_name("meu") == "meu"


def test_what_is_explained_are_the_scores_that_are_shown_and_no_others():
    assert meant(single_label()) == str(MEANT)
    told = meant(replace(number(), compared=("r2", "mae")))
    assert "R²: the share" in told
    assert "in the unit of the column" in told
    assert "RMSE" not in told
    assert "macro" not in told
    several = meant(replace(multi_label(), compared=("f1_macro", "accuracy")))
    assert "how well each label is found" in several
    assert "share of the rows whose labels are all right" in several
    assert "MCC" not in several


def test_a_simple_model_is_called_by_what_it_answers():
    assert model_name("majority", multi_label().problem_type) == "most frequent labels"
    assert model_name("tfidf", number().problem_type) == "TF-IDF + linear regression"
    assert model_name("meu", number().problem_type) == "meu"


def test_errors_are_written_in_the_size_that_they_have():
    assert score_value("mae", 1234.567, digits=4) == "1,235"
    assert score_value("rmse", 0.00123456) == "0.00123"
    assert score_value("r2", 0.123456, digits=4) == "0.1235"
    assert score_value("mae", None) == "–"
    assert score_span("mae", (1000.4, 1200)) == "1,000 to 1,200"
    assert score_span("r2", (0.5, 0.75)) == "0.500 to 0.750"


def test_no_interval_says_what_a_score_cannot_be():
    assert score_span("f1_macro", (0.91, 1.04)) == "0.910 to 1.000"
    assert score_span("mcc", (-1.2, 0.3)) == "-1.000 to 0.300"
    assert score_span("r2", (-1.2, 1.3)) == "-1.200 to 1.000"
    assert score_span("mae", (-3.0, 12.0)) == "0.00 to 12.0"
    assert score_span("meu", (-3.0, 12.0)) == "-3.000 to 12.000"
    assert score_span("f1_macro", (None, None)) == ""
