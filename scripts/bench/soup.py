"""Is the mean of several epochs' weights better than the best epoch? A greedy soup beside `finetune fit`.

    python scripts/bench/soup.py --out soup.jsonl demo=demo bncc=dados.csv toldbr=train.csv

A table is NAME=FILE, with the columns `texto` and `rotulo`; rows to choose by are set apart by one seed alone, and each
draw takes rows to train on and to validate by among the others. `finetune fit` trains with its defaults and keeps the
weights of every epoch; it takes the last that the validation rows do not tell from the best one. A greedy soup (after
Wortsman and others, 2022, who average the weights of several trainings) takes the epochs in the order of the log loss
of the validation rows, and each into the mean where the mean's loss falls. Measured on the rows to choose by, of
networks alone: the epoch that is taken, the best one by that loss, the soup, and the mean of the last three epochs.

A table, a number of rows and a draw leave a line of JSON in OUT; what stands there is not done again. Needs
`pip install -e '.[demo,bench]'`.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
from adapt import CHOICE, drawn, set_apart
from child import run
from recipes_table import known
from sklearn.metrics import f1_score
from transformers import AutoModelForSequenceClassification, AutoTokenizer

from finetune.data.rows import DEMO
from finetune.tasks.calibration import fit_temperature, log_losses

LAST = 3
BATCH = 64
NETWORK = "network."
Weights = dict[str, torch.Tensor]


def trained(folder: Path, seed: int) -> tuple[Path, list[Weights]]:
    """Returns the model that is trained on the tables of a folder, and the weights of each of its epochs."""
    paths = {"path": "train", "validation_path": "validation", "test_path": CHOICE}
    every = {
        "class_path": "lightning.pytorch.callbacks.ModelCheckpoint",
        "init_args": {"dirpath": str(folder / "epochs"), "save_top_k": -1, "save_weights_only": True},
    }
    run(
        [
            *("-m", "finetune", "fit", f"--seed_everything={seed}", "--write_report=false"),
            *("--baselines=null", "--mix=none", "--trainer.default_root_dir", str(folder)),
            *(word for key, part in paths.items() for word in (f"--data.{key}", str(folder / f"{part}.csv"))),
            f"--trainer.callbacks+={json.dumps(every)}",
        ],
        tells=False,
    )
    epochs = sorted((folder / "epochs").glob("*.ckpt"), key=lambda file: file.stat().st_mtime_ns)
    kept = [torch.load(file, weights_only=True)["state_dict"] for file in epochs]
    model = folder / "lightning_logs/version_0/model"
    return model, [{name.removeprefix(NETWORK): each for name, each in of.items()} for of in kept]


def mean(weights: Sequence[Weights]) -> Weights:
    """Returns the mean of the weights of networks."""
    return {
        name: torch.stack([each[name] for each in weights]).mean(dim=0)
        if first.is_floating_point()
        else first
        for name, first in weights[0].items()
    }


class Asked:
    """A model that is asked with other weights, for the rows of a part.

    Args:
        model: Its folder.
        parts: The rows, with their labels.
    """

    def __init__(self, model: Path, parts: dict[str, pd.DataFrame]) -> None:
        self.network = AutoModelForSequenceClassification.from_pretrained(model, dtype=torch.float32).eval()
        self.kept = {name: each.clone() for name, each in self.network.state_dict().items()}
        tokenizer = AutoTokenizer.from_pretrained(model)
        number = self.network.config.label2id
        parts = {
            name: frame.sort_values("texto", key=lambda of: of.str.len()) for name, frame in parts.items()
        }
        self.truth = {name: frame.rotulo.map(number).to_numpy() for name, frame in parts.items()}
        self.batches = {
            name: [
                tokenizer(texts, padding=True, truncation=True, max_length=128, return_tensors="pt")
                for texts in (frame.texto.tolist()[at : at + BATCH] for at in range(0, len(frame), BATCH))
            ]
            for name, frame in parts.items()
        }

    def logits(self, weights: Weights, part: str) -> np.ndarray[Any, np.dtype[np.float64]]:
        """Returns what weights say of the rows of a part. [N, C]"""
        self.network.load_state_dict(weights, strict=False)
        with torch.inference_mode():
            said = [self.network(**batch).logits for batch in self.batches[part]]
        return torch.cat(said).double().numpy()

    def loss(self, weights: Weights) -> float:
        """Returns the log loss on the validation rows, its temperature taken out, as epochs are told apart by."""
        logits, truth = self.logits(weights, "validation"), self.truth["validation"]
        return float(log_losses(logits / fit_temperature(logits, truth), truth).mean())

    def score(self, weights: Weights) -> float:
        """Returns the macro-F1 on the rows to choose by."""
        predicted = self.logits(weights, CHOICE).argmax(axis=1)
        return float(f1_score(self.truth[CHOICE], predicted, average="macro"))


def compared(asked: Asked, epochs: list[Weights]) -> dict[str, Any]:
    """Returns what the best epoch reaches, the greedy soup and the mean of the last ones."""
    losses = [asked.loss(each) for each in epochs]
    order = np.argsort(losses).tolist()
    taken, lowest = [order[0]], losses[order[0]]
    for each in order[1:]:
        loss = asked.loss(mean([epochs[at] for at in [*taken, each]]))
        if loss < lowest:
            taken, lowest = [*taken, each], loss
    return {
        "epochs": len(epochs),
        "kept": asked.score(asked.kept),
        "best": asked.score(epochs[order[0]]),
        "soup": asked.score(mean([epochs[at] for at in taken])),
        "taken": [at + 1 for at in taken],
        "last": asked.score(mean(epochs[-LAST:])),
        "loss_best": losses[order[0]],
        "loss_soup": lowest,
    }


def main() -> None:
    """Measures what is not known yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="+", help="NAME=FILE; demo for the demonstration table")
    parser.add_argument("--out", type=Path, required=True, help="file of lines of JSON; it grows")
    parser.add_argument("--sizes", type=int, nargs="+", default=[100, 300], help="training rows")
    parser.add_argument("--draws", type=int, nargs="+", default=[0, 1])
    given = parser.parse_args()
    for table in given.tables:
        name, _, file = table.partition("=")
        parts = set_apart(DEMO if file == "demo" else Path(file))
        for rows in given.sizes:
            for draw in given.draws:
                cell = {"table": name, "rows": rows, "seed": draw}
                if any(cell.items() <= each.items() for each in known(given.out)):
                    continue
                with tempfile.TemporaryDirectory() as scratch:
                    frames = {**drawn(parts["pool"], rows=rows, seed=draw), CHOICE: parts[CHOICE]}
                    for part, frame in frames.items():
                        frame.to_csv(Path(scratch, f"{part}.csv"), index=False)
                    model, epochs = trained(Path(scratch), draw)
                    held = {part: frame for part, frame in frames.items() if part != "train"}
                    found = compared(Asked(model, held), epochs)
                with given.out.open("a", encoding="utf-8") as lines:
                    lines.write(json.dumps({**cell, **found}) + "\n")
                print(f"{cell}: {found}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
