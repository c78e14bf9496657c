from types import SimpleNamespace

import pytest

from finetune.commands.fit import finish
from finetune.commands.fit.finish import look_for_label_errors
from finetune.errors import DataError
from finetune.language.say import say


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (DataError("no texts"), "no texts"),
        (ZeroDivisionError(), "ZeroDivisionError"),
        (OSError(28, "full"), "full"),
    ],
)
def test_a_search_that_fails_is_told_and_costs_nothing(tmp_path, monkeypatch, error, said):
    def fails():
        raise error

    told = []
    monkeypatch.setattr(finish, "note", lambda one, **values: told.append(say(one, **values)))
    report = tmp_path / "data_report.json"
    look_for_label_errors(report, SimpleNamespace(examined=fails))
    assert not told  # where the data were not checked
    report.write_text("{}")
    look_for_label_errors(report, SimpleNamespace(examined=fails))
    assert "the search for wrong labels failed, the training is finished all the same:" in told[0]
    assert said in told[0]
