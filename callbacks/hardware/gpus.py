"""Cards by name, for planning a run on a machine that is not at hand: memory and compute capability. A table to extend.

Sources: NVIDIA's list of CUDA GPUs for the compute capability, its product pages for the memory. Sizes in GB as
sold; a T4 keeps one of its 16 for error correction.
"""

import difflib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from callbacks.hardware.limits import GIB
from callbacks.hardware.machine import Device, Machine
from callbacks.language.say import Message

CONTEXT_BYTES = GIB // 2
"""What CUDA itself takes of a card: some 0.3 GiB to begin with (github.com/pytorch/pytorch/issues/107667), and more as
kernels are loaded. On a card that is here the free memory is measured with the context in place."""

BF16_FROM = (8, 0)
"""The first compute capability that multiplies bf16 in hardware (NVIDIA, CUDA C++ Programming Guide)."""


@dataclass(frozen=True)
class Card:
    """A card, with each memory size that it was sold with."""

    sizes_gb: tuple[int, ...]
    capability: tuple[int, int]


# One card, one row: the name without maker and series, in lower case
CARDS: dict[str, Card] = {
    "gtx 1050 ti": Card((4,), (6, 1)),
    "gtx 1060": Card((6, 3), (6, 1)),
    "gtx 1070": Card((8,), (6, 1)),
    "gtx 1070 ti": Card((8,), (6, 1)),
    "gtx 1080": Card((8,), (6, 1)),
    "gtx 1080 ti": Card((11,), (6, 1)),
    "p4": Card((8,), (6, 1)),
    "p40": Card((24,), (6, 1)),
    "p100": Card((16, 12), (6, 0)),
    "titan v": Card((12,), (7, 0)),
    "v100": Card((16, 32), (7, 0)),
    "gtx 1650": Card((4,), (7, 5)),
    "gtx 1660": Card((6,), (7, 5)),
    "gtx 1660 super": Card((6,), (7, 5)),
    "gtx 1660 ti": Card((6,), (7, 5)),
    "rtx 2060": Card((6, 12), (7, 5)),
    "rtx 2060 super": Card((8,), (7, 5)),
    "rtx 2070": Card((8,), (7, 5)),
    "rtx 2070 super": Card((8,), (7, 5)),
    "rtx 2080": Card((8,), (7, 5)),
    "rtx 2080 super": Card((8,), (7, 5)),
    "rtx 2080 ti": Card((11,), (7, 5)),
    "titan rtx": Card((24,), (7, 5)),
    "t4": Card((15,), (7, 5)),
    "rtx 4000": Card((8,), (7, 5)),
    "rtx 5000": Card((16,), (7, 5)),
    "rtx 6000": Card((24,), (7, 5)),
    "rtx 8000": Card((48,), (7, 5)),
    "a30": Card((24,), (8, 0)),
    "a100": Card((80, 40), (8, 0)),
    "a2": Card((16,), (8, 6)),
    "a10": Card((24,), (8, 6)),
    "a10g": Card((24,), (8, 6)),
    "a16": Card((16,), (8, 6)),
    "a40": Card((48,), (8, 6)),
    "rtx a2000": Card((12, 6), (8, 6)),
    "rtx a4000": Card((16,), (8, 6)),
    "rtx a4500": Card((20,), (8, 6)),
    "rtx a5000": Card((24,), (8, 6)),
    "rtx a6000": Card((48,), (8, 6)),
    "rtx 3050": Card((8, 6, 4), (8, 6)),
    "rtx 3060": Card((12, 8), (8, 6)),
    "rtx 3060 ti": Card((8,), (8, 6)),
    "rtx 3070": Card((8,), (8, 6)),
    "rtx 3070 ti": Card((8,), (8, 6)),
    "rtx 3080": Card((10, 12), (8, 6)),
    "rtx 3080 ti": Card((12,), (8, 6)),
    "rtx 3090": Card((24,), (8, 6)),
    "rtx 3090 ti": Card((24,), (8, 6)),
    "l4": Card((24,), (8, 9)),
    "l40": Card((48,), (8, 9)),
    "l40s": Card((48,), (8, 9)),
    "rtx 2000 ada": Card((16, 8), (8, 9)),
    "rtx 4000 ada": Card((20,), (8, 9)),
    "rtx 4500 ada": Card((24,), (8, 9)),
    "rtx 5000 ada": Card((32,), (8, 9)),
    "rtx 6000 ada": Card((48,), (8, 9)),
    "rtx 4050": Card((6,), (8, 9)),
    "rtx 4060": Card((8,), (8, 9)),
    "rtx 4060 ti": Card((8, 16), (8, 9)),
    "rtx 4070": Card((12,), (8, 9)),
    "rtx 4070 super": Card((12,), (8, 9)),
    "rtx 4070 ti": Card((12,), (8, 9)),
    "rtx 4070 ti super": Card((16,), (8, 9)),
    "rtx 4080": Card((16,), (8, 9)),
    "rtx 4080 super": Card((16,), (8, 9)),
    "rtx 4090": Card((24,), (8, 9)),
    "h100": Card((80, 94), (9, 0)),
    "h200": Card((141,), (9, 0)),
    "gh200": Card((96, 141), (9, 0)),
    "b200": Card((180,), (10, 0)),
    "rtx 5050": Card((8,), (12, 0)),
    "rtx 5060": Card((8,), (12, 0)),
    "rtx 5060 ti": Card((16, 8), (12, 0)),
    "rtx 5070": Card((12,), (12, 0)),
    "rtx 5070 ti": Card((16,), (12, 0)),
    "rtx 5080": Card((16,), (12, 0)),
    "rtx 5090": Card((32,), (12, 0)),
    "rtx pro 6000": Card((96,), (12, 0)),
}

