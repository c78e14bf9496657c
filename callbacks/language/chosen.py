"""The language that a callback is told to speak in place of the reader's. Knows no sentence of theirs."""

from callbacks.language.say import Message, joined
from callbacks.language.which import language_of, languages, name_of


def chosen_language(who: str, name: str | None) -> str | None:
    """Returns the code of the language that an option names; None for the reader's.

    Args:
        who: The class that has the option, for the message.
        name: Any name of the language, as `language_of` takes it.

    Raises:
        ValueError: It is none that is spoken.
    """
    code = None if name is None else language_of(name)
    if name is not None and code is None:
        there = joined([f"{each} ({name_of(each)})" for each in languages()], ", ")
        raise ValueError(
            Message("{who}(language={name!r}): there are {languages}.", who=who, name=name, languages=there)
        )
    return code
