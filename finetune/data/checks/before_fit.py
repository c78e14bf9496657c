"""The check of the data before a training: shown, kept, and where asked for in its way."""

from collections.abc import Sequence
from typing import Literal

from finetune.data.checks.doctor import CHECKS, examine, refuse_severe
from finetune.data.checks.examined import Examined
from finetune.data.checks.told import show, to_text
from finetune.language.say import Message
from finetune.runs.folder import DATA_REPORT

OnFindings = Literal["report", "error", "skip"]


def check_before_fit(
    data: Examined, more_checks: Sequence[str], *, on_findings: OnFindings, will_train: bool
) -> str:
    """Shows what is wrong with the data, and returns all of it as JSON.

    Args:
        data: The rows.
        more_checks: Checks of the user's own.
        on_findings: Whether something severe is an `error`.
        will_train: Whether a run folder will come, and the report in it.

    Raises:
        DataError: if something severe was found, and that is an error.
    """
    findings = examine(data, [*CHECKS, *more_checks])
    refused = on_findings == "error" and any(finding.severity == "severe" for finding in findings)
    there = Message("{file}, in the run folder", file=DATA_REPORT)
    show(findings, data, where=there if will_train and not refused else None)
    if refused:
        refuse_severe(findings)
    return to_text(findings, data)
