import json
from pathlib import Path

import pytest

from finetune.commands.predict.by_export import named
from finetune.runs.exported import NETWORK, PROGRAM, description, options_of
from finetune.runs.folder import CONFIG, DESCRIPTION
from finetune.runs.run_name import NAME


@pytest.mark.parametrize("gone", [NETWORK, PROGRAM])
def test_a_folder_that_has_lost_a_file_is_still_answered_by_its_program_which_tells_of_it(tmp_path, gone):
    for name in {DESCRIPTION, NETWORK, PROGRAM} - {gone}:
        (tmp_path / name).touch()
    assert named(["predict", "--run", str(tmp_path)]) == tmp_path


def test_what_plain_transformers_opens_is_not(tmp_path):
    for name in (DESCRIPTION, "config.json"):
        (tmp_path / name).touch()
    assert named(["predict", "--run", str(tmp_path)]) is None


def test_a_table_is_read_as_the_run_had_it_read_and_what_it_does_not_say_is_left_out(tmp_path):
    data = {"text_column": "texto", "max_length": 64, "fix_encoding": False, "lower_capitals": True}
    (tmp_path / DESCRIPTION).write_text(json.dumps(description({"data": data})), encoding="utf-8")
    assert set(options_of(tmp_path)) == {
        "--data.text_column=texto",
        "--data.max_length=64",
        "--data.fix_encoding=false",
        "--data.lower_capitals=true",
    }
    del data["lower_capitals"]  # a run of before
    (tmp_path / DESCRIPTION).write_text(json.dumps(description({"data": data})), encoding="utf-8")
    assert "--data.lower_capitals=false" in options_of(tmp_path)


def test_a_run_of_words_is_named_by_its_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    run = Path("lightning_logs/baseline_0")
    run.mkdir(parents=True)
    for name, content in ((CONFIG, "{}"), (DESCRIPTION, "{}"), (NAME, "simples")):
        (run / name).write_text(content)
    assert named(["predict", "--run", "SIMPLES"]) == run
    assert named(["predict", "--run", "outro"]) is None
