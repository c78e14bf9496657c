"""finetune baseline: what simple models reach on the same rows, soon and without a GPU. Trains no network.

What follows the scores, the run of words alone: `keep`.
"""

from functools import partial

from jsonargparse import Namespace

from finetune.cli.of_data import OfData, run
from finetune.commands.baseline.keep import keep_words
from finetune.data.dividing.by_column import column_of
from finetune.data.labels.outputs import label_names
from finetune.errors import ConfigError
from finetune.evaluation import beside_baselines
from finetune.evaluation.abstention import check_precision
from finetune.evaluation.baselines import FROZEN, NAMES, refuse_unknown
from finetune.evaluation.more_rows import curve_of, groups_of, worth
from finetune.evaluation.wishes import check_wishes
from finetune.language.say import show
from finetune.pretrained.hub import EMBEDDED


def baseline(ready: OfData, baselines: list[str] | None = None, quick: bool = False) -> int:
    """Show what simple models reach in seconds, and keep one of them.

    Without frozen nothing of the pretrained model is loaded. What counts words (tfidf) is kept as
    lightning_logs/baseline_N, which predict, test, validate, report and export take by --run baseline_N.

    Args:
        ready: What it works with.
        baselines: Which simple models: majority, tfidf, frozen (a logistic regression on the pretrained model as it
            is) or `package.module:function`; the first three when left out.
        quick: Leave frozen out: no network is loaded, and the answer is there in seconds.
    """
    names, data = chosen(baselines, quick=quick), ready.data
    refuse_unknown(names)
    wanted = ready.options.wanted_precision
    if wanted is not None:
        check_precision(wanted)
    on_findings = data.on_findings
    if FROZEN in names:
        # it loads Lightning, for which words need not wait
        from finetune.commands.baseline.of_encoder import of_the_encoder

        of_encoder, rows, examined = of_the_encoder(ready)
    else:
        of_encoder, rows = {}, data.divided()
        examined = partial(data.examined, rows)
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
    if ready.is_first:
        keep_words(ready, rows, labelled, found, examined=None if on_findings == "skip" else examined)
    return 0


def chosen(baselines: list[str] | None, *, quick: bool) -> list[str]:
    """Returns the names of the simple models that are asked for."""
    names = [name for name in baselines or NAMES if not (quick and name == FROZEN)]
    if not names:
        raise ConfigError(
            "--quick true leaves out {name}, and no other is asked for: leave one of the two options away.",
            name=FROZEN,
        )
    return names


def without_network(options: Namespace) -> bool:
    """Returns whether no simple model that is asked for needs the pretrained one, and none is named.

    Of a named one `config.yaml` has to say all that a `fit` of the same would train with.
    """
    return FROZEN not in chosen(options.baselines, quick=options.quick) and options.model.name == EMBEDDED


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    return run(argv, baseline, enough=without_network)
