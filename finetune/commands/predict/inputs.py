"""What predict takes besides one table: several files and folders, and standard input."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path

from finetune.cli.recipes import looks_like_a_table
from finetune.cli.verb import Ready
from finetune.data.reading.standard_input import spooled
from finetune.data.reading.template import parsed
from finetune.errors import ConfigError
from finetune.language.say import note, say, show

OPTION = "--data.predict_path"
STANDARD_INPUT = "-"


def with_several(argv: Sequence[str]) -> list[str]:
    """Returns a command line on which several tables behind the option are one value, as the parser takes a list.

    Words that are no tables, or the name of one with blanks in it, stay as they are: what is said of them says more.
    """
    words = list(argv)
    if OPTION not in words:
        return words
    at = words.index(OPTION) + 1
    end = next((place for place in range(at, len(words)) if words[place].startswith("--")), len(words))
    tables = words[at:end]
    if len(tables) < 2 or Path(" ".join(tables)).exists() or not all(map(_is_table, tables)):
        return words
    return [*words[: at - 1], f"{OPTION}={json.dumps(tables, ensure_ascii=False)}", *words[end:]]


def _is_table(word: str) -> bool:
    return Path(word).exists() or looks_like_a_table(word)


def put_down(ready: Ready, folder: Path) -> None:
    """Puts what comes by standard input down as a file, and has the data read that, where they are asked to.

    Args:
        ready: What the verb works with.
        folder: Where the file goes.

    Raises:
        ConfigError: if several processes would want it, or lines are not all that the model reads.
        DataError: if nothing comes.
    """
    if ready.data.paths["predict"] != STANDARD_INPUT:
        return
    if ready.trainer.world_size > 1:
        raise ConfigError(
            "{option} - is read by one process, and here are {n}. Put what comes into a file first, or add "
            "--trainer.devices 1.",
            option=OPTION,
            n=ready.trainer.world_size,
        )
    if sys.stdin.isatty():
        show(say("Type one text a line; Ctrl+D (on Windows Ctrl+Z and Enter) ends."), file=sys.stderr)
    reading = ready.data.reading
    columns = (
        (reading.text_column or "text",) if reading.template is None else parsed(reading.template).columns
    )
    path, lines = spooled(sys.stdin.buffer, folder, names=columns)
    if lines and (len(set(columns)) > 1 or reading.text_pair_column is not None):
        raise ConfigError(
            "what came by standard input has no header that names a column of texts, and the model reads more than one "
            "text: give a table with the columns that it was trained on."
        )
    if lines:
        note("standard input: its first line names no column of texts, so that each line is taken for one")
    ready.data.paths["predict"] = str(path)
