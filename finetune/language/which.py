"""Which language the user reads: English or Portuguese. The sentences themselves stand where they are said."""

import os

from callbacks.language.which import Language as Language
from callbacks.language.which import language_of, system_language


def language() -> Language:
    """Returns the language of `FINETUNE_LANGUAGE`, else the system's."""
    chosen = os.environ.get("FINETUNE_LANGUAGE")
    return language_of(chosen) if chosen else system_language()
