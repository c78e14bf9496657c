"""finetune baseline: what simple models reach on the same rows, soon and without a GPU. Trains no network.

What follows the scores, the run of words alone: `keep`.
"""

from functools import partial

from finetune.cli.ahead import EndAtStart, fit_up_to
from finetune.cli.lightning_cli import run
from finetune.cli.verb import Ready
from finetune.commands.baseline.keep import keep_words
from finetune.data.dividing.by_column import column_of
from finetune.data.labels.outputs import label_names
from finetune.evaluation import beside_baselines
from finetune.evaluation.abstention import check_precision
from finetune.evaluation.baselines import FROZEN, NAMES, refuse_unknown
from finetune.evaluation.frozen import frozen
from finetune.evaluation.more_rows import curve_of, groups_of, worth
from finetune.evaluation.wishes import check_wishes
from finetune.language.say import show


def baseline(ready: Ready, baselines: list[str] | None = None) -> int:
    """Show what simple models reach in seconds, and keep one of them.

    Without frozen nothing of the pretrained model is loaded. What counts words (tfidf) is kept as
    lightning_logs/baseline_N, which predict, test, validate, report and export take by --run baseline_N.

    Args:
        ready: What it works with.
        baselines: Which simple models: majority, tfidf, frozen (a logistic regression on the pretrained model as it
            is) or `package.module:function`; the first three when left out.
    """
    names, data = baselines or list(NAMES), ready.data
    refuse_unknown(names)
    wanted = ready.options.wanted_precision
    if wanted is not None:
        check_precision(wanted)
    on_findings = data.on_findings
    of_encoder = of_the_encoder(ready) if FROZEN in names else {}
    rows = data.rows if FROZEN in names else data.divided()  # a fit has read them, and said what they are
    labelled = beside_baselines.labelled(rows, label_names(rows["train"][0]), data.division.seed)
    check_wishes(labelled.task, wanted_precision=wanted)
    found = beside_baselines.stand_beside(labelled, [name for name in names if name != FROZEN])
    found |= of_encoder
    for part in labelled.texts:
        if part != "train":
            beside_baselines.show(labelled, found, part)
    table, index = rows["train"]
    named = data.division.group_column
    groups = None if named is None else groups_of(column_of(table, named, "group_column", index))
    curve = curve_of(
        labelled.texts["train"], labelled.truth["train"], labelled.task, labelled.seed, groups=groups
    )
    if curve is not None:
        show("\n" + str(worth(curve)))
    if ready.trainer.is_global_zero:
        examined = data.examined if FROZEN in names else partial(data.examined, rows)
        keep_words(ready, rows, labelled, found, examined=None if on_findings == "skip" else examined)
    return 0


def of_the_encoder(ready: Ready) -> dict[str, beside_baselines.Beside]:
    """Returns what the frozen encoder reaches, by the way of a fit up to its first step."""
    ready.data.on_findings = "skip"
    fit_up_to(ready, EndAtStart())
    measured = frozen(ready.model, ready.data)
    return {} if measured is None else {FROZEN: measured}


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    return run(argv, baseline)
