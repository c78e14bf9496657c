"""The order of classes: the one that the user gives, held against those there are, and those that are well known."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence

from finetune.data.labels.class_names import folded_label
from finetune.errors import DataError
from finetune.language.lists import SHOWN, listed, quoted
from finetune.language.say import AnyMessage, Message
from finetune.language.typed import command_line

# fmt: off
KNOWN = tuple(tuple(order.split(",")) for order in (
    "muito baixo,baixo,médio,moderado,alto,muito alto,altíssimo",
    "muito baixa,baixa,média,moderada,normal,alta,muito alta,altíssima,crítica,urgente",
    "péssimo,muito ruim,ruim,regular,razoável,bom,muito bom,ótimo,excelente",
    "péssima,muito ruim,ruim,regular,razoável,boa,muito boa,ótima,excelente",
    "muito negativo,negativo,neutro,positivo,muito positivo",
    "muito negativa,negativa,neutra,positiva,muito positiva",
    "nunca,raramente,às vezes,frequentemente,sempre",
    "discordo totalmente,discordo,neutro,indiferente,concordo,concordo totalmente",
    "muito insatisfeito,insatisfeito,neutro,indiferente,satisfeito,muito satisfeito",
    "nenhum,muito leve,leve,moderado,grave,muito grave,gravíssimo",
    "nenhuma,muito leve,leve,moderada,grave,severa,muito grave,gravíssima",
    "muito pequeno,pequeno,médio,grande,muito grande",
    "muito fraco,fraco,médio,moderado,forte,muito forte",
    "very low,low,medium,moderate,normal,high,very high,critical,urgent",
    "terrible,very bad,bad,poor,fair,average,good,very good,great,excellent",
    "very negative,negative,neutral,positive,very positive",
    "never,rarely,sometimes,often,always",
    "strongly disagree,disagree,neutral,agree,strongly agree",
    "none,very mild,mild,moderate,severe,very severe",
    "very small,small,medium,large,very large",
))
# fmt: on
"""Orders that words of many tables have; proposed, never taken."""

LEAST, MOST = 3, 11
"""Classes that may stand in an order: two have none, and 0 to 10 are eleven."""

LEADING = re.compile(r"[0-9]+(?:[.,][0-9]{1,2})?(?![.,]?[0-9]|/)")
"""A number in front of a name, that says where it stands: `1 - baixo`, `10 a 20 sacas`. No thousands, no dates."""


GRADE = re.compile(r"[0-9]{1,2}(?:[.,][05])?")
"""A grade in whole or half steps: `4`, `4,5`."""


def likely_order(names: Collection[str]) -> list[str] | None:
    """Returns the classes in the order that their names have as a rule; None where they have none."""
    if not LEAST <= len(names) <= MOST:
        return None
    if all(name.isdecimal() for name in names):
        numbers = sorted(names, key=int)
        low, high = int(numbers[0]), int(numbers[-1])
        return numbers if low <= 1 and high - low + 1 == len({*map(int, names)}) == len(names) else None
    if all(map(GRADE.fullmatch, names)):
        values = {name: float(name.replace(",", ".")) for name in names}
        halves = any(value % 1 for value in values.values()) and len({*values.values()}) == len(names)
        return sorted(names, key=values.__getitem__) if halves and min(values.values()) <= 1 else None
    mine = {folded_label(name): name for name in names}
    for order in KNOWN:
        known = [folded_label(word) for word in order]
        if len(mine) == len(names) and mine.keys() <= set(known):
            return [mine[word] for word in known if word in mine]
    return None


def by_leading_number(names: Collection[str]) -> list[str] | None:
    """Returns the classes by the numbers in front of their names; None where these do not tell one from the other."""
    found = {name: LEADING.match(name) for name in names}
    sizes = {name: float(each[0].replace(",", ".")) for name, each in found.items() if each}
    distinct = len(sizes) == len(names) == len(set(sizes.values()))
    return sorted(sizes, key=lambda name: sizes[name]) if distinct else None


def as_written(order: Sequence[str], names: Collection[str]) -> list[str]:
    """Returns the classes of an order as the table writes them."""
    spelt = {folded_label(name): name for name in names}
    return [name if name in names else spelt.get(folded_label(name), name) for name in order]


def in_the_order(names: Collection[str], order: Sequence[str], *, source: str, column: str) -> list[str]:
    """Returns the classes in the order that was given, as the table writes them.

    Raises:
        DataError: It misses a class, or has one that is none.
    """
    found = as_written(order, names)
    missed = sorted(set(names) - set(found))
    if not missed and len(found) == len(names):
        return found
    _refuse_twins(found, missed, source=source, column=column)
    known = [name for name in dict.fromkeys(found) if name in names]
    likely = (likely_order(names) or by_leading_number(names)) if missed else known
    fits = likely is not None and [name for name in likely if name in known] == known
    raise DataError(
        '{source}: --data.label_order is {order}, and the classes of the column "{column}" are {names}{missing}: '
        "give each of these once, {example}",
        source=source,
        column=column,
        order=quoted(order),
        names=quoted(sorted(names)),
        missing=Message(" (missing: {missed})", missed=quoted(missed)) if missed else "",
        example=order_advised(names, likely if fits else None),
    )


def _refuse_twins(found: Sequence[str], missed: Sequence[str], *, source: str, column: str) -> None:
    """Refuses classes that are missed because the table writes one that is given in several ways."""
    given = {folded_label(name): name for name in found}
    ways: dict[str, list[str]] = defaultdict(list)
    for name in missed:
        if folded_label(name) in given:
            ways[given[folded_label(name)]].append(name)
    if ways:
        raise DataError(
            '{source}: the column "{column}" writes classes of --data.label_order in several ways: {ways}. Write each '
            "in one way in the table",
            source=source,
            column=column,
            ways=listed([quoted([name, *others]) for name, others in ways.items()], most=SHOWN),
        )


def order_advised(names: Collection[str], order: Sequence[str] | None = None) -> AnyMessage:
    """Returns the end of a sentence that asks for an order: the line to copy, where the order is known."""
    if order is not None:
        return Message("from the lowest to the highest, such as\n  {line}", line=order_option(order))
    if any("," in name for name in names):
        return Message(
            "in their order from the lowest to the highest, as a list, for some hold commas: "
            "--data.label_order=\"['a', 'b, c']\""
        )
    return Message(
        "in their order from the lowest to the highest, with commas between them: --data.label_order a,b,c"
    )


def order_option(names: Sequence[str]) -> str:
    """Returns the option that gives an order, to copy."""
    if any("," in name for name in names):
        listed = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
        return command_line([f"--data.label_order=[{listed}]"])
    return command_line(["--data.label_order", ",".join(names)])
