"""Defaults that can be changed and switched off, other loggers."""

import json
from pathlib import Path

import yaml

RUN = Path("lightning_logs/version_0")
SHORT = ["--trainer.max_epochs=1", "--baselines=null", "--mix=none", "--data.on_findings=skip"]
CALLBACKS = [
    "hardware_tier",
    "early_stopping",
    "resource_monitor",
    "learning_rate",
    "overfitting_watch",
    "best_checkpoint",
    "last_checkpoint",
]


def test_every_default_callback_can_be_switched_off(finetune, table):
    off = [f"--{key}=null" for key in CALLBACKS]
    assert finetune("fit", "--data.path", table, *SHORT, *off) == 0
    files = {file.name for file in RUN.rglob("*") if file.is_file()}
    assert "best.ckpt" not in files
    assert "last.ckpt" not in files
    assert "resources.csv" not in files
    assert "hardware.json" not in files
    assert "metrics.json" in files


def test_the_trainers_own_switches_serve_too(finetune, table):
    off = ["--trainer.enable_progress_bar=false", "--trainer.enable_checkpointing=false"]
    assert finetune("fit", "--data.path", table, *SHORT, *off) == 0
    assert not list(RUN.glob("checkpoints/*"))
    assert (RUN / "model" / "config.json").is_file()


def test_a_default_callback_can_be_changed_by_flag_and_yaml(finetune, table):
    Path("c.yaml").write_text(
        yaml.safe_dump(
            {
                "early_stopping": {
                    "class_path": "callbacks.EarlyStopping",
                    "init_args": {"monitor": "val/loss", "mode": "min", "patience": 1},
                }
            }
        ),
        encoding="utf-8",
    )
    arguments = ["--config", "c.yaml", "--early_stopping.min_delta", "50", "--trainer.max_epochs", "8"]
    assert finetune("fit", "--data.path", table, *arguments) == 0
    config = yaml.safe_load((RUN / "config.yaml").read_text(encoding="utf-8"))
    assert config["early_stopping"]["init_args"]["monitor"] == "val/loss"
    assert config["early_stopping"]["init_args"]["min_delta"] == 50
    steps = (RUN / "resources.csv").read_text(encoding="utf-8")
    assert steps.count("\n") >= 2


def test_without_a_logger_the_run_folder_is_still_made(finetune, table, capsys):
    assert finetune("fit", "--data.path", table, *SHORT, "--trainer.logger", "false") == 0
    assert (RUN / "metrics.json").is_file()
    assert not list(RUN.glob("events*"))
    assert "tensorboard" not in capsys.readouterr().out  # it would have nothing to show


def test_a_dry_run_writes_nothing(finetune, table, tmp_path):
    assert finetune("fit", "--data.path", table, "--trainer.fast_dev_run", "true") == 0
    assert not list(tmp_path.glob("lightning_logs/version_*"))


def test_without_test_rows_the_validation_is_shown(finetune, table):
    assert finetune("fit", "--data.path", table, *SHORT, "--data.test_fraction", "0") == 0
    metrics = json.loads((RUN / "metrics.json").read_text(encoding="utf-8"))
    assert "test" not in metrics
    assert metrics["validation"]["rows"] == 18


def test_a_small_table_gets_more_epochs_and_the_user_is_told(finetune, table, capsys):
    assert (
        finetune("fit", "--data.path", table, "--trainer.max_epochs", "null", "--epochs_by_rows.maximum=3")
        == 0
    )
    captured = capsys.readouterr()
    assert "3 epochs for 144 training rows" in captured.err + captured.out


def test_the_curves_are_judged_in_the_language_of_the_command_line(finetune, table, capsys):
    assert finetune("fit", "--data.path", table, "--trainer.max_epochs", "2", "--language", "pt") == 0
    captured = capsys.readouterr()
    assert "(val/f1_macro)" in captured.err + captured.out
    assert "nas linhas de validação" in captured.err + captured.out
