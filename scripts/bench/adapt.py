"""Does it help to adapt a model to the texts of a table before it learns the labels of some of its rows?

    python scripts/bench/adapt.py --out adapt.jsonl demo=demo bncc=dados.csv toldbr=train.csv --folder adapted
    python scripts/bench/recipes_table.py adapt.jsonl --of plain

A table is NAME=FILE, with the columns `texto` and `rotulo`. Rows to choose by and rows to test on are set apart first,
by which seed alone; the texts of all others, without their labels, and of MORE (one text a line), if given, are what
`finetune adapt` learns from, once a table and candidate, in FOLDER. Then each seed draws rows to train on among these
others, and `finetune fit` learns them from the pretrained model (`plain`) and from each adapted one.

Candidates: `masked_words` and `two_views`, with the defaults of `finetune adapt`; others are its options, given last:
`--candidate slow --model.learning_rate 5e-5`. A cell is a table, a number of rows, a seed and a candidate; it leaves a
line of JSON for each judge in OUT, and what stands there is not done again. The judge `choice` has the rows for
choosing between candidates; `test` those that are looked at once, when all is chosen: `recipes_table.py --judge test`.
Needs `pip install -e '.[demo,bench]'`.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd
from child import run
from recipes import MOST_JUDGED, Cell, fitted, read
from recipes_table import known
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

from finetune.data.rows import DEMO

SIZES = (100, 300, 1000)
PLAIN, CHOICE, TEST = "plain", "choice", "test"
Judged = dict[str, dict[str, Any]]
CANDIDATES: dict[str, list[str]] = {
    PLAIN: [],
    "masked_words": ["--model.objective", "masked_words"],
    "two_views": ["--model.objective", "two_views"],
}
APART_BY = 0
"""The seed by which rows are set apart: of a table the same, whoever learns."""


def set_apart(table: Path) -> dict[str, pd.DataFrame]:
    """Returns the rows to learn from, those to choose by and those to test on."""
    frame = read(table)
    frame = frame[frame.groupby("rotulo").texto.transform("size") >= 8]
    found = {}
    for part in (TEST, CHOICE):
        most = min(MOST_JUDGED, len(frame) * 20 // 100)
        frame, found[part] = train_test_split(
            frame, test_size=most, stratify=frame.rotulo, random_state=APART_BY
        )
    return {"pool": frame, **found}


def drawn(pool: pd.DataFrame, *, rows: int, seed: int) -> dict[str, pd.DataFrame]:
    """Returns rows to train on, and an eighth of them to validate by."""
    wanted = rows + max(rows // 8, pool.rotulo.nunique())
    if wanted < len(pool) - pool.rotulo.nunique():
        pool, _ = train_test_split(pool, train_size=wanted, stratify=pool.rotulo, random_state=seed)
    held = max(len(pool) // 9, pool.rotulo.nunique())
    train, validation = train_test_split(pool, test_size=held, stratify=pool.rotulo, random_state=seed)
    return {"train": train, "validation": validation}


def adapted(folder: Path, pool: pd.DataFrame, more: Path | None, options: Sequence[str]) -> Path:
    """Returns the run that has learned from the texts of a table; makes it where it is not there."""
    if not (folder / "adapted.json").is_file():
        folder.mkdir(parents=True, exist_ok=True)
        lines = [" ".join(text.split()) for text in pool.texto]
        if more is not None:
            lines += more.read_text(encoding="utf-8").splitlines()
        texts = folder / "textos.txt"
        texts.write_text("\n".join(lines), encoding="utf-8")
        command = ["-m", "finetune", "adapt", "--data.path", str(texts), "--write_report=false"]
        done = run([*command, "--trainer.default_root_dir", str(folder), *options], tells=False)
        said = json.loads((folder / "lightning_logs/adapt_0/metrics.json").read_text(encoding="utf-8"))
        told = {"language": said["language"], "cpu_seconds": round(done.cpu_seconds)}
        (folder / "adapted.json").write_text(json.dumps(told), encoding="utf-8")
        print(f"{folder}: {told}", file=sys.stderr, flush=True)
    return folder / "lightning_logs/adapt_0"


def judged(folder: Path, parts: Mapping[str, pd.DataFrame], model: Sequence[str], seed: int) -> Judged:
    """Returns what one fit reaches, by judge."""
    for part, frame in parts.items():
        frame.to_csv(folder / f"{part}.csv", index=False)
    chosen = fitted(folder, model, judge=CHOICE, seed=seed)
    (best,) = folder.glob("lightning_logs/*/model")
    answers = folder / "answers.csv"
    asked = ["--data.predict_path", str(folder / f"{TEST}.csv"), "--output", str(answers)]
    run(["-m", "finetune", "predict", "--run", str(best.parent), *asked], tells=False)
    told = pd.read_csv(answers, dtype=str).label
    return {CHOICE: chosen, TEST: {"f1_macro": f1_score(parts[TEST].rotulo, told, average="macro")}}


def main() -> None:
    """Measures what is not known yet."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="+", help="NAME=FILE; demo for the demonstration table")
    parser.add_argument("--out", type=Path, required=True, help="file of lines of JSON; it grows")
    parser.add_argument("--folder", type=Path, required=True, help="where the adapted models are kept")
    parser.add_argument("--more", type=Path, help="more texts without labels, one a line")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES, help="training rows")
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--only", nargs="+", help="candidates; all when left out")
    parser.add_argument(
        "--candidate", nargs=argparse.REMAINDER, help="name and options of one more, at the end"
    )
    given = parser.parse_args()
    candidates = {given.candidate[0]: given.candidate[1:]} if given.candidate else CANDIDATES
    for table in given.tables:
        name, _, file = table.partition("=")
        parts = set_apart(DEMO if file == "demo" else Path(file))
        for candidate, options in candidates.items():
            for rows in given.sizes:
                for seed in given.seeds:
                    cell = Cell(name, rows, seed, candidate, CHOICE)
                    done = any(asdict(cell).items() <= each.items() for each in known(given.out))
                    if done or (given.only and candidate not in given.only):
                        continue
                    model: list[str] = []
                    if candidate != PLAIN:
                        place = given.folder.absolute() / name / candidate
                        made = adapted(place, parts["pool"], given.more, options)
                        model = ["--model.name", str(made)]
                    drawn_too = {**parts, **drawn(parts["pool"], rows=rows, seed=seed)}
                    with tempfile.TemporaryDirectory() as scratch:
                        found = judged(Path(scratch), drawn_too, model, seed)
                    with given.out.open("a", encoding="utf-8") as lines:
                        for judge, scores in found.items():
                            lines.write(json.dumps({**asdict(cell), "judge": judge, **scores}) + "\n")
                    print(f"{cell}: {found[CHOICE]}", file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
