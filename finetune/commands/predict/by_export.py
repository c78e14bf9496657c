"""predict without torch, by an export or a run of words: our own program answers, and no file of theirs is run."""

import sys
from dataclasses import replace
from pathlib import Path

from finetune.cli.take_option import take_option
from finetune.cli.taken_apart import runs_root
from finetune.cli.typed_text import TypedText
from finetune.errors import ConfigError
from finetune.language.say import show
from finetune.language.which import language
from finetune.runs.export_sums import refuse_changed
from finetune.runs.exported import is_export, is_without_torch
from finetune.runs.in_one_line import in_one_line
from finetune.runs.kind import is_of_words, refuse_words
from finetune.runs.named import run_named
from finetune.runs.words_run import description_of

TAKEN = {
    "--data.predict_path": "",
    "--output": "",
    "--data.text_column": "--text_column",
    "--data.text_pair_column": "--text_pair_column",
    "--top": "--top",
}
"""Options that it takes with a value, and what it calls them."""

WORDS_ANSWER = ("mixed", "simple")
"""What `--answer` may be of a run that has words alone."""

FLAGS = ("--overwrite", "--guard_formulas", "--probabilities")


def named(argv: list[str]) -> Path | None:
    """Returns the export or the run of words that a command line names, where it answers without torch."""
    _, runs = take_option(argv[1:], ("--run",))
    if len(runs) != 1:
        return None
    root = runs_root(argv)
    given = run_named(runs[0], root)
    folder = given or Path(runs[0])
    if is_export(folder) and is_without_torch(folder):
        return folder
    return next((each for each in (folder, root / runs[0]) if is_of_words(each)), None)


def by_export(folder: Path, typed: TypedText) -> int:
    """Labels a table, or answers a text.

    Args:
        folder: The export, or the run of words.
        typed: The command, its options and the text.

    Raises:
        ConfigError: if an option is given that it does not know, or neither table nor text; if a file of the export is
            not as it was proved, or one of the run is damaged.
    """
    if is_of_words(folder):
        description_of(folder)
        typed, review = without_review(typed)
        words = answered(folder, typed)
        show(in_one_line(folder), file=sys.stderr)
    else:
        words, review = answered(folder, typed), None
        refuse_changed(folder)
    from finetune.runtime.answering.command import main as answer

    names = {own: name for name, own in TAKEN.items() if own}
    status = answer(folder, [*words, f"--language={language()}"], program="finetune predict", options=names)
    return status if review is None or status else reviewed(folder, typed, review)


def without_review(typed: TypedText) -> tuple[TypedText, Path | None]:
    """Returns the command line without `--review`, and the workbook that it names; None where it names none.

    Raises:
        ConfigError: if it cannot be written there, or one text is asked for.
    """
    left, given = take_option(typed.argv, ("--review",))
    if not given:
        return typed, None
    if typed.text is not None:
        raise ConfigError(
            "--text answers one text, and reads and writes no file: leave {options} away, or --text.",
            options="--review",
        )
    from finetune.evaluation.review_workbook import review_path

    _, outputs = take_option(left, ("--output",))
    tables = map(Path, take_option(left, ("--data.predict_path",))[1])
    usual = [Path(f"{table.stem}_predicted{table.suffix}") for table in tables]
    overwrite = "--overwrite" in switched(left)[0]
    return replace(typed, argv=left), review_path(
        given[-1], others=[*map(Path, outputs), *usual], overwrite=overwrite
    )


def reviewed(folder: Path, typed: TypedText, review: Path) -> int:
    """Writes the workbook of rows that a person should see; returns the exit status."""
    from finetune.commands.predict.words_review import write_review_of_words

    options, tables = take_option(typed.argv[1:], ("--data.predict_path",))
    columns = ("--data.text_column", "--data.text_pair_column", "--trainer.default_root_dir")
    kept = [f"{name}={value}" for name in columns for value in take_option(options, (name,))[1]]
    return write_review_of_words(folder, tables[-1], kept, review=review)


def switched(words: list[str]) -> tuple[list[str], list[str]]:
    """Returns the flags that are on, however that is written (`--a`, `--a true`, `--a=true`), and all other words."""
    said: dict[str, bool] = {}
    others: list[str] = []
    for word, before in zip(words, ["", *words], strict=False):
        name, equals, value = word.partition("=")
        if name in FLAGS and value in ("", "true", "false") and equals == "=" * bool(value):
            said[name] = value != "false"
        elif before in FLAGS and word in ("true", "false"):
            said[before] = word == "true"
        else:
            others.append(word)
    return [name for name in FLAGS if said.get(name)], others


def answered(folder: Path, typed: TypedText) -> list[str]:
    """Returns the words by which the export's own program is asked for the same.

    Raises:
        ConfigError: if an option is given that it does not know, or neither table nor text.
    """
    left, _ = take_option(typed.argv[1:], ("--run", "--trainer.default_root_dir"))
    if is_of_words(folder):
        left, answer = take_option(left, ("--answer",))
        if set(answer) - set(WORDS_ANSWER):
            refuse_words(folder, f"--answer {answer[-1]}")
    given = {}
    for name in TAKEN:
        left, values = take_option(left, (name,))
        given[name] = values[-1] if values else None
    true, strange = switched(left)
    if strange:
        raise ConfigError(
            "{folder} answers by itself, without torch, and takes these options alone: {known}. It does not know "
            "{options}.",
            folder=folder,
            known=", ".join([*TAKEN, *FLAGS]),
            options=" ".join(strange),
        )
    if typed.text is not None:
        pair = [] if typed.text_pair is None else [f"--text_pair={typed.text_pair}"]
        shown = [f"--top={given['--top']}"] if given["--top"] is not None else []
        return [f"--text={typed.text}", *pair, *shown, *(name for name in true if name == "--probabilities")]
    if given["--data.predict_path"] is None:
        raise ConfigError(
            "which table is to be labelled? Add --data.predict_path TABLE, or --text for one text."
        )
    files = [value for name, own in TAKEN.items() if not own and (value := given[name]) is not None]
    options = [f"{own}={given[name]}" for name, own in TAKEN.items() if own and given[name] is not None]
    return [*files, *options, *true]
