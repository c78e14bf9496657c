"""Where a run's own files go. Holds that one rule, and no file is written here."""

import os
from pathlib import Path

from lightning.pytorch import Trainer


def run_folder(trainer: Trainer) -> str:
    """The folder of this run: the first logger's folder, or `default_root_dir` where no logger has one.

    Every process must call it (`trainer.log_dir` broadcasts). Absolute when local, so that a change of the
    working directory does not move it; an address such as `s3://bucket/run` stays as it is.
    """
    folder = os.fspath(trainer.log_dir or trainer.default_root_dir)
    return folder if is_remote(folder) else os.path.abspath(folder)  # noqa: PTH100 (Path breaks "s3://")


def is_remote(folder: str) -> bool:
    """Whether the folder is an address (`s3://...`) and not a place on this machine."""
    return "://" in folder


def nearest_existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that is there already: they share the disk."""
    return next(place for place in (folder, *folder.parents) if place.exists())
