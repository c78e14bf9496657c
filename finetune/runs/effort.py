"""How much a fit takes on, in words as they stand in `config.yaml`; what a run keeps of what was compared before it."""

from pathlib import Path
from typing import Any

from finetune.language.say import Message
from finetune.runs.corrected import CORRECTED, TABLE
from finetune.runs.damaged import read_mapping
from finetune.runs.run_name import NAME
from finetune.runs.seeds import NETWORKS, SEEDS

QUICK, GOOD, BEST = "quick", "good", "best"
"""The network as its head was started; one training; the best of several ways, by cross-validation."""

EFFORT = "effort.json"
"""What was compared, and what was chosen and why."""

CANDIDATES = "effort"
"""The folder of the cross-validations of what was compared."""

TOLD = ("score", "behind")
"""What is known of a way once all were measured: what it reached, and how far it lies behind the best one."""

BEFORE_THE_RUN = (EFFORT, CANDIDATES, SEEDS, NETWORKS, CORRECTED, TABLE, ".lock", NAME)
"""What may be in the folder of a run before it begins."""


def compared_before(run: Path) -> dict[str, Any]:
    """Returns what a run says of what was compared before it; empty where nothing was.

    Raises:
        ConfigError: if that is damaged.
    """
    remedy = Message("Start anew, in a new run, or remove the file to go on without it.")
    return read_mapping(run / EFFORT, remedy, fits=_whole, may_be_empty=False)


def is_compared(crossval: Path) -> bool:
    """Returns whether a cross-validation is one of those that are compared before a run, by where it lies."""
    above = crossval.absolute().parents
    return len(above) > 3 and above[2].name == CANDIDATES and (above[3] / EFFORT).is_file()


def _whole(content: dict[str, Any]) -> bool:
    """Whether it says what it needs to go on, in the kinds in which it was written."""
    options, ways = content["options"], content["candidates"]
    begun = all(isinstance(each, str) for each in options) and all(
        isinstance(way["name"], str) for way in ways
    )
    return begun and ("chosen" not in content or _tells_why(content))


def _tells_why(content: dict[str, Any]) -> bool:
    """Whether it says of each way what it reached, and which was taken."""
    told = [
        way[part][key] for way in content["candidates"] for part in TOLD for key in ("mean", "low", "high")
    ]
    names = {way["name"] for way in content["candidates"]}
    return (
        all(each is None or isinstance(each, int | float) for each in told)
        and names.issuperset((content["best"], content["chosen"]))
        and isinstance(content["ranked_by"], str)
        and isinstance(content["left_out"], list)
    )
