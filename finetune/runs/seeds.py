"""Networks of several seeds whose mean a run is: what it keeps of them in `seeds.json`, and where they lie."""

from pathlib import Path
from typing import Any

from finetune.language.say import Message
from finetune.runs.damaged import read_mapping

SEEDS = "seeds.json"
"""What was trained, what each network reached on the validation rows, and what was taken."""

NETWORKS = "seeds"
"""The folder of the runs of the single networks, each by its seed."""

MEAN = "mean"
"""What is taken, where it is no single network."""


def averaged(run: Path) -> dict[str, Any]:
    """Returns what a run says of the networks whose mean it is; empty where it is none.

    Raises:
        ConfigError: if that is damaged.
    """
    remedy = Message("Start anew, in a new run.")
    return read_mapping(run / SEEDS, remedy, fits=_whole, may_be_empty=False)


def is_averaged(run: Path) -> bool:
    """Returns whether a run is, or will be, the mean of networks."""
    return (run / SEEDS).is_file()


def is_of_several(run: Path) -> bool:
    """Returns whether a run is one of the networks whose mean another is, by where it lies."""
    above = run.absolute().parents
    return len(above) > 1 and above[0].name == NETWORKS and is_averaged(above[1])


def network_of(run: Path, seed: int) -> Path:
    """Returns the folder of the run of one of the networks."""
    return run / NETWORKS / str(seed)


def _whole(content: dict[str, Any]) -> bool:
    """Whether it says what it needs to go on, and of what was measured all that is told."""
    seeds, options = content["seeds"], content["options"]
    lists = isinstance(seeds, list) and isinstance(options, list) and len(seeds) > 1
    begun = all(isinstance(each, int) for each in seeds) and all(isinstance(each, str) for each in options)
    return lists and begun and ("taken" not in content or _tells(content))


def _tells(content: dict[str, Any]) -> bool:
    measured = [*content["networks"], content[MEAN]]
    numbers = [each[key] for each in measured for key in ("score", "error")]
    return (
        all(each is None or isinstance(each, int | float) for each in numbers)
        and [each["seed"] for each in content["networks"]] == content["seeds"]
        and content["taken"] in (MEAN, *content["seeds"])
        and all(isinstance(content[key], str) for key in ("ranked_by", "compared_by"))
    )
