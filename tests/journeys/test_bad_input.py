"""Bad input on the command line: a clear error, exit status 2, no traceback, and nothing written."""

import gzip
from pathlib import Path

import pytest

GOOD = "texto;rotulo\n" + "".join(f"boi gado pasto {i};a\nchuva seca frio {i};b\n" for i in range(20))


def nothing_written(folder: Path) -> bool:
    return not (folder / "lightning_logs").exists() or not list((folder / "lightning_logs").glob("version_*"))


BAD_TABLES = {
    "empty.csv": (b"", "empty"),
    "header.csv": (b"texto;rotulo\n", "only a header"),
    "no_text.csv": (b"nome;rotulo\nx;a\ny;b\n", "--data.text_column"),
    "no_label.csv": (b"texto;nome\nx;a\ny;b\n", "--data.label_column"),
    "twins.csv": (b"texto;texto;rotulo\nx;y;a\n", "texto"),
    "one_class.csv": (b"texto;rotulo\nboi;a\nvaca;a\n", "has 1 class"),
    "few.csv": (GOOD.encode() + b"rara;c\n", '"c" (1)'),
    "nul.csv": (b"texto;rotulo\nbo\x00i;a\nvaca;b\n", "NUL"),
    "many.csv": (b"texto,rotulo\nboi,a\nvaca, e bezerro,b\n", "line 3"),
    "broken.jsonl": (b'{"texto": "a", "rotulo": "b"}\n{"texto": \n', "line 2"),
    "broken.parquet": (b"PAR1 no parquet at all", "broken.parquet"),
    "broken.csv.gz": (gzip.compress(GOOD.encode())[:40], "broken.csv.gz"),
    "odd.docx": (b"PK\x03\x04", ".docx"),
}


@pytest.mark.parametrize("name", BAD_TABLES)
def test_a_bad_table_is_named_and_leaves_nothing(finetune, tmp_path, capsys, name):
    content, message = BAD_TABLES[name]
    (tmp_path / name).write_bytes(content)
    assert finetune("fit", "--data.path", name) == 2
    error = capsys.readouterr().err
    assert message in error
    assert name in error
    assert "Traceback" not in error
    assert nothing_written(tmp_path)


BAD_CALLS = {
    "no such file": (["--data.path", "nada.csv"], "nada.csv"),
    "no data": ([], "--data.path"),
    "misspelt flag": (["--data.path", "d.csv", "--data.pth", "x"], 'Did you mean "data.path"'),
    "abbreviated flag": (["--data.path", "d.csv", "--trainer.max_epoch", "3"], "trainer.max_epochs"),
    "wrong type": (["--data.path", "d.csv", "--trainer.max_epochs", "dois"], "dois"),
    "no such recipe": (["--config", "demmo"], 'Did you mean "demo"'),
    "misspelt model": (["--data.path", "d.csv", "--model.name", "embeded"], 'Did you mean "embedded"'),
    "no such model folder": (["--data.path", "d.csv", "--model.name", "./nada"], "./nada"),
    "unknown hub model offline": (["--data.path", "d.csv", "--model.name", "org/nada"], "org/nada"),
    "no such loss": (["--data.path", "d.csv", "--model.loss", "focall"], "emd, focal, huber"),
    "no such schedule": (["--data.path", "d.csv", "--model.schedule", "x"], "cosine_with_restarts"),
    "no such split": (["--data.path", "d.csv", "--data.split", "x"], "stratified"),
    "metric that is not there": (
        ["--data.path", "d.csv", "--early_stopping.monitor", "val/f2"],
        "val/f1_macro",
    ),
    "batch too small": (
        ["--data.path", "d.csv", "--data.effective_batch_size=2", "--trainer.accumulate_grad_batches=4"],
        "effective batch of 2 rows",
    ),
    "negative length": (["--data.path", "d.csv", "--data.max_length=-3"], "max_length is -3"),
    "negative seed": (["--data.path", "d.csv", "--data.split_seed=-1"], "split_seed is -1"),
    "no such accelerator": (["--data.path", "d.csv", "--trainer.accelerator", "foo"], "foo"),
    "labels that the data has not": (["--data.path", "d.csv", "--model.labels", "[x,y]"], '"x" and "y"'),
    "too long": (["--data.path", "d.csv", "--data.max_length", "4000"], "max_length 4000"),
    "resume without run": (["--resume"], "--run latest"),
    "no run yet": (["--run", "latest", "--resume"], "lightning_logs"),
}


@pytest.mark.parametrize("what", BAD_CALLS)
def test_a_bad_call_says_what_to_do_and_leaves_nothing(finetune, tmp_path, capsys, what):
    arguments, message = BAD_CALLS[what]
    Path("d.csv").write_text(GOOD, encoding="utf-8")
    assert finetune("fit", *arguments) == 2
    error = capsys.readouterr().err
    assert message in error
    assert "Traceback" not in error
    assert nothing_written(tmp_path)


def monitors(*arguments):
    return ["--trainer.callbacks+=lightning.pytorch.callbacks.ModelCheckpoint", *arguments]


