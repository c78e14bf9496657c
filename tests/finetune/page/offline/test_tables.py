"""Tables in the worker of a page: read, answered and written to the last byte as by the program of an export."""

import base64
import datetime as dt
import json
import re
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from finetune.page.offline.tables_said import of_tables
from finetune.runtime.answering.cells import as_json
from finetune.runtime.answering.model import Model
from finetune.runtime.answering.model import described as about_folder
from finetune.runtime.answering.of_table import answer_table, label_table
from finetune.runtime.answering.reading import open_table
from finetune.runtime.answering.said import NoColumn, Refused, speak
from finetune.runtime.answering.texts import Making
from tests.finetune.page.offline.in_node import NEEDED, parts_of, ran
from tests.finetune.page.offline.odd_tables import odd_table
from tests.finetune.page.offline.odd_workbooks import BY_HAND, STRINGS, by_hand, damaged, odd_workbook
from tests.finetune.runtime.test_tables import TABLES, workbook

pytestmark = NEEDED

SEEDS = range(200)
LABELS = ["Clima", "=Preços", "a, b; c"]
KNOWN = [["comentario", "pergunta", "texto", "text"], ["relatos"]]
SINGLE = ("single_label", "single_label_classification")
MULTI = ("multi_label", "multi_label_classification")
NUMBER = ("number", "regression")
ASKED = (
    "id;estado;titulo;corpo;texto\r\n1;MG;o boi;subiu muito;o boi subiu\r\n2;SP;;;\r\n3;;chuva e geada;;=1+1 chuva\r\n"
    '4;BA;a;b;"ele disse ""não""; e saiu"\r\n5;PR;\u200b;geada;A ARROBA SUBIU NA SEMANA\r\n'
)
JAVASCRIPT = (Path(__file__).parent / "tables_in_node.js").read_text(encoding="utf-8")

CODES = {
    "the file is empty": "file_empty",
    "this is a workbook or a zip file": "is_workbook",
    "begins as ": "wrong_encoding",
    "most of it is UTF-8": "mostly_utf8",
    "a NUL byte": "nul",
    "only blanks": "only_blanks",
    "only a header": "only_header",
    "stand more than once": "twins",
    "columns are more than": "too_many_columns",
    "a quote opened in line": "stray_quote",
    " cells, the header has ": "too_wide",
    "is not JSON": "no_json",
    "is no object": "no_object",
    "a list or an object": "no_single_value",
    "not an Excel": "broken_workbook",
    "no visible sheet": "no_sheet",
    "to the right of": "beyond_header",
    "not UTF-8, read as": "not_utf8",
    "lines above": "lines_above",
    "line above": "line_above",
    "quotes are taken": "no_quotes",
    "the sheet ": "sheet_read",
}
"""By what a sentence of the program is known in the worker."""


def described(task: tuple[str, str] = SINGLE, **columns: Any) -> dict[str, Any]:
    """What an export says of itself."""
    name, problem = task
    return {
        "task": name,
        "problem_type": problem,
        "labels": ["preço"] if task is NUMBER else LABELS,
        "mark": None,
        "pair": columns.get("pair") is not None,
        "calibration": {"abstain_below": 0.75},
        "mix": None,
        "columns": {"text": None, "pair": None, "template": None, "known": KNOWN, **columns},
        "repairs": False,
        "max_characters": None,
    }


def by_sum(about: dict[str, Any], texts: Any) -> Any:
    """What `tables_in_node.js` says of each output."""
    labels, found = len(about["labels"]), []
    for row in texts:
        letters = sum(map(ord, "".join(row)))
        if about["problem_type"] == "regression":
            found.append([(letters % 1000) / 8])
        elif about["task"] == "multi_label":
            found.append([((letters * (at + 3)) % 997) / 997 for at in range(labels)])
        else:
            rest = 0.5 - (letters % 50) / 100
            found.append(
                [1 - rest if at == letters % labels else rest / (labels - 1) for at in range(labels)]
            )
    return np.asarray(found)


