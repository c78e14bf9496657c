"""What recipes.py has measured: a row a cell, differences with their intervals, and a picture.

    python scripts/bench/recipes_table.py docs/measured/recipes.jsonl --judge test --draw docs/measured/recipes.png

Measures nothing.
"""

import argparse
import json
import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from compared import interval

PLACE = ("table", "rows", "seed")
PARTS = {"tfidf": "TF-IDF", "frozen": "frozen", "network": "network alone"}
"""What a candidate has measured beside its own answer, and what the columns are called."""

BEST = "best of the three"
"""What is highest of `PARTS`."""

Scores = dict[str, float]
Cells = dict[tuple[Any, ...], Scores]


def known(out: Path) -> list[dict[str, Any]]:
    """Returns the cells that are done."""
    return [json.loads(line) for line in out.read_text().splitlines()] if out.is_file() else []


def by_place(lines: Sequence[Mapping[str, Any]], judge: str, *, of: str = "now") -> Cells:
    """Returns the macro-F1 of every candidate, and of the parts of one, by table, rows and seed."""
    found: Cells = {}
    for line in lines:
        if line["judge"] != judge:
            continue
        scores = found.setdefault(tuple(line[key] for key in PLACE), {})
        scores[line["candidate"]] = line["f1_macro"]
        if line["candidate"] == of:
            parts = {shown: line[name] for name, shown in PARTS.items() if name in line}
            scores |= parts | ({BEST: max(parts.values())} if parts else {})
    return dict(sorted(found.items()))


def candidates(cells: Cells, *, of: str = "now") -> list[str]:
    """Returns who was measured anywhere, first the parts of one and that one."""
    names = dict.fromkeys(name for scores in cells.values() for name in scores)
    first = [*PARTS.values(), of]
    return [*first, *(name for name in names if name not in {*first, BEST})]


def table(cells: Cells, *, of: str = "now") -> list[str]:
    """Returns the cells as a table, a candidate a column."""
    names = candidates(cells, of=of)
    lines = [f"| {' | '.join([*PLACE, *names])} |", "|---" * (len(PLACE) + len(names)) + "|"]
    for place, scores in cells.items():
        shown = [f"{scores[name]:.3f}" if name in scores else "" for name in names]
        lines.append(f"| {' | '.join([*map(str, place), *shown])} |")
    return lines


def differences(cells: Cells, *, of: str = "now") -> list[str]:
    """Returns how far one candidate is ahead of each other, over the cells that both have."""
    lines = [f"| {of} ahead of | cells | mean | 95 % interval | lowest | highest |", "|---" * 6 + "|"]
    for name in [BEST, *(name for name in candidates(cells, of=of) if name != of)]:
        ahead = [scores[of] - scores[name] for scores in cells.values() if name in scores and of in scores]
        if ahead:
            mean, low, high = interval(ahead)
            shown = [f"{value:+.3f}" for value in (mean, low, high, min(ahead), max(ahead))]
            lines.append(
                f"| {name} | {len(ahead)} | {shown[0]} | {shown[1]} to {shown[2]} | {shown[3]} | {shown[4]} |"
            )
    return lines


def draw(cells: Cells, path: Path, *, names: Sequence[str]) -> None:
    """Draws macro-F1 against training rows, a table a panel, a candidate a line; the seeds' mean."""
    from matplotlib.figure import Figure
    from matplotlib.ticker import NullLocator

    tables = list(dict.fromkeys(place[0] for place in cells))
    sizes = sorted({place[1] for place in cells})
    figure = Figure(figsize=(3.4 * len(tables), 3.6), layout="constrained")
    panels = figure.subplots(1, len(tables), squeeze=False)[0]
    for panel, title in zip(panels, tables, strict=True):
        for name in names:
            of: dict[int, list[float]] = {}
            for (where, rows, _), scores in cells.items():
                if where == title and name in scores:
                    of.setdefault(rows, []).append(scores[name])
            style = {"linewidth": 2.4, "marker": "o"} if name == "now" else {"linewidth": 1.2, "marker": "."}
            panel.plot(list(of), [statistics.mean(values) for values in of.values()], label=name, **style)
        panel.set(
            title=title, xscale="log", xlabel="training rows", xlim=(min(sizes) / 1.5, max(sizes) * 1.5)
        )
        panel.set_xticks(sizes, [f"{size:,}" for size in sizes])
        panel.xaxis.set_minor_locator(NullLocator())
        panel.grid(alpha=0.3)
    panels[0].set_ylabel("macro-F1")
    figure.legend(*panels[0].get_legend_handles_labels(), fontsize="small", loc="outside right center")
    figure.savefig(path, dpi=110)


def main() -> None:
    """Prints the tables, and draws."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lines", type=Path, help="what recipes.py wrote")
    parser.add_argument("--judge", choices=["choice", "test"], default="choice")
    parser.add_argument(
        "--of", default="now", help="whose parts are shown, and who is held against all others"
    )
    parser.add_argument("--draw", type=Path, help="file of the picture")
    parser.add_argument("--drawn", nargs="+", help="candidates in the picture; all when left out")
    given = parser.parse_args()
    cells = by_place(known(given.lines), given.judge, of=given.of)
    print("\n".join([*table(cells, of=given.of), "", *differences(cells, of=given.of)]))
    if given.draw:
        draw(cells, given.draw, names=given.drawn or candidates(cells, of=given.of))


if __name__ == "__main__":
    main()
