from types import SimpleNamespace

import pytest

from callbacks.epochs_by_rows import EpochsByRows
from finetune.cli.candidates import CANDIDATES, open_to, told_time, trained
from finetune.cli.timing import Timing
from finetune.evaluation.candidates import LONGER, NAMES, NETWORK, QUICK, USUAL, WORDS
from finetune.tasks.task import NUMBER, SINGLE


def ready(*typed, mix="auto", head_start="auto", lora=None, max_epochs=None, by_rows=None):
    trainer = SimpleNamespace(max_epochs=max_epochs, max_steps=-1, max_time=None)
    return SimpleNamespace(
        options=SimpleNamespace(trainer=trainer, mix=mix, epochs_by_rows=by_rows or EpochsByRows()),
        model=SimpleNamespace(hparams={"head_start": head_start, "lora": lora}),
        prepared=SimpleNamespace(typed=["fit", *typed]),
    )


@pytest.mark.parametrize(
    ("given", "problem", "names"),
    [
        (ready(), SINGLE, [WORDS, QUICK, USUAL, NETWORK, LONGER]),
        (ready(), NUMBER, [QUICK, USUAL, LONGER]),
        (ready(mix="none"), SINGLE, [QUICK, USUAL, LONGER]),
        (ready("--mix", "auto"), SINGLE, [QUICK, USUAL, LONGER]),  # what is typed holds
        (ready(max_epochs=4), SINGLE, [WORDS, QUICK, USUAL, NETWORK]),
        (ready("--epochs_by_rows.minimum=3"), SINGLE, [WORDS, QUICK, USUAL, NETWORK]),
        (ready(by_rows=EpochsByRows(minimum=4)), SINGLE, [WORDS, QUICK, USUAL, NETWORK]),  # in a file
        (ready(head_start="none"), SINGLE, [USUAL, NETWORK, LONGER]),
        (ready("--model.lora.rank=4", lora={"rank": 4}), SINGLE, [USUAL, NETWORK, LONGER]),
    ],
)
def test_what_the_user_sets_holds_for_all_ways(given, problem, names):
    assert [each.name for each in open_to(given, problem)] == names


def test_every_way_has_a_name_and_folds():
    assert [each.name for each in CANDIDATES] == list(NAMES)
    assert [each.name for each in trained(CANDIDATES)] == [QUICK, USUAL, LONGER]
    assert CANDIDATES[-1].options == (
        "--effort=good",
        "--epochs_by_rows.rows_to_see=20000",
        "--epochs_by_rows.minimum=6",
        "--epochs_by_rows.maximum=16",
    )


def test_the_time_is_told_before_it_begins():
    told = str(told_time(CANDIDATES, Timing(60.0, 10.0, 8, start_seconds=30.0), 4))
    # 2/3 of each: 30 s, 30 + 240 s, 30 + 480 s; three times
    assert "trains 9 times (3 ways, each 3 times on two thirds of the rows): about 27 min" in told
    assert "at most 8 min 30 s" in told
    assert "is not known here" in str(told_time(CANDIDATES, None, None))
