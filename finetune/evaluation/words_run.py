"""A run of words alone, opened: what it answers to rows of its own table or another. Writes and shows nothing."""

from dataclasses import dataclass, replace
from pathlib import Path

from finetune.data.dividing.parts import split_frame
from finetune.data.labels.outputs import targets_of
from finetune.data.module import TextData
from finetune.errors import DataError
from finetune.evaluation.answers import kept_task
from finetune.evaluation.measured import Measured
from finetune.evaluation.of_words import OfWords
from finetune.evaluation.words import Classifier
from finetune.evaluation.words_file import open_learned
from finetune.runs.folder import BASELINE_ANEW, DESCRIPTION, SPLIT, WORDS
from finetune.runs.same_data import check_split
from finetune.runs.words_run import description_of
from finetune.tasks.calibration import Calibration


@dataclass(frozen=True)
class WordsRun:
    """What a run answers by.

    Attributes:
        run: Its folder.
        words: What answers.
        mark: What joins several labels in a cell of its table.
    """

    run: Path
    words: OfWords
    mark: str | None

    def measured(self, data: TextData, part: str) -> tuple[Measured, list[str]]:
        """Returns what is said of the rows of a part, and their texts.

        Args:
            data: The table.
            part: The name of the part.

        Raises:
            ConfigError: if the run's own table has changed since.
            DataError: if the table cannot be read, or has labels that are none of the run's.
        """
        words = self.words
        data.reading = replace(
            data.reading, task=words.task.name, mark=self.mark, classes=tuple(words.labels)
        )
        rows = data.divided(part)
        check_split(self.run / SPLIT, split_frame(rows))
        table, index = rows[part]
        texts = table.texts(index)
        return words.measured(part, texts, targets_of(table, index, words.labels, part=part)), texts


def open_run(run: Path) -> WordsRun:
    """Opens a run of words.

    Raises:
        ConfigError: if a file of it is missing, damaged or of a newer version.
        DataError: if what it says does not go together.
    """
    content = description_of(run)
    model = open_learned(run / WORDS)
    try:
        labels = [str(label) for label in content["labels"]]
        calibration = Calibration(**content["calibration"])
        outputs = model.num_classes if isinstance(model, Classifier) else 1
        if outputs != len(labels):
            raise ValueError(outputs)
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            "{file} is damaged: it does not say how the words beside it answer. Put a copy of it back. {again}",
            file=run / DESCRIPTION,
            again=BASELINE_ANEW,
        ) from error
    return WordsRun(run, OfWords(model, kept_task(content), labels, calibration), content.get("mark"))
