"""The tokenizer as the page's library reads it: what that one has not, or has otherwise, told by what it has."""

import json
import tempfile
from pathlib import Path
from typing import Any

from finetune.runtime.answering.network import Tokens

Rule = dict[str, Any]

NMT_REMOVED = r"[\u0001-\u0008\u000b\u000e-\u001f\u007f\u008f\u009f]"
NMT_BLANK = r"[\u0009\u000a\u000c\u000d\u1680\u200b-\u200f\u2028\u2029\u2581\ufeff\ufffd]"


def readable(tokenizer_json: str) -> str:
    """Returns a tokenizer as the page reads it.

    Args:
        tokenizer_json: The `tokenizer.json` of an export.
    """
    content = json.loads(tokenizer_json)
    content["normalizer"] = normalizer(content["normalizer"])
    around = around_of(tokenizer_json)
    kept = {**content, "post_processor": None, "truncation": None, "padding": None, "decoder": None}
    return json.dumps({**kept, "around": around, "portions": True}, ensure_ascii=False)


def around_of(tokenizer_json: str) -> list[dict[str, Any]]:
    """Returns the special tokens around one text and around two: the library has no numbers of texts."""
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


def normalizer(rule: Rule | None) -> Rule | None:
    """Returns how a text is made plain."""
    if rule is None:
        return None
    if rule["type"] == "Sequence":
        return {"type": "Sequence", "normalizers": [normalizer(each) for each in rule["normalizers"]]}
    if rule["type"] == "Nmt":
        return _sequence(_replace(NMT_REMOVED, ""), _replace(NMT_BLANK, " "))
    return rule


def _sequence(*rules: Rule) -> Rule:
    return {"type": "Sequence", "normalizers": list(rules)}


def _replace(pattern: str, content: str) -> Rule:
    return {"type": "Replace", "pattern": {"Regex": pattern}, "content": content}
