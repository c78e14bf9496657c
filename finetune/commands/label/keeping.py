"""Marks written into the file and taken back, each once however often it is sent; what cannot be written is refused."""

from collections.abc import Callable
from typing import TypeVar

from finetune.commands.label import schema
from finetune.corrections.mark import Mark
from finetune.corrections.store import Store
from finetune.errors import DataError, UserError
from finetune.language.say import say
from finetune.web.refusal import Refusal

Found = TypeVar("Found")


def written(write: Callable[[], Found]) -> Found:
    """Returns what a writing of the file gives.

    Raises:
        Refusal: It cannot be written, and nothing of it was.
    """
    try:
        return write()
    except DataError as error:
        raise Refusal(422, "label", str(error)) from error
    except UserError as error:
        raise Refusal(503, "disk", str(error), retry_after=5) from error


def keep(store: Store, said: schema.Said, *, label: str | None, who: str, note: str) -> Mark:
    """Returns the mark of what somebody says; the one that stands where it says just that.

    A server that was killed after it wrote, and before it answered, is sent the same again, and knows no ids any more.
    """
    mine = [mark for mark in store.marks(said.row) if mark.who == who and not mark.undone]
    if mine and (mine[-1].label, mine[-1].note, mine[-1].settles) == (label, note, said.settles):
        return mine[-1]
    number = store.say(said.row, label=label, who=who, note=note, settles=said.settles)
    return next(mark for mark in store.marks(said.row) if mark.number == number)


def take_back(store: Store, back: schema.Undone, who: str) -> Mark:
    """Returns the mark that is taken back, also where it was so before.

    Raises:
        Refusal: There is none, or another is the last one.
    """
    if back.mark is not None:
        mine = [mark for mark in store.marks() if mark.who == who]
        named = next((mark for mark in mine if mark.number == back.mark), None)
        if named is not None and named.undone:
            return named
        last = next((mark for mark in reversed(mine) if not mark.undone), None)
        if named is None or last is None or last.number != named.number:
            raise Refusal(
                409,
                "not_last",
                say("You have said something in another tab since. Take back once more to take that back."),
            )
    found = store.undo(who)
    if found is None:
        raise Refusal(409, "nothing", say("There is nothing of yours to take back."))
    return found
