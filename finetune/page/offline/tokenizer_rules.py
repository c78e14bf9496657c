"""How a text is made plain and parted into words, told by what the page's library has. Opens no tokenizer."""

from collections.abc import Callable, Mapping
from typing import Any

from finetune.errors import ConfigError
from finetune.page.offline.charsmap import letters
from finetune.page.offline.signs import (
    BLANK,
    CHINESE,
    CONTROL,
    MARKS,
    NMT_BLANK,
    NMT_REMOVED,
    PUNCTUATION,
    signs,
)

Rule = dict[str, Any]
Told = Callable[[Rule], Rule]

SMALL_SIGMA = "\u03c3"
WORD = r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
"""How a tokenizer of bytes parts words where it names no pattern of its own."""


def unreadable(part: str) -> ConfigError:
    """Returns what is said where the library has not what a tokenizer has, by its name."""
    return ConfigError(
        "a page cannot read texts as this network's tokenizer does: it has no {part}. Export another format, such as "
        "onnx, or train a network whose tokenizer is one of WordPiece, Unigram or byte-level BPE",
        part=part,
    )


def told(rule: Rule | None, table: Mapping[str, Told]) -> Rule | None:
    """Returns a rule as the library has it.

    Raises:
        ConfigError: The table has none of its kind.
    """
    if rule is None:
        return None
    if rule["type"] not in table:
        raise unreadable(rule["type"])
    return table[rule["type"]](rule)


def _replace(pattern: str, content: str) -> Rule:
    return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}


def _rules(*rules: Rule) -> Rule:
    return {"type": "Sequence", "normalizers": list(rules)}


def _steps(*rules: Rule) -> Rule:
    return {"type": "Sequence", "pretokenizers": list(rules)}


def _pieces(pattern: str) -> Rule:
    """Parts a text into all that is like a pattern."""
    return {"type": "Split", "pattern": {"Regex": pattern}, "behavior": "Removed", "invert": True}


def _as_it_is(rule: Rule) -> Rule:
    return rule


def _lowercase(rule: Rule) -> Rule:
    # letter by letter there is no sigma that ends a word
    return _rules(_replace("\u03a3", SMALL_SIGMA), {"type": "Lowercase"})


def _bert(rule: Rule) -> Rule:
    lower, strip = rule["lowercase"], rule["strip_accents"]
    rules = []
    if rule["clean_text"]:
        rules += [_replace(f"[{signs(CONTROL)}]", ""), _replace(f"[{signs(BLANK)}]", " ")]
    if rule["handle_chinese_chars"]:
        rules.append(_replace(f"[{signs(CHINESE)}]", " $& "))
    if lower if strip is None else strip:
        rules += [{"type": "NFD"}, _replace(f"[{signs(MARKS)}]", "")]
    if lower:
        rules.append(_lowercase(rule))
    return _rules(*rules)


def _strip(rule: Rule) -> Rule:
    left = [_replace(r"\A\s+", "")] if rule["strip_left"] else []
    right = [_replace(r"\s+\z", "")] if rule["strip_right"] else []
    return _rules(*left, *right)


def _replaced(rule: Rule) -> Rule:
    return {
        **rule,
        "content": rule["content"].replace("$", "$$"),
    }  # which stands for what was found in JavaScript


def _precompiled(rule: Rule) -> Rule:
    return {"type": "Precompiled", "letters": letters(rule["precompiled_charsmap"])}


NORMALIZERS: dict[str, Told] = {
    "Sequence": lambda rule: _rules(*(_some(each, NORMALIZERS) for each in rule["normalizers"])),
    "BertNormalizer": _bert,
    "Nmt": lambda rule: _rules(
        _replace(f"[{signs(NMT_REMOVED)}]", ""), _replace(f"[{signs(NMT_BLANK)}]", " ")
    ),
    "Lowercase": _lowercase,
    "Precompiled": _precompiled,
    "Strip": _strip,
    "Replace": _replaced,
    **dict.fromkeys(("NFC", "NFD", "NFKC", "NFKD", "StripAccents", "Prepend"), _as_it_is),
}
"""How a text is made plain."""


def _some(rule: Rule, table: Mapping[str, Told]) -> Rule:
    found = told(rule, table)
    assert found is not None
    return found


def _metaspace(rule: Rule) -> Rule:
    mark = rule["replacement"]
    return _steps(rule, _pieces(f"{mark}[^{mark}]*|[^{mark}]+")) if rule.get("split", True) else rule


def _bytes(rule: Rule) -> Rule:
    plain = {**rule, "add_prefix_space": False, "use_regex": False}
    before = [_replace(r"\A[^ ]", " $&")] if rule["add_prefix_space"] else []
    parts = [_pieces(GPT2)] if rule.get("use_regex", True) else []
    return _steps(*before, *parts, plain)


def _split(rule: Rule) -> Rule:
    if rule["behavior"] not in ("Isolated", "Removed") or (rule["behavior"] == "Isolated" and rule["invert"]):
        raise unreadable(f"Split {rule['behavior']}")
    return rule


def _punctuation(rule: Rule) -> Rule:
    if rule["behavior"] not in ("Isolated", "Contiguous"):
        raise unreadable(f"Punctuation {rule['behavior']}")
    found = signs(PUNCTUATION)
    return _pieces(f"[^{found}]+|[{found}]" + "+" * (rule["behavior"] == "Contiguous"))


PRE_TOKENIZERS: dict[str, Told] = {
    "Sequence": lambda rule: _steps(*(_some(each, PRE_TOKENIZERS) for each in rule["pretokenizers"])),
    "Metaspace": _metaspace,
    "BertPreTokenizer": lambda rule: _pieces(rf"[^\s{signs(PUNCTUATION)}]+|[{signs(PUNCTUATION)}]"),
    "ByteLevel": _bytes,
    "Split": _split,
    "Punctuation": _punctuation,
    "Digits": lambda rule: _pieces(r"[^\p{N}]+|\p{N}" + "+" * (not rule["individual_digits"])),
    "Whitespace": lambda rule: _pieces(rf"[{WORD}]+|[^{WORD}\s]+"),
    "WhitespaceSplit": lambda rule: _pieces(r"[^\s]+"),
}
"""How a text is parted into words."""
