"""Whether `finetune watch` finds another subject in a fifth of 200 rows, and how often where there is none.

    python scripts/bench/drift.py RUN [--own TABLE] [--other TABLE...] [--share 0.2] [--repetitions 20] [--json FILE]

RUN      a finished run (or one of words), whose held-out rows are what others are held against.
--own    more rows of the run's own subject, on which it was not trained. Left out, 200 of its held-out rows are looked
         at in their place, others in each repetition, and the rest is what they are held against: half of what a user
         has.
--other  tables of other subjects, whose texts stand in the same column: a fifth of the 200 rows are of one.

Each repetition draws its rows anew. Told are the looks that are alarms, of all and by each test; those of rows without
another subject are false ones. One thread: OMP_NUM_THREADS=1.
"""

import argparse
import json
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

MOST = 2_000
"""Rows of a table that are read."""


def read(engine: Any, table: Path) -> Any:
    """Returns what is known of the rows of a table, as the program that watches sees them."""
    from itertools import islice

    from finetune.commands.watch.drift.rows import rows_of
    from finetune.runtime.answering.reading import open_table
    from finetune.runtime.answering.texts import together

    opened = open_table(table, engine.making.fits)
    made = engine.making.of_table(opened, table)
    texts = [made.of(row, number) for number, row in enumerate(islice(opened.rows(), MOST))]
    asked = [text for text in texts if text is not None]
    return rows_of(engine.model, engine.model.probabilities(asked), [together(text) for text in asked])


def looks(known: Any, own: Any | None, other: Any | None, *, rows: int, share: float, seed: int) -> list[Any]:
    """Returns the alarms of one repetition."""
    from finetune.commands.watch.drift.looks import alarms, looked

    rng = np.random.default_rng(seed)
    strange = round(share * rows) if other is not None else 0
    held_out = known.rows
    if own is None:
        order = rng.permutation(len(held_out))
        own, held_out = held_out.at(order[:rows]), held_out.at(order[rows:])
    new = own.at(rng.permutation(len(own))[: rows - strange])
    if other is not None:
        new = new.and_then(other.at(rng.permutation(len(other))[:strange]))
    return alarms(looked(held_out, new, known.kind))


def main(arguments: Sequence[str] | None = None) -> None:
    """Measures, and prints a table."""
    from finetune.commands.watch.drift.known import made
    from finetune.commands.watch.drift.window import ROWS
    from finetune.engines.opened import opened
    from finetune.evaluation.answers import read_answers
    from finetune.runs.folder import PREDICTIONS, ROOT

    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--own", type=Path)
    parser.add_argument("--other", type=Path, nargs="*", default=[])
    parser.add_argument("--share", type=float, default=0.2)
    parser.add_argument("--repetitions", type=int, default=20)
    parser.add_argument("--json", type=Path)
    chosen = parser.parse_args(arguments)
    engine = opened(chosen.run, engine=chosen.engine, answer=None, root=ROOT)
    engine.warm()
    assert engine.run is not None
    known = made(engine, read_answers(engine.run / PREDICTIONS).frame["text"].tolist())
    own = read(engine, chosen.own) if chosen.own else None
    others = {"none": None} | {table.stem: read(engine, table) for table in chosen.other}
    found: dict[str, Any] = {}
    for name, other in others.items():
        each = [
            looks(known, own, other, rows=ROWS, share=chosen.share, seed=seed)
            for seed in range(chosen.repetitions)
        ]
        by_test = Counter(look.name for some in each for look in some)
        found[name] = {"alarms": sum(map(bool, each)), "of": len(each), "by_test": dict(by_test)}
        print(
            f"{engine.name} ({engine.kind}), {len(known.rows)} held out, {name}: "
            f"{found[name]['alarms']} of {len(each)} looks are alarms {dict(by_test)}",
            flush=True,
        )
    if chosen.json:
        chosen.json.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
