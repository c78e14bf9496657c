import json
import shutil

import numpy as np
import pytest

from finetune.report.integrated_gradients import attributions, by_word, token_weights


def test_the_weights_sum_up_to_what_the_words_change(classifier):
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(classifier)
    model = AutoModelForSequenceClassification.from_pretrained(classifier, dtype=torch.float32).eval()
    ids = tokenizer("a soja secou com a seca de hoje")["input_ids"]
    empty = [ids[0], *[tokenizer.pad_token_id] * (len(ids) - 2), ids[-1]]
    with torch.inference_mode():
        # every token is seen, as where the weights are measured
        text, nothing = (
            model(
                input_ids=torch.tensor([one]), attention_mask=torch.ones(1, len(one), dtype=torch.long)
            ).logits[0]
            for one in (ids, empty)
        )
    for target in range(3):
        weights = token_weights(model, ids, target, pad=tokenizer.pad_token_id)
        assert weights.shape == (len(ids), 32)
        change = float(text[target] - nothing[target])
        assert weights.sum() == pytest.approx(change, abs=0.02 + 0.02 * abs(change))
        assert np.abs(weights[[0, -1]]).sum() == pytest.approx(0, abs=1e-6)


def test_pieces_become_words_as_they_stand_in_the_text():
    text = "Ferrugem  asiática, já?"
    offsets = [(0, 0), (0, 4), (4, 8), (9, 18), (18, 19), (19, 23), (0, 0)]
    weights = np.array([9.0, 1.0, 1.0, -4.0, 0.5, 1.0, 9.0])
    found = by_word(text, weights, offsets, [None, 0, 0, 1, 2, 3, None])
    assert [text[begin:end] for begin, end, _ in found] == ["Ferrugem", "asiática", "já"]
    assert [weight for *_, weight in found] == [0.5, -1.0, 0.25]


def test_letters_of_one_word_that_the_tokenizer_parts_stay_together():
    assert by_word("sojinha", np.array([1.0, 2.0]), [(0, 4), (4, 7)], [0, 1]) == [(0, 7, 1.0)]


def test_a_text_in_capitals_is_explained_as_the_model_reads_it(classifier, tmp_path):
    reading = tmp_path / "model"
    shutil.copytree(classifier, reading)
    config = json.loads((reading / "config.json").read_text(encoding="utf-8"))
    (reading / "config.json").write_text(json.dumps(config | {"lower_capitals": True}), encoding="utf-8")
    shouted, said = ["A SOJA NÃO SECOU"], ["a soja não secou"]
    (expected,) = attributions(classifier, said, ["a"])
    assert attributions(reading, shouted, ["a"]) == [expected]
    assert attributions(classifier, shouted, ["a"]) != [expected]
