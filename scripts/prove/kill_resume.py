"""Kills real runs at random moments, resumes them, and compares each with the run that was not killed, bit for bit.

    python scripts/prove/kill_resume.py

Each run trains with dropout, steps of 8 rows in two micro-batches, half an epoch between validations, early stopping,
and a checkpoint every 3 steps. SIGKILL comes at a random moment, or within a random write of a checkpoint, or within a
random batch of a validation; one run in five is killed twice. The run is then resumed by `finetune fit --run RUN
--resume`. Compared are the weights, the optimizer, the schedule, the step at which training stopped, the SHA-256 of
best.ckpt, every logged pair of step and value, the metrics and the answers.

Four kinds of runs: a tiny BERT, each in a process that is forked from one which has imported everything; the embedded
model; a tiny BERT in two processes; one that two processes share out (`fsdp2`). The last three are started as a user
starts them. Needs `pip install -e '.[demo]'`.
"""

import argparse
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from killed import COUNT
from kinds import KINDS, Kind, fit
from made_up import write_table, write_tiny_model
from process import end, ended
from same_run import LAST, content_of, differences, facts_of

STEPS_PER_EPOCH = 24
"""Of 192 rows to train on, 8 a step."""


def told(moment: str, run: Path) -> str:
    """Returns when a run was killed and from which step it goes on."""
    from callbacks.saving.last_and_previous import newest_whole

    found = newest_whole(run / LAST)
    step = 0 if found is None else content_of(found[0])["global_step"]
    return f"{moment} -> step {step}{' (mid-epoch)' if step % STEPS_PER_EPOCH else ''}"


# ---- the trials -----------------------------------------------------------------------------------------------


def make_reference(kind: Kind, folder: Path, models: Path) -> None:
    """Runs a kind without killing it."""
    prepare(folder, models)
    mark = folder / "begun"
    status = end(fit(kind, folder, moment=COUNT, mark=mark))
    if status != 0:
        raise SystemExit(
            f"the run without a kill failed ({status}):\n{(folder / 'log.txt').read_text()[-3000:]}"
        )
    run = folder / "lightning_logs/version_0"
    kind.facts, kind.counts = facts_of(run), json.loads((folder / "counts.json").read_text())
    stopped, best = kind.facts["stopping step"][0], kind.facts["step of best.ckpt"]
    print(f"{kind.name:24} not killed: stops at step {stopped}, best.ckpt of step {best}", flush=True)
    kind.seconds = (run / LAST).stat().st_mtime - mark.stat().st_mtime


def prepare(folder: Path, models: Path) -> None:
    """Makes the folder of a run: table, model, the file of its callback."""
    folder.mkdir(parents=True)
    write_table(folder / "dados.csv")
    (folder / "tiny").symlink_to(models / "tiny")
    shutil.copy(Path(__file__).with_name("killed.py"), folder)


def choose_moment(kind: Kind, choice: random.Random) -> str:
    """Chooses a moment: half of them any, a quarter in a write, a quarter in a validation."""
    where = choice.choice(("time", "time", "write", "validation"))
    if where == "time":
        return f"time:{choice.uniform(0.02, 0.98) * kind.seconds:.3f}"
    return f"{where}:{choice.randint(1, kind.counts[where])}"


def kill(kind: Kind, folder: Path, moment: str) -> int:
    """Runs, or resumes, until the moment; returns the exit status, -9 where it was killed in time."""
    mark = folder / f"begun_{time.monotonic_ns()}"
    where, _, value = moment.partition(":")
    number = fit(kind, folder, moment="" if where == "time" else moment, mark=mark)
    if where == "time":
        while not mark.exists() and not ended(number):
            time.sleep(0.002)
        until = time.monotonic() + float(value)
        while time.monotonic() < until and not ended(number):
            time.sleep(0.002)
        if not ended(number):
            os.killpg(number, signal.SIGKILL)
    return end(number)


def killed_run(kind: Kind, folder: Path, models: Path, choice: random.Random) -> str:
    """Begins runs until one is killed before it has ended; returns the moment."""
    while True:
        shutil.rmtree(folder, ignore_errors=True)
        prepare(folder, models)
        moment = choose_moment(kind, choice)
        if kill(kind, folder, moment) == -signal.SIGKILL:
            return moment


