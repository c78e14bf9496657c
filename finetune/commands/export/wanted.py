"""What the command line of an export asks for: refused where it does not go together. Computes nothing."""

from argparse import Namespace
from pathlib import Path

from finetune.cli.strays import refuse_split_name
from finetune.cli.taken_apart import refuse_mix
from finetune.commands.export.browser import AUTO, browser_of, check_starts
from finetune.commands.export.place import check_page
from finetune.errors import ConfigError
from finetune.runs.folder import CONFIG

PAGES = ("html", "html-folder")
"""Those that are a page for a browser."""

OF_WORDS = "words"
"""What a run of words alone is exported as."""


def check_options(chosen: Namespace, argv: list[str]) -> None:
    """Refuses options that do not go together, whatever the run is.

    Raises:
        UserError: if there are such.
    """
    if chosen.run and chosen.named and chosen.run != chosen.named:
        refuse_split_name([chosen.run, chosen.named], argv)
        raise ConfigError(
            "two runs are given, {one} and {other}: give one.", one=chosen.run, other=chosen.named
        )
    if chosen.mix is not None:
        refuse_mix(["--mix"])
    if chosen.dtype and chosen.format not in (None, "hf"):
        raise ConfigError(
            "--dtype goes with --format hf alone: of {format} it is fixed.", format=chosen.format
        )
    refuse_of_pages(chosen)
    if chosen.public and not chosen.push_to_hub:
        raise ConfigError("--public goes with --push_to_hub, which says where to.")
    if chosen.push_to_hub:
        from finetune.commands.export.hub import check_name

        check_name(chosen.push_to_hub)


def refuse_of_pages(chosen: Namespace) -> None:
    """Refuses what goes with pages alone.

    Raises:
        ConfigError: if it is asked of another format, or is none.
    """
    for name in ("browser", "examples"):
        if getattr(chosen, name) is not None and chosen.format not in PAGES:
            raise ConfigError(
                "--{option} goes with {formats} alone.",
                option=name,
                formats=" / ".join(f"--format {each}" for each in PAGES),
            )
    if chosen.examples is not None and chosen.examples < 0:
        raise ConfigError("--examples {n} is no number of texts: give 0 or more.", n=chosen.examples)
    if chosen.format in PAGES:
        browser_of(chosen.browser or AUTO)  # which says at once what is missing


def check_network_wanted(run: Path, chosen: Namespace) -> None:
    """Refuses what is asked of words alone, of a run that has a network.

    Raises:
        ConfigError: if it is asked for.
    """
    if chosen.answer == "simple":
        raise ConfigError(
            "--answer simple: an export has a network. Words alone (TF-IDF) answer in seconds and without torch as a "
            "run of their own:\n  finetune baseline --config {config}",
            config=run / CONFIG,
        )
    if chosen.format == OF_WORDS:
        raise ConfigError(
            "--format words is of a run of finetune baseline, which has no network, and {run} has one: give hf, onnx "
            "or onnx-int8.",
            run=run,
        )


def check_page_wanted(page: Path | None, chosen: Namespace) -> None:
    """Says before anything is computed that a page cannot be put in its place, or that its browser cannot start.

    Args:
        page: The file that it goes to besides.
        chosen: What the command line holds.

    Raises:
        UserError: It cannot.
    """
    if page is not None:
        check_page(page)
    program = browser_of(chosen.browser or AUTO)
    if program is not None:
        check_starts(program)


def page_asked(chosen: Namespace) -> Path | None:
    """Returns the file that a page goes to besides; None where a folder is meant."""
    is_file = chosen.format == PAGES[0] and Path(chosen.output or "").suffix.lower() in (".html", ".htm")
    return Path(chosen.output) if is_file else None
