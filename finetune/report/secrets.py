"""What nobody is to read in what is passed on: passwords, tokens and keys among the options."""

import re
from typing import Any

HIDDEN = "***"

WORDS = {
    "password",
    "passwd",
    "passphrase",
    "pwd",
    "pass",
    "senha",
    "secret",
    "secrets",
    "credential",
    "credentials",
}
WORDS |= {"token", "key", "keys", "apikey", "api", "auth"}
"""Words of an option's name whose value is a secret; `tokens`, `tokenizer` and `monkey` are other words."""

# camelCase is several words, too
BETWEEN = re.compile(r"[\W_]+|(?<=[a-z0-9])(?=[A-Z])")
# https://user:pass@host: all before the @
USER = re.compile(r"(?<=://)[^/\s@]*(?:@[^/\s@]*)*(?=@)")
QUERY = re.compile(r"(?<=[?&;])([^=&;\s]+)=([^&;#\s]+)")


def is_secret(name: str) -> bool:
    """Returns whether an option's name says that its value is a secret."""
    return not WORDS.isdisjoint(word.lower() for word in BETWEEN.split(name))


def masked(value: Any, name: str = "") -> Any:
    """Returns an option's value, or all options, with `***` in the place of what is secret.

    Args:
        value: A text, a number, or lists and mappings of these by their names.
        name: Of the option.
    """
    if isinstance(value, dict):
        # what stands below a secret is one, under whatever name
        return {key: masked(each, name if is_secret(name) else str(key)) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [masked(each, name) for each in value]
    if value is None or isinstance(value, bool):
        return value
    if is_secret(name):
        return HIDDEN
    return without_secrets(value) if isinstance(value, str) else value


def without_secrets(text: str) -> str:
    """Returns a text in whose addresses neither user and password nor keys stand."""
    hidden = USER.sub(HIDDEN, text)
    return QUERY.sub(lambda found: f"{found[1]}={HIDDEN}" if is_secret(found[1]) else found[0], hidden)
