"""finetune check: what is wrong with a table, by itself and with all examples. Trains nothing."""

import json
import os
from pathlib import Path

from finetune.cli.of_data import OfData, run
from finetune.data.checks.doctor import refuse_severe
from finetune.data.checks.told import show, to_text
from finetune.errors import ConfigError
from finetune.evaluation.label_errors import AFTER_TRAINING, label_errors
from finetune.evaluation.label_errors_table import keep_table, show_table
from finetune.evaluation.more_rows import more_rows
from finetune.files.whole import write_text
from finetune.runs.folder import DATA_REPORT, LABEL_ERRORS


def check(ready: OfData, report: str = DATA_REPORT, output: str = LABEL_ERRORS) -> int:
    """Say what is wrong with a table, before anything is trained.

    The exit status is 1 where something severe is found.

    Args:
        ready: What it works with.
        report: File to write, with the lines of every finding; replaced if it is there.
        output: Table (CSV, for Excel) to write, of the labels that may be wrong; one that is there is left as it is,
            and this one gets a number.
    """
    path, table = replaceable(report), csv_file(output)
    data = ready.data
    data.tokenizer_name = data.tokenizer_name or ready.base
    findings, examined = data.check((*AFTER_TRAINING, more_rows))
    write_text(path, to_text(findings, examined))
    show(findings, examined, where=report, details=True)
    for finding in findings:
        if finding.check == label_errors.__name__:
            show_table(keep_table(table, finding, examined))
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


def csv_file(output: str) -> Path:
    """Returns the table to write, looked at before anything is read.

    Raises:
        ConfigError: if it is no CSV, or cannot be written where it should be.
    """
    path = Path(output)
    if path.suffix.lower() != ".csv":
        raise ConfigError(
            "--output {output}: this table is a CSV, which Excel opens: give a name that ends in .csv.",
            output=output,
        )
    if not os.access(path.absolute().parent, os.W_OK) or path.is_dir():
        raise ConfigError(
            "--output {output}: give a file in a folder that is there and can be written to.", output=output
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
