"""finetune baseline: what simple models reach on the same rows, in seconds and without a GPU. Trains no network."""

from finetune.cli.lightning_cli import run
from finetune.cli.verb import Ready
from finetune.data.dividing.labels import label_names
from finetune.evaluation import beside_baselines
from finetune.evaluation.baselines import BASELINES


def baseline(ready: Ready, baselines: list[str] | None = None) -> int:
    """Show what simple models reach on the same rows, in seconds.

    Nothing of the model is loaded.

    Args:
        ready: What it works with.
        baselines: Which simple models, each a row of BASELINES or `package.module:function`; all of BASELINES
            when left out.
    """
    data = ready.data
    rows = data.divided()
    labelled = beside_baselines.labelled(rows, label_names(rows["train"][0]), data.division.seed)
    found = beside_baselines.stand_beside(labelled, baselines or list(BASELINES))
    for part in labelled.texts:
        if part != "train":
            beside_baselines.show(labelled, found, part)
    return 0


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    return run(argv, baseline)
