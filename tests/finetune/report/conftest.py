"""A finished run folder made of numbers alone, seeded: what `finetune fit` leaves, without training anything."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import yaml

FARM = ["Soja", "Milho & trigo", "Pecuária de corte", "Preços", "Crédito rural"]
BEGINNINGS = [
    "A ferrugem asiática apareceu na soja",
    "O preço da arroba caiu de novo",
    "O banco não liberou o custeio da safra",
    "As vacas estão com mastite desde a seca",
    "A colheitadeira parou no meio do talhão",
    "A geada queimou o café 🌱 e ninguém avisou",
]
ENDS = [
    "e ninguém sabe o que fazer.",
    "logo depois da chuva de ontem, no fim da tarde!",
    "mesmo com o seguro em dia.",
    'segundo a cooperativa: "sem previsão".',
]


def softmax(logits):
    raised = np.exp(logits - logits.max(axis=1, keepdims=True))
    return raised / raised.sum(axis=1, keepdims=True)


def part_report(truth, probabilities, labels):
    """What `metrics.json` says of a part."""
    from sklearn.metrics import accuracy_score, confusion_matrix, f1_score, matthews_corrcoef
    from sklearn.metrics import precision_recall_fscore_support as by_class

    predicted, numbers = probabilities.argmax(axis=1), range(len(labels))
    columns = by_class(truth, predicted, labels=numbers, zero_division=0)
    f1, accuracy = float(f1_score(truth, predicted, average="macro")), float(accuracy_score(truth, predicted))
    return {
        "loss": 0.61,
        "accuracy": accuracy,
        "balanced_accuracy": accuracy - 0.01,
        "f1_macro": f1,
        "f1_micro": accuracy,
        "f1_weighted": f1 + 0.01,
        "mcc": float(matthews_corrcoef(truth, predicted)),
        "roc_auc": 0.95,
        "average_precision": None,
        "brier": 0.3,
        "ece": 0.045,
        "log_loss": 0.6,
        "rows": len(truth),
        "intervals": {"f1_macro": [f1 - 0.05, f1 + 0.04], "accuracy": [accuracy - 0.05, accuracy + 0.05]},
        "per_class": {
            label: {
                name: float(columns[place][number]) if place < 3 else int(columns[place][number])
                for place, name in enumerate(("precision", "recall", "f1", "support"))
            }
            for number, label in enumerate(labels)
        },
        "confusion_matrix": {
            "labels": list(labels),
            "rows_true_columns_predicted": confusion_matrix(truth, predicted, labels=numbers).tolist(),
        },
    }


def write_events(folder, epochs, steps):
    from torch.utils.tensorboard import SummaryWriter

    with SummaryWriter(str(folder)) as writer:
        for step in range(9, epochs * steps, 10):
            share = step / (epochs * steps)
            writer.add_scalar("train/loss", 1.7 * np.exp(-3 * share) + 0.05 * np.sin(step), step)
            writer.add_scalar("learning_rate/highest", 1e-3 * min(1, 10 * share) * (1 - share), step)
            writer.add_scalar("learning_rate/lowest", 1e-4 * min(1, 10 * share) * (1 - share), step)
        for epoch in range(1, epochs + 1):
            step = epoch * steps - 1
            writer.add_scalar("train/f1_macro", 1 - 0.5 * np.exp(-epoch), step)
            writer.add_scalar("val/f1_macro", 0.88 - 0.4 * np.exp(-epoch), step)
            writer.add_scalar("val/loss", 0.5 + 0.05 * (epoch - 3) ** 2 / 4, step)


def write_resources(file, *, gpu=True):
    columns = ["time", "global_step", "cpu_percent", "ram_gib", "ram_limit_percent", "disk_free_gib"]
    columns += ["gpu0_utilisation_percent", "gpu0_memory_gib"] if gpu else []
    random = np.random.default_rng(1)
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(columns)
        for n in range(40):
            values = [80 + 10 * random.random(), 2 + n / 60, 30 + n / 20, 44.2, 90 + random.random(), 6.1][
                : len(columns) - 2
            ]
            writer.writerow(
                [
                    f"2026-11-26T04:{n // 12:02}:{5 * (n % 12):02}.027+00:00",
                    4 * n,
                    *(f"{v:.3f}" for v in values),
                ]
            )


def make_run(
    folder: Path,
    *,
    labels=tuple(FARM),
    rows=(120, 160),
    seed=0,
    skill=2.2,
    texts=None,
    test=True,
    validation=True,
    model="embedded",
) -> Path:
    """Writes a whole run folder and returns it.

    Args:
        folder: Where to.
        labels: Names of the classes.
        rows: Of validation and test.
        seed: Of all that is drawn.
        skill: How far the right class stands above the others.
        texts: One text a row; farm sentences when left out.
        test: Whether there is a test part.
        validation: Whether there is a validation part.
        model: Its name.
    """
    random, count = np.random.default_rng(seed), len(labels)
    data = np.random.default_rng(99)  # the rows are the same whatever the model says of them
    (folder / "checkpoints").mkdir(parents=True)
    for name in ("best.ckpt", "last.ckpt"):
        (folder / "checkpoints" / name).write_bytes(b"")
    metrics = {"model": model, "best_checkpoint": "best.ckpt"}
    table, position = [], 0
    shares = data.dirichlet(np.full(count, 3.0))
    for part, number, wanted in (("validation", rows[0], validation), ("test", rows[1], test)):
        truth = data.choice(count, number, p=shares)
        logits = random.normal(size=(number, count)) * 1.3
        logits[np.arange(number), truth] += skill
        probabilities = softmax(logits)
        if wanted:
            metrics[part] = part_report(truth, probabilities, labels)
        for n in range(number):
            text = f"{BEGINNINGS[position % 6]} {ENDS[position % 4]} Caso {position}."
            text = texts[position % len(texts)] if texts else text
            answer = int(probabilities[n].argmax())
            confidence = float(probabilities[n].max())
            simple = int(truth[n]) if data.random() < 0.6 else int(data.integers(count))
            if wanted:
                place = ["/home/ana/dados/fala.csv", position + 2, position, part, text]
                said = [labels[truth[n]], labels[answer], f"{confidence:.9g}", confidence < 0.55]
                table.append(
                    [*place, *said, *(f"{p:.9g}" for p in probabilities[n]), labels[0], labels[simple]]
                )
            position += 1
    parts = [part for part in ("validation", "test") if part in metrics]
    before, after = (
        {"ece": 0.121, "brier": 0.33, "log_loss": 0.71},
        {"ece": 0.045, "brier": 0.3, "log_loss": 0.6},
    )
    answered = {
        "rows": rows[1],
        "answered": 118,
        "coverage": 118 / rows[1],
        "precision": 0.873,
        "interval": [0.8, 0.92],
    }
    metrics["calibration"] = {
        "temperature": 1.31,
        "rows": rows[0],
        "before": dict.fromkeys(parts, before),
        "after": dict.fromkeys(parts, after),
    }
    metrics["abstention"] = {"wanted_precision": 0.9, "abstain_below": 0.55, **dict.fromkeys(parts, answered)}
    metrics["training"] = {
        "training": "train/f1_macro",
        "validation": "val/f1_macro",
        "mode": "max",
        "epochs": [
            {
                "epoch": n,
                "step": 100 * n,
                "training": 1 - 0.5 / n,
                "validation": 0.88 - 0.3 / n,
                "loss": 0.5,
            }
            for n in range(1, 6)
        ],
        "best_epoch": 4,
        "kept_epoch": 4,
        "sentences": {
            "en": [
                "The best epoch was 4 of 5.",
                "Training is 0.10 above validation: some learning by heart.",
            ],
            "pt": [
                "A melhor época foi a 4 de 5.",
                "O treino está 0,10 acima da validação: ele decora um pouco.",
            ],
        },
    }
    simple = {"f1_macro": 0.55, "accuracy": 0.61, "mcc": 0.5, "intervals": {"f1_macro": [0.48, 0.62]}}
    metrics["baselines"] = {
        "majority": {
            **{part: {"f1_macro": 0.08, "accuracy": 0.25, "mcc": 0.0} for part in parts},
            "seconds": 0.1,
            "rows": 900,
        },
        "tfidf": {**dict.fromkeys(parts, simple), "seconds": 0.5, "rows": 900},
    }
    better = {
        "f1_macro_difference": {"difference": 0.171, "low": 0.09, "high": 0.25},
        "mcnemar": {"only_first_right": 41, "only_second_right": 12, "p_value": 0.0001},
    }
    metrics["against_baselines"] = {part: {"majority": better, "tfidf": better} for part in parts}
    (folder / "metrics.json").write_text(json.dumps(metrics, ensure_ascii=False), encoding="utf-8")
    header = ["source", "line", "row", "split", "text", "label", "predicted", "confidence", "abstained"]
    header += [f"p:{label}" for label in labels] + ["baseline:majority", "baseline:tfidf"]
    with (folder / "predictions.csv").open("w", newline="", encoding="utf-8-sig") as out:
        csv.writer(out).writerows([header, *table])
    config = {
        "seed_everything": 42,
        "data": {
            "path": "/home/ana/dados/fala.csv",
            "text_column": None,
            "effective_batch_size": 32,
            "split_seed": 42,
        },
        "model": {"name": model, "learning_rate": 1e-4, "schedule": "linear", "loss": "cross_entropy"},
        "trainer": {"max_epochs": 5, "precision": None, "devices": "auto"},
        "early_stopping": None,
    }
    (folder / "config.yaml").write_text(yaml.safe_dump(config, sort_keys=False))
    lines = [f"/home/ana/dados/fala.csv,{n},{n + 2},train" for n in range(900)]
    lines += [f"{row[0]},{row[2]},{row[1]},{row[3]}" for row in table]
    (folder / "split.csv").write_text("\n".join(["source,row,line,split", *lines]) + "\n")
    (folder / "data_report.json").write_text(
        json.dumps(data_report(labels, rows), ensure_ascii=False), encoding="utf-8"
    )
    (folder / "hardware.json").write_text(json.dumps(HARDWARE))
    write_resources(folder / "resources.csv")
    write_events(folder, 5, 100)
    return folder


def data_report(labels, rows):
    finding = {"check": "x", "advice": {"en": "", "pt": ""}, "values": {}, "lines": {}, "examples": []}
    return {
        "tables": ["/home/ana/dados/fala.csv"],
        "rows": {"train": 900, "validation": rows[0], "test": rows[1]},
        "findings": [
            finding
            | {
                "code": "test_repeated",
                "severity": "severe",
                "count": 14,
                "what": {
                    "en": "test rows whose text stands in training or validation",
                    "pt": "linhas de teste com um texto que está no treino ou na validação",
                },
                "advice": {
                    "en": "Delete them from one side: on them the score shows memory, not skill.",
                    "pt": "Apague-as de um dos lados: nelas a nota mostra memória, e não habilidade.",
                },
                "lines": {"/home/ana/dados/fala.csv": list(range(4, 60, 4))},
                "examples": [{"line": "4", "like_line": "19", "text": "O preço caiu"}],
            },
            finding
            | {
                "code": "few_rows",
                "severity": "warning",
                "count": 2,
                "what": {
                    "en": "classes with fewer than 10 test rows",
                    "pt": "classes com menos de 10 linhas de teste",
                },
                "advice": {"en": "Collect more rows of them.", "pt": "Junte mais linhas delas."},
            },
            finding
            | {
                "code": "class_counts",
                "severity": "note",
                "count": len(labels),
                "what": {"en": "classes in 1,180 rows", "pt": "classes em 1.180 linhas"},
                "examples": [
                    {"label": label, "train": 180, "validation": 24, "test": 32, "total": 236}
                    for label in labels
                ],
            },
        ],
    }


HARDWARE = {
    "machine": {
        "kind": "cuda",
        "name": "RTX 4060",
        "devices": 1,
        "cores": 8.0,
        "memory_gib": 31.1,
        "device_total_gib": 8.0,
    },
    "tier": {"name": "small", "parameters": 39799688, "trainable_parameters": 21444488},
    "plan": {
        "precision": {"value": "bf16-mixed", "decided_by": "HardwareTier: the card has bf16"},
        "accumulation": {"value": 1, "decided_by": "HardwareTier: the whole fits"},
        "activation_checkpointing": {"value": False, "decided_by": "HardwareTier: not needed"},
    },
    "estimate": {"peak_gib": 2.92, "budget_gib": 6.75, "fits": True},
    "measured_peak": {"process_gib": 3.1, "of": "the whole process"},
}


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory):
    """A finished run that is only read: what is written goes elsewhere."""
    return make_run(tmp_path_factory.mktemp("runs") / "version_7")


@pytest.fixture
def new_run(tmp_path):
    """A way to make runs of other kinds: `new_run("version_1", labels=...)`."""
    return lambda name="version_7", **facts: make_run(tmp_path / "lightning_logs" / name, **facts)
