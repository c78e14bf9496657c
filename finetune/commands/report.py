"""finetune report: a run in one HTML page, with figures, in plain words; several runs side by side."""

import os
from collections.abc import Sequence
from pathlib import Path

from finetune import __version__
from finetune.cli.command_line import take_option
from finetune.errors import ConfigError
from finetune.files.whole import may_be_replaced, write_text
from finetune.language.say import reason, say, show
from finetune.language.which import languages
from finetune.runs.folder import REPORT, ROOT, find

BESIDE = "comparison.html"


def usage() -> str:
    """Returns the help."""
    return say(
        "usage: finetune report [RUN ...] [OPTIONS]\n"
        "\n"
        "Writes report.html into a run folder: the verdict, the data, the curves, the classes, the confidence, the "
        "errors. With several runs: a table of them side by side, and comparison.html.\n"
        "\n"
        "  RUN             3, version_3, a path, or latest (the default)\n"
        "  --run RUN       the same, as other commands have it\n"
        "  --output FILE   another file than report.html in the run folder\n"
        "  --no-explain    do not look for the words that weighed most in the errors\n"
        "  --language {languages}\n"
        "                  of the page; else that of FINETUNE_LANGUAGE or of the system\n"
        "  -h, --help      show this\n"
        "\n"
        "The page is one file that needs no network and opens on a phone too. Examples:\n"
        "  finetune report\n"
        "  finetune report 3 --language pt\n"
        "  finetune report version_3 version_4",
        languages=",".join(languages()),
    )


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    if {"-h", "--help"} & set(argv):
        show(usage())
        return 0
    rest, runs = take_option(argv[1:], ("--run",))
    rest, outputs = take_option(rest, ("--output",))
    names = [each for each in rest if each != "--no-explain"] + runs or ["latest"]
    unknown = [name for name in names if name.startswith("-")]
    if unknown:
        raise ConfigError(
            "finetune report has no option {options}. There are: --run, --output, --no-explain, --language.",
            options=", ".join(unknown),
        )
    folders = list(dict.fromkeys(find(name, ROOT).resolve() for name in names))
    if len(folders) == 1 and len(names) > 1:
        raise ConfigError(
            "{names} are one and the same run, {folder}. Give different runs.",
            names=" ".join(names),
            folder=folders[0],
        )
    output = Path(outputs[-1]) if outputs else None
    if len(folders) > 1:
        return beside(folders, writable(output or Path(BESIDE)))
    page = writable(output or folders[0] / REPORT)
    from finetune.report.publish import publish

    try:
        publish(folders[0], page, explained="--no-explain" not in rest, version=__version__)
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
    print(table(compared))
    write_text(page, comparison_page(compared, version=__version__))
    show_place(page)
    return 0
