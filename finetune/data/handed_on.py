"""What one process of a machine has loaded, handed on to the others of it, which map it. Loads nothing itself."""

import platform
from contextlib import ExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import cast

from transformers import PreTrainedTokenizerBase

from finetune.data.asked import Asked
from finetune.data.batching.tokens import Tokens, mapped_again
from finetune.data.loading import Loaded, tokenizer_of
from finetune.errors import UserError
from finetune.files.cache import CACHE_VARIABLE, cache_dir, told_where_it_cannot_be
from finetune.files.draft import NEW, draft
from finetune.files.mapped import Elsewhere, Mapped, open_mapped, write_mapped
from finetune.language.say import reason
from finetune.tasks.gather import of_all
from finetune.tasks.table import task_of
from finetune.tasks.task import Task


@dataclass(frozen=True)
class Offer:
    """What a process has for the others.

    Attributes:
        machine: The number of the machine that it is on.
        file: What it has written; None where it has loaded nothing.
        wrong: Why it could not.
    """

    machine: int
    file: Mapped | None = None
    wrong: UserError | None = None


def handed_on(loaded: Loaded | None, asked: Asked, *, machine: int) -> Loaded | None:
    """Returns what one process of this machine has loaded; every process of all machines takes part.

    It lies in a file of the cache until all have mapped it. What a killed process leaves of one goes with the next.

    Args:
        loaded: What this process has loaded; None where it waits for another.
        asked: What the data are asked to be, by which each process opens its tokenizer.
        machine: The number of the machine that this process is on.

    Returns:
        The same in pages that all processes of the machine share; None where none of them has loaded anything.

    Raises:
        UserError: On every process, where one cannot write or map it.
    """
    with ExitStack() as until_all_have_it:
        offer = Offer(machine)
        if loaded is not None:
            try:
                offer = Offer(machine, _written(loaded, until_all_have_it))
            except UserError as error:
                offer = Offer(machine, wrong=error)
        offers = of_all(offer)
        _raise_the_first([each.wrong for each in offers])
        file = next((each.file for each in offers if each.machine == machine and each.file), None)
        found, wrong = None, None
        if file is not None:
            try:
                found = taken_from(file, _tokenizer(asked) if loaded is None else loaded.tokenizer)
            except UserError as error:
                wrong = error
        _raise_the_first(of_all(wrong))
    return found


def _written(loaded: Loaded, kept: ExitStack) -> Mapped:
    # by its name: of what another machine has in the making the system may not say whether it is locked
    place = cache_dir() / f"rows-{platform.node()}"
    with told_where_it_cannot_be(place):
        place.parent.mkdir(parents=True, exist_ok=True)
        return left_at(kept.enter_context(draft(place)) / NEW, loaded)


def left_at(path: Path, loaded: Loaded) -> Mapped:
    """Writes what was loaded, all but what others get in another way.

    Raises:
        OSError: It cannot be written.
    """
    return write_mapped(path, loaded, _elsewhere(loaded))


def _elsewhere(loaded: Loaded) -> Elsewhere:
    """How the others get what is not written: tokens that lie in the cache, tasks, and a tokenizer of their own."""
    return {
        type(loaded.tokenizer): lambda tokenizer: (type(None), ()),
        Tokens: lambda tokens: (
            mapped_again,
            (tokens.file, tokens.lengths, tokens.suffix, tokens.pad_token_id),
        ),
        Task: lambda task: (task_of, (task.name,)),
    }


def _tokenizer(asked: Asked) -> PreTrainedTokenizerBase:
    return tokenizer_of(asked.tokenizer, weightless=asked.weightless, max_length=asked.max_length)


def taken_from(file: Mapped, tokenizer: PreTrainedTokenizerBase) -> Loaded:
    """Maps what another process has loaded.

    Args:
        file: What that one has written.
        tokenizer: The same as that one's.

    Raises:
        UserError: It cannot be opened.
    """
    try:
        return replace(cast(Loaded, open_mapped(file)), tokenizer=tokenizer)
    except OSError as error:
        raise UserError(
            "{path}: another process of this machine has left there what it read, and this one cannot open it "
            "({reason}). Name a folder for the cache that all processes of a machine have in common:\n"
            "  {variable}=/another/folder",
            path=error.filename or file.path,
            reason=reason(error),
            variable=CACHE_VARIABLE,
        ) from error


def _raise_the_first(wrong: list[UserError | None]) -> None:
    for error in wrong:
        if error is not None:
            raise error