def in_python(source: Path, about: dict[str, Any], *, pasted: bool = False) -> dict[str, Any]:
    """What the program of an export makes of a table, and what it has read."""
    making, remarks, states = Making(about), [], []
    output = source.with_name(f"out_{source.stem}{'.csv' if source.suffix == '.xlsx' else source.suffix}")
    model = Model(source.parent, about, network=object())  # type: ignore[arg-type] # it is never asked
    try:
        read = open_table(source, making.fits)
        found = {"names": read.names, "rows": [[_shown(cell) for cell in row] for row in read.rows()]}
        found |= {"first": read.first_line, "count": read.count}
        label_table(
            model,
            making,
            source,
            output,
            guard=pasted,
            overwrite=True,
            remark=remarks.append,
            watch=lambda seen, _: states.append(dict(seen)),
            ask=lambda texts: by_sum(about, texts),
        )
    except NoColumn:
        return {"refused": "needs_column"}
    except Refused as error:
        return {"refused": _code(str(error))}
    return {**found, "file": output.read_bytes(), "remarks": [*map(_code, remarks)], "seen": states[-1]}


def _code(sentence: str) -> str:
    return next(code for part, code in CODES.items() if part in sentence)


def _shown(cell: Any) -> Any:
    if isinstance(cell, bool):
        return f"bool {str(cell).lower()}"
    if isinstance(cell, int | float):
        return f"{type(cell).__name__} {cell!r}"
    if isinstance(cell, list | dict):
        return f"nested {as_json(cell)}"
    return f"time {cell}" if isinstance(cell, dt.date | dt.time | dt.timedelta) else cell


@pytest.fixture(scope="module")
def in_worker(tmp_path_factory):
    """Has the worker answer many tables at once, for it takes a while to start."""

    def answered(cases: list[dict[str, Any]]) -> list[dict[str, Any]]:
        sent = [{**case, "body": base64.b64encode(case["body"]).decode()} for case in cases]
        said = of_tables()
        run = f"{JAVASCRIPT}\n;answeredCases({json.dumps(sent)}, {json.dumps(said)})"
        found: list[dict[str, Any]] = ran(tmp_path_factory.mktemp("worker"), run)
        return found

    return answered


@pytest.fixture
def in_worker_run(tmp_path):
    """Has the worker do one thing, with the tables' sentences."""

    def done(call: str) -> Any:
        begin = f"sentences = {json.dumps(of_tables())};\nmodel = {{ described: {json.dumps(described())}, facts: {{}} }};\n"
        return ran(tmp_path, f"{JAVASCRIPT}\n{begin}\n{call}")

    return done


def differences(case: dict[str, Any], answered: dict[str, Any], folder: Path) -> list[str]:
    """What the worker makes otherwise of a table than the program does."""
    speak("en", "en")
    source = folder / case["name"]
    source.write_bytes(case["body"])
    wanted, state, read = (
        in_python(source, case["described"], pasted=case.get("pasted", False)),
        answered["state"],
        answered["read"],
    )
    if "refused" in wanted:
        code = next(
            (code for code, text in of_tables().items() if _fits(text, state["error"] or "")), state["error"]
        )
        return [] if code == wanted["refused"] else [f"{code}, not {wanted['refused']}"]
    if state["error"]:
        return [f"refused: {state['error']}"]
    own = state["remarks"][len(wanted["remarks"]) :]
    seen, file = wanted["seen"], base64.b64decode(answered["file"])
    counts = (state["rows"], state["done"], state["without_text"], state["unsure"])
    compared = {
        "cells": ([read["names"], *read["rows"]], [wanted["names"], *wanted["rows"]]),
        "first": (read["first"], wanted["first"]),
        "remarks": (read["remarks"], wanted["remarks"]),
        "counts": (counts, (wanted["count"], seen["rows"], seen["rows"] - seen["answered"], seen["unsure"])),
        "file": (file, wanted["file"]),
        "told": (
            [each for each in own if not _fits(of_tables()["first_line"], each)],
            [of_tables()["as_csv"]] if source.suffix == ".xlsx" else [],
        ),
        "name": (
            state["name"],
            f"{source.stem}_predicted{'.csv' if source.suffix == '.xlsx' else source.suffix}",
        ),
    }
    return [
        f"{name}: {ours!r}\n  not {theirs!r}" for name, (ours, theirs) in compared.items() if ours != theirs
    ]


def _fits(sentence: str, told: str) -> bool:
    return re.fullmatch(re.sub(r"\\\{\w+\\\}", "(?s:.*)", re.escape(sentence)), told) is not None


