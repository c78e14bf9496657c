"""The run of words alone that a comparison of simple models leaves: written whole, beside its place. Learns nothing."""

import json
import os
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import yaml

from callbacks.saving.patience import patiently
from finetune.cli.of_data import OfData
from finetune.cli.trusted import keep_config
from finetune.data.checks.doctor import CHECKS, examine
from finetune.data.checks.examined import Examined
from finetune.data.checks.told import to_text
from finetune.data.dividing.by_column import Rows
from finetune.data.dividing.parts import split_frame
from finetune.errors import DiskError
from finetune.evaluation import beside_baselines, confidence
from finetune.evaluation.answers import answers_of, joined, write_answers
from finetune.evaluation.baselines import BASELINES, FROZEN, TFIDF
from finetune.evaluation.beside_baselines import Beside, Labelled
from finetune.evaluation.described import described
from finetune.evaluation.measured import Measured
from finetune.evaluation.of_words import OfWords, of_words, words_of
from finetune.evaluation.printed import show_confidence
from finetune.evaluation.trained_on import keep_texts
from finetune.evaluation.words_file import save_words
from finetune.files.draft import NEW, draft
from finetune.files.near import near
from finetune.files.whole import make_usual, write_text
from finetune.language.lists import listed
from finetune.language.say import reason, say, show
from finetune.language.typed import command_line
from finetune.runs.export_sums import SUMS, sum_of
from finetune.runs.folder import CONFIG, DATA_REPORT, DESCRIPTION, PREDICTIONS, ROOT, SPLIT, WORDS, claim
from finetune.runs.kind import BASELINE, NAMES
from finetune.runs.metrics_file import keep_metrics
from finetune.runs.versions import versions
from finetune.tasks.table import TASKS
from finetune.tasks.task import MULTI


def keep_words(
    ready: OfData,
    rows: Mapping[str, Rows],
    data: Labelled,
    found: Mapping[str, Beside],
    *,
    examined: Callable[[], Examined] | None,
) -> None:
    """Keeps what counts words as a run, where it has learned something, and says what is kept and what is not.

    Args:
        ready: What the verb worked with.
        rows: The rows of each part.
        data: Their texts and targets.
        found: What the simple models say of them.
        examined: Gives the rows as the checks of the data look at them; None where they are not to be checked.

    Raises:
        DiskError: if it cannot be written; nothing of it stays.
    """
    model, run = words_of(found.get(TFIDF)), None
    if model is not None and data.task.name in TASKS:
        words, measured = of_words(model, data, wanted_precision=ready.options.wanted_precision)
        content = _metrics(words, measured, data, found)
        show_confidence(content)

        def write(folder: Path) -> None:
            keep_config(folder, ready.config)
            _write(folder, words, measured, rows, data, found, options=ready.config)
            if examined is not None:
                checks = examine(rows_examined := examined(), [*CHECKS, *ready.data.more_checks])
                write_text(folder / DATA_REPORT, to_text(checks, rows_examined))
            keep_metrics(folder, content, finished=True)

        run = placed(ready.root / ROOT if ready.root else ROOT, write)
        show_next_steps(run)
    show_not_kept(found, data, learned=model is not None, run=run)


def _metrics(
    words: OfWords, measured: Sequence[Measured], data: Labelled, found: Mapping[str, Beside]
) -> dict[str, Any]:
    """What `metrics.json` says: of words what fit says of its model, with the other simple models beside."""
    others = {name: each for name, each in found.items() if name != TFIDF}
    predicted = {each.part: each.answer(words.calibration).predicted for each in measured}
    return {
        "model": TFIDF,
        "task": data.task.name,
        "problem_type": data.task.problem_type,
        "ranked_by": data.task.score,
        "learned_rows": found[TFIDF].rows,
        "seconds": round(found[TFIDF].seconds, 3),
        **{each.part: each.report(words.calibration, seed=data.seed) for each in measured},
        **confidence.record(words.calibration, measured),
        **beside_baselines.record(data, others, beside_baselines.compare(data, others, predicted)),
        "versions": versions(),
    }