NO_PART_OF_THE_NAME = re.compile(
    r"\b(nvidia|geforce|tesla|quadro|blackwell|laptop|mobile|gpu|pcie|sxm\d?)\b|[-_,()]"
)
SIZE = re.compile(r"\b(\d+)\s*gi?b\b")


COMMON = ("gtx 1660", "rtx 2060", "rtx 3060", "rtx 4060", "rtx 4090", "t4", "v100", "a100", "h100")
"""Examples for who named nothing like a card of the table."""


def card_device(text: str) -> Device:
    """Returns the device that a card's name stands for, such as `RTX 4060 8GB` or `NVIDIA A100-SXM4-40GB`.

    Without a size the smallest is taken that the card was sold with.

    Raises:
        ValueError: There is no such card in the table, or not with that memory.
    """
    name, size = name_and_size(text)
    if name not in CARDS:
        near = difflib.get_close_matches(name, CARDS, n=5, cutoff=0.6)
        raise ValueError(
            Message(
                'no card "{text}" is known. {there} Give a card of the same generation with as much memory, or none to '
                "plan for this machine. (All known ones: callbacks/hardware/gpus.py.)",
                text=text,
                there=Message("Near to it: {cards}.", cards=_list(near))
                if near
                else Message("NVIDIA cards are known, such as {cards}.", cards=_list(COMMON)),
            )
        )
    card = CARDS[name]
    laptop = re.search("laptop|mobile", text.lower()) is not None  # cut down, with sizes of their own
    size = min(card.sizes_gb) if size is None else size
    if size not in card.sizes_gb and not laptop:
        *others, last = (f"{known} GB" for known in card.sizes_gb)
        there = Message("{those} or {last}", those=", ".join(others), last=last) if others else last
        raise ValueError(
            Message(
                '"{text}": the {card} has {there}, not {size} GB.',
                text=text,
                card=shown(name),
                there=there,
                size=size,
            )
        )
    total = size * GIB
    return Device(
        "cuda",
        f"{shown(name)} {'Laptop ' if laptop else ''}{size} GB",
        total,
        total - CONTEXT_BYTES,
        card.capability,
        bf16=card.capability >= BF16_FROM,
    )


def name_and_size(text: str) -> tuple[str, int | None]:
    """Returns a card's name as in the table and its size in GB, from how people write them."""
    lowered = text.lower().replace("-", " ")
    sizes = [int(size) for size in SIZE.findall(lowered)]
    name = " ".join(NO_PART_OF_THE_NAME.sub(" ", SIZE.sub(" ", lowered)).split())
    # `rtx4060` and `4060ti` are written too
    name = re.sub(r"(?<=\d)(ti|super|ada)\b", r" \1", re.sub(r"\b(rtx|gtx)(?=\d)", r"\1 ", name))
    for candidate in (name, f"rtx {name}", f"gtx {name}"):
        if candidate in CARDS:
            return candidate, sizes[0] if sizes else None
    before, _, last = name.rpartition(" ")
    if last.isdigit() and not sizes and name_and_size(before)[0] in CARDS:
        return name_and_size(before)[0], int(last)  # "RTX 4060 8"
    return name, sizes[0] if sizes else None


def _list(names: Iterable[str]) -> str:
    return ", ".join(map(shown, names))


def shown(name: str) -> str:
    """Returns a card's name as its maker writes it."""
    words = {"ti": "Ti", "super": "Super", "ada": "Ada", "titan": "Titan", "pro": "PRO"}
    return " ".join(words.get(word, word.upper()) for word in name.split())


def machine_with(device: Device, here: Machine) -> Machine:
    """Returns this machine with another device put in: nothing is known of the rest of the other one."""
    return Machine(device, 1, here.cores, here.memory_bytes, here.free_memory_bytes)
