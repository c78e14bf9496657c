"""The page of a run that adapted a model, made of what its folder says."""

import json
import re

import pytest
import yaml

from finetune.report.adapted.page import adapted_page
from finetune.report.facts import gather

METRICS = {
    "model": "embedded",
    "objective": "masked_words",
    "untrained": False,
    "language": {
        "validation": {"texts": 91, "perplexity": {"before": 21.5, "after": 8.125}},
        "general": {"texts": 150, "perplexity": {"before": 10.0, "after": 12.0}},
    },
    "gaps": [
        {
            "text": ["a <b>", " da soja"],
            "word": "ferrugem",
            "before": ["x", "y", "z"],
            "after": ["a", "b", "c"],
        }
    ],
    "read": {
        "rows": 2000,
        "left_out": 36,
        "words": {
            "broken": [{"word": "braquiária", "count": 12, "pieces": ["bra", "qui", "ária"]}],
            "words": 100,
            "tokens": 150,
        },
    },
}


@pytest.fixture
def page(tmp_path):
    def page(metrics=METRICS):
        folder = tmp_path / "lightning_logs" / "adapt_0"
        folder.mkdir(parents=True)
        config = {
            "data": {"path": "/home/ana/textos.txt"},
            "model": {"name": "embedded", "objective": "masked_words"},
        }
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        if metrics is None:
            (folder / "checkpoints").mkdir()
            (folder / "checkpoints/last.ckpt").touch()
        else:
            (folder / "metrics.json").write_text(json.dumps(metrics))
        return adapted_page(gather(folder), version="1")

    return page


def words_of(page):
    return " ".join(re.sub("<[^>]+>", " ", page).split())


def test_it_begins_with_what_was_gained_and_what_was_forgotten(page):
    text = words_of(page())
    assert "On 91 texts that were not learned from, perplexity fell from 21.50 to 8.12" in text
    assert "On 150 general sentences, perplexity rose from 10.00 to 12.00" in text
    assert "textos.txt · model embedded" in text
    assert "/home/ana" not in text  # a report is passed on


def test_gaps_and_words_in_pieces_are_shown_and_no_text_is_taken_for_html(page):
    whole = page()
    assert "a &lt;b&gt;[___] da soja" in whole
    text = words_of(whole)
    assert "ferrugem x, y, z a, b, c" in text
    assert "braquiária 12 bra qui ária" in text
    assert "A word takes 1.50 tokens on average" in text
    assert "left out: to validate or test on 36" in text


def test_a_run_without_a_result_says_how_to_go_on(page):
    text = words_of(page(None))
    assert "finetune adapt --run lightning_logs/adapt_0 --resume" in text
    assert "there is no result yet" in text


def test_new_layers_are_no_proof(page):
    assert "much of the gain is theirs" in page(METRICS | {"untrained": True})