def all_differences(answered: Any, cases: list[dict[str, Any]], folder: Path) -> dict[str, list[str]]:
    """What the worker makes otherwise of some tables, by their names."""
    told = {
        case["name"]: differences(case, one, folder) for case, one in zip(cases, answered(cases), strict=True)
    }
    return {name: found for name, found in told.items() if found}


def case_of(name: str, body: bytes, about: dict[str, Any] | None = None, **others: Any) -> dict[str, Any]:
    return {"name": name, "body": body, "described": about or described(), "cells": True, **others}


def test_odd_tables_are_read_answered_and_written_alike(in_worker, tmp_path):
    cases = [case_of(*odd_table(seed)) for seed in SEEDS]
    assert all_differences(in_worker, cases, tmp_path) == {}


@pytest.mark.filterwarnings("ignore:Cell .* is marked as a date")
def test_odd_workbooks_are_read_alike_and_written_as_a_csv_alike(in_worker, tmp_path):
    workbook(tmp_path / "made.xlsx")
    cases = [case_of(*odd_workbook(seed)) for seed in range(30)]
    cases += [case_of(name, body) for name, body in BY_HAND.items()]
    cases += [case_of("of_program.xlsx", (tmp_path / "made.xlsx").read_bytes())]
    assert all_differences(in_worker, cases, tmp_path) == {}


def test_answers_of_every_kind_stand_beside_the_tables_of_other_programs(in_worker, tmp_path):
    cases = [
        case_of(f"{task[0]}_{name}", body, described(task))
        for task in (SINGLE, MULTI, NUMBER)
        for name, body in TABLES.items()
    ]
    assert all_differences(in_worker, cases, tmp_path) == {}


def refused(in_worker, *cases):
    """What is said of tables that cannot be answered."""
    return [one["state"]["error"] for one in in_worker(list(cases))]


def test_a_table_without_the_columns_is_told_which_it_needs_and_has(in_worker):
    of_two = described(template="{estado}: {texto}")
    told = refused(
        in_worker,
        case_of("a.csv", b"x;y\n1;2\n", described(text="pergunta")),
        case_of("b.csv", b"texto;y\n1;2\n", of_two),
        case_of("c.csv", b"x;y\n1;2\n"),
        case_of("d.csv", b"texto;texto\n1;2\n"),
        case_of("e.jsonl", b'{"texto": [1]}'),
    )
    assert told == [
        'a.csv: the model reads the column "pergunta". Give the column of your texts this name, and open the table '
        'again. Now its columns are "x", "y".',
        'b.csv: the model reads the columns "estado", "texto". Give the columns of your texts these names, and open '
        'the table again. Now its columns are "texto", "y".',
        'c.csv: the model reads the column "texto". Give the column of your texts this name, and open the table '
        'again. Now its columns are "x", "y".',
        'd.csv: the columns "texto" stand more than once in the header: give each its own name.',
        "e.jsonl: line 1 has a list or an object where a text should stand: give each row one value.",
    ]


def test_a_first_line_that_may_be_a_text_is_named(in_worker):
    cases = {
        "a.csv": (b"o boi subiu\na vaca\n", {}, "o boi subiu"),
        "long.csv": (b"boi " * 40 + b"\na vaca\n", {}, "boi " * 20 + "…"),
        "of_texts.csv": (b"texto\na vaca\n", {}, None),
        "wanted.csv": (b"Relato\na vaca\n", {"text": "relato"}, None),
        "two.csv": (b"texto;o boi\na;b\n", {}, None),
        "of_objects.jsonl": (b'{"o boi": "a vaca"}', {}, None),
    }
    answered = in_worker(
        [case_of(name, body, described(**columns)) for name, (body, columns, _) in cases.items()]
    )
    for (name, (_, _, line)), one in zip(cases.items(), answered, strict=True):
        said = of_tables()["first_line"].replace("{path}", name).replace("{name}", line or "")
        assert one["state"]["remarks"] == ([said] if line else []), name


