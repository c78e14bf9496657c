"""The workbook of rows to look at, of a run of words. The table itself is answered by the program of exports."""

from dataclasses import replace
from pathlib import Path

from finetune.cli.lightning_cli import run
from finetune.cli.verb import Ready
from finetune.commands.predict.beside import Beside, begun, kept_beside
from finetune.data.reading.table import Table
from finetune.evaluation.answering import Answering
from finetune.evaluation.predicted.place import refuse_input
from finetune.evaluation.predicted_table import spread
from finetune.evaluation.words_run import WordsRun, open_run


def write_review_of_words(folder: Path, table: str, options: list[str], *, review: Path) -> int:
    """Writes the workbook, and shows what is in it; returns the exit status.

    Args:
        folder: The run.
        table: That is answered.
        options: By which its columns are found.
        review: The workbook.
    """

    def look(ready: Ready) -> int:
        """Choose the rows of a table that a person should see.

        A run of words answers them.
        """
        reviewed(ready, open_run(folder), review)
        return 0

    return run(["predict", f"--run={folder}", f"--data.predict_path={table}", *options], look)


def reviewed(ready: Ready, opened: WordsRun, file: Path) -> None:
    """Answers the table anew, window by window, and writes which rows are to be looked at.

    Args:
        ready: What a verb works with: the table.
        opened: What answers.
        file: The workbook.
    """
    words, data = opened.words, ready.data
    data.reading = replace(data.reading, task=words.task.name, mark=opened.mark)
    windows = data.windows_alone()
    refuse_input(file, [part.name for part in windows.whole.parts], option="review")
    beside = begun(
        Answering(words.calibration),
        windows.whole,
        task=words.task,
        labels=words.labels,
        reading=data.reading,
        review=True,
        run=opened.run,
    )
    assert beside is not None  # somebody wants to see rows
    first = 0
    for table in windows.each():
        take(beside, opened, table, first)
        first += len(table.frame)
    beside.write(file, windows)
    beside.show(file, windows.whole)


def take(beside: Beside, opened: WordsRun, table: Table, first: int) -> None:
    """Has the rows of a window looked at.

    Args:
        beside: What looks at them.
        opened: What answers.
        table: The window.
        first: The position of its first row in the whole table.
    """
    logits = opened.words.logits(table.texts(slice(None)))
    kept = spread(kept_beside(logits, None), table.row, len(table.frame))
    beside.take(table, first, kept)
