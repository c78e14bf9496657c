"""Every sentence of the page that labels, by the name that page and script know it by. Makes no page."""

from collections.abc import Mapping
from typing import Any

from finetune.language.say import say
from finetune.runtime.answering.answers import MULTI, NUMBER

ORDINAL = "ordinal"


def of_the_page(facts: Mapping[str, Any]) -> dict[str, str]:
    """Returns what stands on the page.

    Args:
        facts: What `GET /model` answers; nothing for whoever is told nothing of the rows.
    """
    return {
        "title": say("Label rows"),
        "footer": say("Texts and labels go to the server that this page comes from, and nowhere else."),
        "does": _does(facts),
        "order": say("Show first"),
        "person": say("You are"),
        "change_person": say("Another name"),
        "row": say("The row"),
        "row_text": say("Text of the row"),
        "in_table": say("In the table"),
        "others": say("Said so far"),
        "model_says": say("The model says"),
        "accept": say("Accept"),
        "filter": say("Type to find a class"),
        "classes": say("Classes"),
        "new_class": say("New class"),
        "none": say("None of them"),
        "value": say("Your number"),
        "save": say("Save"),
        "note": say("Note"),
        "note_label": say("Note for whoever reads your label later"),
        "skip": say("Skip"),
        "undo": say("Undo"),
        "search": say("Search"),
        "keys": say("Keys"),
        "search_title": say("Search the rows"),
        "search_label": say("Words that stand in the row"),
        "search_do": say("Find"),
        "close": say("Close"),
        "progress_title": say("How far it is"),
        "labelled": say("labelled"),
        "left": say("left"),
        "skipped": say("skipped by all who saw them"),
        "conflicts": say("conflicts"),
        "changed": say("other than in the table"),
        "worth_title": say("What more labels are worth"),
        "by_class": say("Labels by class"),
        "by_who": say("Labels by person"),
        "conflicts_title": say("Conflicts"),
        "conflicts_how": say(
            "Of these rows people say different things. None of it counts until one of you settles it: open the row, "
            "and say what is right."
        ),
        "download": say("Take all labels along"),
        "again": say("Look again"),
        "send_now": say("Send now"),
        "keys_title": say("Keys"),
        "naming_title": say("Who labels?"),
        "naming_why": say(
            "Your name stands beside every label of yours, so that others know whom to ask. It stays in this browser."
        ),
        "name": say("Name"),
        "begin": say("Begin"),
        "adding_title": say("A new class?"),
        "adding_why": say(
            "The model does not know it: it learns it when it is trained with these labels. It needs some rows, about "
            "8 at least."
        ),
        "add": say("Yes, a new class"),
        "back": say("No, back"),
        "adding_label": say("Name of the class"),
    }


def _does(facts: Mapping[str, Any]) -> str:
    """What is to be done, in two sentences."""
    if facts.get("problem_type") == NUMBER:
        return say("Read the row, type its number, and press Enter. The next row comes by itself.")
    if facts.get("problem_type") == MULTI:
        return say(
            "Read the row, choose every class that fits, and press Enter. The next row comes by itself."
        )
    if facts.get("task") == ORDINAL:
        return say("Read the row, and choose its step. The next row comes by itself.")
    return say("Read the row, and choose its class. The next row comes by itself.")


def order(name: str) -> str:
    """Returns what an order is called where it is chosen; one that is not known by its name."""
    return {
        "mixed": say("a mix of all"),
        "unsure": say("rows the model is unsure of"),
        "diverse": say("rows unlike each other"),
        "wrong_label": say("labels that look wrong"),
        "contradiction": say("contradictions"),
        "random": say("rows by chance"),
    }.get(name, name)


def _reasons() -> dict[str, str]:
    """Why a row is shown, by the order that chose it."""
    return {
        "reason_unsure": say("Shown because the model is unsure of it."),
        "reason_diverse": say("Shown because it is unlike the other rows."),
        "reason_wrong_label": say("Shown because its label looks wrong."),
        "reason_contradiction": say(
            "Shown because something contradicts: a like text has another label, or the network and the words of the "
            "row say different things."
        ),
        "reason_random": say("Drawn by chance."),
        "reason_search": say("You searched for it."),
        "reason_conflict": say("People disagree here: what you say now settles it."),
    }


