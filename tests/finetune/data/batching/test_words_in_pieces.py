"""Words that a tokenizer breaks into many pieces: found, counted, the most costly first, whatever its marks are."""

import pytest
from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers
from transformers import PreTrainedTokenizerFast

from finetune.data.batching import words_in_pieces as file
from finetune.data.batching.tokenizer import keeps_case, load_tokenizer
from finetune.data.batching.words_in_pieces import BrokenWord, words_in_pieces


@pytest.fixture(scope="module")
def tokenizer(tiny_model):
    """It knows some words of farming, and all others letter by letter."""
    return load_tokenizer(str(tiny_model))


def of_bytes() -> PreTrainedTokenizerFast:
    """A tokenizer of bytes, with a sign of its own for the blank before a word."""
    letters = sorted(pre_tokenizers.ByteLevel.alphabet())
    backend = Tokenizer(models.BPE({letter: number for number, letter in enumerate(letters)}, []))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(tokenizer_object=backend)


def of_pieces(*, lower: bool) -> PreTrainedTokenizerFast:
    """A tokenizer as SentencePiece makes them: the blank before a word is a sign of its piece."""
    pieces = ["<unk>", "▁", "▁bra", "qui", "ária", "▁a", "▁sim", "▁não", *"abcdefghijklmnopqrstuvwxyzáãçé"]
    backend = Tokenizer(models.Unigram([(piece, -float(len(piece) == 1)) for piece in pieces], 0))
    backend.pre_tokenizer = pre_tokenizers.Metaspace()
    if lower:
        backend.normalizer = normalizers.Lowercase()
    return PreTrainedTokenizerFast(tokenizer_object=backend, unk_token="<unk>")


def test_the_most_costly_word_comes_first_with_its_count_and_pieces(tokenizer):
    found = words_in_pieces(["a braquiária virou", "soja e braquiária, não milho", "amora"], tokenizer)
    assert found.broken == (
        BrokenWord("braquiária", 2, tuple("braquiária")),
        BrokenWord("amora", 1, tuple("amora")),
        BrokenWord("virou", 1, tuple("virou")),
    )
    assert [each.cost for each in found.broken] == [18, 4, 4]
    assert (found.different, found.occurrences) == (3, 4)
    # a, soja, e, não, milho: one each; braquiária twice ten; virou and amora five each
    assert (found.words, found.tokens) == (9, 35)
    assert found.tokens_per_word == pytest.approx(35 / 9)


def test_short_words_and_those_of_two_pieces_are_none(tokenizer):
    found = words_in_pieces(["xyz soja"], tokenizer)
    assert (found.broken, found.tokens) == ((), 4)
    two = of_pieces(lower=False)
    assert words_in_pieces(["bra braquiária braqui"], two).broken == (
        BrokenWord("braquiária", 1, ("bra", "qui", "ária")),
    )


def test_no_more_are_named_than_asked_for_and_all_are_counted(tokenizer):
    found = words_in_pieces(["amora amora figo caju pera"], tokenizer, most=2)
    assert [each.word for each in found.broken] == ["amora", "caju"]
    assert found.different == 4


def test_pieces_are_letters_of_the_word_whatever_the_tokenizer_marks_them_with():
    (word,) = words_in_pieces(["sim braquiária"], of_pieces(lower=False)).broken
    assert word.pieces == ("bra", "qui", "ária")
    (word,) = words_in_pieces(["boa soja"], of_bytes()).broken
    assert word.pieces == tuple("soja")  # its blank is a token of its own here, and none of the word


@pytest.mark.parametrize("lower", [False, True])
def test_capitals_make_another_word_only_where_the_tokenizer_keeps_them(lower):
    made = of_pieces(lower=lower)
    assert keeps_case(made) == (not lower)
    found = words_in_pieces(["Braquiária braquiária"], made)
    assert found.different == (1 if lower else 2)


def test_a_tokenizer_keeps_case_where_a_word_in_capitals_is_another(tokenizer):
    assert keeps_case(tokenizer)
    assert keeps_case(of_bytes())


def test_an_accent_of_two_signs_is_one_letter(tokenizer):
    (word,) = words_in_pieces(["caminha\N{COMBINING TILDE}o"], tokenizer).broken
    assert word.word == "caminhão"


def test_texts_without_words_have_none(tokenizer):
    for texts in ([], ["", "12 345", "..."]):
        found = words_in_pieces(texts, tokenizer)
        assert (found.broken, found.words, found.tokens_per_word) == ((), 0, 0.0)


def test_no_more_letters_are_read_than_needed_and_what_is_no_word_is_left_out(tokenizer, monkeypatch):
    monkeypatch.setattr(file, "MOST_LETTERS", 10)
    texts = iter(["figo figo", "caju", "pera"])
    assert words_in_pieces(texts, tokenizer).words == 3
    assert list(texts) == ["pera"]
    assert words_in_pieces(["y" * 41], tokenizer).words == 1
    monkeypatch.setattr(file, "MOST_LETTERS", 1000)
    assert words_in_pieces(["y" * 41], tokenizer).words == 0
