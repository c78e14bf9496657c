"""What scripts/prove/exports.py makes of the proof of an export. Nothing is exported here."""

import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parents[3] / "scripts" / "prove" / "exports.py"


def of_rows(equal):
    return {
        "rows": 100,
        "largest_difference": 0.25,
        "equal_answers": equal,
        "equal_interval": [0.9, 0.99],
        "run": {"score": 0.81234, "error": 0.02, "unknown": 0.1},
        "export": {"score": 0.80004, "error": 0.03, "unknown": 0.125},
    }


def proof(**other):
    return {
        "variant": "stored",
        "passed": False,
        "misses": ["one", "another"],
        "files": {"model.onnx": 41_000_000, "README.md": 600_000},
        "all": of_rows(97),
        "variants_by_validation": [
            {"variant": "tokens", "bytes": 41_000_000, "misses": ["one"], **of_rows(96)},
            {"variant": "stored", "bytes": 43_000_000, "misses": [], **of_rows(99)},
        ],
        **other,
    }


def test_a_line_has_the_figures_of_all_rows_and_which_variant_was_taken(script):
    figures = ["97 of 100 (90.0% to 99.0%)", "0.25", "0.8123 → 0.8000", "0.0200 → 0.0300", "0.100 → 0.125"]
    exports = script("prove/exports")
    assert exports.line("run", "onnx-int8", proof()) == [
        "run",
        "onnx-int8 (stored)",
        "42",
        *figures,
        "one; another",
    ]
    half = exports.line("run", "hf-float16", proof(variant="float16", passed=True, misses=[]))
    assert half[1:3] == ["hf-float16", "42"]
    assert half[-1] == "passes"


def test_what_has_no_such_figure_has_a_dash(script):
    of_numbers = of_rows(97) | {"largest_difference": None}
    of_numbers["run"]["error"] = of_numbers["export"]["error"] = None
    assert list(script("prove/exports").reached(of_numbers))[1::2] == ["-", "- → -"]


def test_every_variant_that_was_looked_at_has_a_line(script):
    exports = script("prove/exports")
    lines = exports.tried("run", proof())
    assert [(each[1], each[2], each[-1]) for each in lines] == [
        ("tokens", "41", "one"),
        ("stored", "43", "good enough"),
    ]
    shown = exports.table(exports.HEADER, lines).splitlines()
    assert len({each.count("|") for each in shown}) == 1
    assert len(shown) == 4


def test_it_says_what_it_measures_and_refuses_another_format():
    done = subprocess.run([sys.executable, SCRIPT, "--help"], capture_output=True, text=True, check=False)
    assert done.returncode == 0
    assert "python scripts/prove/exports.py RUN" in done.stdout
    done = subprocess.run(
        [sys.executable, SCRIPT, ".", "--formats", "gguf"], capture_output=True, check=False
    )
    assert done.returncode == 2
