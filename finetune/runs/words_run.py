"""A run of words alone, looked at: that its files are whole and of a version that is known. Loads nothing heavy."""

import json
import math
from pathlib import Path
from typing import Any

from finetune.errors import ConfigError
from finetune.runs.export_sums import SUMS, sum_of
from finetune.runs.exported import FORMAT
from finetune.runs.folder import BASELINE_ANEW, DESCRIPTION, WORDS


def description_of(run: Path) -> dict[str, Any]:
    """Returns what a run of words says of how it answers, once the words are known to be those that it is of.

    Args:
        run: Its folder.

    Raises:
        ConfigError: if a file is missing, damaged, or of a newer version.
    """
    file = run / DESCRIPTION
    try:
        content: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        written, words = content["format"], str(content[SUMS][WORDS])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise _not_usable(file) from error
    if isinstance(written, int) and written > FORMAT:
        raise ConfigError(
            "{file} is of a newer version of finetune (format {written}; this one reads {known}): install that. "
            "{again}",
            again=BASELINE_ANEW,
            file=file,
            written=written,
            known=FORMAT,
        )
    if written != FORMAT or not _tells_how_words_answer(content):
        raise _not_usable(file)
    if not (run / WORDS).is_file() or sum_of(run / WORDS) != words:
        raise _not_usable(run / WORDS)
    return content


def _tells_how_words_answer(content: dict[str, Any]) -> bool:
    """Whether they answer alone, with a confidence that can be counted; what else is wrong its readers find."""
    try:
        alone, calibration = content["mix"]["weight"] == 1, content["calibration"]
        temperature, threshold = calibration["temperature"], calibration["abstain_below"]
        return alone and 0 < temperature < math.inf and (threshold is None or 0 <= threshold <= 1)
    except (KeyError, TypeError):
        return False


def _not_usable(file: Path) -> ConfigError:
    return ConfigError(
        "{file} is missing, damaged, or another than the run's own: nothing is answered by it. Put a copy of it back. "
        "{again}",
        file=file,
        again=BASELINE_ANEW,
    )
