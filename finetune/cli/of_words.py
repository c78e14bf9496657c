"""Measuring a run of words alone, as test and validate do it: without a network. Trains nothing."""

from finetune.cli.verb import Ready
from finetune.evaluation.printed import show_answers
from finetune.evaluation.threshold import asked_threshold, with_threshold
from finetune.evaluation.words_run import open_run


def measure_words(ready: Ready, part: str) -> int:
    """Shows what a run of words answers to the rows of a part; returns the exit status.

    Args:
        ready: What the verb works with.
        part: The name of the part.
    """
    run, wanted = ready.prepared.run, ready.options.wanted_precision
    assert run is not None
    opened = open_run(run)
    threshold = asked_threshold(run, wanted_precision=wanted, abstain_below=None, unknown=None)
    answer, texts = opened.measured(ready.data, part)
    if ready.trainer.is_global_zero:
        calibration = with_threshold(opened.words.calibration, threshold, wanted)
        show_answers(answer, texts, calibration=calibration, seed=ready.data.division.seed, run=run)
    return 0
