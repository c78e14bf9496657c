import os
import time

import pytest
import torch
from transformers import BertConfig, BertForSequenceClassification

from finetune.files.cache import cache_dir
from finetune.files.draft import MARK, NEW
from finetune.model import kept_reads
from finetune.model.kept_reads import FOLDER, Asked

HEAD = ("classifier.weight", "classifier.bias")


@pytest.fixture
def network():
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=30, hidden_size=8, num_hidden_layers=1, num_attention_heads=2, intermediate_size=8
    )
    return BertForSequenceClassification(config).eval()


@pytest.fixture(autouse=True)
def _empty(tmp_path, monkeypatch):
    monkeypatch.setenv("FINETUNE_CACHE", str(tmp_path / "cache"))


def batches(first=1):
    ids = torch.arange(24).view(6, 4) % 29 + first
    return [{"row": torch.arange(6)[part], "input_ids": ids[part]} for part in (slice(0, 4), slice(4, 6))]


def read(network, *, through=HEAD, rows=batches, name="logits"):
    """What it gives of the rows, in their order, and how often it was asked."""
    asked = []

    def by(batch):
        asked.append(batch)
        return network(input_ids=batch["input_ids"]).logits

    with torch.no_grad():
        found = Asked(network, HEAD).rows(name, by, rows, through=through)
    return torch.cat([each["read"] for each in found]), len(asked)


def test_what_was_read_before_is_not_computed_again_and_is_the_same_to_the_last_bit(network):
    first, asked = read(network)
    again, asked_again = read(network)
    assert (asked, asked_again) == (2, 0)
    assert torch.equal(first, again)


def change_the_body(network):
    network.bert.encoder.layer[0].output.dense.bias.data[0] += 1
    return {}


def change_the_head(network):
    network.classifier.bias.data[0] += 1
    return {}


def change_the_config(network):
    network.config.hidden_act = "relu"
    return {}


@pytest.mark.parametrize(
    "change",
    [
        change_the_body,
        change_the_head,
        change_the_config,
        lambda _: {"rows": lambda: batches(2)},
        lambda _: {"rows": lambda: batches()[:1]},
        lambda _: {"name": "hidden"},
    ],
    ids=["body", "head", "config", "texts", "fewer rows", "another layer"],
)
def test_what_differs_in_anything_is_computed(network, change):
    read(network)
    _, asked = read(network, **change(network))
    assert asked


def test_threads_and_casts_give_other_bits(network, monkeypatch):
    read(network)
    with torch.autocast("cpu"):
        assert read(network)[1] == 2
    monkeypatch.setattr(torch, "get_num_threads", lambda: 77)
    assert read(network)[1] == 2


def test_a_head_that_the_answer_did_not_come_through_may_be_another(network):
    """So that trainings of several seeds, whose heads are drawn anew, share what their encoder gives."""
    read(network, through=())
    network.classifier.bias.data[0] += 1
    assert read(network, through=())[1] == 0


def test_a_damaged_file_is_made_anew(network):
    first, _ = read(network)
    (file,) = (cache_dir() / FOLDER).glob("*.safetensors")
    file.write_bytes(file.read_bytes()[:40])
    again, asked = read(network)
    assert asked == 2
    assert torch.equal(first, again)
    assert read(network)[1] == 0


def test_where_nothing_can_be_kept_it_is_computed(network, tmp_path):
    (tmp_path / "cache").write_text("a file in the place of the folder")
    assert read(network)[1] == 2
    assert read(network)[1] == 2


def test_what_was_not_asked_for_longest_makes_room(network, monkeypatch):
    import os

    read(network)
    (old,) = (cache_dir() / FOLDER).glob("*.safetensors")
    os.utime(old, (1, 1))
    monkeypatch.setattr(kept_reads, "MOST_BYTES", old.stat().st_size + 8)
    read(network, name="hidden")
    assert not old.exists()
    assert read(network, name="hidden")[1] == 0


def test_what_a_pass_took_is_told_alike_when_it_is_spared(network):
    first, again = Asked(network, HEAD), Asked(network, HEAD)

    def by(batch):
        time.sleep(0.05)
        return network(input_ids=batch["input_ids"]).logits

    with torch.no_grad():
        for asked in (first, again):
            asked.rows("logits", by, batches, through=HEAD)
    assert first.spared_seconds == 0
    assert again.spared_seconds >= 0.1


@pytest.mark.skipif(os.name == "nt", reason="no such rights")
def test_nobody_else_may_read_what_a_network_says_of_private_texts(network):
    read(network)
    [file] = (cache_dir() / FOLDER).glob("*.safetensors")
    assert file.stat().st_mode & 0o777 == 0o600


def test_what_a_killed_process_left_is_gone_with_the_next(network):
    left = cache_dir() / FOLDER / ".abc.safetensors.xyz"
    left.mkdir(parents=True)
    for name in (MARK, NEW):
        (left / name).touch()
    read(network)
    assert not left.exists()