MONITORED = {
    "early stopping by what is not logged": (
        ["--early_stopping.monitor", "val/f1"],
        [
            "EarlyStopping(monitor='val/f1'): the model logs no metric of that name",
            "Did you mean",
            "'val/f1_m",
        ],
    ),
    "best checkpoint by what a fit does not log": (
        ["--best_checkpoint.monitor", "test/f1_macro"],
        [
            "BestCheckpoint(monitor='test/f1_macro'): the model logs no metric",
            "Did you mean",
            "'val/f1_macro'",
        ],
    ),
    "best checkpoint in the wrong direction": (
        ["--best_checkpoint.mode", "max"],
        ["BestCheckpoint(monitor='val/calibrated_log_loss', mode='max')", "mode must be min"],
    ),
    "a score in the direction of the default": (
        ["--early_stopping.monitor", "val/f1_macro"],
        ["EarlyStopping(monitor='val/f1_macro', mode='min')", "mode must be max"],
    ),
    "Lightning's own by what is not logged": (
        monitors("--trainer.callbacks.monitor=val/f1"),
        ["ModelCheckpoint(monitor='val/f1')", "Did you mean", "'val/f1_m"],
    ),
    "Lightning's own in the wrong direction": (
        monitors("--trainer.callbacks.monitor=val/mcc"),
        ["ModelCheckpoint(monitor='val/mcc', mode='min')", "mode must be max"],
    ),
}


@pytest.mark.parametrize("what", MONITORED)
def test_a_metric_that_cannot_be_monitored_is_refused_before_any_training(
    finetune, tmp_path, capsys, monkeypatch, what
):
    def never(*_):
        raise AssertionError("data or model were touched before the check")

    monkeypatch.setattr("finetune.data.module.TextData.prepare_data", never)
    monkeypatch.setattr("finetune.model.classifier.TextClassifier.training_step", never)
    Path("d.csv").write_text(GOOD, encoding="utf-8")
    arguments, messages = MONITORED[what]
    assert finetune("fit", "--data.path", "d.csv", *arguments) == 2
    error = capsys.readouterr().err
    for message in messages:
        assert message in error
    if "no metric" in error:
        assert "train/accuracy, train/f1_macro, " in error  # of any task: the table was not read yet
    assert "Traceback" not in error
    assert nothing_written(tmp_path)


def test_lightnings_early_stopping_may_be_told_to_bear_a_metric_that_is_not_there(finetune):
    Path("d.csv").write_text(GOOD, encoding="utf-8")
    stopping = ["--trainer.callbacks+=lightning.pytorch.callbacks.EarlyStopping"]
    stopping += ["--trainer.callbacks.monitor=val/nada", "--trainer.callbacks.strict=false"]
    assert finetune("fit", "--data.path", "d.csv", *stopping, "--trainer.fast_dev_run=true") == 0


def test_a_misspelt_key_in_yaml_gets_the_nearest_valid_one(finetune, capsys):
    Path("c.yaml").write_text("data:\n  path: d.csv\n  effective_batchsize: 8\n", encoding="utf-8")
    assert finetune("fit", "--config", "c.yaml") == 2
    assert 'Did you mean "data.effective_batch_size"' in capsys.readouterr().err


def test_labels_that_training_has_not_are_listed(finetune, capsys):
    Path("d.csv").write_text(GOOD, encoding="utf-8")
    Path("t.csv").write_text("texto;rotulo\nboi;a\nneve;z\n", encoding="utf-8")
    assert finetune("fit", "--data.path", "d.csv", "--data.test_path", "t.csv") == 2
    error = capsys.readouterr().err
    assert '"z" (1 row)' in error
    assert "t.csv" in error


def test_bad_rows_are_counted_or_refused(finetune, capsys, tmp_path):
    Path("d.csv").write_text(GOOD + ";a\nboi;\n", encoding="utf-8")
    assert finetune("fit", "--data.path", "d.csv", "--data.on_bad_rows", "error") == 2
    error = capsys.readouterr().err
    assert "42" in error
    assert "43" in error
    assert nothing_written(tmp_path)


def test_prediction_refuses_to_write_over_its_own_input(trained, finetune, capsys):
    Path("novos.csv").write_text("texto\nboi\n", encoding="utf-8")
    arguments = ["--data.predict_path", "novos.csv", "--output", "novos.csv"]
    assert finetune("predict", "--run", "latest", *arguments) == 2
    assert "itself" in capsys.readouterr().err
    assert Path("novos.csv").read_text(encoding="utf-8") == "texto\nboi\n"


def test_prediction_writes_over_what_it_wrote_and_over_nothing_else(trained, finetune, capsys):
    Path("novos.csv").write_text("texto,n\n=boi,1\nvaca,2\n", encoding="utf-8")
    arguments = ["predict", "--run", "latest", "--data.predict_path", "novos.csv"]
    assert finetune(*arguments) == 0
    assert finetune(*arguments) == 0
    assert "\n=boi,1," in Path("novos_predicted.csv").read_text(encoding="utf-8")
    Path("novos_predicted.csv").write_text("nome,idade\n", encoding="utf-8")
    capsys.readouterr()
    assert finetune(*arguments) == 2
    told = capsys.readouterr()
    assert "--overwrite true" in told.err
    assert "Traceback" not in told.err
    assert Path("novos_predicted.csv").read_text(encoding="utf-8") == "nome,idade\n"
    assert finetune(*arguments, "--overwrite", "true", "--guard_formulas", "true") == 0
    assert "\n'=boi,1," in Path("novos_predicted.csv").read_text(encoding="utf-8")


def test_testing_without_a_model_says_how_to_name_one(finetune, capsys):
    Path("d.csv").write_text(GOOD, encoding="utf-8")
    assert finetune("test", "--data.path", "d.csv") == 2
    assert "--run latest" in capsys.readouterr().err
