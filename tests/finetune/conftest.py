"""Folds of a cross-validation without a training: what `finetune fit` leaves of each, made up."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

LABELS = ["Clima", "Pecuária"]
ROWS = 40


def leave_fold(run: Path, *, number: int, folds: int, seed: int) -> None:
    """Leaves the files of a trained fold: of 40 rows each fold holds out its share, and is wrong in one of them."""
    held_out = np.array_split(np.random.default_rng(seed).permutation(ROWS), folds)[number - 1]
    truth = held_out % 2
    predicted = truth.copy()
    predicted[0] = 1 - predicted[0]
    frame = pd.DataFrame(
        {
            "source": "dados.csv",
            "line": held_out + 2,
            "row": held_out,
            "split": "test",
            "text": [f"texto {row}, com vírgula" for row in held_out],
            "label": [LABELS[i] for i in truth],
            "predicted": [LABELS[i] for i in predicted],
            "confidence": 0.123456789,
            "abstained": False,
            "p:Clima": 0.123456789,
            "p:Pecuária": 0.876543211,
            "baseline:majority": LABELS[0],
        }
    )
    validation = frame.head(2).assign(split="validation")
    run.mkdir(parents=True)
    pd.concat([validation, frame]).to_csv(run / "predictions.csv", index=False, encoding="utf-8-sig")
    right = float((truth == predicted).mean())
    report = {
        "f1_macro": right,
        "accuracy": right,
        "loss": None,
        "rows": len(truth),
        "confusion_matrix": {},
        "per_class": {
            label: {"precision": right, "recall": right, "f1": right, "support": int((truth == i).sum())}
            for i, label in enumerate(LABELS)
        },
    }
    dull = {"f1_macro": 0.3 + number / 100, "accuracy": 0.5, "mcc": 0.0}
    metrics = {"test": report, "validation": report, "baselines": {"majority": {"test": dull, "rows": 9}}}
    (run / "metrics.json").write_text(json.dumps(metrics), encoding="utf-8")
    facts = {
        "train": ROWS - len(truth) - 2,
        "validation": 2,
        "test": len(truth),
        "untouched": 1234,
        "table": "t1",
    }
    (run / "fold.json").write_text(json.dumps(facts))
    for part in ("checkpoints/last.ckpt", "model/config.json"):
        (run / part).parent.mkdir()
        (run / part).write_text("x")


class Fits:
    """Stands in for `finetune fit` of a fold: notes its arguments, and leaves a trained fold unless told to fail."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.ends: dict[int, int | BaseException] = {}  # number of the call, from 1 -> how it ends

    def __call__(self, arguments: list[str]) -> int:
        self.calls.append(arguments)
        end = self.ends.get(len(self.calls), 0)
        if isinstance(end, BaseException):
            raise end
        if end == 0:
            values = dict(each.split("=", 1) for each in arguments if each.startswith("--data.fold"))
            leave_fold(
                Path(arguments[arguments.index("--folder") + 1]),
                number=int(values["--data.fold"]),
                folds=int(values["--data.folds"]),
                seed=int(values["--data.fold_seed"]),
            )
        return end


@pytest.fixture
def fits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Fits:
    """`finetune crossval` beside a table that nobody reads, its folds made up."""
    from finetune.commands.crossval import command as crossval

    made_up = Fits()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "dados.csv").touch()
    monkeypatch.setattr(crossval, "fit", made_up)
    monkeypatch.setenv("FINETUNE_LANGUAGE", "en")
    return made_up
