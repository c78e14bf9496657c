"""Folders of runs of each kind of label as far as label reads them: no training, no network."""

import json
from pathlib import Path

import pandas as pd
import yaml

from finetune.data.tables import read_source
from finetune.tasks.table import TASKS
from tests.kinds import KINDS, Kind

PARTS = ("train", "train", "validation", "test")
OPTIONS = {
    "multi_label": {"empty_labels": "none"},
    "number": {"label_column": "preco"},
    "pair": {"text_column": "titulo", "text_pair_column": "corpo"},
    "template": {"template": "{estado}: {texto}"},
}


def leave_run(folder: Path, kind: str = "single_label", *, rows: int = 12, made: Kind | None = None) -> Path:
    """Leaves the folder of a run of a kind beside its table; every fourth row was its test."""
    path = (made or KINDS[kind](rows)).write(folder / "dados.csv")
    task = TASKS[kind if kind in TASKS else "single_label"]()
    options = {"path": str(path), **OPTIONS.get(kind, {})}
    (table,) = read_source(
        path, **{name: value for name, value in options.items() if name != "path"}, task=task.name
    ).values()
    labels = (
        ["preco"] if kind == "number" else sorted({part for each in table.label for part in task.parts(each)})
    )
    run = folder / "lightning_logs" / "version_0"
    (run / "model").mkdir(parents=True)
    (run / "config.yaml").write_text(yaml.safe_dump({"data": options, "model": {}}))
    metrics = {"task": task.name, "problem_type": task.problem_type}
    (run / "metrics.json").write_text(json.dumps(metrics))
    (run / "model" / "config.json").write_text(json.dumps({"id2label": dict(enumerate(labels))}))
    split = [PARTS[at % 4] for at in range(len(table.row))]
    frame = pd.DataFrame({"source": str(path), "row": table.row, "line": table.row + 2, "split": split})
    frame.to_csv(run / "split.csv", index=False)
    return run
