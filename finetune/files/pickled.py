"""What is said of a file with objects in it, which are programs and are not opened."""

import pickle

from finetune.language.say import AnyMessage, Message, joined


def told_of(error: BaseException) -> AnyMessage:
    """Returns the first line of what a library said of a file; never its advice to open one that runs what is in it."""
    text = str(error).strip()
    if isinstance(error, pickle.UnpicklingError) or "weights_only" in text or "Weights only" in text:
        return Message("it holds more than numbers and text, and that is not opened: it could run anything")
    return joined([next(iter(text.splitlines()), type(error).__name__)])
