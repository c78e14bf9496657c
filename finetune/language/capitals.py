"""Texts in CAPITALS, in lower case for a network whose vocabulary has few words in capitals. Knows no tokenizer.

The same file stands in `language/` and in `runtime/answering/`: what is exported has to read as what was trained.
"""

KEY = "lower_capitals"
"""Where a folder says that its network reads so: in `config.json` or `finetune.json`; one without it does not."""

LEAST_LETTERS = 8
"""Letters that are large or small, below which nothing is said of a text: EMBRAPA alone is a name."""

LEAST_TENTHS = 7
"""Tenths of these letters that are large in a text in capitals, in which `kg` or a name may be small."""


def in_capitals(text: str) -> bool:
    """Returns whether a text is written in capitals as a whole: names such as ICMS within another text do not count."""
    large = sum(map(str.isupper, text))
    letters = large + sum(map(str.islower, text))
    return letters >= LEAST_LETTERS and 10 * large >= LEAST_TENTHS * letters


def lowered(text: str) -> str:
    """Returns a text in capitals in lower case, and any other as it is."""
    return text.lower() if in_capitals(text) else text