def keys(*, is_number: bool) -> list[tuple[str, str]]:
    """Returns every key and what it does."""
    typed = (
        [("0–9", say("type the number"))]
        if is_number
        else [
            (say("1–9, then letters"), say("the class on whose button the key stands")),
            (say("letters"), say("find a class, where there are more classes than keys")),
            ("0", say("none of the classes, where several may fit")),
            ("+", say("a new class")),
        ]
    )
    return [
        *typed,
        ("Enter", say("save what is chosen or found; with nothing chosen, accept what the model says")),
        ("=", say("accept what the model says")),
        (say("S or space"), say("skip the row")),
        ("Z, Ctrl + Z", say("undo your last label")),
        ("N, Alt + N", say("write a note; Esc leaves it")),
        ("/", say("search")),
        ("?", say("this list")),
    ]


def by_script() -> dict[str, str]:
    """Returns what the script says, with gaps as `{name}` that it fills."""
    return {
        **_reasons(),
        **_of_saving(),
        **_of_answers(),
        "busy": say("The server is busy. Asking again in {seconds} s …"),
        "still_busy": say("The server has too much to do just now. Nothing is lost: try again in a minute."),
        "gone": say("The server does not answer."),
        "failed": say("The server could not do that (status {status})."),
        "no_token": say("Nothing is shown without the token."),
        "row_number": say("Row {n}"),
        "where": say("line {line} of {source}"),
        "where_unnamed": say("line {line}"),
        "getting": say("Getting rows …"),
        "ordering": say("Looking which rows come first. That may take a while …"),
        "nothing_left": say("No row is left in this order. Choose another one, or search for a row."),
        "with_others": say("Others are looking at the rows that are left, or were a moment ago: {n}."),
        "no_connection": say("The server does not answer, and there is no row left here. Trying again …"),
        "no_results": say("No row has all these words."),
        "results": say("Rows found: {n}."),
        "results_more": say("The first {n} are shown, and there are more: add a word."),
        "result_line": say("line {line}"),
        "is_done": say("has a label"),
        "left_of": say("{done} labelled, {left} left"),
        "counting_worth": say("Counting …"),
        "worth_unknown": say("That can be told once there are some more labels."),
        "name_needed": say("Write a name first."),
        "you": say("You are {name}."),
    }


def _of_saving() -> dict[str, str]:
    return {
        "saved": say("Saved: {label}."),
        "saved_skip": say("Skipped."),
        "all_saved": say("All is saved."),
        "saving": say("Saving …"),
        "not_saved": say(
            "Not saved yet: {n}. The server does not answer. They are kept in this tab and sent again: do not close it."
        ),
        "refused": say("{label} was not saved: {why}"),
        "undone": say("Taken back: {label}. The row is here again."),
        "skipped_it": say("the row was skipped"),
    }


def _of_answers() -> dict[str, str]:
    return {
        "sure": say("{label} ({percent})"),
        "guess": say("It does not know. Its best guess: {label} ({percent})"),
        "guess_number": say("It does not know. Its best guess: {label}"),
        "range": say("{label}, likely between {low} and {high}"),
        "also": say("Also likely: {labels}"),
        "none_fits": say("none of them"),
        "skipped_by": say("skipped"),
        "marked": say("{who}: {label}"),
        "read_as": say("Saved as {number}"),
        "no_number": say("This is no number. Write it like {example}."),
        "choose_first": say("Choose at least one class, or 0 for none of them."),
        "no_answer": say("The model says nothing of this row."),
        "classes_found": say("Classes found: {n}"),
        "new_class": say("New class"),
        "new_named": say("New class: {label}"),
        "exists": say('"{label}" is a class already.'),
        "alike": say("There are classes that look alike: {labels}"),
    }
