"""What runs did that began before an option was there: their configuration does not say it."""

from typing import Any

import yaml

from finetune.runs.kind import FIT, trained_by

MEANT: dict[str, Any] = {
    "model.head_start": "none",
    "mix": "none",
    "data.max_characters": None,
    "data.lower_capitals": False,
}
"""Options that came later and train otherwise by default, or read: the value that stands for what was done before."""


def as_meant(text: str) -> str:
    """Returns a run's configuration with the options that it does not have as it was trained.

    Args:
        text: Its YAML.
    """
    config = yaml.safe_load(text)
    if not isinstance(config, dict) or trained_by(config) != FIT:
        return text
    missing = False
    for name, value in MEANT.items():
        *groups, option = name.split(".")
        place: Any = config
        for group in groups:
            place = place.get(group) if isinstance(place, dict) else None
        if isinstance(place, dict) and option not in place:
            place[option] = value
            missing = True
    return yaml.safe_dump(config, sort_keys=False, allow_unicode=True) if missing else text
