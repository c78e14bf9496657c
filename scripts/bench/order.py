"""Losses of classes in order, and how their probabilities are read: which of them errs by fewer steps.

    python scripts/bench/order.py [--tables ratings essays.csv ...] [--bands 0] [--seeds 5] [--fits]

A table is a CSV with the columns `texto` and `rotulo` of whole numbers, or `ratings`: reviews made of phrases, whose
number was moved by chance. `--bands` cuts numbers into so many classes of equal size.

Without `--fits` a linear layer on the frozen embedded model is trained by each loss, with the penalty that its own
folds choose; with it, whole fits as `finetune fit` does them. Each seed divides the rows anew; the differences to
cross-entropy are of the same rows, with 95% intervals of Student's t over seeds.
"""

import argparse
import csv
import logging
import statistics
import tempfile
import time
import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from compared import ahead
from frozen import MAX_LENGTH, features_of, layer
from sklearn.metrics import accuracy_score, cohen_kappa_score, f1_score, mean_absolute_error
from sklearn.model_selection import StratifiedKFold, train_test_split

from callbacks import KeepMemory
from finetune import TextClassifier, TextData
from finetune.tasks.losses import LOSSES, cross_entropy
from finetune.tasks.order_losses import emd


def cross_entropy_emd(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Both added: the class itself counts, and how far off it is. [B]"""
    return cross_entropy(logits, labels) + emd(logits, labels)


def soft_labels(logits: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Cross-entropy with probability that falls by e for each step: Diaz and Marathe, CVPR 2019. [B]"""
    places = torch.arange(logits.shape[1])
    wanted = (-(places - labels.unsqueeze(1)).abs().to(logits)).softmax(dim=1)
    return -(wanted * logits.log_softmax(dim=1)).sum(dim=1)


OTHERS = {"cross_entropy_emd": cross_entropy_emd, "soft_labels": soft_labels}
"""Losses that were tried, and are none of the program's."""

TRIED = ("cross_entropy", "cumulative", "emd", "cross_entropy_emd", "soft_labels")
PENALTIES = (3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 0.1)
SCORES = ("kappa", "mae", "accuracy", "f1_macro")

PHRASES = {
    1: ("péssimo, não comprem", "chegou quebrado e ninguém responde", "dinheiro jogado fora", "uma vergonha"),
    2: ("esperava bem mais", "demorou e veio riscado", "fraco para o preço", "quase devolvi"),
    3: ("cumpre o que promete e só", "nem bom nem ruim", "dá para usar", "poderia ser melhor, mas serve"),
    4: ("gostei, com pequenas falhas", "bom produto", "chegou no prazo e funciona bem", "recomendo"),
    5: ("excelente, superou tudo", "perfeito do começo ao fim", "melhor compra do ano", "nota dez"),
}
FILLERS = (
    "a caixa é azul",
    "comprei pela internet",
    "é para a fazenda",
    "usei na colheita",
    "veio com manual",
)


def ratings(rows: int = 700, *, seed: int = 0) -> tuple[list[str], np.ndarray]:
    """Returns reviews of three phrases each, and their rating, moved by chance."""
    draw = np.random.default_rng(seed)
    texts, labels = [], []
    for _ in range(rows):
        meant = draw.uniform(0.6, 5.4)
        near = np.clip(np.rint(meant + draw.normal(0, 0.8, size=3)), 1, 5).astype(int)
        said = [str(draw.choice(PHRASES[each])) for each in near] + [str(draw.choice(FILLERS))]
        texts.append("; ".join(draw.permutation(said)))
        labels.append(int(np.clip(np.rint(meant + draw.normal(0, 0.5)), 1, 5)) - 1)
    return texts, np.array(labels)


def table_of(name: str, bands: int) -> tuple[list[str], np.ndarray]:
    """Returns texts and class numbers."""
    if name == "ratings":
        return ratings()
    with Path(name).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    values = np.array([float(row["rotulo"]) for row in rows])
    if bands:
        values = np.searchsorted(
            np.unique(np.quantile(values, np.arange(1, bands) / bands)), values, side="right"
        )
    return [row["texto"] for row in rows], np.unique(values, return_inverse=True)[1]


def scores(truth: np.ndarray, predicted: np.ndarray) -> dict[str, float]:
    """Returns what is compared, by scikit-learn."""
    return {
        "kappa": float(cohen_kappa_score(truth, predicted, weights="quadratic")),
        "mae": float(mean_absolute_error(truth, predicted)),
        "accuracy": float(accuracy_score(truth, predicted)),
        "f1_macro": float(f1_score(truth, predicted, average="macro", zero_division=0)),
    }


def read(probabilities: np.ndarray, how: str) -> np.ndarray:
    """Returns the class that probabilities are read as."""
    if how == "mode":
        return probabilities.argmax(axis=1)
    if how == "median":
        return (probabilities.cumsum(axis=1) < 0.5 - 1e-9).sum(axis=1)
    return np.rint(probabilities @ np.arange(probabilities.shape[1])).astype(int)


# ---- a linear layer on the frozen model -------------------------------------------------------------------------


def probabilities_of(made: torch.nn.Linear, features: np.ndarray) -> np.ndarray:
    """Returns the probabilities that a layer gives. [N, C]"""
    with torch.no_grad():
        return made(torch.from_numpy(features)).softmax(dim=-1).numpy()


def by_frozen(
    features: np.ndarray, labels: np.ndarray, train: np.ndarray, held_out: np.ndarray, *, loss: str, seed: int
) -> np.ndarray:
    """Returns the probabilities of rows held out, the penalty chosen by kappa in folds of the others."""
    classes = int(labels.max()) + 1
    trained: dict[str, Any] = {"loss": (LOSSES | OTHERS)[loss], "steps": 150}
    folds = list(StratifiedKFold(3, shuffle=True, random_state=seed).split(train, labels[train]))

    def left_out(penalty: float) -> float:
        answers = np.zeros(len(train), dtype=int)
        for inner, outer in folds:
            made = layer(features[train[inner]], labels[train[inner]], classes, penalty=penalty, **trained)
            answers[outer] = read(probabilities_of(made, features[train[outer]]), "median")
        return scores(labels[train], answers)["kappa"]

    penalty = max(PENALTIES, key=left_out)
    made = layer(features[train], labels[train], classes, penalty=penalty, **trained)
    return probabilities_of(made, features[held_out])


# ---- whole fits -------------------------------------------------------------------------------------------------


def by_fit(
    texts: Sequence[str],
    labels: np.ndarray,
    train: np.ndarray,
    held_out: np.ndarray,
    *,
    loss: str,
    seed: int,
    epochs: int,
) -> np.ndarray:
    """Returns the probabilities of rows held out, by a network trained on the others."""
    import lightning.pytorch as pl

    from finetune.tasks.gather import gather

    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "train.csv", Path(folder) / "new.csv"
        for path, index in zip(place, (train, held_out), strict=True):
            with path.open("w", encoding="utf-8", newline="") as file:
                rows = csv.writer(file)
                rows.writerow(["texto", "rotulo"])
                rows.writerows([texts[i], f"{labels[i]:02d}"] for i in index)
        data = TextData(
            str(place[0]),
            predict_path=str(place[1]),
            validation_fraction=0,
            test_fraction=0,
            max_length=MAX_LENGTH,
            on_findings="skip",
        )
        model = TextClassifier(loss=loss, task="ordinal")
        pl.seed_everything(seed, verbose=False)
        trainer = pl.Trainer(
            max_epochs=epochs,
            logger=False,
            enable_checkpointing=False,
            enable_progress_bar=False,
            enable_model_summary=False,
            accelerator="cpu",
            callbacks=[KeepMemory()],
        )
        trainer.fit(model, datamodule=data)
        rows_of, logits = gather(trainer.predict(model, datamodule=data) or [], "logits")
    assert (rows_of == np.arange(len(held_out))).all()
    return np.asarray(torch.from_numpy(logits).softmax(dim=-1).numpy())


# ---- the tables -------------------------------------------------------------------------------------------------


def main() -> None:
    """Prints a line a table, loss and reading."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tables", nargs="+", default=["ratings"])
    parser.add_argument("--bands", type=int, default=0)
    parser.add_argument("--seeds", type=int, default=5)
    parser.add_argument("--losses", nargs="+", default=list(TRIED))
    parser.add_argument("--fits", action="store_true")
    parser.add_argument("--epochs", type=int, default=8)
    asked = parser.parse_args()
    logging.getLogger("lightning.pytorch").setLevel(logging.ERROR)
    warnings.simplefilter("ignore")
    for name in asked.tables:
        texts, labels = table_of(name, asked.bands)
        features = None if asked.fits else features_of(texts)
        print(f"\n{name}: {len(texts)} rows, {labels.max() + 1} classes", flush=True)
        found: dict[tuple[str, str], list[dict[str, float]]] = {}
        for seed in range(asked.seeds):
            train, held_out = train_test_split(
                np.arange(len(labels)), test_size=0.3, random_state=seed, stratify=labels
            )
            for loss in asked.losses:
                begun = time.perf_counter()
                given = (
                    by_fit(texts, labels, train, held_out, loss=loss, seed=seed, epochs=asked.epochs)
                    if features is None
                    else by_frozen(features, labels, train, held_out, loss=loss, seed=seed)
                )
                for how in ("mode", "median", "mean"):
                    found.setdefault((loss, how), []).append(scores(labels[held_out], read(given, how)))
                kappa = found[loss, "median"][-1]["kappa"]
                print(
                    f"  seed {seed} {loss}: kappa {kappa:.4f}, {time.perf_counter() - begun:.0f} s",
                    flush=True,
                )
        base = found[asked.losses[0], "mode"]
        for (loss, how), each in found.items():
            means = "  ".join(f"{name} {statistics.fmean(one[name] for one in each):.4f}" for name in SCORES)
            more = "  ".join(
                f"{name} {ahead([a[name] - b[name] for a, b in zip(each, base, strict=True)], 4)}"
                for name in ("kappa", "mae")
            )
            print(f"{loss:18s} {how:7s} {means}   against {asked.losses[0]}, mode: {more}", flush=True)


if __name__ == "__main__":
    main()
