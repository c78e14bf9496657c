"""Asks an exported folder in a process of its own, as whoever gets it will. Knows no format."""

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from finetune.commands.export.source import Row
from finetune.errors import ModelError
from finetune.tasks.task import Floats

LAST_LINES = 5
"""Of what a process says that has failed."""


def ask_apart(words: Sequence[str], rows: Sequence[Row], *, isolated: bool = False) -> Floats:
    """Returns what a Python program answers to rows.

    It is given a file of rows, one a line as JSON, and one to write an array to.

    Args:
        words: The program's file, and what it is given before these.
        rows: The rows. N of them
        isolated: Whether it is a program that stands by itself: then it says which heavy packages it has loaded, which
            may be none.

    Raises:
        ModelError: if it does not answer every row.
    """
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        given, answers = Path(folder, "rows.jsonl"), Path(folder, "answers.npy")
        given.write_text("".join(f"{json.dumps(row)}\n" for row in rows), encoding="utf-8")
        done = subprocess.run(
            # -B: no bytecode stays beside the program
            [sys.executable, *(["-I", "-B"] if isolated else ["-P"]), *words, str(given), str(answers)],
            cwd=folder,
            env={**os.environ, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"},
            capture_output=True,
            check=False,
        )
        if done.returncode == 0 and answers.is_file():
            found: Floats = np.load(answers, allow_pickle=False).astype(np.float64)
            heavy = json.loads(done.stdout)["loaded"] if isolated else []
            assert not heavy, heavy
            if len(found) == len(rows):
                return found
        said = done.stderr.decode("utf-8", errors="replace").strip().splitlines()[-LAST_LINES:]
    raise ModelError(
        "the export was written, but a process of its own could not open it and answer all {n:,} rows, so it was taken "
        "away again. (It ended with {status} and said: {text})",
        n=len(rows),
        status=done.returncode,
        text=" / ".join(said) or "-",
    )
