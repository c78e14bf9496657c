"""The order of classes: the one that the user gives, held against those there are, and those that are well known."""

from collections.abc import Collection, Sequence

from finetune.data.reading.class_names import folded_label
from finetune.errors import DataError
from finetune.language.lists import quoted
from finetune.language.say import Message
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


def likely_order(names: Collection[str]) -> list[str] | None:
    """Returns the classes in the order that their names have as a rule; None where they have none."""
    if not LEAST <= len(names) <= MOST:
        return None
    if all(name.isdecimal() for name in names):
        numbers = sorted(names, key=int)
        low, high = int(numbers[0]), int(numbers[-1])
        return numbers if low <= 1 and high - low + 1 == len({*map(int, names)}) == len(names) else None
    mine = {folded_label(name): name for name in names}
    for order in KNOWN:
        known = [folded_label(word) for word in order]
        if len(mine) == len(names) and mine.keys() <= set(known):
            return [mine[word] for word in known if word in mine]
    return None


def in_the_order(names: Collection[str], order: Sequence[str], *, source: str, column: str) -> list[str]:
    """Returns the classes in the order that was given, as the table writes them.

    Raises:
        DataError: It misses a class, or has one that is none.
    """
    spelt = {folded_label(name): name for name in names}
    found = [name if name in names else spelt.get(folded_label(name), name) for name in order]
    missed = sorted(set(names) - set(found))
    strange = [name for name in found if name not in names]
    if missed or strange or len(set(found)) < len(found):
        line = order_option([*(name for name in dict.fromkeys(found) if name in names), *missed])
        raise DataError(
            '{source}: --data.label_order is {order}, and the classes of the column "{column}" are {names}{missing}: '
            "give each of these once, from the lowest to the highest, such as\n  {line}",
            source=source,
            column=column,
            order=quoted(order),
            names=quoted(sorted(names)),
            missing=Message(" (missing: {missed})", missed=quoted(missed)) if missed else "",
            line=line,
        )
    return found


def order_option(names: Sequence[str]) -> str:
    """Returns the option that gives an order, to copy."""
    if any("," in name for name in names):
        listed = ", ".join("'" + name.replace("'", "''") + "'" for name in names)
        return command_line([f"--data.label_order=[{listed}]"])
    return command_line(["--data.label_order", ",".join(names)])
