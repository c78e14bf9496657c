"""The command line of the folder: what is asked, in which language, and how what goes wrong is told."""

import argparse
import io
import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path

from .said import Refused, speak, tell
from .sums import check

FAILED, INTERRUPTED = 2, 130


def main(
    folder: Path, argv: list[str], *, program: str = "predict.py", options: Mapping[str, str] | None = None
) -> int:
    """Does what is asked; returns the exit status.

    Args:
        folder: That of the export.
        argv: What was typed.
        program: What it is called by whoever typed it: errors begin with it.
        options: What its options are called there, where they are called otherwise.
    """

    def failed(text: str) -> int:
        for name, other in (options or {}).items():
            text = re.sub(rf"{name}\b", other, text)
        print(tell("{program}: error: {text}", program=program, text=text), file=sys.stderr)
        return FAILED

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    speak(None, "")
    try:
        return _run(folder, argv)
    except Refused as error:
        return failed(str(error))
    except ImportError as error:
        return failed(
            tell(
                "a package is missing or cannot be loaded ({text}). Install what the folder needs:\n"
                "  pip install -r {path}",
                text=error,
                path=folder / "requirements.txt",
            ),
        )
    except OSError as error:
        return failed(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except KeyboardInterrupt:
        print(file=sys.stderr)
        return INTERRUPTED


def _run(folder: Path, argv: list[str]) -> int:
    speak(_named_language(argv), _usual_language(folder))
    asked = _asked(argv)
    if asked.help or not argv:
        print(_help())
        return 0
    if asked.check:
        n = check(folder)
        print(tell("{n} file is as it was proved.", "All {n} files are as they were proved.", n=n))
        if not asked.files and asked.text is None:
            return 0
    from .model import Model, described  # numpy, which the help does not wait for
    from .of_proof import prove
    from .of_table import answer_table
    from .of_text import answer_text
    from .texts import Making

    content = described(folder)
    model = Model(folder, content, threads=asked.threads, top=asked.top, probabilities=asked.probabilities)
    making = Making(content, text=asked.text_column, pair=asked.text_pair_column)
    if asked.logits or asked.answers:
        source, output = asked.logits or asked.answers
        prove(model, Path(source), Path(output), answers=bool(asked.answers))
    elif asked.text is not None:
        _refuse_files(asked)
        texts = [each for each in (asked.text, asked.text_pair) if each is not None]
        answer_text(model, making, texts, most=len(model.labels) if asked.probabilities else asked.top)
    else:
        source, output = _files(asked)
        answer_table(model, making, source, output, guard=asked.guard_formulas, overwrite=asked.overwrite)
    return 0


def _asked(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False, exit_on_error=False)
    parser.add_argument("files", nargs="*")
    for name in ("--text", "--text_pair", "--text_column", "--text_pair_column", "--language"):
        parser.add_argument(name)
    parser.add_argument("--threads", type=_threads)
    parser.add_argument("--top", type=int)
    for name in ("--overwrite", "--guard_formulas", "--check", "--probabilities"):
        parser.add_argument(name, action="store_true")
    parser.add_argument("--help", "-h", action="store_true")
    for name in ("--logits", "--answers"):  # of the proof of an export
        parser.add_argument(name, nargs=2)
    try:
        asked, strange = parser.parse_known_args(argv)
    except argparse.ArgumentError as error:
        raise Refused(
            tell(
                "{option}: its value is missing or wrong. The help: python predict.py --help",
                option=error.argument_name,
            )
        ) from error
    if strange:
        raise Refused(
            tell("{options}: not known. The help: python predict.py --help", options=" ".join(strange))
        )
    return asked


def _threads(text: str) -> int:
    if not text.isdecimal() or not int(text):
        raise argparse.ArgumentTypeError(text)
    return int(text)


def _files(asked: argparse.Namespace) -> tuple[Path, Path | None]:
    if not 1 <= len(asked.files) <= 2:
        raise Refused(
            tell(
                "give a table and the file to write: python predict.py novos.csv saida.csv (got {n})",
                n=len(asked.files),
            )
        )
    source, *rest = (Path(name).expanduser() for name in asked.files)
    return source, rest[0] if rest else None


def _refuse_files(asked: argparse.Namespace) -> None:
    if asked.files:
        raise Refused(tell("give either a table or --text, not both"))


def _named_language(argv: list[str]) -> str | None:
    """The language that is asked for, before anything else is read: errors are told in it."""
    for place, argument in enumerate(argv):
        if argument.startswith("--language="):
            return argument.partition("=")[2]
        if argument == "--language" and place + 1 < len(argv):
            return argv[place + 1]
    return None


def _usual_language(folder: Path) -> str:
    """The language of the folder; none where it does not say, which is told when it is opened."""
    try:
        return str(json.loads((folder / "finetune.json").read_text(encoding="utf-8"))["language"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _help() -> str:
    return tell(
        "Answers a table, or one text, with the model in this folder.\n"
        "\n"
        "  python predict.py TABLE OUTPUT     answers every row of TABLE, and writes it with the answers to OUTPUT\n"
        '  python predict.py --text "..."     answers one text\n'
        "\n"
        "TABLE and OUTPUT: .csv, .tsv, .txt, .jsonl, .ndjson or .xlsx (pip install openpyxl).\n"
        "OUTPUT may be left out: it is then TABLE_predicted, in the folder where you are.\n"
        "\n"
        "  --text_column NAME        column of the texts, where it has another name than in the training\n"
        "  --text_pair_column NAME   column of the second texts, where the model reads two\n"
        "  --text_pair TEXT          the second text, beside --text\n"
        "  --top N                   N answers beside each row, the likeliest first: label_2, confidence_2 and so on\n"
        "  --probabilities           a column for each class, p:NAME, with its probability\n"
        "  --overwrite               replace OUTPUT whatever it holds\n"
        "  --guard_formulas          put an apostrophe before your own cells that a spreadsheet would run\n"
        "  --check                   first look whether the files of this folder are as they were proved\n"
        "  --threads N               threads of the processor; all when left out\n"
        "  --language pt|en          language of what is said; FINETUNE_LANGUAGE does the same\n"
    )
