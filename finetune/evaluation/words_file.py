"""What words alone have learned, as a file: arrays and names, which run no code when it is opened."""

import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.errors import DataError
from finetune.evaluation.words import COUNTED, Classifier, counter, counters, joined, unfitted
from finetune.evaluation.words_of_numbers import OfNumbers, ridge
from finetune.files.whole import write_through
from finetune.tasks.set_thresholds import THRESHOLDS
from finetune.tasks.task import Facts

FACT = "fact_"
"""What the name of an array begins with that is a fact, and nothing that was learned of words."""

NUMBERS = "numbers"
"""The array that tells of a regression whose answer is a number."""


def save_words(path: Path, model: Classifier | OfNumbers) -> None:
    """Writes what `tfidf` has learned: arrays, and the words as JSON.

    Args:
        path: The file, an `.npz`.
        model: As `tfidf` gives it, of at least two classes or two numbers.
    """
    counts = model.estimator["counts"]
    arrays = _of_number(model) if isinstance(model, OfNumbers) else _of_classes(model)
    for name, vectorizer in counts.transformer_list:
        words = json.dumps(vectorizer.get_feature_names_out().tolist(), ensure_ascii=False)
        arrays[name] = np.frombuffer(words.encode("utf-8"), dtype=np.uint8)
        arrays[f"{name}_idf"] = vectorizer.idf_

    def write(temporary: Path) -> None:
        with temporary.open("wb") as file:  # by name numpy would add a suffix
            np.savez_compressed(file, allow_pickle=False, **arrays)

    write_through(path, write)


def _of_classes(model: Classifier) -> dict[str, NDArray[Any]]:
    regression = model.estimator["regression"]
    return {
        "weight": regression.coef_,
        "bias": regression.intercept_,
        "classes": regression.classes_,
        "sizes": np.array([model.num_classes, model.rows]),
        **{f"{FACT}{name}": np.array(values) for name, values in model.facts.items()},
    }


def _of_number(model: OfNumbers) -> dict[str, NDArray[Any]]:
    regression = model.estimator["regression"]
    return {
        "weight": np.atleast_2d(regression.coef_),
        "bias": np.atleast_1d(regression.intercept_),
        "classes": np.zeros(1, dtype=np.int64),
        "sizes": np.array([1, model.rows]),
        NUMBERS: np.ones(1),
    }


def open_learned(path: Path) -> Classifier | OfNumbers:
    """Returns what `save_words` wrote; it answers as the model that was saved does, to the last bit.

    Raises:
        DataError: if the file is not there, or not of that kind.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = dict(file)
        vectorizers = {}
        for name in COUNTED:
            vocabulary = json.loads(arrays[name].tobytes().decode("utf-8"))
            vectorizers[name] = counter(name, vocabulary)
            vectorizers[name].idf_ = arrays[f"{name}_idf"]
        facts = {name.removeprefix(FACT): arrays[name].tolist() for name in arrays if name.startswith(FACT)}
        num_classes, rows = arrays["sizes"].tolist()
        if NUMBERS in arrays:
            of_numbers = ridge(1.0)
            if not _as_counted(vectorizers, arrays["weight"], arrays["bias"], lines=1):
                raise ValueError(path)
            of_numbers.coef_, of_numbers.intercept_ = arrays["weight"][0], float(arrays["bias"][0])
            return OfNumbers(joined(counters(vectorizers), of_numbers), rows)
        regression = unfitted(0, together=THRESHOLDS in facts)
        regression.coef_, regression.intercept_ = arrays["weight"], arrays["bias"]
        regression.classes_ = arrays["classes"]
        if not _fit_together(vectorizers, regression, num_classes, facts):
            raise ValueError(path)
    except (
        OSError,
        EOFError,
        ValueError,
        KeyError,
        IndexError,
        TypeError,
        zipfile.BadZipFile,
        zlib.error,
    ) as error:
        raise _not_words(path) from error
    return Classifier(joined(counters(vectorizers), regression), num_classes, rows, facts)


def _not_words(path: Path) -> DataError:
    return DataError(
        "{path} cannot be opened as what words alone have learned: it is missing, damaged or of another program. "
        "Train anew, or answer with the network alone:\n  finetune predict --answer network ...",
        path=path,
    )


def _fit_together(vectorizers: dict[str, Any], regression: Any, num_classes: int, facts: Facts) -> bool:
    """Whether arrays are of the sizes that each other asks for."""
    classes = regression.classes_
    lines = 1 if len(classes) == 2 and THRESHOLDS not in facts else len(classes)  # of two, one says both
    return bool(
        _as_counted(vectorizers, regression.coef_, regression.intercept_, lines=lines)
        and np.isin(classes, np.arange(num_classes)).all()
        and all(len(values) == num_classes for values in facts.values())
    )


def _as_counted(vectorizers: dict[str, Any], weight: NDArray[Any], bias: NDArray[Any], *, lines: int) -> bool:
    """Whether a regression has a weight for each thing that is counted, and each of these a rarity."""
    counted = [(len(each.vocabulary), np.shape(each.idf_)) for each in vectorizers.values()]
    return (
        all(shape == (words,) for words, shape in counted)
        and weight.shape == (lines, sum(words for words, _ in counted))
        and bias.shape == (lines,)
    )
