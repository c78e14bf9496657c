"""Which language the user reads: English or Portuguese. The sentences themselves stand where they are said."""

import locale
import os
from typing import Literal

Language = Literal["en", "pt"]


def language() -> Language:
    """Returns the language of `FINETUNE_LANGUAGE`, else of the locale; English for all but Portuguese."""
    chosen = os.environ.get("FINETUNE_LANGUAGE") or os.environ.get("LC_ALL") or os.environ.get("LC_MESSAGES")
    chosen = chosen or os.environ.get("LANG") or locale.getlocale()[0] or ""
    return "pt" if chosen.lower().startswith(("pt", "portug")) else "en"
