"""Answers a table, or one text, with the model in this folder. Says what is missing; all else does `answering`.

python predict.py novos.csv saida.csv
"""

import sys
from importlib import import_module
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def start() -> int:
    """Runs the command of this folder; returns the exit status."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file is copied away from its package
        print("Python 3.11+ (" + sys.version.split()[0] + ")", file=sys.stderr)  # type: ignore[unreachable]
        return 2
    sys.path.insert(0, str(FOLDER))
    main = import_module("answering.command").main
    return int(main(FOLDER, sys.argv[1:]))


if __name__ == "__main__":
    sys.exit(start())
