"""Each part of the engine does what the part of the runtime does that it is written after."""

import json
import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finetune.commands.serve import weighed
from finetune.evaluation.words import tfidf
from finetune.evaluation.words_file import save_words
from finetune.page.offline.worker import packed_words
from finetune.runtime.answering import (
    answers,
    capitals,
    cells,
    columns,
    invisible,
    mojibake,
    network,
    said,
    words,
)
from finetune.runtime.answering.texts import Making
from finetune.tasks.calibration import Calibration, stored
from finetune.tasks.table import TASKS
from tests.finetune.page.offline.in_node import NEEDED, ran
from tests.finetune.page.offline.odd import odd_strings
from tests.finetune.runtime.test_mojibake import DAMAGE, TEXTS
from tests.journeys.conftest import sentences

pytestmark = NEEDED

ODD = odd_strings(500, seed=6)
NAMES = [
    *ODD[:250],
    "Texto",
    "TEXTO ",
    "texto 2",
    "Descrição",
    "descric\u0327a\u0303o",
    "Straße",
    "ΣΑΣ",
    "ﬁm",
    "ıI",
    "İ",
    "id",
]
KNOWN = [["texto", "descricao", "mensagem"], ["mensagens", "duvida"]]
KINDS = ("two", "three of four", "together", "number")

RUN = """(async () => {
  const calls = JSON.parse(require("node:fs").readFileSync(PATH, "utf8"));
  const held = (path) => Uint8Array.from(require("node:fs").readFileSync(path)).buffer;
  return calls.map(([source, ...given]) => {
    try {
      return eval(source)(...given);
    } catch (error) {
      return [error.name === "Error" ? error.constructor.name : error.name, error.code ?? error.message];
    }
  });
})()"""


@dataclass
class Calls:
    """What is asked of both: of Python at once, of the worker all together."""

    asked: list[Any] = field(default_factory=list)
    theirs: list[Any] = field(default_factory=list)

    def add(self, source: str, theirs: Any, *given: Any) -> None:
        self.asked.append([source, *given])
        self.theirs.append(theirs)

    def compare(self, scratch: Path) -> None:
        file = scratch / "calls.json"
        file.write_text(json.dumps(self.asked), encoding="utf-8")
        found = ran(scratch, RUN.replace("PATH", json.dumps(str(file))))
        for call, ours, theirs in zip(self.asked, found, self.theirs, strict=True):
            if isinstance(theirs, np.ndarray):
                np.testing.assert_allclose(
                    np.array(ours, dtype=float), theirs, rtol=1e-9, atol=1e-9, err_msg=ascii(call)
                )
            else:
                assert ours == theirs, ascii(call)


def test_letters_and_names(tmp_path):
    calls = Calls()
    for text in ODD:
        calls.add("strip", text.strip(), text)
        calls.add("wordsIn", text.split(), text)
        calls.add("(text) => whole(text)", cells.whole(text), text)
        calls.add("countOf", len(text), text)
        calls.add("firstOf", text[:9], text, 9)
        calls.add("lowered", capitals.lowered(text), text)
        calls.add("showsNothing", invisible.shows_nothing(text), text)
        calls.add("asSeen", invisible.as_seen(text), text)
        for most in (1, 3, 20):
            calls.add("beginning", invisible.beginning(text, most), text, most)
    for name in NAMES:
        calls.add("fold", columns.fold(name), name)
        calls.add(
            "(name, known) => hasAll([name], [], known)", columns.has_all([name], (), KNOWN), name, KNOWN
        )
    whole = ["\u200b" * 3 + "a\u200bb\u200b\u200b", "😀" * 5 + "\u00ad", " " * 30 + "a b"]
    for text in whole:
        calls.add("beginning", invisible.beginning(text, 2), text, 2)
    calls.compare(tmp_path)


