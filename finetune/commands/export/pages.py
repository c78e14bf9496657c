"""A page made of an export that is proved, tried in a browser, and put in its place. Writes no network."""

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from finetune.commands.export.browser import AUTO, browser_of
from finetune.commands.export.html import check_size
from finetune.commands.export.in_browser import asked_in_browser
from finetune.commands.export.of_page import no_examples, told_of
from finetune.commands.export.proof import Proof
from finetune.commands.export.source import Source
from finetune.errors import ConfigError
from finetune.files.near import near
from finetune.files.whole import write_through
from finetune.language.say import reason, say, show
from finetune.page.offline.assembled import one_file, write_folder
from finetune.page.offline.marked import INDEX
from finetune.page.offline.parts import Part, parts_of

FOLDER = "html-folder"
"""The format whose parts lie beside the page."""


@dataclass(frozen=True)
class Wishes:
    """What is asked of a page besides.

    Attributes:
        browser: Which browser tries it: `AUTO`, `NONE` or a program.
        examples: How many texts of each label stand in it.
    """

    browser: str = AUTO
    examples: int = 0


def check_wishes(source: Source, wishes: Wishes) -> None:
    """Says at once of what is wished for and cannot be had that the page is made without."""
    why = no_examples(source)
    if wishes.examples and why is not None:
        show(
            say(
                "--examples {n}: no text stands in the page as an example, because {why}.",
                n=wishes.examples,
                why=why,
            )
        )


def page_name() -> str:
    """Returns what the file is called where nobody named it."""
    return say("page.html", context="the name of a file")


def finished(proof: Proof, folder: Path, wishes: Wishes) -> Proof:
    """Puts a page in the place of what it is made of; returns the proof with what a browser found.

    The page is made, tried, and made once more: what was found stands in its foot.

    Args:
        proof: Of what the folder holds.
        folder: The export as Python has been asked it.
        wishes: What is asked of the page.

    Raises:
        UserError: if it does not open in the browser.
    """
    parts = parts_of(folder)
    emptied(folder)
    page, program = put(proof, folder, parts, wishes), browser_of(wishes.browser)
    if program is None:
        return proof
    show(say("asking the page in {program}, without a network ...", program=program.name))
    found = replace(
        proof, in_browser=asked_in_browser(program, page, proof.source, run=proof.own.said, python=proof.said)
    )
    put(found, folder, parts, wishes)
    return found


def emptied(folder: Path) -> None:
    """Removes what is in a folder."""
    for each in list(folder.iterdir()):
        if each.is_dir():
            shutil.rmtree(each)
        else:
            each.unlink()


def put(proof: Proof, folder: Path, parts: Sequence[Part], wishes: Wishes) -> Path:
    """Writes the page into a folder; returns its file.

    Raises:
        ConfigError: It is too large for one file.
    """
    told = told_of(proof, examples=wishes.examples)
    if proof.form.name == FOLDER:
        write_folder(folder, told, parts)
        return folder / INDEX
    page, content = folder / page_name(), one_file(told, parts)
    check_size(len(content), parts)
    page.write_bytes(content)
    return page


def copy_page(folder: Path, file: Path) -> None:
    """Puts the page of an export into a file, too.

    Raises:
        ConfigError: It cannot be written; the export stays.
    """
    (page,) = folder.glob("*.html")
    try:
        write_through(file, partial(shutil.copyfile, page))
    except OSError as error:
        raise ConfigError(
            "{file} cannot be written ({why}). The page is whole in {page}: copy it from there.",
            file=file,
            why=reason(error),
            page=page,
        ) from error
    show(say("the page: {file}", file=near(file)))
