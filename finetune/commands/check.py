"""finetune check: what is wrong with a table, by itself and with all examples. Trains nothing."""

import json
import os
from pathlib import Path

from finetune.cli.lightning_cli import run
from finetune.cli.verb import Ready
from finetune.data.checks.doctor import refuse_severe
from finetune.data.checks.told import show, to_text
from finetune.errors import ConfigError
from finetune.evaluation.label_errors import AFTER_TRAINING
from finetune.files.whole import write_text
from finetune.runs.folder import DATA_REPORT


def check(ready: Ready, report: str = DATA_REPORT) -> int:
    """Say what is wrong with a table, before anything is trained.

    The exit status is 1 where something severe is found.

    Args:
        ready: What it works with.
        report: File to write, with the lines of every finding; replaced if it is there.
    """
    path = replaceable(report)
    data = ready.data
    data.tokenizer_name = data.tokenizer_name or ready.model.hparams["name"]
    findings, examined = data.check(AFTER_TRAINING)
    write_text(path, to_text(findings, examined))
    show(findings, examined, where=report, details=True)
    if data.on_findings == "error":
        refuse_severe(findings)
    return int(any(finding.severity == "severe" for finding in findings))


def replaceable(report: str) -> Path:
    """Returns the file to write, looked at before anything is read.

    Raises:
        ConfigError: if it cannot be written where it should be, or is none that `check` wrote.
    """
    path = Path(report)
    if not os.access(path.absolute().parent, os.W_OK) or path.is_dir():
        raise ConfigError(
            "--report {report}: give a file in a folder that is there and can be written to.", report=report
        )
    if path.exists() and not is_report(path):
        raise ConfigError(
            "--report {report}: the file is there, and is no report of an earlier check: it is not overwritten. "
            "Give another name.",
            report=report,
        )
    return path


def is_report(path: Path) -> bool:
    """Whether a file is what `check` wrote."""
    try:
        return "findings" in json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    return run(argv, check)