def trial(kind: Kind, folder: Path, models: Path, choice: random.Random) -> tuple[bool, bool, str]:
    """Kills, resumes and compares; returns whether all is the same, whether it went on in mid-epoch, and the story."""
    run = folder / "lightning_logs/version_0"
    moment = killed_run(kind, folder, models, choice)
    story = [told(moment, run)]
    if choice.random() < 0.2:  # once more
        moment = choose_moment(kind, choice)
        if kill(kind, folder, moment) == -signal.SIGKILL:
            story.append(told(moment, run))
    in_mid_epoch = any("mid-epoch" in each for each in story)
    status = end(fit(kind, folder))
    if status != 0:
        story.append(f"the resume failed ({status}), see {folder / 'log.txt'}")
        return False, in_mid_epoch, "; ".join(story)
    different = differences(kind.facts, facts_of(run))
    if different:
        story.append(f"DIFFERENT: {', '.join(different)}, see {folder}")
    else:
        shutil.rmtree(folder)
    return not different, in_mid_epoch, "; ".join(story)


def run_lane(names: list[str], lane: int, folder: Path, seed: int) -> None:
    """Makes the references of the kinds and the trials of one lane; writes a line of JSON for each trial."""
    if any(KINDS[name].forked for name in names):
        import torch

        import finetune.cli.lightning_cli  # noqa: F401

        torch.set_num_threads(1)  # a process with threads of its own cannot be forked
    results = folder / f"results_{lane}.jsonl"
    for number, name in enumerate(names):
        kind = KINDS[name]
        if not kind.facts:
            make_reference(
                kind, folder / f"reference_{lane}_{name.replace(', ', '_').replace(' ', '_')}", folder
            )
        choice = random.Random(f"{seed} {lane} {number}")
        same, middle, story = trial(kind, folder / f"trial_{lane}_{number}", folder, choice)
        print(f"{name:24} {'same' if same else 'NOT THE SAME':5} {story}", flush=True)
        with results.open("a", encoding="utf-8") as file:
            file.write(json.dumps({"kind": name, "same": same, "mid_epoch": middle, "story": story}) + "\n")


def table(results: list[dict[str, Any]]) -> str:
    """Returns the results as a Markdown table."""
    lines = ["| runs | killed and resumed | went on in mid-epoch | same, bit for bit |", "|---|---|---|---|"]
    for name in [*KINDS, "all"]:
        of_kind = [each for each in results if name in (each["kind"], "all")]
        if of_kind:
            counts = [len(of_kind), sum(e["mid_epoch"] for e in of_kind), sum(e["same"] for e in of_kind)]
            lines.append(f"| {name} | {' | '.join(map(str, counts))} |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Kills and resumes; returns 1 if any run is not the same as the one that was not killed."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--tiny", type=int, default=90, help="runs of a tiny BERT (default: 90)")
    parser.add_argument("--embedded", type=int, default=10, help="runs of the embedded model (default: 10)")
    parser.add_argument("--two", type=int, default=20, help="runs in two processes (default: 20)")
    parser.add_argument(
        "--shared", type=int, default=10, help="runs that two processes share out (default: 10)"
    )
    parser.add_argument("--lanes", type=int, default=2, help="runs at the same time (default: 2)")
    parser.add_argument("--seed", type=int, default=0, help="chooses the moments (default: 0)")
    asked = parser.parse_args(arguments)
    os.environ["OMP_NUM_THREADS"] = "1"
    names = [("tiny, float32", "tiny, bf16")[i % 2] for i in range(asked.tiny)]
    names += ["embedded, bf16"] * asked.embedded
    names += [("two processes, float32", "two processes, bf16")[i % 2] for i in range(asked.two)]
    names += ["shared out, float32"] * asked.shared
    folder = Path(tempfile.mkdtemp(prefix="kill_resume_"))
    write_tiny_model_apart(folder / "tiny")
    lanes = []
    for lane in range(asked.lanes):
        number = os.fork()
        if number == 0:
            # by twos, so that each lane has both precisions
            mine = [name for i, name in enumerate(names) if i // 2 % asked.lanes == lane]
            run_lane(mine, lane, folder, asked.seed)
            os._exit(0)
        lanes.append(number)
    failed = [number for number in lanes if end(number) != 0]
    results = [
        json.loads(line)
        for file in sorted(folder.glob("results_*.jsonl"))
        for line in file.read_text(encoding="utf-8").splitlines()
    ]
    print(f"\n{table(results)}")
    whole = not failed and len(results) == len(names) and all(each["same"] for each in results)
    if whole:
        shutil.rmtree(folder)
    return 0 if whole else 1


def write_tiny_model_apart(folder: Path) -> None:
    """Makes the tiny model in a process of its own: this one is to be forked, and must have no threads."""
    number = os.fork()
    if number == 0:
        write_tiny_model(folder)
        os._exit(0)
    if end(number) != 0:
        raise SystemExit("the tiny model could not be made")


if __name__ == "__main__":
    sys.exit(main())
