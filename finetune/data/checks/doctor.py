"""The table of checks, and running them over all rows. What they found is told by `told`.

A check is a function `(Examined) -> iterator of Finding`, each of which says its sentence; add one by writing it and
adding a row to `CHECKS`, or name your own as `package.module:function`. One that needs more than the table, such as a
model, is handed in as a function by who has it.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from finetune.data.checks.broken_words import broken_words
from finetune.data.checks.capitals import capitals
from finetune.data.checks.classes import classes
from finetune.data.checks.damage import damage
from finetune.data.checks.duplicates import across, conflicts, within
from finetune.data.checks.examined import Examined
from finetune.data.checks.finding import SEVERITIES, Finding
from finetune.data.checks.groups import groups, moments
from finetune.data.checks.leakage import column_leaks, token_leaks
from finetune.data.checks.lengths import lengths
from finetune.data.checks.near_duplicates import near_duplicates
from finetune.data.checks.numbers import numbers
from finetune.data.checks.rows import empty_label, empty_text, no_number
from finetune.data.checks.speech import speech
from finetune.data.checks.spelling import label_spelling
from finetune.errors import ConfigError, DataError
from finetune.language.say import Message, joined
from finetune.plugins import resolve

CheckFunction = Callable[[Examined], Iterable[Finding]]

CHECKS: dict[str, CheckFunction] = {
    "empty_text": empty_text,
    "empty_label": empty_label,
    "no_number": no_number,
    "label_spelling": label_spelling,
    "repeated_across": across,
    "repeated_within": within,
    "conflicts": conflicts,
    "near_duplicates": near_duplicates,
    "classes": classes,
    "numbers": numbers,
    "damage": damage,
    "speech": speech,
    "lengths": lengths,
    "capitals": capitals,
    "broken_words": broken_words,
    "token_leaks": token_leaks,
    "column_leaks": column_leaks,
    "groups": groups,
    "moments": moments,
}
"""Run before training: all together some seconds on 100,000 rows."""

ABOVE = {
    "label_errors": "finetune.evaluation.label_errors:label_errors",
    "more_rows": "finetune.evaluation.more_rows:more_rows",
}
"""Checks that train a model, for which this room has none: they can be asked for by name all the same."""


def examine(data: Examined, checks: Iterable[str | CheckFunction] = CHECKS) -> list[Finding]:
    """Runs checks and returns what they found, the worst first.

    Args:
        data: The rows.
        checks: Rows of `CHECKS` or `ABOVE`, functions, or `package.module:function`; all of `CHECKS` when left out.

    Raises:
        ConfigError: There is no such check, or it gives something else than findings.
    """
    rows = CHECKS | {name: resolve(place, CHECKS, "check") for name, place in ABOVE.items()}
    found = []
    for check in checks:
        name, function = (
            (check, resolve(check, rows, "check")) if isinstance(check, str) else (check.__name__, check)
        )
        given = function(data)
        for finding in given if isinstance(given, Iterable) else [given]:
            if not isinstance(finding, Finding) or finding.severity not in SEVERITIES:
                raise ConfigError(
                    'the check "{name}" gave a {given}: it has to give Findings (finetune.data.checks.finding), each '
                    "with one of the severities {severities}.",
                    name=name,
                    given=Message('Finding of severity "{severity}"', severity=finding.severity)
                    if isinstance(finding, Finding)
                    else type(finding).__name__,
                    severities=", ".join(SEVERITIES),
                )
            found.append(replace(finding, check=name))
    return sorted(found, key=lambda finding: SEVERITIES.index(finding.severity))


def refuse_severe(findings: Sequence[Finding]) -> None:
    """Stops where something severe was found.

    Raises:
        DataError: if something was.
    """
    severe = [finding.told for finding in findings if finding.severity == "severe"]
    if severe:
        raise DataError(
            "the data have what --data.on_findings error does not let pass: {findings}. Mend the table, or train all "
            "the same with --data.on_findings report.",
            findings=joined(severe, "; "),
        )
