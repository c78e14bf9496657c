"""Folders of runs as far as the list looks into them: nothing is trained."""

import json

import pytest
import yaml

from finetune.runs.folder import LAST


@pytest.fixture
def root(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for number, score in enumerate([0.5, None, 0.75]):
        folder = tmp_path / "lightning_logs" / f"version_{number}"
        (folder / "checkpoints").mkdir(parents=True)
        (folder / LAST).write_bytes(b"x" * 2048)
        config = {
            "data": {"path": "uma/pasta/muito/longa/dados_da_cooperativa.csv"},
            "model": {"name": "embedded"},
        }
        (folder / "config.yaml").write_text(yaml.safe_dump(config))
        if score is not None:
            (folder / "metrics.json").write_text(json.dumps({"test": {"f1_macro": score}}))
    return tmp_path / "lightning_logs"


def crossval_in(root, **content):
    folder = root / "crossval_0"
    (folder / "fold_1").mkdir(parents=True)
    (folder / "fold_1" / "config.yaml").write_text("data: {path: dados.csv}\nmodel: {name: embedded}\n")
    (folder / "crossval.json").write_text(
        json.dumps({"folds": 5, "seeds": [42, 43], "runs": [{}], **content})
    )
    return folder