def test_columns_and_templates(tmp_path):
    calls, choice = Calls(), random.Random(0)
    for template in ("{estado} | {cultura}: {texto}", "{{{ a }}}{b}", "só texto", "{a}{a}", "}} {x} {{"):
        made = columns.parsed(template)
        calls.add("parsed", {"columns": list(made.columns), "between": list(made.between)}, template)
        for _ in range(20):
            row = [choice.choice([*ODD[:40], "", "2024-01-05 00:00:00"]) for _ in made.columns]
            calls.add("(template, row) => filled(parsed(template), row)", made.filled(row), template, row)
    headers = [
        ["texto"],
        ["x"],
        ["id", "Texto"],
        ["id", "texto", "TEXTO"],
        ["a", "b"],
        ["mensagens", "texto 2"],
        ["Dúvida", "id"],
    ]
    for names in headers:
        calls.add("foundByName", found(lambda n=names: columns.found_by_name(n, KNOWN, "")), names, KNOWN)
        calls.add(
            "(names) => resolved(ofColumn('texto'), names)",
            found(lambda n=names: columns.resolved(columns.Template(("texto",)), n, "")),
            names,
        )
    calls.compare(tmp_path)


def found(find: Any) -> Any:
    try:
        made = find()
    except said.NoColumn as error:
        told = str(error)
        return [
            "NoColumn",
            "several" if '" could be' in told else "unclear" if "could each" in told else "none",
        ]
    return {"columns": list(made.columns), "between": list(made.between)}


def test_texts_of_a_table(tmp_path):
    described = {
        "columns": {"template": "{UF}: {texto}", "text": None, "pair": "corpo", "known": KNOWN},
        "pair": True,
        "repairs": False,
        "max_characters": 12,
    }
    from finetune.runtime.answering.table import Dialect, Table

    names, calls = ["uf", "Texto", "corpo"], Calls()
    made = Making(described).of_table(Table(names, lambda: iter(()), 1, Dialect("text")), "")
    rows = [
        ["PR", "boi", "vaca"], ["", "", "x"], ["", " ", "\u200b"], [None, 1.5, 2.0], names, ["\ufeffuf", *names[1:]], ["a" * 20, "b", "c" * 20],
    ]  # fmt: skip
    for row in rows:
        texts = made.of(row, 1)
        source = "(described, names, row) => making(described).of(names)(row)"
        calls.add(source, None if texts is None else list(texts), described, names, row)
    calls.add("(described) => making(described).columns", ["UF", "texto", "corpo"], described)
    calls.add("(described) => columnsOf(described)", ["UF", "texto", "corpo"], described)
    calls.compare(tmp_path)


def test_damage(tmp_path):
    calls = Calls()
    damaged = [damage(text) for damage in DAMAGE.values() for text in TEXTS]
    mixed = [f"{one} {other[:30]}" for one, other in zip(damaged, damaged[7:], strict=False)]
    entities = [
        f"a&{name};b"
        for name in (
            "amp",
            "notit",
            "nbsp",
            "Aacute",
            "bogus",
            "lt",
            "hearts",
            "#233",
            "#x80",
            "#0",
            "#11",
            "#xFFFE",
            "#55357",
        )
    ]
    for text in [*damaged, *mixed, *entities, *ODD]:
        calls.add("mended", mojibake.mended(text), text)
    calls.add("() => NAMED['lt;']", "<")
    calls.compare(tmp_path)


def test_what_is_cut_and_left_out(tmp_path):
    calls, choice = Calls(), random.Random(1)
    for _ in range(20):
        first, second, most = (choice.randint(0, 30) for _ in range(3))
        cut = list(network.longest_cut_first(first, second, most))
        calls.add("longestCutFirst", cut, first, second, most)
    for texts in (
        [ODD[2] * 9],
        [" a  b "],
        ["a b " * 100, "c " * 40],
        ["", "d e"],
        ["a " * 32, "b " * 32],
        ODD[5:7],
    ):
        theirs = [
            {"word": each.word, "without": list(each.without)}
            for each in weighed.pieces(tuple(texts), most=64)
        ]
        calls.add("piecesLeftOut", theirs, texts)
    for value in (0.0, 1.5, -123.456789, 100000.5, 1234565.0, 0.1 + 0.2, 1e-9, 3e20, 2.5, 1234567.5):
        for width in (0.0, 1e-3, 1.0, 1e7):
            theirs = float(answers.rounded(np.array([value]), np.array([width]))[0])
            calls.add("rounded", theirs, value, width)
        calls.add("asWritten", cells.string(value, ""), value)
        calls.add("toDigits", float(np.round(value, 4)), value, 4)
    for value in (0.00005, 0.00015, 0.00025, 2.00025, 0.5):  # just between two
        calls.add("toDigits", float(np.round(value, 4)), value, 4)
    calls.compare(tmp_path)


