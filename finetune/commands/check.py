"""finetune check: what is wrong with a table, by itself and with all examples. Trains nothing."""

import json
import os
from pathlib import Path

from lightning.pytorch import Trainer

from finetune.data.checks.doctor import refuse_severe
from finetune.data.checks.told import sentence, show, to_text
from finetune.data.module import TextData
from finetune.errors import ConfigError
from finetune.evaluation.label_errors import AFTER_TRAINING
from finetune.files.whole import write_text
from finetune.language.which import language
from finetune.model.classifier import TextClassifier
from finetune.runs.folder import DATA_REPORT


def is_report(path: Path) -> bool:
    """Whether a file is what `check` wrote."""
    try:
        return "findings" in json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, TypeError):
        return False


class CheckTrainer(Trainer):
    """A Trainer with one more verb, whose arguments are the options of `finetune check`."""

    def check(self, model: TextClassifier, datamodule: TextData, report: str = DATA_REPORT) -> bool:
        """Prints what is wrong with the data, and writes all of it to a file.

        Args:
            model: Whose tokenizer and languages the texts are held against.
            datamodule: The data.
            report: File to write, with the lines of every finding; replaced if it is there.

        Returns:
            Whether nothing severe was found.

        Raises:
            ConfigError: The file cannot be written where it should be.
        """
        path = Path(report)
        folder = path.absolute().parent
        if not os.access(folder, os.W_OK) or path.is_dir():
            raise ConfigError(
                f"--report {report}: give a file in a folder that is there and can be written to."
            )
        if path.exists() and not is_report(path):
            raise ConfigError(
                f"--report {report}: the file is there, and is no report of an earlier check: it is not overwritten. "
                "Give another name."
            )
        datamodule.tokenizer_name = datamodule.tokenizer_name or model.hparams["name"]
        findings, data = datamodule.check(AFTER_TRAINING)
        write_text(path, to_text(findings, data))
        show(findings, data, language=language(), where=report, details=True)
        if datamodule.on_findings == "error":
            refuse_severe(findings, lambda finding: sentence(finding, "en")[0])
        return not any(finding.severity == "severe" for finding in findings)
