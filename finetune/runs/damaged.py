"""The small files of a run, read: one that is cut short, empty or of another kind is told, with what to do about it."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import yaml

from finetune.errors import ConfigError
from finetune.language.say import Message, reason

NO_TEXT = Message("its letters are not in UTF-8")
EMPTY = Message("it is empty")
CUT = Message("it is cut short, or something else was written over it")
OTHER = Message("it does not hold what finetune writes there")
TRAIN_ANEW = Message("Put a copy of it back, or train anew.")


def damaged(file: Path, why: Message, remedy: Message) -> ConfigError:
    """Returns what to tell of a file that cannot be used.

    Args:
        file: The file.
        why: What is wrong with it.
        remedy: What the user can do.
    """
    return ConfigError("{file} is damaged: {why}. {remedy}", file=file, why=why, remedy=remedy)


def text_of(file: Path, remedy: Message) -> str:
    """Returns what stands in a file.

    Raises:
        ConfigError: if it is empty or no text, or cannot be read.
    """
    try:
        text = file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise damaged(file, NO_TEXT, remedy) from error
    except OSError as error:
        raise ConfigError("{file} cannot be read: {why}.", file=file, why=reason(error)) from error
    if not text.strip("\0 \n"):  # a disk that was full, or lost its power, leaves nothing or zeros
        raise damaged(file, EMPTY, remedy)
    return text


def read_mapping(
    file: Path,
    remedy: Message,
    *,
    parse: Callable[[str], Any] = json.loads,
    fits: Callable[[Any], Any] = bool,
    may_be_empty: bool = True,
) -> dict[str, Any]:
    """Returns the names and values of a JSON or YAML file; nothing where there is no file.

    Args:
        file: The file.
        remedy: What the user can do where it is damaged.
        parse: Reads its text.
        fits: Looks into what it says; it may fail as one does that finds another type.
        may_be_empty: Whether it may say nothing.

    Raises:
        ConfigError: if it is damaged.
    """
    if not file.is_file():
        return {}
    text = text_of(file, remedy)
    try:
        content = parse(text)
    except (ValueError, yaml.YAMLError, RecursionError) as error:
        raise damaged(file, CUT, remedy) from error
    try:
        fitting = isinstance(content, dict) and ((may_be_empty and not content) or fits(content))
    except (TypeError, KeyError, AttributeError, ValueError) as error:
        raise damaged(file, OTHER, remedy) from error
    if not fitting:
        raise damaged(file, OTHER, remedy)
    return dict(content)
