"""Text without case and accents."""

import unicodedata


def folded(text: str) -> str:
    """Returns a text in small letters without accents."""
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))
