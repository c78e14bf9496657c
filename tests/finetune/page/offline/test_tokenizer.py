"""A page reads texts as the training did: the same numbers of tokens, or it says what it cannot read."""

import csv
import json
from functools import cache
from importlib.resources import files
from typing import Any

import pytest
from tokenizers import Regex, Tokenizer, decoders, models, normalizers, pre_tokenizers, processors, trainers

from finetune.errors import ConfigError
from finetune.page.offline.signs import BLANK, CHINESE, CONTROL, MARKS, NMT_BLANK, NMT_REMOVED, PUNCTUATION
from finetune.page.offline.tokenizer import readable
from finetune.runtime.answering.network import Tokens
from tests.conftest import tiny_vocabulary
from tests.decoders import byte_tokenizer
from tests.finetune.page.offline.in_node import NEEDED, ran
from tests.finetune.page.offline.odd import odd_strings

SIGNS = (BLANK, CHINESE, CONTROL, MARKS, NMT_BLANK, NMT_REMOVED, PUNCTUATION)
LLAMA = r"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,3}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+"
IDS = """(() => {
  const { cases, rows } = JSON.parse(require("node:fs").readFileSync(PATH, "utf8"));
  return cases.map(([readable, described]) => {
    const tokens = tokenizerOf(readable);
    return rows.map((texts) => rowOf(texts, tokens, described));
  });
})()"""


def demonstration() -> list[str]:
    tables = files("finetune.data.demo")
    return [
        row[0]
        for name in ("agro.csv", "perguntas.csv")
        for row in csv.reader(tables.joinpath(name).read_text(encoding="utf-8").splitlines())
        if row
    ]


LETTERS = {
    "ﬁ": "fi",
    "\u00a0": " ",
    "e\u0301": "é",
    "\u007f": "",
    "\r": " ",
    "\n": " ",
    "½": "1/2",
    "ã": "a",
    "É": "é",
    "a": "a",
}


def charsmap(letters: dict[str, str]) -> bytes:
    """A table of letters as sentencepiece writes it: a double array of bytes, then what they lead to."""
    trie: dict[int, Any] = {}
    texts = b""
    for key, text in letters.items():
        node = trie
        for byte in key.encode():
            node = node.setdefault(byte, {})
        node[0] = len(texts)
        texts += text.encode() + b"\0"
    units, base = {0: 0}, 0
    waiting = [(0, trie)]
    while waiting:
        at, node = waiting.pop()
        base += 256  # room for whatever follows
        units[at] |= (at ^ base) << 10
        for byte, below in node.items():
            units[base ^ byte] = below | 1 << 31 if byte == 0 else byte | (0 in below) << 8
            waiting += [(base ^ byte, below)] if byte else []
    size = base + 256
    array = b"".join(units.get(place, 0).to_bytes(4, "little") for place in range(size))
    return len(array).to_bytes(4, "little") + array + texts


