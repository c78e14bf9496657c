"""Every sentence of the page, by the name that page and script know it by. Makes no page and counts nothing."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from finetune.language.lists import quoted
from finetune.language.numbers import count, day, number
from finetune.language.say import say
from finetune.runtime.answering.answers import MULTI, NUMBER

MEBIBYTE = 1024 * 1024
ORDINAL = "ordinal"


def of_every_page() -> dict[str, str]:
    """Returns what is said whether or not the model may be told of yet."""
    return {
        "lang": say("en", context="the language's code in HTML"),
        "title": say("Ask the model"),
        "languages": say("Language"),
        "no_script": say("This page needs JavaScript: allow it in the browser, and load the page again."),
        "footer": say("Texts and tables go to the server that this page comes from, and nowhere else."),
        "door": say("This server asks for a token"),
        "door_why": say(
            "Whoever put this page up has it: a word that lets you in. It stays in this tab until you close it."
        ),
        "door_open": say("Enter the token"),
        "token": say("Token"),
        "door_wrong": say(
            "The server does not take this token. Check it letter by letter, and enter it again."
        ),
        "door_enter": say("Go on"),
        "door_later": say("Not now"),
    }


def of_the_model(facts: Mapping[str, Any]) -> dict[str, str]:
    """Returns what is said beside the fields, the table and the model.

    Args:
        facts: What `GET /model` answers.
    """
    numbers = facts["problem_type"] == NUMBER
    return {
        "above": _above(facts),
        "does": does(facts),
        "text_title": say("One text"),
        "ask": say("Ask"),
        "clear": say("Clear"),
        "keys": say("Ctrl + Enter asks, too"),
        "explain": say("Which words weighed most?"),
        "weighed_title": say("Which words weighed most"),
        "example_word": say("word"),
        "legend_for": say("makes the number larger") if numbers else say("speaks for this answer"),
        "legend_against": say("makes it smaller") if numbers else say("speaks against it"),
        "strongest": say("The strongest"),
        "weighed_how": say(
            "One word after the other was left out, in a long text a few at a time, to see how much the answer "
            "changes. That shows what the model went by, not whether it is right."
        ),
        "table_title": say("A whole table"),
        "table_how": say(
            "Every row is answered: you get your table back, with the answers in columns of their own."
        ),
        "table_needs": _needs(facts),
        "choose": say("Choose a table"),
        "or_drop": say("or drop it here"),
        "table_kinds": _kinds(facts),
        "paste_title": say("Or paste a column"),
        "paste_how": _pasting(facts["columns"]),
        "paste_label": say("Lines of the spreadsheet"),
        "paste_send": say("Answer every line"),
        "columns_title": say("What stands in the new columns"),
        "rows_done": say("rows read"),
        "rows_unsure": say("don't know"),
        "rows_unsure_means": say("for a person to read"),
        "rows_without_text": say("without a text"),
        "rows_without_text_means": say("left without an answer"),
        "download": say("Download the table"),
        "cancel": say("Cancel"),
        "another": say("Another table"),
        "model_title": say("What this model is, and how good"),
        "may_be_wrong": say("Its answers can be wrong, also where it is sure."),
        "when_unsure": say('Where it is too unsure, it says "don\'t know".')
        if facts["knows_when_unsure"]
        else say('It never says "don\'t know": look at how sure it is.'),
        "not_measured": say("How good it is was not measured."),
        "who_answers": _who_answers(facts["contact"]),
        "labels_title": say("Its labels"),
        "about_title": say("For whoever looks after it"),
    }


def _above(facts: Mapping[str, Any]) -> str:
    """Which model it is, as far as it is known."""
    if facts.get("trained_on"):
        trained = day(date.fromisoformat(facts["trained_on"]))
        return say("{run} · trained on {date}", run=facts["run"], date=trained)
    return str(facts["run"])


def _who_answers(contact: str | None) -> str:
    if contact:
        return say(
            "{contact} answers for the model. Ask there where an answer looks odd, and before anything that matters is "
            "decided by one.",
            contact=contact,
        )
    return say(
        "Whoever put this page up answers for the model. Ask that person where an answer looks odd, and before "
        "anything that matters is decided by one."
    )


def does(facts: Mapping[str, Any]) -> str:
    """Returns what the model does, in a sentence."""
    labels: Sequence[str] = facts["labels"]
    if facts["problem_type"] == NUMBER:
        return say("It reads what you write and answers a number, with how far it may be off.")
    if facts["problem_type"] == MULTI:
        return say(
            "It reads what you write and says whether {n:,} label fits, or none.",
            "It reads what you write and says which of {n:,} labels fit: none, one or several.",
            n=len(labels),
        )
    if facts["task"] == ORDINAL:
        return say(
            'It reads what you write and says which of {n:,} step fits best, from "{first}" to "{last}".',
            'It reads what you write and says which of {n:,} steps fits best, from "{first}" to "{last}".',
            n=len(labels),
            first=labels[0],
            last=labels[-1],
        )
    return say(
        "It reads what you write and says whether its {n:,} label fits.",
        "It reads what you write and says which of {n:,} labels fits best.",
        n=len(labels),
    )


def _needs(facts: Mapping[str, Any]) -> str:
    names = facts["columns"]
    return say(
        "The texts are taken from the column {names}.",
        "The texts are taken from the columns {names}.",
        n=len(names),
        names=quoted(names),
    )


def _pasting(names: Sequence[str]) -> str:
    return say(
        "Copy the column of your texts in the spreadsheet, and paste it here. If it has a name on top, let that be "
        "{names}.",
        "Copy the columns of your texts in the spreadsheet, in this order, and paste them here. If they have names on "
        "top, let these be {names}.",
        n=len(names),
        names=quoted(names),
    )


def _kinds(facts: Mapping[str, Any]) -> str:
    most = number(facts["limits"]["file_bytes"] / MEBIBYTE, digits=0)
    if facts["workbooks"]:
        return say("Excel (.xlsx) or .csv, up to {most} MB", most=most)
    return say(".csv, up to {most} MB", most=most)


def of_columns(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Returns which columns a labelled table has besides, and what stands in them."""
    abstained = ("abstained", say("whether the model does not know"))
    if facts["problem_type"] == NUMBER:
        return [
            ("value", say("the number")),
            ("low", say("where the likely range begins")),
            ("high", say("where it ends")),
            abstained,
        ]
    sure = ("confidence", say("how sure it is, from 0 to 1"))
    if facts["problem_type"] == MULTI:
        each = ("p:…", say("how likely each label is, from 0 to 1"))
        return [("labels", say("the labels that fit")), each, sure, abstained]
    return [("label", say("the label that fits best")), sure, abstained]


