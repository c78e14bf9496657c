"""What a run says of the language that it has learned, in numbers and in words."""

import json

import pytest
import yaml

from finetune.runs.adapted import Known, forgotten, gained, known, record_of, sentences, shown


def of(measure, before, after, texts=7):
    return {"language": {"validation": {"texts": texts, measure: {"before": before, "after": after}}}}


def test_perplexity_is_told_where_there_is_one_and_else_the_loss():
    both = of("perplexity", 9.0, 4.0)
    both["language"]["validation"]["loss"] = {"before": 2.2, "after": 1.4}
    assert known(both, "validation") == Known("perplexity", 9.0, 4.0, 7)
    assert known(of("loss", 2.2, 1.4), "validation") == Known("loss", 2.2, 1.4, 7)
    assert known(both, "general") is None
    assert known({}, "validation") is None


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (
            9.0,
            4.0,
            "On 7 texts that were not learned from, perplexity fell from 9.00 to 4.00: lower is better.",
        ),
        (4.0, 4.0, "perplexity was 4.00 and is 4.00: nothing was gained."),
        (4.0, 9.0, "perplexity was 4.00 and is 9.00: nothing was gained."),
        (4.0, None, "was not measured"),
    ],
)
def test_what_was_gained_is_told_with_both_numbers(before, after, said):
    assert said in str(gained(Known("perplexity", before, after, 7)))


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        (10.0, 9.0, "nothing to speak of was forgotten"),
        (10.0, 10.4, "nothing to speak of was forgotten"),
        (10.0, 10.6, "rose from 10.00 to 10.60: it knows the language outside of these texts less well"),
        (None, 10.6, "was not measured"),
    ],
)
def test_what_was_forgotten_is_told_once_it_is_more_than_a_trifle(before, after, said):
    assert said in str(forgotten(Known("perplexity", before, after, 150)))


def test_a_training_keeps_what_its_model_was_adapted_by(tmp_path):
    config = {"model": {"name": "embedded", "objective": "masked_words"}}
    (tmp_path / "config.yaml").write_text(yaml.safe_dump(config))
    metrics = {**of("perplexity", 9.0, 4.0), "model": "embedded", "objective": "masked_words", "gaps": []}
    (tmp_path / "metrics.json").write_text(json.dumps(metrics))
    kept = record_of(str(tmp_path))
    assert kept is not None
    assert kept["run"] == str(tmp_path)
    assert known(kept, "validation") == Known("perplexity", 9.0, 4.0, 7)
    assert "gaps" not in kept


def test_another_model_was_not_adapted(tmp_path):
    assert record_of("embedded") is None
    (tmp_path / "config.yaml").write_text(yaml.safe_dump({"model": {"name": "embedded"}}))
    assert record_of(str(tmp_path)) is None


def test_new_layers_prove_neither_what_it_knew_nor_what_it_forgot():
    metrics = of("perplexity", 240_000.0, 900.0)
    metrics["language"]["general"] = {"texts": 150, "perplexity": {"before": 240_000.0, "after": 950.0}}
    assert len(sentences(metrics)) == 2
    assert "nothing to speak of was forgotten" in str(sentences(metrics)[1])
    gain, why = map(str, sentences(metrics | {"untrained": True}))
    assert "fell from 240,000 to 900" in gain
    assert "much of the gain is theirs" in why
    assert sentences({}) == []


def test_large_numbers_are_written_without_decimals():
    assert [shown(value) for value in (1.234, 99.5, 238_044.92)] == ["1.23", "99.50", "238,045"]
