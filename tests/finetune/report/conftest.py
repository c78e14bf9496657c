"""A finished run folder made of numbers alone, seeded: what `finetune fit` leaves, without training anything."""

import csv
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml

from finetune.evaluation.answers import INTERVAL, Answers, joined, write_answers
from finetune.tasks.table import TASKS
from finetune.tasks.task import Answer

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


# ---- runs of other tasks --------------------------------------------------------------------------------------

TOPICS = ("Clima", "Crédito rural", "Pecuária de corte", "Pragas & doenças", "Preços")
STARS = ("péssimo", "ruim", "regular", "bom", "ótimo")


def all_right(truth, predicted):
    return (truth == predicted).all(axis=1)


def with_intervals(probabilities, calibration):
    """The number itself, between two that lie further apart the larger it is."""
    value = probabilities[:, 0]
    half = 0.12 * np.abs(value) + 8
    return Answer(value, 1 / half, half > 45, value - half, value + half)


def of_labels(random, rows):
    """Rows of several topics: answers of a part, and its report."""
    from sklearn.metrics import average_precision_score, f1_score
    from sklearn.metrics import precision_recall_fscore_support as by_class

    truth = (random.random((rows, len(TOPICS))) < (0.5, 0.35, 0.3, 0.15, 0.1)).astype(float)
    p = 1 / (1 + np.exp(-(4 * truth - 2 + 1.5 * random.normal(size=truth.shape))))
    predicted = (p > 0.5).astype(float)
    columns = by_class(truth, predicted, zero_division=0)
    right = float(all_right(truth, predicted).mean())
    f1 = float(f1_score(truth, predicted, average="macro"))
    report = {
        **{
            "loss": 0.31,
            "f1_macro": f1,
            "f1_weighted": f1 + 0.02,
            "f1_samples": f1 - 0.05,
            "accuracy": right,
        },
        "f1_micro": float(f1_score(truth, predicted, average="micro")),
        **{"lrap": 0.93, "roc_auc": 0.95, "average_precision": 0.9, "brier": 0.07, "ece": 0.031},
        **{"log_loss": 0.24, "hamming_loss": float((truth != predicted).mean()), "rows": rows},
        "intervals": {"f1_macro": [f1 - 0.05, f1 + 0.04], "accuracy": [right - 0.06, right + 0.06]},
        "per_class": {
            name: {
                **{key: float(columns[n][place]) for n, key in enumerate(("precision", "recall", "f1"))},
                **{"roc_auc": 0.9, "threshold": 0.41 + place / 50, "support": int(columns[3][place])},
                "average_precision": float(average_precision_score(truth[:, place], p[:, place])),
            }
            for place, name in enumerate(TOPICS)
        },
    }
    written = ["|".join(name for name, has in zip(TOPICS, row, strict=True) if has) for row in truth]
    answered = ["|".join(name for name, has in zip(TOPICS, row, strict=True) if has) for row in predicted]
    confidence = np.where(p > 0.5, p, 1 - p).prod(axis=1)
    return report, list(TOPICS), p, written, answered, confidence, confidence < 0.4


def of_stars(random, rows):
    """Rows of one of five classes in order."""
    from scipy.stats import spearmanr
    from sklearn.metrics import cohen_kappa_score

    truth = random.choice(5, rows, p=(0.1, 0.15, 0.2, 0.3, 0.25))
    p = softmax(-1.3 * np.abs(np.arange(5) - (truth + 0.8 * random.normal(size=rows))[:, None]))
    predicted = p.argmax(axis=1)
    kappa = float(cohen_kappa_score(truth, predicted, weights="quadratic"))
    report = part_report(truth, p, STARS) | {
        "kappa": kappa,
        "mae": float(np.abs(truth - predicted).mean()),
        "spearman": float(spearmanr(truth, predicted).statistic),
    }
    report["intervals"]["kappa"] = [kappa - 0.06, kappa + 0.05]
    written, answered = ([STARS[number] for number in numbers] for numbers in (truth, predicted))
    return report, list(STARS), p, written, answered, p.max(axis=1), p.max(axis=1) < 0.45


def of_prices(random, rows):
    """Rows with a price."""
    from scipy.stats import spearmanr

    truth = np.round(random.gamma(6, 40, rows), 2)
    value = truth + (8 + 0.09 * truth) * random.normal(size=rows) + 0.15 * (240 - truth)
    errors = np.abs(value - truth)
    said = with_intervals(value[:, None], None)
    r2 = float(1 - (errors**2).sum() / ((truth - truth.mean()) ** 2).sum())
    mae = float(errors.mean())
    report = {
        **{"loss": 0.2, "r2": r2, "mae": mae, "rmse": float((errors**2).mean() ** 0.5), "rows": rows},
        **{"median_error": float(np.median(errors)), "spearman": float(spearmanr(truth, value).statistic)},
        "intervals": {"r2": [r2 - 0.04, r2 + 0.03], "mae": [mae - 2.1, mae + 2.3]},
        "interval": {
            "wanted": 0.9,
            "measured": float(((said.low <= truth) & (truth <= said.high)).mean()),
            "width": float((said.high - said.low).mean()),
            "answered": rows,
        },
    }
    written, answered = ([repr(float(number)) for number in numbers] for numbers in (truth, value))
    return report, ["preco"], value[:, None], written, answered, said.confidence, said.abstained