def _write(
    folder: Path,
    words: OfWords,
    measured: Sequence[Measured],
    rows: Mapping[str, Rows],
    data: Labelled,
    found: Mapping[str, Beside],
    *,
    options: str,
) -> None:
    """Writes what words have learned, how they answer, and what they say of the rows held out."""
    write_text(folder / SPLIT, split_frame(rows).to_csv(index=False))
    keep_texts(folder, [data.texts["train"]])
    save_words(folder / WORDS, words.model)
    content = described(
        yaml.safe_load(options).get("data") or {},
        task=words.task,
        labels=words.labels,
        mark=rows["train"][0].mark if words.task.problem_type == MULTI else None,
        calibration=words.calibration,
        mix=words.mix,
    )
    content[SUMS] = {WORDS: sum_of(folder / WORDS)}
    write_text(folder / DESCRIPTION, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    said = beside_baselines.answers({name: each for name, each in found.items() if name != TFIDF})
    answers = [
        answers_of(
            each.part,
            rows[each.part],
            each.probabilities(words.calibration),
            labels=words.labels,
            task=words.task,
            calibration=words.calibration,
        ).with_baselines(said.get(each.part, {}), each.index)
        for each in measured
    ]
    write_answers(folder / PREDICTIONS, joined(answers))


def placed(root: Path, write: Callable[[Path], None]) -> Path:
    """Has a run written beside its place, and gives it the next free name once it is whole; returns its folder.

    Args:
        root: Folder of the runs.
        write: Fills an empty folder.

    Raises:
        DiskError: if that cannot be done; nothing of it stays.
    """
    try:
        root.mkdir(parents=True, exist_ok=True)
        with draft(root / NAMES[BASELINE]) as beside:
            new = beside / NEW
            new.mkdir()
            write(new)
            make_usual(new)
            folder = claim(root, NAMES[BASELINE])
            if os.name == "nt":  # where a folder takes no other's place, even if that is empty
                folder.rmdir()
            patiently(partial(new.rename, folder))
            return folder
    except OSError as error:
        raise DiskError(
            "the scores stand above, but what counts words could not be kept in {root} ({why}). Make room, or name "
            "another folder: --trainer.default_root_dir FOLDER.",
            root=root,
            why=reason(error),
        ) from error


def show_next_steps(folder: Path) -> None:
    """Prints where the run is and what to do with it."""
    place = near(folder)
    show("\n" + say("What counts words (TF-IDF) is kept as a run: {folder}", folder=place))
    predict = ["predict", "--run", place, "--data.predict_path", "novos.csv", "--output", "saida.csv"]
    for told, words in (
        (say("label a table, without loading torch:"), predict),
        (say("look at it:"), ["report", place]),
        (say("hand it on, to answer with numpy alone:"), ["export", "--run", place, "--format", "words"]),
    ):
        show(f"{told}\n  {command_line(['finetune', *words])}")


def show_not_kept(found: Mapping[str, Beside], data: Labelled, *, learned: bool, run: Path | None) -> None:
    """Prints which simple models are not kept, and what to do about it.

    Args:
        found: The simple models.
        data: What they learned of.
        learned: Whether words have learned something.
        run: What is kept, if anything is.
    """
    own = [name for name in found if name not in (*BASELINES, FROZEN)]
    if TFIDF in found and not learned:
        show(say("What counts words is not kept: the training rows gave it nothing to tell apart."))
    elif TFIDF in found and data.task.name not in TASKS:
        show(
            say(
                "What counts words is not kept: its task, {task}, is a function of your own, which nothing that "
                "answers by itself can call.",
                task=data.task.name,
            )
        )
    if FROZEN in found:
        table = ["--data.path", say("TABLE")] if run is None else ["--config", near(run / CONFIG)]
        show(
            say(
                "The frozen model is not kept here. This trains and keeps it, with words beside it:\n  {command}",
                command=command_line(["finetune", "fit", "--effort", "quick", *table]),
            )
        )
    if own:
        show(
            say(
                "{names} is not kept: what a function of your own has learned cannot be written without running it "
                "again.",
                "{names} are not kept: what functions of your own have learned cannot be written without running them "
                "again.",
                n=len(own),
                names=listed(own),
            )
        )
