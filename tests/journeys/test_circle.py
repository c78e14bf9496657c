"""The whole circle: a run answers, a person labels thirty rows by keyboard in a browser, and a new run learns from them."""

import csv
import json
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from finetune.__main__ import main
from tests.in_browser import NEEDED, opened
from tests.journeys.conftest import sentences

pytestmark = NEEDED
ROOT = Path(__file__).parents[2]
ROWS, SECONDS = 30, 120_000


def labelled_by_hand(address, truth):
    """Labels every row that the page shows with its true class, by the key that stands on it."""
    with opened() as browser:
        page = browser.new_page()
        page.set_default_timeout(SECONDS)
        page.goto(f"{address}?language=pt")
        page.wait_for_selector("#naming[open]")
        page.keyboard.type("Ana")
        page.keyboard.press("Enter")
        for number in range(1, ROWS + 1):
            page.wait_for_selector(f"#n-labelled:text-is('{number - 1}')")
            page.wait_for_selector("#row:not([hidden])")
            label = truth[page.inner_text("#texts").strip()]
            page.keyboard.press(page.locator("#classes button", has_text=label).locator("kbd").inner_text())
        page.wait_for_selector(f"#n-labelled:text-is('{ROWS}')")
        page.wait_for_selector("#state[data-state=saved]")


@pytest.mark.skipif(
    not all(map(find_spec, ("fastapi", "playwright"))), reason="it takes a page, and a driver"
)
def test_what_is_labelled_by_keyboard_trains_a_new_run(trained, finetune, monkeypatch, capsys):
    known = {text for text, _ in sentences(300)}
    new = {text: label for text, label in sentences(200, seed=9) if text not in known}
    new = dict(list(new.items())[:ROWS])
    Path("novos.csv").write_text("\n".join(["texto", *new]) + "\n", encoding="utf-8")
    words = ["label", "--run", "0", "--data.predict_path", "novos.csv", "--port", "0", "--order", "unsure"]
    started = subprocess.Popen(
        [sys.executable, "-m", "finetune", *words],
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        env={**os.environ, "PYTHONPATH": str(ROOT), "FINETUNE_LANGUAGE": "en"},
    )
    try:
        address = next(line.strip() for line in started.stdout if line.strip().startswith("http://"))
        labelled_by_hand(address, new)
    finally:
        started.send_signal(signal.SIGINT)
        started.communicate(timeout=60)
    assert started.returncode == 130
    assert finetune("label", "--run", "0", "--output", "rotulos.csv") == 0
    with Path("rotulos.csv").open(encoding="utf-8-sig", newline="") as file:
        said = list(csv.DictReader(file, delimiter=";"))
    assert {row["texto"] for row in said} == set(new)
    capsys.readouterr()
    corrections = str(trained / "corrections.sqlite")
    monkeypatch.setattr(sys, "argv", ["finetune", "fit", "--run", "0", "--with", corrections, "--from=run"])
    assert main() == 0
    told = " ".join(capsys.readouterr().out.split())
    content = json.loads(Path("lightning_logs/version_1/corrected.json").read_text(encoding="utf-8"))
    rows = content["rows"]
    assert rows["new"] + rows["held_out"] + rows["alike"] + rows["confirmed"] == ROWS
    assert rows["new"]
    score = content["side_by_side"]["test"]["score"]
    assert (score["new"] > score["old"]) or "better" in told or "not proved" in told