@pytest.mark.parametrize("task", TASKS)
def test_answers(task, tmp_path):
    calls, choice = Calls(), random.Random(2)
    labels = ["a", "b", "c", "d"] if task != "number" else ["preço"]
    problem = TASKS[task]().problem_type
    for _ in range(150):
        vector = [choice.uniform(0.2, 3) for _ in labels]
        calibration = stored(
            Calibration(
                choice.choice([1.0, 0.3, 2.7]),
                choice.choice([None, 0.0, 0.4, 0.9]),
                scale=choice.choice([None, vector]),
                shift=choice.choice([None, vector]),
                facts=choice.choice([{}, FACTS.get(task, {})]),
            )
        )
        described = {"task": task, "problem_type": problem, "labels": labels, "calibration": calibration}
        logits = [choice.uniform(-9, 9) for _ in labels]
        shares = answers.probabilities(np.array([logits]), problem, calibration)
        calls.add("probabilitiesOf", shares[0], logits, described)
        calls.add("answerOf", answered(shares, described), shares[0].tolist(), described)
        mix = {"weight": choice.random(), "network": 1.3, "words": 0.7}
        said_ = [choice.choice([0.0, choice.random()]) for _ in labels]
        theirs = answers.mixed(np.array([logits]), np.array([said_]), mix, problem)
        calls.add("mixed", theirs[0], logits, said_, mix, problem)
    if task == "ordinal":  # two steps just alike, but for what a sum loses
        shares, calibration = np.array([[0.5 - 1e-12, 0.5 + 1e-12, 0.0, 0.0]]), stored(Calibration())
        described = {"task": task, "problem_type": problem, "labels": labels, "calibration": calibration}
        calls.add("answerOf", answered(shares, described), shares[0].tolist(), described)
    calls.compare(tmp_path)


FACTS: dict[str, dict[str, list[float]]] = {
    "multi_label": {"thresholds": [0.3, 0.5, 0.7, 0.01]},
    "number": {"edges": [-1.0, 5.5], "half_widths": [0.25, 3.0, 120.0], "coverage": [0.9], "widest": [5.0]},
}


def answered(shares: Any, described: dict[str, Any]) -> dict[str, Any]:
    """As `finetune/engines/engine.py` sends it."""
    from finetune.engines.engine import Engine
    from finetune.runtime.answering.model import Model

    model = Model(Path(), {**described, "mix": None, "mark": None})
    making: Any = None
    return Engine(model, making, "onnx", "a", "1").answers(shares, every=True)[0]


@pytest.fixture(scope="module", params=KINDS)
def learned(request, tmp_path_factory):
    kind, texts = request.param, [text for text, _ in sentences(120)]
    labels = np.array([number % 3 for number in range(120)])
    together = np.stack([labels == 0, labels < 2, labels > 5], axis=1).astype(np.float32)
    numbers = np.array([len(text) / 7 - 3 for text in texts])
    given, outputs = {
        "two": (labels % 2, 2),
        "three of four": (np.where(labels == 2, 3, labels), 4),
        "together": (together, 3),
        "number": (numbers, 1),
    }[kind]
    path = tmp_path_factory.mktemp("words") / "words.npz"
    save_words(path, tfidf(texts, given, outputs, 0))
    return path, outputs


def test_words(learned, tmp_path):
    path, outputs = learned
    packed = tmp_path / "words.bin"
    packed.write_bytes(packed_words(path))
    texts = [*ODD[:200], *(text for text, _ in sentences(30, seed=3)), "Boi " * 3000]
    calls = Calls()
    calls.add(
        "(path, outputs, texts) => { const words = wordsFrom(held(path), outputs); return texts.map((text) => saidByWords(text, words)); }",
        words.Words(path, outputs).probabilities(texts),
        *(str(packed), outputs, texts),
    )
    calls.compare(tmp_path)
