"""What two_nodes.sh asks of the runs: how far one came, and whether the results are right. Trains nothing.

    python scripts/prove/two_nodes_check.py make FOLDER        a made-up table and a tiny model
    python scripts/prove/two_nodes_check.py reached RUN        the last step that was logged, and that of last.ckpt
    python scripts/prove/two_nodes_check.py compare FOLDER TOLERANCE     the runs in FOLDER: killed, undisturbed, alone

A run on two nodes that was killed has to be the same as one that was not, bit for bit. A run in one process has to
measure the same rows, each once. It draws other random numbers for dropout than two processes do, as another seed
would: its macro-F1 on the test rows may differ by the tolerance. That is 0.05 for the 228 test rows of the
demonstration, where the 95 % interval of the score is about as wide to each side. The tiny model has no dropout and is
trained in float32: there the tolerance is 0.
"""

import json
import sys
from pathlib import Path

import pandas as pd
from made_up import write_table, write_tiny_model
from same_run import LAST, differences, facts_of, pairs

RUN = Path("lightning_logs/version_0")


def make(folder: Path) -> int:
    """Writes a table and a tiny model without dropout."""
    from transformers.utils.logging import disable_progress_bar

    write_table(folder / "dados.csv")
    disable_progress_bar()
    write_tiny_model(folder / "tiny")
    config = folder / "tiny" / "config.json"
    content = json.loads(config.read_text(encoding="utf-8"))
    content |= {"hidden_dropout_prob": 0.0, "attention_probs_dropout_prob": 0.0}
    config.write_text(json.dumps(content), encoding="utf-8")
    return 0


def reached(run: Path) -> int:
    """Prints how far a run came, and from where it goes on."""
    import torch

    steps = [step for name, values in pairs(run).items() if name == "train/loss" for step, _ in values]
    saved = torch.load(run / LAST, weights_only=True)["global_step"]
    # the step of a value counts from 0
    print(f"it had come to step {max(steps, default=-1) + 1}; last.ckpt is of step {saved}")
    return 0


def compare(folder: Path, tolerance: float) -> int:
    """Prints what the three runs have in common; returns 1 where that is not what it should be."""
    killed, undisturbed, alone = (folder / name / RUN for name in ("killed", "undisturbed", "alone"))
    wrong = differences(facts_of(undisturbed), facts_of(killed))
    print(
        f"killed and undisturbed differ: {', '.join(wrong)}"
        if wrong
        else "killed and undisturbed are the same, bit for bit: weights, optimizer, curves, best.ckpt, predictions.csv"
    )
    rows = {run: measured_rows(run) for run in (killed, alone)}
    divided = pd.read_csv(killed / "split.csv")
    tests = int((divided["split"] == "test").sum())
    once = len(rows[killed]) == tests and not rows[killed].duplicated(["source", "row"]).any()
    same_rows = rows[killed].equals(rows[alone])
    print(
        f"test rows: {tests} in the table, {len(rows[killed])} measured, each once: {once}; alone the same: {same_rows}"
    )
    scores = {run: score(run) for run in (killed, alone)}
    near = abs(scores[killed] - scores[alone]) <= tolerance
    print(
        f"macro-F1 on them: {scores[killed]:.4f} on two nodes, {scores[alone]:.4f} in one process; "
        f"{'within' if near else 'NOT within'} {tolerance}"
    )
    right = not wrong and once and same_rows and near
    print("all is right" if right else "SOMETHING IS WRONG")
    return 0 if right else 1


def measured_rows(run: Path) -> pd.DataFrame:
    """Returns the test rows that a run measured, in its order."""
    rows = pd.read_csv(run / "predictions.csv", encoding="utf-8-sig")
    return rows[rows["split"] == "test"][["source", "row", "text", "label"]].reset_index(drop=True)


def score(run: Path) -> float:
    """Returns macro-F1 on the test rows."""
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    return float(metrics["test"]["f1_macro"])


if __name__ == "__main__":
    verb, place, *more = sys.argv[1:]
    verbs = {"make": make, "reached": reached}
    sys.exit(compare(Path(place), float(more[0])) if verb == "compare" else verbs[verb](Path(place)))
