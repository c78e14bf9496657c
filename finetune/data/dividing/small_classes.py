"""Classes with too few rows to divide: refused, those that are only spelt otherwise first. Divides nothing."""

from collections import Counter, defaultdict
from collections.abc import Sequence

from finetune.data.labels.class_names import folded_label
from finetune.data.labels.lookalikes import difference
from finetune.errors import DataError
from finetune.language.lists import SHOWN, listed
from finetune.language.say import Message
from finetune.language.short import short


def refuse_small_classes(labels: Sequence[str], parts: int) -> None:
    """Refuses classes that have too few rows to be in each part.

    Raises:
        DataError: if there are some; where one is spelt almost as another class, that is the cause that is told.
    """
    counts = Counter(labels)
    small = [label for label in sorted(counts) if counts[label] < parts]
    if not small:
        return
    twins = _twins(counts)
    misspelt = [label for label in small if label in twins]
    if misspelt:
        raise _misspelt(counts, twins, misspelt, [label for label in small if label not in twins], parts)
    raise DataError(
        "{n} of {all} classes has too few rows to be in each of the {parts} splits: {classes}. Add rows to it, "
        "join it with another class, remove it, or give the splits as files (--data.validation_path, "
        "--data.test_path).",
        "{n} of {all} classes have too few rows to be in each of the {parts} splits: {classes}. Add rows to "
        "them, join them with another class, remove them, or give the splits as files "
        "(--data.validation_path, --data.test_path).",
        n=len(small),
        all=len(counts),
        parts=parts,
        classes=listed([_counted(label, counts) for label in small], most=SHOWN),
    )


def _misspelt(
    counts: Counter[str], twins: dict[str, str], misspelt: list[str], others: list[str], parts: int
) -> DataError:
    pairs = [_pair(label, twins[label], counts) for label in misspelt]
    more = Message(
        " Besides, this class has too few rows: {classes}. Add rows to it, join it with another class or remove it.",
        " Besides, these classes have too few rows: {classes}. Add rows to them, join them with another class or "
        "remove them.",
        n=len(others),
        classes=listed([_counted(label, counts) for label in others], most=SHOWN),
    )
    return DataError(
        "{n} of {all} classes differs from another one only by case, accents, spaces or signs that look alike, and so "
        "has too few rows to be in each of the {parts} splits: {pairs}. Give each class one name in your file.{more}",
        "{n} of {all} classes differ from another one only by case, accents, spaces or signs that look alike, and so "
        "have too few rows to be in each of the {parts} splits: {pairs}. Give each class one name in your file.{more}",
        n=len(misspelt),
        all=len(counts),
        parts=parts,
        pairs=listed(pairs, most=SHOWN),
        more=more if others else "",
    )


def _twins(counts: Counter[str]) -> dict[str, str]:
    """Of each class that is spelt almost as another one: the most frequent of those others."""
    alike: dict[str, list[str]] = defaultdict(list)
    for label, _ in counts.most_common():
        alike[folded_label(label)].append(label)
    return {
        label: next(other for other in labels if other != label)
        for labels in alike.values()
        for label in labels
        if len(labels) > 1
    }


def _pair(label: str, twin: str, counts: Counter[str]) -> Message:
    differs = difference(label, twin)
    return Message(
        "{label}, like {twin}" if differs is None else "{label}, like {twin} but for {differs}",
        label=_counted(label, counts),
        twin=_counted(twin, counts),
        differs=differs,
    )


def _counted(label: str, counts: Counter[str]) -> str:
    return f'"{short(label)}" ({counts[label]})'
