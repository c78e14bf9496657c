"""What a run keeps of the networks whose mean it is: read, and told where it is damaged."""

import json

import pytest

from finetune.errors import ConfigError
from finetune.runs.seeds import averaged, is_averaged, is_of_several, network_of

CONTENT = {
    "options": ["--data.path=t.csv"],
    "seeds": [1, 2],
    "ranked_by": "f1_macro",
    "compared_by": "log_loss",
    "networks": [{"seed": 1, "score": 0.5, "error": 0.7}, {"seed": 2, "score": None, "error": 0.6}],
    "mean": {"score": 0.6, "error": 0.5},
    "taken": "mean",
}


def test_a_network_is_told_by_where_it_lies(tmp_path):
    network = network_of(tmp_path, 1)
    network.mkdir(parents=True)
    assert not is_averaged(tmp_path)
    assert not is_of_several(network)
    assert averaged(tmp_path) == {}
    (tmp_path / "seeds.json").write_text(json.dumps(CONTENT))
    assert is_averaged(tmp_path)
    assert is_of_several(network)
    assert not is_of_several(tmp_path)
    assert averaged(tmp_path) == CONTENT


@pytest.mark.parametrize(
    "changed",
    [
        {"seeds": [1]},
        {"seeds": [1, 3]},
        {"options": "all"},
        {"taken": 5},
        {"mean": {"score": "much", "error": 1}},
        {"compared_by": None},
    ],
)
def test_what_it_does_not_say_whole_is_damaged(tmp_path, changed):
    (tmp_path / "seeds.json").write_text(json.dumps(CONTENT | changed))
    with pytest.raises(ConfigError, match=r"seeds\.json is damaged"):
        averaged(tmp_path)


def test_one_that_says_nothing_is_damaged(tmp_path):
    (tmp_path / "seeds.json").write_text("{}")
    with pytest.raises(ConfigError, match=r"seeds\.json is damaged"):
        averaged(tmp_path)
