"""finetune export: a run's model as a folder to hand on, with the proof that it answers as the run does."""

from argparse import SUPPRESS, Namespace
from pathlib import Path

from finetune.cli.plain_parser import PlainParser
from finetune.cli.tidily import ending_tidily
from finetune.commands.export.browser import AUTO
from finetune.commands.export.place import check_place, usual_place
from finetune.commands.export.wanted import (
    OF_WORDS,
    PAGES,
    check_network_wanted,
    check_options,
    check_page_wanted,
    page_asked,
)
from finetune.language.say import Message, say
from finetune.language.which import languages
from finetune.runs.find import find
from finetune.runs.folder import ROOT
from finetune.runs.kind import is_of_words, refuse_adapted, refuse_words

NAMES = ("hf", "onnx", "onnx-int8", *PAGES)
"""Rows of `FORMATS`, which loads torch."""

ANSWERS = ("mixed", "network", "simple")
"""Who answers: the words of `--answer` of other commands."""

DTYPES = ("float32", "bfloat16", "float16")


def parser() -> PlainParser:
    """Returns what the command line may hold."""
    made = PlainParser(
        prog="finetune export",
        description=say(
            "Writes a run's model as a folder to hand on, has a process of its own open that folder and answer every "
            "held-out row, and keeps how its answers stand to the run's. An export that answers otherwise than the run "
            "is refused."
        ),
        epilog=say(
            "{examples}. The folder has a README.md with the proof, and proof.json with all figures.",
            examples="finetune export; finetune export --run 3 --format hf --dtype bfloat16 --output classificador",
        ),
    )
    made.add_argument(
        "run",
        nargs="?",
        metavar=say("RUN"),
        help=say("3, version_3, a name, a path, best (of the validation), or latest (the default)"),
    )
    made.add_argument(
        "--run", dest="named", metavar=say("RUN"), help=say("the same, as other commands have it")
    )
    made.add_argument(
        "--format",
        choices=(*NAMES, OF_WORDS),
        help=say(
            "hf: what plain Transformers opens (the default); onnx: a folder that answers by itself, without torch; "
            "onnx-int8: the same in numbers of eight bits, smaller, chosen by measuring; html: one page that answers "
            "by itself in a browser, without a network; html-folder: the same with its parts beside it, for a web "
            "server; words: of a run of finetune baseline, with numpy alone"
        ),
    )
    made.add_argument(
        "--dtype",
        choices=DTYPES,
        help=say(
            "of hf: how exact the weights are; the halves take half the space and answer nearly the same"
        ),
    )
    made.add_argument(
        "--answer",
        default=ANSWERS[0],
        choices=ANSWERS,
        help=say(
            "who answers of a folder that answers by itself: mixed, as the run was trained to (the default), or its "
            "network alone; words alone (simple) have no network to export"
        ),
    )
    made.add_argument("--mix", help=SUPPRESS)
    made.add_argument(
        "--output",
        metavar=say("FOLDER"),
        help=say(
            "an empty or a new folder; export/FORMAT in the run folder when left out. Of html also a file that ends in "
            ".html: the page alone is put there, too"
        ),
    )
    made.add_argument(
        "--accept",
        action="store_true",
        help=say("keep the export though it answers otherwise than it has to; its README says so"),
    )
    made.add_argument(
        "--browser",
        metavar=say("PROGRAM"),
        help=say(
            "of html: the browser that tries the page without a network; when left out Chromium, Chrome or Edge, where "
            "there is one and playwright is installed; none: only Python proves it"
        ),
    )
    made.add_argument(
        "--examples",
        type=int,
        metavar=say("NUMBER"),
        help=say(
            "of html: so many held-out texts of each label stand in the page as examples, for whoever gets it to read "
            "(0, the default: none)"
        ),
    )
    made.add_argument(
        "--push_to_hub",
        metavar=say("NAME"),
        help=say("put it on the model hub, too, as organization/model: for you and yours alone"),
    )
    made.add_argument("--public", action="store_true", help=say("with --push_to_hub: for everybody to read"))
    made.add_argument(
        "--language",
        metavar=f"{{{','.join(languages())}}}",
        help=say("of the README; else that of FINETUNE_LANGUAGE or of the system"),
    )
    return made


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    chosen = parser().parse_args(argv[1:])
    check_options(chosen, argv)
    run = find(chosen.named or chosen.run or "latest", ROOT)
    refuse_adapted(run)
    if is_of_words(run):
        return of_words(run, chosen)
    check_network_wanted(run, chosen)
    chosen.format = chosen.format or NAMES[0]
    name = chosen.format if chosen.dtype in (None, DTYPES[0]) else f"{chosen.format}-{chosen.dtype}"
    page = page_asked(chosen)
    folder = Path(chosen.output) if chosen.output and page is None else usual_place(run, name)
    check_place(folder)
    if chosen.format in PAGES:
        check_page_wanted(page, chosen)
    from finetune.commands.export.made import export, show_end
    from finetune.commands.export.pages import Wishes, copy_page

    with ending_tidily():
        proof = export(
            run,
            chosen.format,
            folder,
            variants=[chosen.dtype or DTYPES[0]] if chosen.format == "hf" else None,
            accept=chosen.accept,
            answer=chosen.answer,
            wishes=Wishes(chosen.browser or AUTO, chosen.examples or 0),
        )
        if page is not None:
            copy_page(folder, page)
    show_end(proof, folder)
    if chosen.push_to_hub:
        from finetune.commands.export.hub import push

        push(folder, chosen.push_to_hub, public=chosen.public)
    return 0


def of_words(run: Path, chosen: Namespace) -> int:
    """Exports a run of words alone; returns the exit status.

    Args:
        run: Its folder.
        chosen: What the command line holds.

    Raises:
        ConfigError: if it is asked for what takes a network.
    """
    if chosen.format not in (None, OF_WORDS):
        refuse_words(run, Message("--format {format}", format=chosen.format))
    if chosen.answer == "network":
        refuse_words(run, "--answer network")
    for name, given in (("--dtype", chosen.dtype), ("--push_to_hub", chosen.push_to_hub)):
        if given:
            refuse_words(run, name)
    folder = Path(chosen.output) if chosen.output else usual_place(run, OF_WORDS)
    check_place(folder)
    from finetune.commands.export.of_words import export_words

    with ending_tidily():
        export_words(run, folder)
    return 0
