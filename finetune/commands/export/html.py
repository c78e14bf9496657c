"""The formats `html` and `html-folder`: the network in eight bits, for a page that answers by itself. Makes no page."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from finetune.commands.export import without_torch
from finetune.commands.export.source import Source
from finetune.errors import ConfigError
from finetune.evaluation.answer_file import MIXED, NETWORK
from finetune.language.numbers import MEGABYTE, megabytes
from finetune.language.say import say, show
from finetune.page.offline.encoded import encoded
from finetune.page.offline.parts import TOKENIZER, Part, packed, parts_of
from finetune.page.offline.tokenizer import readable
from finetune.page.offline.worker import packed_words
from finetune.runs.folder import WORDS

LARGEST = 70 * MEGABYTE
"""Of a page: what messages carry, and a telephone opens. The demonstration's has 41 MB."""

LARGEST_WORDS = 6 * MEGABYTE
"""Of what words have learned, packed; the demonstration's have 1.5 MB. Larger ones stay behind: the network answers."""


def suited(source: Source) -> Source:
    """Returns the run as a page can have it: by its network alone where its words are large."""
    if source.answer != MIXED or source.answering.words is None:
        return source
    words = len(packed("words", packed_words(source.run / WORDS)).content)
    if words <= LARGEST_WORDS:
        return source
    show(
        say(
            "What words have learned takes {size} MB and stays behind ({most} MB at most): the network answers alone, "
            "and is proved so.",
            size=megabytes(words),
            most=megabytes(LARGEST_WORDS),
        )
    )
    return replace(source, answer=NETWORK)


def write_parts(source: Source, folder: Path, variant: str, scratch: Path) -> None:
    """Writes what a page is made of, as the folder that answers by itself.

    Raises:
        UserError: Its tokenizer is none that a page can read.
    """
    without_torch.write(source, folder, variant, scratch)
    readable((folder / TOKENIZER).read_text(encoding="utf-8"))


def write_small(source: Source, folder: Path, variant: str, scratch: Path) -> None:
    """Writes the same for a page that is one file.

    Raises:
        UserError: It would be too large, or a page cannot read its tokenizer.
    """
    without_torch.write(source, folder, variant, scratch)
    parts = parts_of(folder)
    check_size(sum(len(encoded(each.content)) for each in parts), parts)


def check_size(size: int, parts: Sequence[Part]) -> None:
    """Refuses a page that is too large for one file.

    Args:
        size: Bytes of the file; those of its parts where it is not made yet, of which nearly all of it is.
        parts: What it is made of.

    Raises:
        ConfigError: It is.
    """
    if size > LARGEST:
        (network,) = (each for each in parts if each.name == "network")
        raise ConfigError(
            "as one file this model has {size} MB, and a page may have {most} MB: larger ones neither go by message "
            "nor open on a telephone. Its network takes {network} MB of these. Train a smaller encoder (--model.name), "
            "or take --format html-folder: a page with its parts beside it, for a web server, as large as they are.",
            size=megabytes(size),
            most=megabytes(LARGEST),
            network=megabytes(len(encoded(network.content))),
        )
