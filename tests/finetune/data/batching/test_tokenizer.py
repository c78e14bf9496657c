import json
import shutil

import pytest
from transformers import (
    AutoTokenizer,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaTokenizer,
    XLNetConfig,
)

from finetune.data.batching.tokenizer import load_tokenizer, max_tokens, vocabulary_casing
from finetune.errors import ModelError

TEXT = "Não há AFTOSA: a ferrugem asiática"


@pytest.fixture
def old_folder(tiny_model, tmp_path):
    """A folder as the hub has had them since 2020: config.json, vocab.txt, tokenizer_config.json, two small files."""
    folder = tmp_path / "old"
    folder.mkdir()
    vocabulary = AutoTokenizer.from_pretrained(tiny_model).get_vocab()
    (folder / "vocab.txt").write_text(
        "\n".join(sorted(vocabulary, key=vocabulary.get)) + "\n", encoding="utf-8"
    )
    shutil.copy(tiny_model / "config.json", folder)
    special = {f"{role}_token": f"[{role.upper()}]" for role in ("unk", "sep", "pad", "cls", "mask")}
    (folder / "special_tokens_map.json").write_text(json.dumps(special))
    (folder / "added_tokens.json").write_text("{}")
    (folder / "tokenizer_config.json").write_text('{"do_lower_case": false}')
    return folder


def uncase(folder):
    vocabulary = (folder / "vocab.txt").read_text(encoding="utf-8").split("\n")
    special = [piece for piece in vocabulary if piece.startswith("[") and len(piece) > 1]
    plain = [piece for piece in vocabulary if piece not in special and piece == piece.lower()]
    (folder / "vocab.txt").write_text("\n".join(special + plain), encoding="utf-8")


def test_the_tiny_model_reads_accents_and_case(tiny_model):
    tokenizer = load_tokenizer(str(tiny_model))
    assert (
        tokenizer.decode(tokenizer(TEXT)["input_ids"], skip_special_tokens=True)
        == "Não há AFTOSA : a ferrugem asiática"
    )


def test_the_tokenizer_goes_to_the_models_limit(tiny_model, old_folder):
    assert load_tokenizer(str(tiny_model)).model_max_length == 64
    # the old folder's own files set none: transformers says 1e30
    assert load_tokenizer(str(old_folder)).model_max_length == 64


@pytest.mark.parametrize("settings", ['{"do_lower_case": false}', "{}", None])
def test_an_old_cased_folder_keeps_case_and_accents(old_folder, settings):
    if settings is None:
        (old_folder / "tokenizer_config.json").unlink()
    else:
        (old_folder / "tokenizer_config.json").write_text(settings)
    tokens = load_tokenizer(str(old_folder)).tokenize(TEXT)
    assert "asiática" in tokens
    assert "A" in tokens
    assert "##ã" in tokens


def test_an_uncased_vocabulary_with_accents_keeps_the_accents(old_folder):
    uncase(old_folder)
    (old_folder / "tokenizer_config.json").unlink()
    assert load_tokenizer(str(old_folder)).tokenize("NÃO há AFTOSA") == ["não", "há", "aftosa"]


def test_what_the_settings_say_goes_before_the_vocabulary(old_folder):
    (old_folder / "tokenizer_config.json").write_text('{"do_lower_case": true}')
    assert load_tokenizer(str(old_folder)).tokenize("AFTOSA") == ["aftosa"]


def test_tokenizer_json_alone_is_taken_at_its_word(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    (folder / "tokenizer_config.json").unlink()
    assert "asiática" in load_tokenizer(str(folder)).tokenize(TEXT)
    assert "A" in load_tokenizer(str(folder)).tokenize(TEXT)


@pytest.mark.parametrize(
    ("pieces", "lower", "strip"),
    [
        (["[UNK]", "não", "Soja"], False, False),
        (["[UNK]", "não", "soja"], True, False),
        (["[UNK]", "nao", "soja"], True, True),
    ],
)
def test_a_vocabulary_tells_what_it_was_made_from(pieces, lower, strip):
    assert vocabulary_casing(pieces, {"[UNK]"}) == {"do_lower_case": lower, "strip_accents": strip}


def test_roberta_has_two_positions_less_than_its_table(tiny_model, tmp_path):
    RobertaConfig(max_position_embeddings=514, pad_token_id=1).save_pretrained(tmp_path)
    tokenizer = RobertaTokenizer(vocab={"<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": 4}, merges=[])
    assert max_tokens(str(tmp_path), tokenizer) == 512


def test_the_smaller_limit_counts(tiny_model):
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    tokenizer.model_max_length = 20
    assert max_tokens(str(tiny_model), tokenizer) == 20


def test_relative_positions_have_no_limit(tiny_model, tmp_path):
    XLNetConfig().save_pretrained(tmp_path)
    tokenizer = AutoTokenizer.from_pretrained(tiny_model)
    tokenizer.model_max_length = int(1e30)
    assert max_tokens(str(tmp_path), tokenizer) >= 1e30


def test_a_tokenizer_without_padding_gets_what_is_kept_for_it_and_pads_at_the_right(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    fast = PreTrainedTokenizerFast(
        tokenizer_file=str(tiny_model / "tokenizer.json"), unk_token="[UNK]", padding_side="left"
    )
    fast.save_pretrained(folder)
    opened = load_tokenizer(str(folder))
    assert (opened.pad_token, opened.pad_token_id, opened.padding_side) == ("[PAD]", 0, "right")
    assert len(opened) == len(fast)


def test_a_broken_tokenizer_is_said(tiny_model, tmp_path):
    folder = shutil.copytree(tiny_model, tmp_path / "model")
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelError, match=r"the tokenizer in .*model cannot be opened .*Get the folder anew"):
        load_tokenizer(str(folder))


def test_a_tokenizer_that_needs_a_package_says_so(tiny_model, monkeypatch):
    def missing(*arguments, **options):
        raise ImportError("requires the SentencePiece library\nand more")

    monkeypatch.setattr(AutoTokenizer, "from_pretrained", missing)
    with pytest.raises(
        ModelError,
        match=r"requires the SentencePiece library\). It is usually:\n  .* -m pip install sentencepiece protobuf",
    ):
        load_tokenizer(str(tiny_model))
