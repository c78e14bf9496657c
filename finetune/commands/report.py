"""finetune report: a run in one HTML page, with figures, in plain words; several runs side by side."""

import os
from collections.abc import Sequence
from pathlib import Path

from finetune import __version__
from finetune.cli.plain_parser import PlainParser
from finetune.cli.strays import refuse_split_name
from finetune.errors import ConfigError
from finetune.files.whole import may_be_replaced, write_text
from finetune.language.lists import listed
from finetune.language.say import reason, say, visible
from finetune.language.which import languages
from finetune.runs.find import find
from finetune.runs.folder import REPORT, ROOT
from finetune.runs.kind import refuse_adapted

BESIDE = "comparison.html"


def parser() -> PlainParser:
    """Returns what the command line may hold."""
    made = PlainParser(
        prog="finetune report",
        description=say(
            "Writes report.html into a run folder: the verdict, the data, the curves, the classes, the confidence, the "
            "errors. With several runs: a table of them side by side, and comparison.html."
        ),
        epilog=say(
            "{examples}. The page is one file that needs no network and opens on a phone too.",
            examples="finetune report; finetune report 3 --language pt; finetune report version_3 version_4",
        ),
    )
    made.add_argument(
        "runs",
        nargs="*",
        metavar=say("RUN"),
        help=say("3, version_3, a name, a path, best (of the validation), or latest (the default)"),
    )
    made.add_argument(
        "--run",
        action="append",
        default=[],
        metavar=say("RUN"),
        help=say("the same, as other commands have it"),
    )
    made.add_argument(
        "--output",
        metavar=say("FILE"),
        help=say("another file than report.html in the run folder"),
    )
    made.add_argument(
        "--no-explain",
        action="store_true",
        help=say("do not look for the words that weighed most in the errors"),
    )
    made.add_argument(
        "--language",
        metavar=f"{{{','.join(languages())}}}",
        help=say("of the page; else that of FINETUNE_LANGUAGE or of the system"),
    )
    return made


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    chosen = parser().parse_args(argv[1:])
    refuse_split_name(chosen.runs, argv)
    names = [*chosen.runs, *chosen.run] or ["latest"]
    folders = list(dict.fromkeys(find(name, ROOT).resolve() for name in names))
    if len(folders) == 1 and len(names) > 1:
        raise ConfigError(
            "{names} are one and the same run, {folder}. Give different runs.",
            names=listed(names),
            folder=folders[0],
        )
    if len(folders) > 1:
        for folder in folders:
            refuse_adapted(folder)  # it has no answers to put beside those of others
        return beside(folders, writable(Path(chosen.output or BESIDE)))
    page = writable(Path(chosen.output) if chosen.output else folders[0] / REPORT)
    from finetune.report.attribution import MOST_ERRORS
    from finetune.report.publish import publish

    try:
        publish(folders[0], page, explained=0 if chosen.no_explain else MOST_ERRORS, version=__version__)
    except OSError as error:  # a place that says it can be written to, and cannot
        raise ConfigError(
            "{page} cannot be written ({why}): give a file elsewhere: --output FILE.",
            page=page,
            why=reason(error),
        ) from error
    return 0


def writable(page: Path) -> Path:
    """Returns the file to write, checked before anything is computed.

    Raises:
        ConfigError: if it is no HTML file, its folder is missing or closed, or the file is none of ours.
    """
    if page.suffix.lower() not in (".html", ".htm"):
        raise ConfigError(
            "--output {page}: the report is an HTML page. Give a name that ends with .html.", page=page
        )
    if not page.parent.is_dir():
        raise ConfigError(
            "{page}: there is no folder {folder}. Make it first, or give another --output.",
            page=page,
            folder=page.parent,
        )
    if page.is_dir():
        raise ConfigError("--output {page} is a folder: give a file in it.", page=page)
    if not os.access(page.parent, os.W_OK):
        raise ConfigError(
            "{page}: the folder {folder} cannot be written to. Give a file elsewhere: --output FILE.",
            page=page,
            folder=page.parent.absolute(),
        )
    if not may_be_replaced(page):
        raise ConfigError(
            "{page} is there, and was not made by finetune report. Move it away, or give another --output.",
            page=page,
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
    print(visible(table(compared)))
    write_text(page, comparison_page(compared, version=__version__))
    show_place(page)
    return 0
