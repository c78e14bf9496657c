"""Writing what people look at of a run: the page and the card of its model. Computes nothing of what they say."""

import os
from pathlib import Path

from finetune.files.whole import write_text
from finetune.language.which import Language, language
from finetune.report.attribution import explain_errors
from finetune.report.facts import gather
from finetune.report.model_card import write_card
from finetune.report.page import report_page

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "explaining": "looking for the words that weighed most in the errors ({count}); this may take a minute ...",
        "no_metrics": "This training has not finished: the report shows what there is.",
        "written": "report: {path}",
        "open": "open it in a browser: {link}",
        "card": "model card: {path}",
        "no_card": "The model card was not written: {why}",
    },
    "pt": {
        "explaining": "procurando as palavras que mais pesaram nos erros ({count}); pode levar um minuto ...",
        "no_metrics": "Este treino não terminou: o relatório mostra o que existe.",
        "written": "relatório: {path}",
        "open": "abra no navegador: {link}",
        "card": "ficha do modelo: {path}",
        "no_card": "A ficha do modelo não foi gravada: {why}",
    },
}


def publish(folder: Path, page: Path, *, explained: bool, version: str) -> None:
    """Writes the page of one run and the card of its model, and says where they are.

    Args:
        folder: The run folder.
        page: File to write.
        explained: Whether to look for the words that weighed most.
        version: Of what makes the page.
    """
    words = WORDS[language()]
    facts = gather(folder)
    if not facts.finished:
        print(words["no_metrics"])

    def announce(count: int) -> None:
        print(words["explaining"].format(count=count), flush=True)

    found = explain_errors(facts, wanted=explained, announce=announce)
    write_text(page, report_page(facts, language(), found, version=version))
    try:
        card = write_card(facts, language()) if facts.finished else None
    except OSError as error:
        print(words["no_card"].format(why=error))  # the page, which was asked for, is there
        card = None
    show_place(page)
    if card is not None:
        print(words["card"].format(path=near(card)))


def show_place(page: Path) -> None:
    """Prints where a page is and how to open it."""
    words = WORDS[language()]
    print(words["written"].format(path=near(page)))
    print(words["open"].format(link=page.absolute().as_uri()))


def near(path: Path) -> str:
    """Returns a path as seen from the current folder, where it is below it."""
    short = os.path.relpath(path)
    return str(path) if short.startswith("..") else short
