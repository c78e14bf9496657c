"""What stands of rows just now: who said what of which, and who passed over it. Follows the file; decides nothing."""

from collections.abc import Iterable

from finetune.corrections.corrections import last_labels
from finetune.corrections.mark import Mark


class Standing:
    """Which rows are done, and who skipped which: read once from the file, then told of every row that changes."""

    def __init__(self) -> None:
        self.labelled: dict[str, set[int]] = {}
        self.skipped: dict[str, set[str]] = {}
        self._keys: dict[int, str] = {}

    def begin(self, keys: dict[int, str], marks: Iterable[Mark]) -> None:
        """Takes down all that stands.

        Args:
            keys: Of each row, by its number.
            marks: All.
        """
        by_row: dict[int, list[Mark]] = {}
        for mark in marks:
            by_row.setdefault(mark.row, []).append(mark)
        for number, said in by_row.items():
            self.follow(number, keys[number], said)

    def follow(self, number: int, key: str, marks: Iterable[Mark]) -> None:
        """Takes down what stands of one row.

        Args:
            number: The row's.
            key: By what rows of its texts are known.
            marks: All that was said of it.
        """
        said = [mark for mark in marks if not mark.undone]
        if last_labels(said):
            self.labelled.setdefault(key, set()).add(number)
        elif key in self.labelled:
            self.labelled[key].discard(number)
        last = {mark.who: mark for mark in said}
        self.skipped[key] = {who for who, mark in last.items() if mark.label is None}

    def is_done(self, key: str) -> bool:
        """Returns whether somebody has labelled a row of these texts."""
        return bool(self.labelled.get(key))

    def is_skipped(self, key: str, who: str) -> bool:
        """Returns whether a person has passed over it."""
        return who in self.skipped.get(key, ())
