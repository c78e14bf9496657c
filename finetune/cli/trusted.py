"""Whose configuration a command may follow: of one's own runs in all it names, of a stranger's in what is harmless."""

from pathlib import Path
from typing import Any

import yaml

from finetune.cli.command_line import Prepared
from finetune.cli.harmless import Setting, not_harmless, of_command_line, of_file
from finetune.cli.recipes import recipe_names
from finetune.cli.take_option import take_option
from finetune.errors import ConfigError
from finetune.files.whole import write_text
from finetune.language.say import AnyMessage, Message, joined
from finetune.moved import brought_up_to_date
from finetune.runs.before import as_meant
from finetune.runs.folder import CONFIG, is_of_a_run
from finetune.runs.own import is_own, remember

OF_ONE_CALL = (
    "abstain_below",
    "adapt_first",
    "abstain_wider",
    "from",
    "gpu",
    "guard_formulas",
    "new_labels",
    "overwrite",
    "plan_only",
    "probabilities",
    "quick",
    "report",
    "review",
    "seeds",
    "steps",
    "text",
    "text_pair",
    "top",
    "verbose",
    "with",
)
"""Options of single commands that name nothing to run, but stand in no configuration of a run."""


def hold_against_own_runs(prepared: Prepared) -> None:
    """Refuses the configuration of a run folder that names what is not known to be the user's own.

    It looks at the files alone, before anything that stands in them is imported.

    That one is the user's own says nothing of a checkpoint that lies elsewhere: each is looked at by itself.

    Raises:
        ConfigError: if one would run what its folder's maker chose.
    """
    if prepared.looked_at:
        return
    _, names = take_option(prepared.argv, ("--config",))
    for config in map(Path, names):
        of_the_run = prepared.run is not None and config == prepared.run / CONFIG
        if of_the_run or is_of_a_run(config.absolute()):
            look_at_config(config, trust=prepared.trust)
    _, checkpoints = take_option(prepared.argv, ("--ckpt_path",))
    for checkpoint in map(Path, checkpoints):
        if checkpoint.is_dir():
            look_at_parts(checkpoint, trust=prepared.trust)


def look_at_config(config: Path, *, trust: bool) -> None:
    """Refuses a run's configuration that names something which is neither known nor allowed.

    Args:
        config: The file.
        trust: Whether the user allows it; it is remembered.

    Raises:
        ConfigError: if it names something, and is neither.
    """
    content = config.read_bytes()
    refuse_unless(named_in(content), content, place=config, trust=trust, instead=config.parent)


def names_ones_own(prepared: Prepared) -> bool:
    """Returns whether a command names something that is not of this package: in its words, or in a file of options."""
    words, _ = take_option(prepared.argv[1:], ("--ckpt_path", "--output"))
    words, files = take_option(words, ("--config",))
    return any(key not in OF_ONE_CALL for key, _ in not_harmless(of_command_line(words))) or any(
        named_in(Path(file).read_bytes()) for file in files
    )


def named_in(content: bytes) -> list[Setting]:
    """Returns what a run's configuration names that is not harmless; what is wrong with the file, the parser says."""
    try:
        text, _ = brought_up_to_date(content.decode("utf-8"))
        options = yaml.safe_load(as_meant(text))
    except (yaml.YAMLError, UnicodeDecodeError):
        return []
    return not_harmless(of_file(options)) if isinstance(options, dict) else []


def refuse_unless(
    named: list[Setting], content: bytes, *, place: Path, trust: bool, instead: Path | None = None
) -> None:
    """Refuses what is named unless the user allows it, or the file is of a run of the user's own.

    Args:
        named: What is not harmless.
        content: By which the user's own are known.
        place: Where it stands.
        trust: Whether the user allows it; it is remembered.
        instead: The run whose weights alone could be taken.

    Raises:
        ConfigError: if it is neither.
    """
    if not named or is_own(content):
        return
    if trust:
        remember(content)
        return
    raise ConfigError(
        "{place} is not known as of a run of your own: it came from elsewhere, was changed since, or is of a version "
        "that kept no record of runs. It names what would run here with all your rights, or write where it says:\n"
        "{named}\n"
        "Look at the file. If you know what these are and want them, say so once, with --trust.{weights}",
        place=place,
        named=listed(named),
        weights=Message(
            " Of the model alone nothing runs but the model; to train from it:\n"
            "  finetune fit --model.name {run} --data.path TABLE",
            run=instead,
        )
        if instead is not None
        else "",
    )


def listed(named: list[Setting]) -> AnyMessage:
    """Returns the options and what they name, a line each."""
    return joined([f"  {key}: {shortest(value)}" for key, value in named], "\n")


def shortest(value: Any) -> str:
    """Returns a value as one line."""
    return yaml.safe_dump(value, default_flow_style=True, allow_unicode=False, width=10**6).splitlines()[0]


def look_at_parts(checkpoint: Path, *, trust: bool) -> None:
    """Refuses to go on from another's checkpoint in parts: PyTorch opens one by pickle, which runs what is in it.

    Args:
        checkpoint: Its folder.
        trust: Whether the user allows it.

    Raises:
        ConfigError: if it is of no run that is known, and not allowed.
    """
    config = checkpoint.absolute().parent.parent / CONFIG
    content = config.read_bytes() if config.is_file() else b""
    if content or not trust:  # one that lies in no run is allowed each time
        refuse_unless(
            [("ckpt_path", f"{checkpoint}/.metadata (pickle)")], content, place=checkpoint, trust=trust
        )


def remember_own(config: str, *, in_parts: bool = False) -> None:
    """Has a configuration that a run was started with be known as the user's own, where it names something.

    Args:
        config: As `config.yaml` keeps it.
        in_parts: Whether the run's checkpoints are in parts.
    """
    content = config.encode("utf-8")
    if in_parts or named_in(content):
        remember(content)


def keep_config(folder: Path, config: str, *, in_parts: bool = False) -> None:
    """Writes a run's configuration, as the user's own: before it stands there, else a run killed between were not.

    Args:
        folder: The run folder.
        config: As `config.yaml` keeps it.
        in_parts: Whether the run's checkpoints are in parts.
    """
    remember_own(config, in_parts=in_parts)
    write_text(folder / CONFIG, config)


def remember_options(options: list[str]) -> None:
    """Has options that were typed be known as the user's own, where they name something."""
    _, files = take_option(options, ("--config", "-c"))
    if files or not_harmless(of_command_line(options)):
        remember(as_content(options))


def look_at_options(options: list[str], *, place: Path, trust: bool) -> None:
    """Refuses options that a folder keeps as they were typed, and that name what is not known as the user's own.

    Args:
        options: As they were typed.
        place: The file where they stand.
        trust: Whether the user allows it; it is remembered.

    Raises:
        ConfigError: if they name something, and are neither.
    """
    left, files = take_option(options, ("--config", "-c"))
    named = not_harmless(of_command_line(left))
    # a recipe is ours, unless a file of that name stands here
    named += [("config", file) for file in files if file not in recipe_names() or Path(file).exists()]
    refuse_unless(named, as_content(options), place=place, trust=trust)


def as_content(options: list[str]) -> bytes:
    """Returns options as what they are known by."""
    return "\0".join(["options", *options]).encode("utf-8", errors="surrogateescape")
