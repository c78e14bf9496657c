import pytest

from finetune.data.asked import LEAST, check_ranges
from finetune.errors import ConfigError


@pytest.mark.parametrize("name", LEAST)
def test_an_option_that_is_less_than_it_may_be_is_refused(name):
    check_ranges(**{name: LEAST[name]})
    check_ranges(**{name: None})
    with pytest.raises(ConfigError, match=f"{name} is {LEAST[name] - 1}: it must be at least {LEAST[name]}."):
        check_ranges(**{name: LEAST[name] - 1})
