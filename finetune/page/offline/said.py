"""What a page says that answers by itself, where it is otherwise than what a server's page says. Makes no page."""

from collections.abc import Mapping, Sequence
from typing import Any

from finetune.language.say import say


def of_the_page() -> dict[str, str]:
    """Returns what stands on the page."""
    return {
        "footer": say(
            "The model is in this page and answers here, without a network. The page sends nothing and keeps nothing: "
            "what you write is gone when you close it."
        ),
        "who_answers": say(
            "Whoever gave you this page answers for the model. Ask that person where an answer looks odd, and before "
            "anything that matters is decided by one."
        ),
        "examples_how": say(
            "With texts that the model did not learn from, and which it answers so. Choose one, and it goes into the "
            "field."
        ),
        "not_known": say(
            "It was not tried on telephones, in Firefox or in Safari. An iPhone shows a page that lies in its files "
            "without running it: there it has to come from a web server."
        ),
    }


def before_the_script() -> Sequence[str]:
    """Returns what stands where the page will be, for whoever has a program that runs no script, or not this one."""
    return (
        say("One moment: the page is getting ready."),
        say(
            "Does this still stand here after a minute? Then what shows the page does not run it: the preview of a "
            "mail or message, or a browser from before 2024; or the file did not arrive whole. Save the file, and open "
            "it in a new Chrome, Edge, Firefox or Safari; where that does not help, have it sent again."
        ),
    )


def by_script() -> dict[str, str]:
    """Returns what the script says: other sentences of the same names, then those of getting ready."""
    return {
        "gone": say("The model in this page has stopped. Copy what you typed, and load the page again."),
        "failed": say("The page could not do that ({status})."),
        "one_table": say("One table at a time, please. None was read."),
        "too_large": say(
            '"{name}" has {size}, and this page takes {most} at most. Divide it into smaller tables. None was read.'
        ),
        "nothing_in_it": say('"{name}" is empty. None was read.'),
        "pasted_too_wide": say(
            "Row {n} of what you pasted has {cells} cells, and the first one has {most}. Copy whole columns in the "
            "spreadsheet, and paste them again. None was read."
        ),
        "sending": say("Reading the table …"),
        "lost": say("The page no longer has this table. Open it again."),
        "not_reached": say("The model does not answer just now. Asking again …"),
        "getting_ready": say("The model is getting ready. Your answer comes then …"),
        "opening": say("Getting ready: reading the page …"),
        "unpacking": say("Getting ready: unpacking the model, {share} …"),
        "fetching": say("Getting ready: loading the model, {share} …"),
        "starting": say("Getting ready: starting the model …"),
        "ready": say("Ready, after {seconds} s. Nothing that you write leaves this page."),
        "kept": say("This page is kept: it opens here without a network."),
        "needs_https": say(
            "This browser does not keep the page (that needs https): without a network it will not open."
        ),
        "not_kept": say(
            "This browser does not keep the page (it has no room, or may not): without a network it will not open."
        ),
        **_not_ready(),
    }


def _not_ready() -> Mapping[str, Any]:
    """Why it does not answer, by the code of what went wrong."""
    return {
        "damaged": say(
            "This page is damaged: a part of the model did not arrive whole, so it answers nothing. Have the file sent "
            "again, as a document, and do not open it in an editor."
        ),
        "not_whole": say(
            "A part of the model did not arrive whole, so nothing can be answered here. Load the page again."
        ),
        "no_simd": say(
            "This browser is too old for the model ({lacking} is missing), so nothing can be answered here. Open the "
            "page in a Chrome, Edge, Firefox or Safari of 2024 or newer."
        ),
        "memory": say(
            "There is not enough memory for the model, so it answers nothing. Close other pages and programs, and load "
            "this page again."
        ),
        "network": say(
            "The model in this page is none that it can open, so it answers nothing. Ask whoever sent it to you for it "
            "anew. ({text})"
        ),
        "broken": say(
            "This page has a fault of its own, so it answers nothing. Load it again; where that does not help, tell "
            "whoever sent it to you. ({text})"
        ),
        "not_loaded": say(
            "The model could not be loaded ({text}). Is there a network? Load the page again: once it has been whole, "
            "it opens without one."
        ),
        "from_disk": say(
            "This page belongs on a web server and does not open from a folder. Of the same model there is a single "
            "file that does: whoever made this one exports it with --format html."
        ),
    }
