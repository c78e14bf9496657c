"""What a regression on the pretrained model as it is reaches, by the way of a fit up to its first step."""

from collections.abc import Callable

from finetune.cli.ahead import EndAtStart, fit_up_to
from finetune.cli.of_data import OfData
from finetune.cli.verb import Ready
from finetune.data.checks.examined import Examined
from finetune.data.dividing.by_column import Rows
from finetune.evaluation.baselines import FROZEN
from finetune.evaluation.beside_baselines import Beside
from finetune.evaluation.frozen import frozen


def of_the_encoder(ready: OfData) -> tuple[dict[str, Beside], dict[str, Rows], Callable[[], Examined]]:
    """Returns what it reaches, the rows that the fit has read, and what gives them as the checks look at them."""
    assert isinstance(ready, Ready)
    ready.data.on_findings = "skip"
    fit_up_to(ready, EndAtStart())
    measured = frozen(ready.model, ready.data)
    found = {} if measured is None else {FROZEN: measured}
    return found, ready.data.rows, ready.data.examined
