"""Which values an option can have, in words, by the types that jsonargparse tells. Reads no whole message of it."""

import ast
import difflib
import re
from collections.abc import Sequence

from finetune.language.say import AnyMessage, Message, joined

NESTED = re.compile(r"NestedArg\(key='.*?', val='(.*)'\)", re.S)

KINDS = {
    "int": Message("a whole number"),
    "float": Message("a number"),
    "str": Message("a text"),
    "list": Message("a list such as [a, b]"),
    "dict": Message("names with values"),
}
"""What values of a type are called."""

SHOWN = 60
"""Letters of a value that are told."""


def wrong_value(key: str, value: str, kinds: Sequence[str]) -> AnyMessage | None:
    """Returns that an option cannot have a value, and which it can; None where none of its types is known."""
    possible = values_of(kinds)
    if not possible:
        return None
    value = NESTED.sub(r"\1", value).strip()
    words = [each for each in possible if isinstance(each, str)]
    near = difflib.get_close_matches(value, words, n=1)
    hint: Message | str = Message(' Did you mean "{near}"?', near=near[0]) if near else ""
    if KINDS["float"] in possible and re.fullmatch(r"[+-]?\d+,\d+", value):
        hint = Message(" Write it with a point: {number}.", number=value.replace(",", "."))
    return Message(
        '--{key} cannot be "{value}": give {possible}.{hint}',
        key=key,
        value=value if len(value) <= SHOWN else f"{value[:SHOWN]}…",
        possible=either(possible),
        hint=hint,
    )


def values_of(kinds: Sequence[str]) -> list[Message | str]:
    """Returns what values of some types look like, null last."""
    found: dict[Message | str, None] = {}
    for kind in kinds:
        name = re.sub(r"^<class '(.*)'>$", r"\1", kind)
        first = re.split(r"[\[.]", name.removeprefix("collections.abc."))[0].lower()
        if kind.startswith("typing.Literal"):
            found |= dict.fromkeys(map(str, ast.literal_eval(kind.removeprefix("typing.Literal"))))
        elif name == "bool":
            found |= {"true": None, "false": None}
        elif first in KINDS or first in ("iterable", "sequence", "tuple"):
            found[KINDS.get(first, KINDS["list"])] = None
        elif name != kind and "." in name:
            kind_of = name.rpartition(".")[2]
            found[Message("a class of kind {kind} (package.module.Class)", kind=kind_of)] = None
    if KINDS["float"] in found:
        found.pop(KINDS["int"], None)
    return [*found, *(["null"] if "<class 'NoneType'>" in kinds else [])]


def split(kinds: str) -> list[str]:
    """Splits a list of types at its commas, not at those within brackets."""
    found, depth = [""], 0
    for letter in kinds:
        depth += (letter in "[(") - (letter in "])")
        if letter == "," and depth == 0:
            found.append("")
        else:
            found[-1] += letter
    return [each.strip() for each in found]


def either(items: Sequence[object]) -> AnyMessage:
    """Returns what one has the choice of: "a, b or c"."""
    if len(items) == 1:
        return joined(items)
    return Message("{those} or {last}", those=joined(items[:-1], ", "), last=items[-1])
