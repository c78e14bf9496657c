import pytest

from finetune.errors import ConfigError
from finetune.evaluation.answering import Answering
from finetune.evaluation.wishes import check_wishes, leaving_open
from finetune.tasks.calibration import Calibration
from finetune.tasks.number import number
from finetune.tasks.ordinal import ordinal
from finetune.tasks.single_label import single_label


@pytest.mark.parametrize(
    ("wish", "told"),
    [
        ({"wanted_precision": 0.9}, "--wanted_precision 0.9: a number is not right or wrong"),
        ({"abstain_below": 0.5}, "--abstain_below 0.5: a number has no confidence"),
        ({"mix": 0.3}, "--mix 0.3: words have no say"),
        ({"abstain_wider": 0.0}, "--abstain_wider 0: the width of an interval is above 0"),
    ],
)
def test_a_number_is_not_asked_for_what_it_cannot_give(wish, told):
    with pytest.raises(ConfigError, match=told):
        check_wishes(number(), **wish)
    if "abstain_wider" not in wish:
        check_wishes(single_label(), **wish)


def test_classes_have_no_interval_and_numbers_may_be_asked_for_one():
    with pytest.raises(ConfigError, match="--abstain_wider 40 is for numbers"):
        check_wishes(ordinal(), abstain_wider=40.0)
    check_wishes(number(), mix="auto", abstain_wider=40.0)
    check_wishes(number(), mix="none")


def test_wide_intervals_are_left_open_where_there_are_any():
    how = Answering(Calibration(facts={"edges": [], "half_widths": [30.0], "coverage": [0.9]}))
    assert leaving_open(how, None) is how
    assert leaving_open(how, 40.0).calibration.facts["widest"] == [40.0]
    with pytest.raises(ConfigError, match="the model knows no intervals"):
        leaving_open(Answering(Calibration()), 40.0)
