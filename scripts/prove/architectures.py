"""Each architecture of Portuguese encoders, and of decoders, tiny and random: opened, trained, resumed and exported.

    python scripts/prove/architectures.py [NAME ...]

Of each: the memory of a step by the estimate against what torch's allocator gave out; 20 steps; the same run ended
before step 13 and gone on with, compared bit for bit with the one that was not; whether texts are packed on a CPU; the
exports, which are refused where they answer otherwise than the run. Prints a table in Markdown, and ends with status 1
where something of it failed. Says nothing of what trained weights are worth. Needs `pip install -e '.[onnx]'`; takes
about half a minute for each.
"""

import argparse
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

from made_up import write_table
from process import end, start
from same_run import differences, facts_of
from tiny_networks import DECODERS, ENCODERS, write_tiny

OPTIONS = {
    "--data.path": "dados.csv",
    "--data.effective_batch_size": "16",
    "--data.on_findings": "skip",
    "--model.name": "rede",
    "--model.learning_rate": "0.003",
    "--trainer.max_steps": "20",
    "--trainer.max_epochs": "3",
    "--trainer.log_every_n_steps": "1",
    "--trainer.precision": "32-true",
    "--last_checkpoint.every_n_steps": "5",
    "--resource_monitor": "null",
    "--write_report": "false",
    "--baselines": "null",
    "--mix": "none",
    "--trainer.callbacks+": "stopped.Stopped",
}
RUN = Path("lightning_logs/version_0")
APART = {"SHA-256 of best.ckpt"}
"""What is another in two runs that are the same: how long the head's start took stands in the checkpoint."""

STOP, NEVER = 13, 1_000
LIMIT = 1e-4
"""The largest difference of two probabilities that are the same."""

HEADER = (
    "architecture",
    "opens as",
    "memory, estimate : measured",
    "20 steps",
    "resumed exactly",
    "packed",
    "hf",
    "onnx",
)
ROWS, TOKENS = 16, 48
"""Of the batch whose memory is compared."""


def asked(folder: Path, *arguments: str) -> bool:
    """Whether `finetune ...` ends well in a folder."""
    return end(start([*arguments], folder, forked=True, environment={})) == 0


def fit(folder: Path, *, stop: int) -> bool:
    """Trains there, up to a step; returns whether the run came to its end."""
    options = [f"{name}={value}" for name, value in OPTIONS.items()]
    return asked(folder, "fit", *options, f"--trainer.callbacks.step={stop}")


def prepared(folder: Path, network: Path) -> Path:
    """Makes the folder of a run: table, model, the file of its callback."""
    folder.mkdir()
    write_table(folder / "dados.csv")
    (folder / "rede").symlink_to(network)
    shutil.copy(Path(__file__).with_name("stopped.py"), folder)
    return folder


