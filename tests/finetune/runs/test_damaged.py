"""A torn file of a run is told by its name, with what to do; one that is whole or not there is read."""

import json

import pandas as pd
import pytest

from finetune.errors import ConfigError
from finetune.runs.folder import RunFolder
from finetune.runs.split import read_split

CONFIG = "data:\n  path: dados.csv\nmodel:\n  name: embedded\n  loss: [1,\n    2]\n"
METRICS = json.dumps({"test": {"f1_macro": 0.5, "rows": 3}})
SPLIT = "source,row,line,split\ndados.csv,0,2,train\ndados.csv,1,3,test\n"
READ = {
    "config.yaml": (CONFIG, lambda run: RunFolder(run).config()),
    "metrics.json": (METRICS, lambda run: RunFolder(run).metrics()),
    "split.csv": (SPLIT, lambda run: read_split(run / "split.csv")),
}
TORN = {
    "cut": lambda whole: whole[: len(whole) * 4 // 5],
    "empty": lambda whole: b"",
    "blank": lambda whole: b"\n",
    "zeros": lambda whole: b"\0" * len(whole),
    "a list": lambda whole: b"[1, 2]\n",
    "a text": lambda whole: b'"soja"\n',
    "a number": lambda whole: b"3\n",
    "null": lambda whole: b"null\n",
    "no UTF-8": lambda whole: b"\xe7\xe3o: " + whole,
}


@pytest.mark.parametrize("name", READ)
@pytest.mark.parametrize("how", TORN)
def test_a_torn_file_is_named_with_what_to_do(tmp_path, name, how):
    whole, read = READ[name]
    (tmp_path / name).write_bytes(TORN[how](whole.encode()))
    with pytest.raises(ConfigError, match=rf"(?s){name} is damaged: .*(train anew|--resume)"):
        read(tmp_path)


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("config.yaml", "data: 3\n"),
        ("config.yaml", "data: {}\nmodel:\n"),
        ("metrics.json", '{"test": 3}'),
        ("metrics.json", '{"test": {"f1_macro": "0,5"}}'),
        ("split.csv", "a,b\n1,2\n"),
        ("split.csv", SPLIT.replace("test", "tes")),
        ("split.csv", SPLIT.replace("1,3", "um,3")),
        ("split.csv", SPLIT[:-1]),
    ],
)
def test_what_finetune_does_not_write_is_damaged_too(tmp_path, name, content):
    (tmp_path / name).write_text(content)
    with pytest.raises(ConfigError, match=rf"{name} is damaged"):
        READ[name][1](tmp_path)


def test_what_is_whole_is_read_and_what_is_not_there_is_empty(tmp_path):
    run = RunFolder(tmp_path)
    assert (run.config(), run.metrics(), run.score("test")) == ({}, {}, None)
    for name, (whole, _) in READ.items():
        (tmp_path / name).write_text(whole)
    assert run.config()["model"]["loss"] == [1, 2]
    assert run.score("test") == 0.5
    assert read_split(tmp_path / "split.csv").equals(
        pd.DataFrame({"source": "dados.csv", "row": [0, 1], "split": ["train", "test"]}).astype(
            {"source": str}
        )
    )