def test_a_workbook_that_was_damaged_or_holds_more_than_it_says_is_refused(in_worker):
    cases = [case_of(f"{how}.xlsx", damaged(how)) for how in ("sheet", "locked", "shorter", "larger")]
    no_string = by_hand('<row><c t="s"><v>99</v></c></row>', strings=STRINGS)
    told = refused(in_worker, *cases, case_of("no_string.xlsx", no_string))
    broken = of_tables()["broken_workbook"]
    wanted = [broken, broken, broken, of_tables()["unpacked_too_large"], broken]
    names = ["sheet", "locked", "shorter", "larger", "no_string"]
    assert told == [text.replace("{path}", f"{name}.xlsx") for name, text in zip(names, wanted, strict=True)]


def test_texts_of_several_columns_and_pairs_are_made_alike(in_worker, tmp_path):
    of_template = described(template="{estado} | {Cultura}: {texto} {{x}}")
    of_pair = described(text="pergunta", pair="resposta")
    cases = [
        case_of("template.csv", "estado;cultura;texto\nMG;café;  broca \n;;\nSP;;x\n".encode(), of_template),
        case_of("pair.tsv", b"id\tPergunta\tresposta\n1\to que\tisso\n2\t\taquilo\n3\t\t\n", of_pair),
        case_of("found.csv", b"id;texto;pergunta\n1;o boi;quanto?\n", described(pair="pergunta")),
        case_of("pasted.csv", "\ufefftexto\r\n=1+1\r\n\r\nsim; não\r\n".encode(), pasted=True),
    ]
    assert all_differences(in_worker, cases, tmp_path) == {}


def test_a_name_that_is_no_tables_is_refused_and_one_that_steers_is_shown_without(in_worker):
    no_table, shown = in_worker(
        [case_of("a.xls", b"x", cells=False), case_of("../\u202ea<b>.csv", b"texto\nx\n", cells=False)]
    )
    assert (
        no_table["refused"]
        == "The name of the table has to end in one of .csv, .tsv, .txt, .jsonl, .ndjson, .xlsx."
    )
    assert shown["state"]["name"] == "_a_b__predicted.csv"


def test_a_column_of_ten_thousand_texts_is_followed_and_can_be_cancelled(in_worker_run):
    whole, cut = in_worker_run("(async () => [await followed(10_000), await cancelled(10_000)])()")
    assert whole.pop("looks") >= 100
    assert whole == {
        "grows": True,
        "state": "done",
        "rows": 10_000,
        "done": 10_000,
        "lines": 10_001,
        "heard": True,
        "early": 404,
    }
    assert cut == {"gone": 404, "asked": 300, "state": "cancelled"}


@pytest.mark.skipif(find_spec("onnx") is None, reason="pip install -e '.[onnx]'")
def test_the_network_of_an_export_answers_a_table_as_its_own_program_does(folders, tmp_path):
    source = tmp_path / "table.csv"
    source.write_bytes(ASKED.encode("utf-8-sig"))
    calls, theirs = [], []
    for kind in ("multi_label", "words"):
        about, output = about_folder(folders / kind), tmp_path / f"{kind}.csv"
        model, making = Model(folders / kind, about, threads=1), Making(about)
        answer_table(model, making, source, output, guard=False, overwrite=False)
        theirs.append(output.read_bytes().decode())
        (tmp_path / kind).mkdir()
        start = {**parts_of(folders / kind, tmp_path / kind), "said": of_tables()}
        calls.append([start, source.name, base64.b64encode(source.read_bytes()).decode()])
    loop = f"for (const each of {json.dumps(calls)}) found.push(await answeredByNetwork(...each));"
    answered = ran(tmp_path, f"{JAVASCRIPT}\n;(async () => {{ const found = []; {loop} return found; }})()")
    number = re.compile(r"-?\d+,\d+")  # the last digit may be another one, of another processor's sums
    for one, wanted in zip(answered, theirs, strict=True):
        ours = base64.b64decode(one["file"]).decode()
        assert number.sub("?", ours) == number.sub("?", wanted)
        numbers = [
            [float(each.replace(",", ".")) for each in number.findall(text)] for text in (ours, wanted)
        ]
        assert numbers[0] == pytest.approx(numbers[1], abs=2e-4)


def test_a_model_that_fails_is_told_of_and_no_table_is_blamed_for_its_memory(in_worker_run):
    said = json.dumps({**of_tables(), "no_memory": "Too little memory."})
    assert in_worker_run(f"failing({said})") == [
        "There are no numbers.",
        "Too little memory.",
        of_tables()["table_failed"],
    ]
