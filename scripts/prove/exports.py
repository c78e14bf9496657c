"""Runs exported in every format: what each export reached by its proof, as a table for Markdown.

    python scripts/prove/exports.py RUN [RUN ...]
    python scripts/prove/exports.py RUN --formats hf-float16 onnx-int8

RUN is the folder of a finished run. Each export is made by `finetune export`, in a temporary folder, and kept whatever
it reaches; the figures are those of its proof.json, of all rows that were held out. Behind them stands what was tried
to come to eight bits, of validation rows alone. Ends with status 1 where an export would be refused. The ONNX formats
need `pip install -e '.[onnx]'`; the embedded model takes about half a minute a format, eight bits more.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FORMATS = {
    "hf": ["--format", "hf"],
    "hf-bfloat16": ["--format", "hf", "--dtype", "bfloat16"],
    "hf-float16": ["--format", "hf", "--dtype", "float16"],
    "onnx": ["--format", "onnx"],
    "onnx-int8": ["--format", "onnx-int8"],
}
"""What is asked for, by how the export is called."""

HEADER = [
    "run",
    "export",
    "MB",
    "same answer",
    "logit, at most",
    "score",
    "calibration error",
    "“don't know”",
    "",
]


def exported(run: Path, options: list[str], folder: Path) -> dict[str, Any]:
    """Exports a run as a user does, whatever it reaches; returns its proof.

    Raises:
        SystemExit: Nothing was written.
    """
    command = [sys.executable, "-m", "finetune", "export", "--run", str(run), *options, "--accept"]
    done = subprocess.run(
        [*command, "--output", str(folder)], capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} ended with {done.returncode}:\n{done.stderr[-3000:]}")
    found: dict[str, Any] = json.loads((folder / "proof.json").read_text(encoding="utf-8"))
    return found


def line(run: str, name: str, proof: dict[str, Any]) -> list[str]:
    """Returns the figures of a proof, below `HEADER`."""
    size = sum(proof["files"].values())
    verdict = "passes" if proof["passed"] else "; ".join(proof["misses"])
    taken = "" if proof["variant"] in ("float32", "bfloat16", "float16") else f" ({proof['variant']})"
    return [run, name + taken, f"{size / 1e6:.0f}", *reached(proof["all"]), verdict]


def reached(held: dict[str, Any]) -> Iterator[str]:
    """Gives what an export reached on some rows, beside its run where that has the same."""
    low, high = held["equal_interval"]
    yield f"{held['equal_answers']:,} of {held['rows']:,} ({low:.1%} to {high:.1%})"
    yield "-" if held["largest_difference"] is None else f"{held['largest_difference']:.2g}"
    for name, digits in (("score", 4), ("error", 4), ("unknown", 3)):
        yield " → ".join(_shown(held[each][name], digits) for each in ("run", "export"))


def _shown(value: float | None, digits: int) -> str:
    return "-" if value is None else f"{value:.{digits}f}"


def tried(run: str, proof: dict[str, Any]) -> list[list[str]]:
    """Returns what each variant reached that was looked at, by the validation rows."""
    return [
        [
            run,
            each["variant"],
            f"{each['bytes'] / 1e6:.0f}",
            *reached(each),
            "; ".join(each["misses"]) or "good enough",
        ]
        for each in proof["variants_by_validation"]
    ]


def table(header: list[str], lines: list[list[str]]) -> str:
    """Returns a table for Markdown."""
    return "\n".join("| " + " | ".join(each) + " |" for each in (header, ["---"] * len(header), *lines))


def main() -> int:
    """Exports each run in each format and prints the tables; returns the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="folders of finished runs")
    parser.add_argument(
        "--formats", nargs="+", choices=FORMATS, default=list(FORMATS), help="all if left out"
    )
    given = parser.parse_args()
    lines, variants, passed = [], [], True
    for run in given.runs:
        for name in given.formats:
            with tempfile.TemporaryDirectory() as place:
                proof = exported(run, FORMATS[name], Path(place, name))
            lines.append(line(str(run), name, proof))
            variants += tried(str(run), proof)
            passed &= proof["passed"]
            print(" | ".join(lines[-1]), file=sys.stderr, flush=True)
    print(table(HEADER, lines))
    if variants:
        print("\n" + table(HEADER, variants))
    return 0 if passed else 1


if __name__ == "__main__":
    sys.exit(main())
