import copy
import importlib
import pickle
import pkgutil

import pytest

import finetune
from finetune.errors import UserError
from finetune.language.numbers import rows
from finetune.language.which import speaking


def all_errors(of=UserError):
    for module in pkgutil.walk_packages(finetune.__path__, "finetune."):
        if module.name != "finetune.__main__":
            importlib.import_module(module.name)
    return sorted(kin(of), key=lambda error: error.__qualname__)


def kin(error):
    return {error}.union(*(kin(one) for one in error.__subclasses__()))


@pytest.mark.parametrize("send", [copy.copy, copy.deepcopy, lambda error: pickle.loads(pickle.dumps(error))])
def test_every_error_can_be_sent_with_its_values_and_is_told_in_either_language(send):
    errors = all_errors()
    assert len(errors) >= 7
    for kind in errors:
        error = kind("there is no command {name}, in {rows}", name="x", rows=rows(2))
        error.add_note("To go on: so")
        there = send(error)
        assert type(there) is kind
        assert str(there) == "there is no command x, in 2 rows"
        assert there.__notes__ == ["To go on: so"]
        with speaking("pt"):
            assert str(there).endswith("2 linhas")


def test_an_error_may_tell_what_another_one_said():
    first = UserError("{n:,} row", "{n:,} rows", n=1234)
    with speaking("pt"):
        assert str(UserError(first.message)) == "1.234 linhas"
    assert str(UserError("what {stands} here")) == "what {stands} here"
