"""finetune report: a run in one HTML page, with figures, in plain words; several runs side by side."""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from finetune import __version__
from finetune.errors import ConfigError
from finetune.files.whole import may_be_replaced, write_text
from finetune.language.which import language
from finetune.runs.folder import REPORT, ROOT, find

BESIDE = "comparison.html"


def parser() -> argparse.ArgumentParser:
    """Returns what the command line may hold."""
    made = argparse.ArgumentParser(
        prog="finetune report",
        description="Writes report.html into a run folder: the verdict, the data, the curves, the classes, the "
        "confidence, the errors. With several runs: a table of them side by side, and comparison.html.",
        epilog="finetune report; finetune report 3 --language pt; finetune report version_3 version_4. "
        "The page is one file that needs no network and opens on a phone too.",
    )
    made.add_argument("runs", nargs="*", metavar="RUN", help="3, version_3, a path, or latest (the default)")
    made.add_argument(
        "--run", action="append", default=[], metavar="RUN", help="the same, as other commands have it"
    )
    made.add_argument("--output", metavar="FILE", help="another file than report.html in the run folder")
    made.add_argument(
        "--no-explain", action="store_true", help="do not look for the words that weighed most in the errors"
    )
    made.add_argument(
        "--language", metavar="{en,pt}", help="of the page; else that of FINETUNE_LANGUAGE or of the system"
    )
    return made


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    chosen = parser().parse_args(argv[1:])
    names = [*chosen.runs, *chosen.run] or ["latest"]
    folders = list(dict.fromkeys(find(name, ROOT).resolve() for name in names))
    if len(folders) == 1 and len(names) > 1:
        raise ConfigError(f"{' '.join(names)} are one and the same run, {folders[0]}. Give different runs.")
    if len(folders) > 1:
        return beside(folders, writable(Path(chosen.output or BESIDE)))
    page = writable(Path(chosen.output) if chosen.output else folders[0] / REPORT)
    from finetune.report.publish import publish

    try:
        publish(folders[0], page, explained=not chosen.no_explain, version=__version__)
    except OSError as error:  # a place that says it can be written to, and cannot
        reason = error.strerror or type(error).__name__
        raise ConfigError(
            f"{page} cannot be written ({reason}): give a file elsewhere: --output FILE."
        ) from error
    return 0


def writable(page: Path) -> Path:
    """Returns the file to write, checked before anything is computed.

    Raises:
        ConfigError: if it is no HTML file, its folder is missing or closed, or the file is none of ours.
    """
    if page.suffix.lower() not in (".html", ".htm"):
        raise ConfigError(f"--output {page}: the report is an HTML page. Give a name that ends with .html.")
    if not page.parent.is_dir():
        raise ConfigError(
            f"{page}: there is no folder {page.parent}. Make it first, or give another --output."
        )
    if page.is_dir():
        raise ConfigError(f"--output {page} is a folder: give a file in it.")
    if not os.access(page.parent, os.W_OK):
        raise ConfigError(
            f"{page}: the folder {page.parent.absolute()} cannot be written to. Give a file elsewhere: --output FILE."
        )
    if not may_be_replaced(page):
        raise ConfigError(
            f"{page} is there, and was not made by finetune report. Move it away, or give another --output."
        )
    return page


def beside(folders: Sequence[Path], page: Path) -> int:
    """Prints several runs side by side and writes their page; returns the exit status.

    Args:
        folders: The run folders; the others are compared with the first.
        page: File to write.
    """
    from finetune.report.facts import gather
    from finetune.report.publish import show_place
    from finetune.report.side_by_side.page import comparison_page, table
    from finetune.report.side_by_side.pairs import compare

    compared = compare([gather(folder) for folder in folders])
    print(table(compared, language()))
    write_text(page, comparison_page(compared, language(), version=__version__))
    show_place(page)
    return 0
