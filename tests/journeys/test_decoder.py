"""A network that reads from left to right, without padding of its own: trained, gone on with, exported, asked."""

import shutil
from functools import partial
from pathlib import Path

import pandas as pd
import pytest
import torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer, pipeline

from tests.decoders import byte_tokenizer, write_decoder
from tests.journeys.conftest import TINY, call, sentences, write_table

RUN = Path("lightning_logs/version_0")
STOPPED = Path(__file__).parents[2] / "scripts" / "prove" / "stopped.py"
OPTIONS = {
    **TINY,
    "--data.path": "dados.csv",
    "--data.on_findings": "skip",
    "--data.effective_batch_size": "16",
    "--model.name": "rede",
    "--model.freeze_embeddings": "true",
    "--trainer.max_epochs": "3",
    "--trainer.precision": "32-true",
    "--last_checkpoint.every_n_steps": "5",
    "--mix": "none",
    "--baselines": "null",
    "--trainer.callbacks+": "stopped.Stopped",
}


def fit(folder, tiny_model, *, stop):
    """Trains in a folder of its own, which a callback ends before a step."""
    folder.mkdir()
    write_table(folder / "dados.csv")
    write_decoder(folder / "rede", "qwen2", byte_tokenizer(), attention_dropout=0.1)
    shutil.copy(STOPPED, folder)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        options = [f"{name}={value}" for name, value in OPTIONS.items()]
        return call(folder, tiny_model, "fit", *options, f"--trainer.callbacks.step={stop}")


@pytest.fixture(scope="module")
def trained(tmp_path_factory, tiny_model):
    """The folder of such a run."""
    folder = tmp_path_factory.mktemp("decoder") / "run"
    assert fit(folder, tiny_model, stop=1_000) == 0
    return folder


def test_what_is_exported_answers_by_plain_transformers_as_the_run_does(trained, tiny_model):
    ask = partial(call, trained, tiny_model)
    assert ask("test", "--run", "latest") == 0
    texts = [text for text, _ in sentences(7, seed=5)] + ["boi"]
    pd.DataFrame({"texto": texts}).to_csv(trained / "novos.csv", index=False)
    assert ask("predict", "--run", "latest", "--data.predict_path", "novos.csv", "--output", "s.csv") == 0
    assert ask("export", "--run", "latest", "--format", "hf") == 0
    written = pd.read_csv(trained / "s.csv", sep=";", decimal=",")
    exported = trained / RUN / "export" / "hf"
    for together in (1, 4):
        classifier = pipeline("text-classification", str(exported), device="cpu", batch_size=together)
        said = pd.DataFrame(classifier(texts))
        assert said["label"].tolist() == written["label"].tolist()
        assert said["score"].tolist() == pytest.approx(written["confidence"].tolist(), abs=1e-4)
    tokenizer = AutoTokenizer.from_pretrained(exported)
    network = AutoModelForSequenceClassification.from_pretrained(exported)
    known = len(AutoTokenizer.from_pretrained(trained / "rede"))
    assert (tokenizer.pad_token_id, tokenizer.padding_side) == (known, "right")
    assert network.config.pad_token_id == known == len(network.get_input_embeddings().weight) - 1


def test_one_that_was_ended_is_gone_on_with_exactly(trained, tiny_model, tmp_path):
    folder = tmp_path / "other"
    with pytest.raises(Exception, match="before step 13"):
        fit(folder, tiny_model, stop=13)
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(folder)
        assert call(folder, tiny_model, "fit", "--run", RUN, "--resume") == 0
    last = [torch.load(each / RUN / "checkpoints/last.ckpt", weights_only=True) for each in (trained, folder)]
    assert last[0]["global_step"] == last[1]["global_step"] > 13
    weights = [each["state_dict"] for each in last]
    assert all(torch.equal(weights[0][name], weights[1][name]) for name in weights[0])
    averages = [each["optimizer_states"][0]["state"] for each in last]
    for number, state in averages[0].items():
        assert torch.equal(state["exp_avg_sq"], averages[1][number]["exp_avg_sq"])