ROWS_OF = {"multi_label": of_labels, "ordinal": of_stars, "number": of_prices}
BASELINES_OF = {
    "multi_label": (
        {"f1_macro": 0.61, "f1_micro": 0.66, "accuracy": 0.41},
        {"f1_macro": 0.2, "f1_micro": 0.3, "accuracy": 0.1},
    ),
    "ordinal": (
        {"kappa": 0.52, "accuracy": 0.45, "f1_macro": 0.4, "mae": 0.8},
        {"kappa": 0.0, "accuracy": 0.3, "f1_macro": 0.1, "mae": 1.3},
    ),
    "number": (
        {"r2": 0.41, "mae": 52.1, "rmse": 70.2, "spearman": 0.6},
        {"r2": -0.01, "mae": 78.0, "rmse": 99.1, "spearman": None},
    ),
}


def make_run_of(folder: Path, name: str, *, rows=(120, 160), seed=0) -> Path:
    """Writes the run folder of another task, made of that of `make_run`, and returns it.

    Args:
        folder: Where to.
        name: Of the task.
        rows: Of validation and test.
        seed: Of all that is drawn.
    """
    make_run(folder, rows=rows)
    task = TASKS[name]()
    metrics = json.loads((folder / "metrics.json").read_text(encoding="utf-8"))
    metrics |= {"task": name, "problem_type": task.problem_type, "ranked_by": task.score}
    if name == "number":
        del metrics["calibration"], metrics["abstention"]
    parts, position = [], 0
    for part, count in zip(("validation", "test"), rows, strict=True):
        random = np.random.default_rng((seed, position))
        metrics[part], labels, p, written, answered, confidence, abstained = ROWS_OF[name](random, count)
        number = np.arange(position, position + count)
        texts = [f"{BEGINNINGS[n % 6]} {ENDS[n % 4]} Caso {n}." for n in number]
        place = {"source": "/home/ana/dados/fala.csv", "line": number + 2, "row": number, "split": part}
        said = {"label": written, "predicted": answered, "confidence": confidence, "abstained": abstained}
        if name == "number":
            said |= dict(zip(INTERVAL, (p[:, 0] - 60, p[:, 0] + 60), strict=True))
        frame = pd.DataFrame({**place, "text": texts, **said})
        if name == "number":
            between = with_intervals(p, None)
            frame = frame.assign(low=between.low, high=between.high)
        parts.append(Answers(frame, labels, p, {"majority": [answered[0]] * count, "tfidf": written}, task))
        position += count
    write_answers(folder / "predictions.csv", joined(parts))
    words, nothing = (dict.fromkeys(("validation", "test"), scores) for scores in BASELINES_OF[name])
    metrics["baselines"] = {"majority": nothing | {"seconds": 0.1}, "tfidf": words | {"seconds": 0.5}}
    test = {"only_first_right": 41, "only_second_right": 12, "p_value": 0.0001}
    if task.right is None:
        test = {"only_first_right": 0, "only_second_right": 0, "p_value": 1.0}
    better = {
        f"{task.score}_difference": {"difference": 0.171, "low": 0.09, "high": 0.25},
        "mcnemar": test,
    }
    metrics["against_baselines"] = {
        part: {"majority": better, "tfidf": better} for part in ("validation", "test")
    }
    metrics["training"] |= {"training": f"train/{task.score}", "validation": f"val/{task.score}"}
    (folder / "metrics.json").write_text(json.dumps(metrics, ensure_ascii=False), encoding="utf-8")
    told = json.loads((folder / "data_report.json").read_text(encoding="utf-8"))
    told["findings"] = [one for one in told["findings"] if one["code"] == "test_repeated"]
    (folder / "data_report.json").write_text(json.dumps(told, ensure_ascii=False), encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def runs_of(tmp_path_factory):
    """Runs of other tasks that are only read: `runs_of("number")`."""
    made = {}

    def run(name):
        if name not in made:
            made[name] = make_run_of(tmp_path_factory.mktemp("runs") / "version_7", name)
        return made[name]

    return run


@pytest.fixture(scope="module")
def classifier(tiny_model, tmp_path_factory):
    """A folder with a random classifier of three classes."""
    import torch
    from transformers import AutoTokenizer, BertForSequenceClassification

    folder = tmp_path_factory.mktemp("run") / "model"
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(3)
        model = BertForSequenceClassification.from_pretrained(
            tiny_model, num_labels=3, id2label={0: "a", 1: "b", 2: "c"}, label2id={"a": 0, "b": 1, "c": 2}
        )
        model.classifier.weight.data.normal_(std=1.0)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(tiny_model).save_pretrained(folder)
    return folder
