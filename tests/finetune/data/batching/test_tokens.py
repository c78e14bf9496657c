import time
from threading import Thread

import numpy as np
import pytest
from transformers import AutoTokenizer

from finetune.data.batching import tokens as tokens_file
from finetune.data.batching.tokens import tokenize
from finetune.errors import UserError
from finetune.files.lock import locked, release


@pytest.fixture(scope="module")
def tokenizer(tiny_model):
    return AutoTokenizer.from_pretrained(tiny_model)


def test_ids_are_the_tokenizers_own_over_several_chunks(tokenizer, tmp_path, monkeypatch):
    monkeypatch.setattr(tokens_file, "CHUNK_ROWS", 4)
    texts = [f"a vaca {i} não come soja" * (i % 5 + 1) for i in range(11)]
    tokens, cached = tokenize(texts, tokenizer, cache=tmp_path)
    assert not cached
    for i, text in enumerate(texts):
        assert tokens.ids(i, 10_000).tolist() == tokenizer(text)["input_ids"]
    assert tokens.lengths.tolist() == [len(tokenizer(text)["input_ids"]) for text in texts]


def test_cutting_keeps_the_special_tokens_at_both_ends(tokenizer, tmp_path):
    text = "boi gado pasto leite vaca chuva"
    tokens, _ = tokenize([text], tokenizer, cache=tmp_path)
    expected = tokenizer(text, truncation=True, max_length=5)["input_ids"]
    assert tokens.ids(0, 5).tolist() == expected
    assert expected[-1] == tokenizer.sep_token_id


def test_the_second_run_reads_the_cache_and_other_texts_do_not(tokenizer, tmp_path):
    first, _ = tokenize(["soja", "milho"], tokenizer, cache=tmp_path)
    again, cached = tokenize(["soja", "milho"], tokenizer, cache=tmp_path)
    assert cached
    assert np.array_equal(first.ids(1, 99), again.ids(1, 99))
    assert not tokenize(["soja", "trigo"], tokenizer, cache=tmp_path)[1]
    assert not tokenize(["sojamilho"], tokenizer, cache=tmp_path)[1]
    assert not tokenize(["milho", "soja"], tokenizer, cache=tmp_path)[1]


def test_another_tokenizer_does_not_read_the_cache(tokenizer, tiny_model, tmp_path):
    tokenize(["soja"], tokenizer, cache=tmp_path)
    other = AutoTokenizer.from_pretrained(tiny_model)
    other.add_tokens(["ILPF"])
    assert not tokenize(["soja"], other, cache=tmp_path)[1]


def test_truncation_set_elsewhere_does_not_reach_the_cache(tokenizer, tmp_path):
    tokenizer("boi " * 50, truncation=True, max_length=4, padding="max_length")
    tokens, _ = tokenize(["boi " * 50], tokenizer, cache=tmp_path)
    assert tokens.lengths.tolist() == [52]


def test_a_killed_writer_leaves_nothing_that_looks_whole(tokenizer, tmp_path, monkeypatch):
    def power_cut(texts, tokenizer):
        raise KeyboardInterrupt
        yield

    monkeypatch.setattr(tokens_file, "encode", power_cut)
    with pytest.raises(KeyboardInterrupt):
        tokenize(["soja"], tokenizer, cache=tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_cache_that_cannot_be_written_says_how_to_choose_another(tokenizer, tmp_path):
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(UserError, match=r"cannot write .*file.*:\n  FINETUNE_CACHE=/another/folder$"):
        tokenize(["boi"], tokenizer, cache=tmp_path / "file" / "tokens")


def test_of_two_processes_one_tokenises_and_the_other_waits_and_says_so(
    tokenizer, tmp_path, monkeypatch, capsys
):
    texts = ["o boi", "a chuva"] * 3
    path = tmp_path / f"{tokens_file.fingerprint(texts, tokenizer)}.arrow"
    other = locked(path.with_suffix(".lock"), unable=pytest.fail)  # as the other process would have it
    real, found = tokens_file.encode, []
    monkeypatch.setattr(tokens_file, "encode", lambda *_: pytest.fail("it was tokenised twice"))
    waits = Thread(target=lambda: found.append(tokenize(texts, tokenizer, cache=tmp_path)))
    waits.start()
    until = time.monotonic() + 10
    said = ""
    while "waiting" not in said and time.monotonic() < until:
        time.sleep(0.02)
        said += capsys.readouterr().err
    assert said == "another process is tokenising these 6 texts: waiting for it\n"
    tokens_file.write(path, real(texts, tokenizer))
    release(other)
    waits.join(10)
    tokens, cached = found[0]
    assert cached
    assert len(tokens.lengths) == 6
    assert [file.suffix for file in tmp_path.iterdir()] == [".arrow"]


def test_long_texts_are_not_tokenised_together(tokenizer, tmp_path, monkeypatch):
    texts = ["boi, soja, " * 20, "milho", "vaca", "a, " * 100, "chuva " * 40, *["pasto"] * 20]
    whole, _ = tokenize(texts, tokenizer, cache=tmp_path / "whole")
    monkeypatch.setattr(tokens_file, "LETTERS_TOGETHER", 50)
    seen = []
    plain = tokens_file.plain

    class Backend:
        def __init__(self, backend):
            self.backend = backend

        def encode_batch_fast(self, batch):
            seen.append(batch)
            return self.backend.encode_batch_fast(batch)

        def to_str(self):
            return self.backend.to_str()

    monkeypatch.setattr(tokens_file, "plain", lambda tokenizer: Backend(plain(tokenizer)))
    apart, _ = tokenize(texts, tokenizer, cache=tmp_path / "apart")
    assert [text for batch in seen for text in batch] == texts
    assert all(len(batch) == 1 or sum(map(len, batch)) <= 50 for batch in seen)
    assert len(seen) < len(texts)
    assert [apart.ids(i, 9999).tolist() for i in range(25)] == [
        whole.ids(i, 9999).tolist() for i in range(25)
    ]
