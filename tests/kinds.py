"""A small table of each kind of label, that a tiny model can learn something of."""

import csv
import random
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.conftest import WORDS, sentences


@dataclass(frozen=True)
class Kind:
    """A table and how it is named on the command line."""

    header: list[str]
    rows: list[list[str]]
    options: list[str]

    def write(self, path: Path) -> Path:
        """Writes the table."""
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, delimiter=";")
            writer.writerow(self.header)
            writer.writerows(self.rows)
        return path


def single(count: int) -> Kind:
    """One class of three."""
    return Kind(["texto", "rotulo"], [list(row) for row in sentences(count)], [])


def several(count: int) -> Kind:
    """None to three subjects in a text, joined by a semicolon."""
    choice, rows = random.Random(1), []
    for (first, one), (second, two) in zip(sentences(count), sentences(count, seed=2)[::-1], strict=True):
        how = choice.random()
        if how < 0.1:
            rows.append([f"bom dia {choice.randint(1, 999)}", ""])
        elif how < 0.5 or one == two:
            rows.append([first, one])
        else:
            rows.append([f"{first} {second}", f"{one}; {two}"])
    return Kind(["texto", "rotulo"], rows, ["--task", "multi_label"])


def ordered(count: int) -> Kind:
    """One to four stars, by how often a word of praise stands in a text."""
    rows = []
    for number, (text, _) in enumerate(sentences(count)):
        stars = 1 + number % 4
        rows.append([" ".join(["alta"] * 2 * (stars - 1) + text.split()[:4]), str(stars)])
    return Kind(["texto", "rotulo"], rows, ["--task", "ordinal"])


def numbers(count: int) -> Kind:
    """A price with a decimal comma, by the subject of a text and its length."""
    price = dict(zip(WORDS, (10.0, 40.0, 80.0), strict=True))
    rows = [
        [text, f"{price[label] + len(text) / 10 + number / 100:.2f}".replace(".", ",")]
        for number, (text, label) in enumerate(sentences(count))
    ]
    return Kind(["texto", "preco"], rows, ["--task", "number", "--data.label_column", "preco"])


def pairs(count: int) -> Kind:
    """Two texts, of one subject or not."""
    rows = []
    others = sentences(count, seed=3)
    for number, (text, label) in enumerate(sentences(count)):
        other, of = others[number if number % 2 else (number + 1) % count]
        rows.append([text, other, "mesmo" if of == label else "outro"])
    return Kind(
        ["titulo", "corpo", "rotulo"], rows, ["--data.text_column=titulo", "--data.text_pair_column=corpo"]
    )


def template(count: int) -> Kind:
    """A text made of two columns."""
    rows = [[text, f"UF{number % 3}", label] for number, (text, label) in enumerate(sentences(count))]
    return Kind(["texto", "estado", "rotulo"], rows, ["--data.template={estado}: {texto}"])


KINDS = {
    "single_label": single,
    "multi_label": several,
    "ordinal": ordered,
    "number": numbers,
    "pair": pairs,
    "template": template,
}