def memory(network: Path) -> float:
    """Returns the estimate of a training step's memory by what it really took."""
    import torch

    from callbacks.hardware.measured_peak import tensor_peak_bytes
    from callbacks.hardware.memory_estimate import estimate_training
    from callbacks.hardware.precision import precision_plugin
    from finetune import TextClassifier

    module: Any = TextClassifier(str(network), labels=["a", "b", "c"])
    module.configure_model()
    module.network.config.get_text_config().pad_token_id = 1
    batch = {
        "input_ids": torch.full((ROWS, TOKENS), 7),
        # half of a text is padding, as the estimate has it: without any, masks are left out
        "attention_mask": (
            torch.arange(TOKENS) < torch.tensor([TOKENS // 2] + [TOKENS] * (ROWS - 1))[:, None]
        ).long(),
        "labels": torch.zeros(ROWS, dtype=torch.int64),
        "row": torch.arange(ROWS),
    }
    plugin = precision_plugin("32-true", "cpu")
    estimate = estimate_training(module, batch, plugin, accumulates=False)
    optimizer = torch.optim.AdamW([each for each in module.parameters() if each.requires_grad], fused=True)

    def steps() -> None:
        for _ in range(2):
            module.training_loss(batch).backward()
            optimizer.step()
            optimizer.zero_grad()

    kept = sum(each.nbytes for each in [*module.parameters(), *module.buffers()])
    return estimate.peak_bytes / (kept + tensor_peak_bytes(steps))


def opened(network: Path) -> tuple[str, bool]:
    """Returns the class that a network is opened as, and whether its texts are packed on a CPU."""
    import torch

    from finetune.model.faster.attention import packable
    from finetune.model.network import load_network
    from finetune.tasks.single_label import single_label

    found, _ = load_network(str(network), ["a", "b", "c"], single_label())
    return type(found).__name__, packable(found, torch.ones(2, 8, dtype=torch.int64))


def as_answered(run: Path) -> tuple[list[str], Any]:
    """Returns the held-out texts of a run and the probabilities that it gave, [N, C]."""
    import pandas as pd

    kept = pd.read_csv(run / "predictions.csv")
    return kept["text"].tolist(), kept[[name for name in kept if name.startswith("p:")]].to_numpy()


def reopened(run: Path) -> bool:
    """Whether plain Transformers opens a run's model and answers as the run did, in batches padded by its tokenizer."""
    import torch
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    texts, expected = as_answered(run)
    tokenizer = AutoTokenizer.from_pretrained(run / "model")
    network = AutoModelForSequenceClassification.from_pretrained(run / "model", dtype="auto").eval()
    with torch.no_grad():
        asked = tokenizer(texts, padding=True, truncation=True, return_tensors="pt")
        found = network(**asked).logits.softmax(-1).numpy()
    return bool(abs(found - expected).max() < LIMIT)


def without_torch(run: Path) -> bool:
    """Whether a run's network is written as ONNX and answers there as the run did, each text alone and all together."""
    import numpy as np
    from onnx_networks import session
    from transformers import AutoTokenizer

    from finetune.model.export.onnx import LOGITS, inputs_of, plain_network, write_onnx

    texts, expected = as_answered(run)
    tokenizer = AutoTokenizer.from_pretrained(run / "model")
    network = plain_network(run / "model")
    inputs, file = inputs_of(network, tokenizer.model_input_names), run / "model.onnx"
    write_onnx(file, network, inputs=inputs, longest=int(tokenizer.model_max_length))
    written = session(file)

    def answered(some: list[str]) -> Any:
        given = tokenizer(some, padding=True, truncation=True, return_tensors="np")
        logits = written.run([LOGITS], {name: given[name].astype(np.int64) for name in inputs})[0]
        odds = np.exp(logits - logits.max(axis=-1, keepdims=True))
        return odds / odds.sum(axis=-1, keepdims=True)

    alone = np.concatenate([answered([text]) for text in texts])
    return bool(max(abs(alone - expected).max(), abs(answered(texts) - expected).max()) < LIMIT)


def row_of(kind: str, place: Path) -> list[str]:
    """Returns the row of an architecture: what was found of it, `NO` where something failed."""
    network = place / "rede"
    write_tiny(network, kind)
    name, packs = opened(network)
    whole, other = prepared(place / "whole", network), prepared(place / "other", network)
    trained = fit(whole, stop=NEVER)
    fit(other, stop=STOP)
    resumed = asked(other, "fit", "--run", str(RUN), "--resume")
    same = trained and resumed and not set(differences(facts_of(whole / RUN), facts_of(other / RUN))) - APART
    exported = [trained and reopened(whole / RUN), trained and without_torch(whole / RUN)]
    done, again, *written = ("yes" if each else "NO" for each in (trained, same, *exported))
    return [kind, name, f"{memory(network):.3f}", done, again, "yes" if packs else "no", *written]


def main() -> int:
    """Tries each and prints the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    every = [*ENCODERS, *DECODERS]
    parser.add_argument("names", nargs="*", default=every, help=f"of {', '.join(every)}")
    names = parser.parse_args().names
    failed = []
    print(f"| {' | '.join(HEADER)} |\n|{'---|' * len(HEADER)}", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FINETUNE_CACHE"] = str(Path(folder, "cache"))
        os.environ["XDG_STATE_HOME"] = str(Path(folder, "state"))
        for name in names:
            place = Path(folder, name)
            place.mkdir()
            row = row_of(name, place)
            print(f"| {' | '.join(row)} |", flush=True)
            if "NO" in row:
                failed.append(name)
                for log in place.glob("*/log.txt"):
                    print(log.read_text(encoding="utf-8")[-1500:])
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main())
