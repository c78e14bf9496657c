import torch

from finetune.evaluation.score_names import NAMES, score_name
from finetune.model.metrics import evaluate, scalars


def test_every_score_has_a_name_in_both_languages():
    scores = {"loss", *scalars(evaluate(torch.eye(3), torch.arange(3)))}
    assert NAMES["en"].keys() == NAMES["pt"].keys() == scores


def test_a_score_of_the_users_own_keeps_its_name():
    assert score_name("meu", "pt") == "meu"
    assert score_name("log_loss", "pt") == "perda logarítmica"
