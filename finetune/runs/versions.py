"""The versions of what computes: kept with a run, and held against those at hand when it goes on."""

import platform
from collections.abc import Mapping
from importlib import metadata

from finetune import __version__
from finetune.language.say import Message

PACKAGES = ("torch", "lightning", "transformers", "tokenizers", "numpy", "datasets", "scikit-learn", "pandas")

COMPUTING = ("python", "finetune", "torch", "lightning", "transformers", "tokenizers", "numpy")
"""Those by which the numbers of a training may differ."""


def versions() -> dict[str, str]:
    """Returns the versions of what is installed, of all that a run's numbers stand on."""
    found = {"python": platform.python_version(), "finetune": __version__}
    for package in PACKAGES:
        try:
            found[package] = metadata.version(package)
        except metadata.PackageNotFoundError:
            continue
    return found


def changed_versions(was: Mapping[str, str], now: Mapping[str, str]) -> list[Message]:
    """Returns a sentence for each package that computes and is another now; of what was not kept, none."""
    return [
        Message(
            "{name} was {was} and is now {now}: the run goes on, but its numbers may differ in the last digits",
            name=name,
            was=was[name],
            now=now.get(name, Message("not installed")),
        )
        for name in COMPUTING
        if name in was and was[name] != now.get(name)
    ]
