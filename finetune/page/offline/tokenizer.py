"""The tokenizer as the page's library reads it: what that one has not, or has otherwise, told by what it has."""

import json
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from finetune.errors import ConfigError
from finetune.language.say import Message
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
from finetune.runtime.answering.network import Tokens

Rule = dict[str, Any]
Told = Callable[[Rule], Rule]

SMALL_SIGMA = "\u03c3"
WORD = r"\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\u200c\u200d"
GPT2 = r"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"
"""How a tokenizer of bytes parts words where it names no pattern of its own."""

BYTES = 256


def readable(tokenizer_json: str) -> str:
    """Returns a tokenizer as the page reads it.

    Args:
        tokenizer_json: The `tokenizer.json` of an export.

    Raises:
        ConfigError: The library would read texts otherwise than the training did.
    """
    content = json.loads(tokenizer_json)
    kept = {
        "added_tokens": [_added(each) for each in content["added_tokens"]],
        "normalizer": _told(content["normalizer"], NORMALIZERS),
        "pre_tokenizer": _told(_sure_of_the_first(content), PRE_TOKENIZERS),
        "model": _model(content["model"], content["pre_tokenizer"]),
        "post_processor": None,
        "decoder": None,
        "around": _around(tokenizer_json),
        "portions": _has_portions(content),
    }
    return json.dumps(kept, ensure_ascii=False)


def _unreadable(part: str) -> ConfigError:
    return ConfigError(
        Message(
            "a page cannot read texts as this network's tokenizer does: it has no {part}. Export another format, such "
            "as onnx, or train a network whose tokenizer is one of WordPiece, Unigram or byte-level BPE",
            part=part,
        )
    )


def _told(rule: Rule | None, table: Mapping[str, Told]) -> Rule | None:
    if rule is None:
        return None
    if rule["type"] not in table:
        raise _unreadable(rule["type"])
    return table[rule["type"]](rule)


def _around(tokenizer_json: str) -> list[Rule]:
    """The special tokens around one text and around two: as they are read by whoever answers elsewhere."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "tokenizer.json"
        file.write_text(tokenizer_json, encoding="utf-8")
        found = Tokens(file, max_length=0, pair=True).around
    return [
        {
            "special": [each.tolist() for each in of.special],
            "special_types": [each.tolist() for each in of.special_types],
            "types": list(of.types),
        }
        for of in found
    ]


def _has_portions(content: Rule) -> bool:
    """Whether a text may be cut before a blank and read in portions: no rule looks at where a text begins or ends."""
    rules = _rules_in(content["normalizer"]) + _rules_in(content["pre_tokenizer"])
    kinds = {rule["type"] for rule in rules}
    apart = {"Metaspace", "BertPreTokenizer", "ByteLevel", "Whitespace", "WhitespaceSplit"}
    whole = any(rule.get("split") is False or rule.get("use_regex") is False for rule in rules)
    return bool(kinds & apart) and not kinds & {"Strip", "Prepend"} and not whole


def _sure_of_the_first(content: Rule) -> Rule | None:
    """How words are parted, where what stands before the first one does not depend on what is taken away there."""
    rule: Rule | None = content["pre_tokenizer"]
    of_first = any(each.get("prepend_scheme") == "first" for each in _rules_in(rule))
    empty = {"Nmt", "Strip", "BertNormalizer", "StripAccents", "Precompiled"}
    if of_first and any(
        each["type"] in empty or each.get("content") == "" for each in _rules_in(content["normalizer"])
    ):
        raise _unreadable("Metaspace first")
    return rule


def _rules_in(rule: Rule | None) -> list[Rule]:
    """A rule, or each of its rules."""
    if rule is None:
        return []
    within = rule.get("normalizers") or rule.get("pretokenizers")
    return [found for each in within for found in _rules_in(each)] if within else [rule]


def _added(token: Rule) -> Rule:
    if token["single_word"]:
        raise _unreadable("single_word")
    return token


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
    found = _told(rule, table)
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
        raise _unreadable(f"Split {rule['behavior']}")
    return rule


def _punctuation(rule: Rule) -> Rule:
    if rule["behavior"] not in ("Isolated", "Contiguous"):
        raise _unreadable(f"Punctuation {rule['behavior']}")
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


def _model(model: Rule, pre_tokenizer: Rule | None) -> Rule:
    kind = model["type"]
    if kind == "Unigram":
        if model.get("byte_fallback") or model["unk_id"] is None:
            raise _unreadable("Unigram byte_fallback")
    elif kind == "BPE":
        if model["dropout"] or model["continuing_subword_prefix"]:
            raise _unreadable("BPE continuing_subword_prefix")
        if model["unk_token"] is None and not model["byte_fallback"] and not _knows_all_bytes(model):
            raise _unreadable("BPE unk_token")  # letters beside one that is left out would become neighbours
    elif kind != "WordPiece":
        raise _unreadable(kind)
    return model


def _knows_all_bytes(model: Rule) -> bool:
    from tokenizers import pre_tokenizers

    return set(pre_tokenizers.ByteLevel.alphabet()) <= set(model["vocab"])
