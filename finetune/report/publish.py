"""Writing what people look at of a run: the page and the card of its model. Computes nothing of what they say."""

from pathlib import Path

from finetune.files.near import near
from finetune.files.whole import write_text
from finetune.language.say import reason, say, show
from finetune.plugins import install_command
from finetune.report.adapted.page import adapted_page
from finetune.report.attribution import explain_errors
from finetune.report.facts import gather
from finetune.report.model_card import write_card
from finetune.report.page import report_page
from finetune.runs.kind import ADAPT, trained_by


def publish(folder: Path, page: Path, *, explained: int, version: str) -> None:
    """Writes the page of one run and the card of its model, and says where they are.

    Args:
        folder: The run folder.
        page: File to write.
        explained: In how many errors to look for the words that weighed most.
        version: Of what makes the page.
    """
    facts = gather(folder)
    for damaged in facts.unread:
        show(say("left out of the report: {file}", file=damaged))
    if not facts.finished:
        show(say("This training has not finished: the report shows what there is."))
    if trained_by(facts.config) == ADAPT:
        write_text(page, adapted_page(facts, version=version))
        show_place(page)
        return
    found = explain_errors(facts, most=explained, announce=announce)
    if (
        found.why == "no_captum"
    ):  # told here and not in the page, which is passed on: it names this machine's folders
        command = install_command("captum")
        show(say("To have the words marked that weighed most in the errors:\n  {command}", command=command))
    write_text(page, report_page(facts, found, version=version))
    card = None
    try:
        card = write_card(facts) if facts.finished else None
    except OSError as error:  # the page, which was asked for, is there
        show(say("The model card was not written: {why}.", why=reason(error)))
    show_place(page)
    if card is not None:
        show(say("model card: {path}", path=near(card)))


def announce(n: int) -> None:
    """Says what takes long, before it begins."""
    show(
        say(
            "looking for the words that weighed most in {n:,} error; this may take a minute ...",
            "looking for the words that weighed most in {n:,} errors; this may take a minute ...",
            n=n,
        )
    )


def show_place(page: Path) -> None:
    """Prints where a page is and how to open it."""
    show(say("report: {path}", path=near(page)))
    show(say("open it in a browser:\n  {link}", link=page.absolute().as_uri()))