def of_whoever_looks_after(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Returns what tells this model from another."""
    told = [
        (say("Model"), facts["model"]),
        (say("Run", context="a training"), facts["run"]),
        (say("Answered by"), facts["engine"]),
        (say("Task"), facts["task"]),
    ]
    rows = facts.get("rows")
    return told if rows is None else [*told, (say("Rows it learned from"), count(rows))]


def by_script() -> dict[str, str]:
    """Returns what the script says, with gaps as `{name}` that it fills."""
    return {
        "no_answer_yet": say("The answer will stand here."),
        "asking": say("Asking …"),
        "busy": say("The server is busy. Asking again in {seconds} s …"),
        "still_busy": say("The server has too much to do just now. Nothing is lost: try again in a minute."),
        "gone": say("The server does not answer. Nothing that you typed is lost: try again in a moment."),
        "failed": say("The server could not do that (status {status})."),
        "no_token": say("Nothing is answered without the token."),
        "no_text": say("Write or paste a text first."),
        "too_long": say("That is {n} letters; the model takes {most} at most. Shorten the text."),
        "nothing_seen": say("There is nothing to read in this text"),
        "nothing_seen_means": say("It holds no letter that the model could read, so there is no answer."),
        "unsure": say("Don't know"),
        "unsure_means": say("The model is too unsure to answer. Let a person read this text."),
        "guess": say("If it had to guess: {answer}"),
        "guess_sure": say("If it had to guess: {answer} ({percent})"),
        "almost_certain": say("almost certain"),
        "very_likely": say("very likely"),
        "likely": say("likely"),
        "uncertain": say("uncertain"),
        "sure": say("{words}: {percent}"),
        "sure_means": say("By its own count, {n} of 100 answers as sure as this one are right."),
        "none_fits": say("None of the labels"),
        "range": say("likely between {low} and {high}"),
        "no_range": say("How far it may be off is not known."),
        "how_likely": say("How likely each label is"),
        "answered": say("answered"),
        "all": say("Show all {n}"),
        "fewer": say("Show the likeliest alone"),
        "told": say("Answer: {answer}."),
        "weighing": say("Leaving out one word after the other …"),
        "for": say("for it: {amount}"),
        "against": say("against it: {amount}"),
        "larger": say("larger by {amount}"),
        "smaller": say("smaller by {amount}"),
        "none_weighed": say("No word weighed much by itself: the answer comes of the whole text."),
        "one_table": say("One table at a time, please. None was sent."),
        "no_kind": say('"{name}" is not a table that can be read here. There are: {kinds}.'),
        "too_large": say(
            '"{name}" has {size}, and the server takes {most} at most. Divide it into smaller tables. None was sent.'
        ),
        "nothing_in_it": say('"{name}" is empty. None was sent.'),
        "nothing_pasted": say("Paste a column of texts first."),
        "pasted_too_wide": say(
            "Row {n} of what you pasted has {cells} cells, and the first one has {most}. Copy whole columns in the "
            "spreadsheet, and paste them again. None was sent."
        ),
        "pasted_name": say("pasted.csv"),
        "sending": say("Sending …"),
        "waiting": say("Waiting for its turn …"),
        "reading": say("Reading the table …"),
        "rows_of": say("{done} of {rows} rows"),
        "rows_so_far": say("{done} rows so far"),
        "done": say("Done. Your table is ready."),
        "cancelled": say("Cancelled. Nothing of the table was kept."),
        "lost": say("The server no longer has this table. Send it again."),
        "not_reached": say("The server does not answer just now. Asking again …"),
    }


def offline() -> dict[str, str]:
    """Returns what is said by the worker of a page that answers by itself, with gaps as `{name}` that it fills."""
    return {
        "no_numbers": say(
            "The model's answers are no numbers: this page is damaged. Ask whoever sent it to you for it anew."
        ),
        "no_memory": say("There was too little memory for this. Shorten the text, or divide the table."),
        "unanswered": say("The model could not answer."),
        "not_found": say("There is nothing at this address."),
        "form": say('Give one of "text", "texts" and "rows", and "probabilities" if you like.'),
        "too_many": say("Those are too many texts or columns for one request."),
        "too_long": say("A text has more than {most} characters."),
        "two_texts": say('The model reads two texts: give each as ["first", "second"], or as rows.'),
        "give_rows": say("The model's text is made of the columns {columns}: give rows."),
        "one_text": say("The model reads one text, and not two."),
        "columns": say("A row needs the columns {columns}, and one has {names}."),
        "one": say("One text is explained at a time."),
        "weighing_of": say("Leaving out one word after the other … {done} of {all}"),
    }
