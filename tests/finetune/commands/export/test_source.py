from pathlib import Path
from types import SimpleNamespace

import pytest

from finetune.commands.export.carried import check_task
from finetune.commands.export.source import Source, asked, named
from finetune.errors import ConfigError


def test_a_text_is_asked_as_it_is_kept():
    assert asked(["boi | vaca"], pairs=False) == [{"text": "boi | vaca"}]


def test_two_texts_that_are_kept_as_one_are_asked_as_two():
    assert asked(["boi | vaca", "boi", "a | b | c"], pairs=True) == [
        {"text": "boi", "pair": "vaca"},
        {"text": "boi", "pair": ""},
        {"text": "a", "pair": "b | c"},
    ]


def test_the_outputs_stand_in_the_order_of_their_numbers():
    assert named({"id2label": {str(i): f"l{i}" for i in (10, 2, 0)}}) == ["l0", "l2", "l10"]
    assert named({}) == []


def test_a_task_of_the_users_own_keeps_its_name_by_which_a_folder_without_torch_refuses_it():
    facts = SimpleNamespace(metrics={"task": "minhas:tarefa", "problem_type": "regression"})
    task = Source(Path("run"), facts, None).task
    assert (task.name, task.problem_type) == ("minhas:tarefa", "regression")
    with pytest.raises(ConfigError, match="minhas:tarefa is a function of your own"):
        check_task(task)
