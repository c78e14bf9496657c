"""The tokenizer as the page's library reads it: what that one has not, or has otherwise, told by what it has."""

import json
import tempfile
from pathlib import Path

from finetune.page.offline.tokenizer_rules import NORMALIZERS, PRE_TOKENIZERS, Rule, told, unreadable
from finetune.runtime.answering.network import Tokens


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
        "normalizer": told(content["normalizer"], NORMALIZERS),
        "pre_tokenizer": told(_sure_of_the_first(content), PRE_TOKENIZERS),
        "model": _model(content["model"]),
        "post_processor": None,
        "decoder": None,
        "around": _around(tokenizer_json),
        "portions": _has_portions(content),
    }
    return json.dumps(kept, ensure_ascii=False)


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
        raise unreadable("Metaspace first")
    return rule


def _rules_in(rule: Rule | None) -> list[Rule]:
    """A rule, or each of its rules."""
    if rule is None:
        return []
    within = rule.get("normalizers") or rule.get("pretokenizers")
    return [found for each in within for found in _rules_in(each)] if within else [rule]


def _added(token: Rule) -> Rule:
    if token["single_word"]:
        raise unreadable("single_word")
    return token


def _model(model: Rule) -> Rule:
    kind = model["type"]
    if kind == "Unigram":
        if model.get("byte_fallback") or model["unk_id"] is None:
            raise unreadable("Unigram byte_fallback")
    elif kind == "BPE":
        if model["dropout"] or model["continuing_subword_prefix"]:
            raise unreadable("BPE continuing_subword_prefix")
        if model["unk_token"] is None and not model["byte_fallback"] and not _knows_all_bytes(model):
            raise unreadable("BPE unk_token")  # letters beside one that is left out would become neighbours
    elif kind != "WordPiece":
        raise unreadable(kind)
    return model


def _knows_all_bytes(model: Rule) -> bool:
    from tokenizers import pre_tokenizers

    return set(pre_tokenizers.ByteLevel.alphabet()) <= set(model["vocab"])