def of_bert(**how: Any) -> str:
    greek = [mark + letter for letter in "αελιηνκόοςσ" for mark in ("", "##")]
    places = {piece: place for place, piece in enumerate([*tiny_vocabulary(), *greek])}
    made = Tokenizer(models.WordPiece(places, unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = normalizers.BertNormalizer(**how), pre_tokenizers.BertPreTokenizer()
    made.add_special_tokens(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"])
    made.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B:1 [SEP]:1",
        special_tokens=[(name, places[name]) for name in ("[CLS]", "[SEP]")],
    )
    return str(made.to_str())


def of_bytes(*steps: Any, normal: Any = None) -> str:
    made = byte_tokenizer(pad="<p>", begins=True, ends=True).backend_tokenizer
    made.pre_tokenizer = pre_tokenizers.Sequence(list(steps))
    made.normalizer = normal
    return str(made.to_str())


def of_pieces(normal: Any, *steps: Any) -> str:
    made = Tokenizer(models.Unigram())
    made.normalizer, made.pre_tokenizer = normal, pre_tokenizers.Sequence(list(steps))
    trainer = trainers.UnigramTrainer(vocab_size=400, special_tokens=["<unk>", "<s>"], unk_token="<unk>")
    made.train_from_iterator(demonstration()[:200], trainer)
    return str(made.to_str())


@cache
def kinds() -> dict[str, str]:
    split = pre_tokenizers.Split(Regex(LLAMA), "isolated")
    level = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    nmt = [normalizers.Nmt(), normalizers.NFKC(), normalizers.Replace(Regex(" {2,}"), " ")]
    plain = [normalizers.NFKC(), normalizers.Lowercase(), normalizers.Strip(), normalizers.Replace("e", "$")]
    return {
        "bert": of_bert(lowercase=False, strip_accents=False),
        "bert in lower case": of_bert(lowercase=True),
        "bytes": byte_tokenizer(pad="<p>", begins=True, ends=True).backend_tokenizer.to_str(),
        "bytes behind a blank": of_bytes(pre_tokenizers.ByteLevel(add_prefix_space=True)),
        "bytes by a pattern": of_bytes(split, level, normal=normalizers.NFC()),
        "digits": of_bytes(pre_tokenizers.Digits(individual_digits=True), level),
        "pieces": of_pieces(normalizers.Sequence(nmt), pre_tokenizers.Metaspace()),
        "pieces by a table of letters": of_pieces(
            normalizers.Sequence([normalizers.Strip(), normalizers.Precompiled(charsmap(LETTERS))]),
            pre_tokenizers.Metaspace(),
        ),
        "pieces of words": of_pieces(normalizers.Sequence(plain), pre_tokenizers.Whitespace()),
        "pieces between signs": of_pieces(
            normalizers.NFD(), pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Punctuation()
        ),
    }


def differing(tokenizers: dict[str, str], rows: list[list[str]], scratch: Any, **described: Any) -> list[Any]:
    """Rows whose numbers or types are others in a page, by the tokenizer."""
    cases, theirs = [], []
    how = {"max_length": 10**6, "lower_capitals": False, **described}
    for content in tokenizers.values():
        (scratch / "tokenizer.json").write_text(content, encoding="utf-8")
        tokens = Tokens(
            scratch / "tokenizer.json",
            max_length=how["max_length"],
            pair=len(rows[0]) == 2,
            lower_capitals=how["lower_capitals"],
        )
        theirs.append([(ids.tolist(), types.tolist()) for ids, types in tokens.rows(list(map(tuple, rows)))])
        cases.append([readable(content), how])
    file = scratch / "cases.json"
    file.write_text(json.dumps({"cases": cases, "rows": rows}), encoding="utf-8")
    ours = ran(scratch, IDS.replace("PATH", json.dumps(str(file))))
    return [
        (name, row)
        for name, of_theirs, of_ours in zip(tokenizers, theirs, ours, strict=True)
        for row, they, we in zip(rows, of_theirs, of_ours, strict=True)
        if they != (we["ids"], we["types"])
    ]


@NEEDED
def test_odd_strings_have_the_numbers_of_the_training(tmp_path):
    rows = [[text] for text in [*odd_strings(250), *demonstration()[:50]]]
    long = " ".join([*odd_strings(100, seed=1), *demonstration()[:150]])
    assert len(long) > 10_000  # which a page reads in portions
    assert differing(kinds(), [*rows, [long], ["é" * 9_000]], tmp_path) == []


@NEEDED
def test_the_demonstration_has_the_numbers_of_the_training(embedded_model, tmp_path):
    content = (embedded_model / "tokenizer.json").read_text(encoding="utf-8")
    rows = [[text] for text in [*demonstration(), *odd_strings(2000, seed=3)]]
    assert (
        differing({"the embedded model": content}, rows, tmp_path, max_length=64, lower_capitals=True) == []
    )


@NEEDED
@pytest.mark.parametrize("most", [6, 63])
def test_two_texts_are_cut_as_in_the_training(most, tmp_path):
    texts = odd_strings(150, seed=4)
    few, many = "a b c " * 1500, "produção " * 6000  # the first of these has more tokens at its beginning
    long = [
        [few, many],
        [many, few],
        ["a boi " * 1400, "vaca " * 1800],
        ["a boi " * 1800, "vaca " * 1700],
        ["a " * 4500, ""],
        ["x", "a " * 4500],
    ]
    rows = [*([one, other] for one, other in zip(texts, reversed(texts), strict=True)), *long]
    some = {name: content for name, content in kinds().items() if name in ("bert", "bytes", "pieces")}
    assert differing(some, rows, tmp_path, max_length=most, lower_capitals=True) == []


def test_what_cannot_be_read_alike_is_told():
    unigram = json.loads(of_pieces(normalizers.NFC(), pre_tokenizers.Metaspace()))
    bytes_ = json.loads(kinds()["bytes"])
    first = {"type": "Metaspace", "replacement": "▁", "prepend_scheme": "first", "split": True}
    whole = {"type": "Split", "pattern": {"String": " "}, "behavior": "MergedWithNext", "invert": False}
    for content, part in [
        (unigram | {"normalizer": {"type": "ByteLevel"}}, "ByteLevel"),
        (unigram | {"normalizer": {"type": "Nmt"}, "pre_tokenizer": first}, "Metaspace first"),
        (unigram | {"pre_tokenizer": whole}, "Split MergedWithNext"),
        (unigram | {"pre_tokenizer": {"type": "UnicodeScripts"}}, "UnicodeScripts"),
        (unigram | {"pre_tokenizer": {"type": "Punctuation", "behavior": "Removed"}}, "Punctuation Removed"),
        (unigram | {"model": unigram["model"] | {"byte_fallback": True}}, "Unigram byte_fallback"),
        (bytes_ | {"model": bytes_["model"] | {"continuing_subword_prefix": "##"}}, "BPE continuing_subword_prefix"),
        (bytes_ | {"model": bytes_["model"] | {"vocab": {"a": 0}}}, "BPE unk_token"),
        (bytes_ | {"model": {"type": "WordLevel"}}, "WordLevel"),
        (
            bytes_ | {"added_tokens": [{**bytes_["added_tokens"][0], "single_word": True}]},
            "single_word",
        ),
    ]:  # fmt: skip
        with pytest.raises(ConfigError, match=f"tokenizer does: it has no {part}. Export another format"):
            readable(json.dumps(content))


def test_signs_are_those_of_the_library():
    clean = normalizers.BertNormalizer(strip_accents=False, lowercase=False, handle_chinese_chars=False)
    chinese = normalizers.BertNormalizer(clean_text=False, strip_accents=False, lowercase=False)
    accents = normalizers.BertNormalizer(
        clean_text=False, strip_accents=True, lowercase=False, handle_chinese_chars=False
    )
    nmt, punctuation = normalizers.Nmt(), pre_tokenizers.BertPreTokenizer()
    for code in looked_at():
        text = f"a{chr(code)}b"
        assert (clean.normalize_str(text) == "ab") == is_of(code, CONTROL), hex(code)
        assert (clean.normalize_str(text) == "a b") == is_of(code, BLANK), hex(code)
        assert (chinese.normalize_str(text) == f"a {chr(code)} b") == is_of(code, CHINESE), hex(code)
        assert (accents.normalize_str(text) == "ab") == is_of(code, MARKS), hex(code)
        assert (nmt.normalize_str(text) == "ab") == is_of(code, NMT_REMOVED), hex(code)
        assert (nmt.normalize_str(text) == "a b") == (is_of(code, NMT_BLANK) or code == 32), hex(code)
        parts = [part for part, _ in punctuation.pre_tokenize_str(text)]
        assert (parts == ["a", chr(code), "b"]) == is_of(code, PUNCTUATION), hex(code)


def looked_at() -> list[int]:
    """Where anything begins or ends, and some in between."""
    ends = {end for spans in SIGNS for span in spans_of(spans) for end in span}
    near = {end + step for end in ends for step in (-1, 0, 1)}
    some = {*range(0x100), *range(0x100, 0x11_0000, 4999), *near}
    return sorted(code for code in some if 0 <= code < 0x11_0000 and not 0xD800 <= code < 0xE000)


def spans_of(spans: str) -> list[list[int]]:
    return [[int(end, 16) for end in span.split("-")] for span in spans.split()]


def is_of(code: int, spans: str) -> bool:
    return any(span[0] <= code <= span[-1] for span in spans_of(spans))


def test_a_library_that_is_asked_has_a_decoder_left_out():
    content = json.loads(of_bert(lowercase=False))
    content["decoder"] = json.loads(decoders.WordPiece().__getstate__())
    assert json.loads(readable(json.dumps(content)))["decoder"] is None
