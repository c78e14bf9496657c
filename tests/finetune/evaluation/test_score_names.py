import torch

from finetune.evaluation.score_names import SCORES, model_name, score_name
from finetune.language.parts import part_name
from finetune.language.which import speaking
from finetune.tasks.class_metrics import evaluate, scalars


def test_every_score_has_a_name():
    assert SCORES.keys() == {"loss", *scalars(evaluate(torch.eye(3), torch.arange(3)))}


def test_names_are_in_the_readers_language_and_what_is_the_users_own_keeps_its_name():
    assert score_name("log_loss") == "log loss"
    with speaking("pt"):
        assert score_name("log_loss") == "perda logarítmica"
        assert model_name("majority") == "classe mais frequente"
        assert part_name("train") == "treino"
        assert score_name("meu") == model_name("meu") == "meu"
