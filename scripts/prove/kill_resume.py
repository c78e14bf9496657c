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
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

STEPS_PER_EPOCH = 24
"""Of 192 rows to train on, 8 a step."""

MOMENT = "KILL_AT"
"""Environment variable: when the run is to be killed; `time` leaves it to this script."""
COUNT = "count"
"""A moment that never comes: the run tells how many there were of each kind."""
MARK = "KILL_MARK"
"""Environment variable: a file that the run makes when its first step begins."""

WORDS = {
    "Pecuária": "boi vaca bezerro gado leite pasto pastagem rebanho",
    "Clima": "chuva seca geada clima calor frio granizo estiagem",
    "Preços": "preço mercado cotação dólar saca alta queda barato",
}
OTHER_WORDS = ["a", "o", "e", "de", "em", "no", "na", "um", "com", "por", "para", "hoje", "ontem", "semana"]
LAST, BEST = Path("checkpoints/last.ckpt"), Path("checkpoints/best.ckpt")

OPTIONS = {
    "--data.path": "dados.csv",
    "--data.effective_batch_size": "8",
    "--trainer.accumulate_grad_batches": "2",
    "--trainer.val_check_interval": "0.5",
    "--trainer.log_every_n_steps": "1",
    "--trainer.max_epochs": "9",
    "--early_stopping.patience": "4",
    "--last_checkpoint.every_n_steps": "3",
    "--resource_monitor": "null",
    "--write_report": "false",
    "--baselines": "null",
    "--trainer.callbacks+": "kill_resume.Killed",
}
TINY = {"--model.name": "tiny", "--model.learning_rate": "0.005", "--model.freeze_embeddings": "false"}


# ---- in the run that is killed --------------------------------------------------------------------------------


def killed_class() -> type:
    """Returns a callback that counts moments and kills its own process at the one that the environment names."""
    from lightning.pytorch import Callback

    from callbacks.saving import checkpoint_io, sharded_checkpoint, summed_file

    class Killed(Callback):
        """Does nothing where no moment is named, so that it may stay in the configuration of every run."""

        def __init__(self) -> None:
            self.moment = os.environ.get(MOMENT, "")
            self.counts = {"write": 0, "validation": 0}
            if self.moment and os.environ.get("LOCAL_RANK", "0") == "0":
                # each piece that is written, each move of a file: the run dies before it
                self._watch(summed_file.Summed, "write")
                self._watch(checkpoint_io.os, "fsync")
                self._watch(checkpoint_io, "record")
                self._watch(sharded_checkpoint, "record")
                self._watch(Path, "replace")

        def _watch(self, owner: Any, name: str) -> None:
            original = getattr(owner, name)

            def counted(*arguments: Any) -> Any:
                self._count("write")
                return original(*arguments)

            setattr(owner, name, counted)

        def _count(self, kind: str) -> None:
            self.counts[kind] += 1
            if self.moment == f"{kind}:{self.counts[kind]}":
                os.killpg(0, signal.SIGKILL)

        def on_train_batch_start(self, *_: Any) -> None:
            if MARK in os.environ and not Path(os.environ[MARK]).exists():
                Path(os.environ[MARK]).touch()

        def on_validation_batch_end(self, trainer: Any, *_: Any) -> None:
            if not trainer.sanity_checking:
                self._count("validation")

        def on_train_end(self, trainer: Any, *_: Any) -> None:
            if self.moment == COUNT and trainer.is_global_zero:
                Path("counts.json").write_text(json.dumps(self.counts))

    return Killed


def __getattr__(name: str) -> Any:
    if name == "Killed":
        return killed_class()
    raise AttributeError(name)


# ---- the runs -------------------------------------------------------------------------------------------------


def write_table(path: Path, rows: int = 240) -> None:
    """Writes a table of which a model learns most, and not all: every eighth label is another one."""
    choice = random.Random(0)
    lines = ["texto;rotulo"]
    for number in range(rows):
        label = list(WORDS)[number % 3]
        words = choice.choices(WORDS[label].split(), k=choice.randint(1, 4))
        words += choice.choices(OTHER_WORDS, k=choice.randint(1, 25))
        choice.shuffle(words)
        lines.append(f"{' '.join(words)};{choice.choice(list(WORDS)) if number % 8 == 0 else label}")
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def write_tiny_model(folder: Path) -> None:
    """Writes a random BERT (2 layers, 32 wide, dropout 0.1) with a tokenizer of the table's words."""
    import torch
    from transformers import BertConfig, BertModel, BertTokenizer

    words = [*OTHER_WORDS, *(word for each in WORDS.values() for word in each.split())]
    pieces = list(dict.fromkeys(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *words]))
    vocabulary = {piece: number for number, piece in enumerate(pieces)}
    BertTokenizer(vocab=vocabulary, do_lower_case=False, model_max_length=64).save_pretrained(folder)
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=32,
        num_hidden_layers=2,
        num_attention_heads=2,
        intermediate_size=64,
        max_position_embeddings=64,
        initializer_range=0.1,
    )
    BertModel(config).save_pretrained(folder)


@dataclass
class Kind:
    """One kind of run, and the run of that kind that is not killed.

    Attributes:
        name: What it is called in the table.
        options: Its options besides OPTIONS.
        forked: Whether its processes are forked from this one.
        seconds: How long the reference trained.
        counts: How many moments there are in its writes and its validations.
        facts: What every other run of this kind must have the same.
    """

    name: str
    options: dict[str, str]
    forked: bool
    seconds: float = 0.0
    counts: dict[str, int] = field(default_factory=dict)
    facts: dict[str, Any] = field(default_factory=dict)


def start(arguments: list[str], folder: Path, *, forked: bool, moment: str, mark: Path | None) -> int:
    """Starts `finetune ...` in a process group of its own; returns its process number."""
    environment = {MOMENT: moment} | ({} if mark is None else {MARK: str(mark)})
    log = folder / "log.txt"
    if not forked:
        with log.open("ab") as file:
            return subprocess.Popen(
                [sys.executable, "-m", "finetune", *arguments],
                cwd=folder,
                env={**os.environ, **environment},
                stdout=file,
                stderr=file,
                start_new_session=True,
            ).pid
    number = os.fork()
    if number == 0:
        status = 1
        try:
            os.setsid()
            os.chdir(folder)
            os.environ.update(environment)
            handle = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(handle, 1)
            os.dup2(handle, 2)
            sys.argv = ["finetune", *arguments]
            from finetune.__main__ import main

            status = main(arguments)
        except SystemExit as error:
            status = int(error.code or 0)
        finally:
            os._exit(status)
    return number


def end(number: int) -> int:
    """Waits for a process and returns its exit status, below 0 for a signal."""
    return os.waitstatus_to_exitcode(os.waitpid(number, 0)[1])


def ended(number: int) -> bool:
    """Whether a process has ended; it is not collected."""
    return os.waitid(os.P_PID, number, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None


def fit(kind: Kind, folder: Path, *, moment: str = "", mark: Path | None = None) -> int:
    """Starts a run of a kind, or goes on with the one that is there; returns the process number."""
    begun = (folder / "lightning_logs/version_0/config.yaml").is_file()
    options = [f"{name}={value}" for name, value in (OPTIONS | kind.options).items()]
    arguments = ["fit", "--run", "lightning_logs/version_0", "--resume"] if begun else ["fit", *options]
    return start(arguments, folder, forked=kind.forked, moment=moment, mark=mark)


# ---- what is compared -----------------------------------------------------------------------------------------


def tensors_equal(a: Any, b: Any) -> bool:
    """Whether two nested states are equal, bit for bit."""
    import torch

    if isinstance(a, torch.Tensor):
        return a.dtype == b.dtype and a.shape == b.shape and bool(torch.equal(bits(a), bits(b)))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(tensors_equal(a[key], b[key]) for key in a)
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(tensors_equal(x, y) for x, y in zip(a, b, strict=True))
    return bool(a == b)


def bits(tensor: Any) -> Any:
    """Returns the bytes of a tensor: two NaNs are equal then, and 0 and -0 are not."""
    import torch

    return tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)


def pairs(run: Path) -> dict[str, list[tuple[int, float]]]:
    """Returns every pair of step and value that was logged, in the order in which it was, as often as it was."""
    from tensorboard.backend.event_processing.event_file_loader import EventFileLoader
    from tensorboard.util.tensor_util import make_ndarray

    found: dict[str, list[tuple[int, float]]] = {}
    for file in sorted(run.glob("events.out.tfevents.*")):
        for event in EventFileLoader(str(file)).Load():
            for value in event.summary.value:
                if value.metadata.plugin_data.plugin_name == "scalars":
                    number = float(make_ndarray(value.tensor).item())
                    found.setdefault(value.tag, []).append((event.step, number))
    return found


def content_of(checkpoint: Path) -> dict[str, Any]:
    """Returns all that a last.ckpt holds, in one file or in parts."""
    import torch
    from lightning.fabric.utilities.load import _load_distributed_checkpoint

    if checkpoint.is_file():
        return dict(torch.load(checkpoint, weights_only=True))
    found = _load_distributed_checkpoint(checkpoint)
    return found | {"optimizer_states": [found["optimizer_0"]]}


def facts_of(run: Path) -> dict[str, Any]:
    """Returns what two runs that are the same have the same."""
    import torch

    last = content_of(run / LAST)
    best = run / BEST
    metrics = json.loads((run / "metrics.json").read_text(encoding="utf-8"))
    return {
        "weights": last["state_dict"],
        "optimizer": last["optimizer_states"],
        "schedule": last["lr_schedulers"],
        "stopping step": [last["global_step"], last["epoch"]],
        "random states": last["exact_state"]["processes"],
        "step of best.ckpt": torch.load(best, weights_only=True)["global_step"],
        "SHA-256 of best.ckpt": hashlib.sha256(best.read_bytes()).hexdigest(),
        "logged pairs": pairs(run),
        "metrics": {part: metrics[part] for part in ("validation", "test")},
        "answers": (run / "predictions.csv").read_bytes(),
    }


def differences(reference: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Returns the names of what is not the same."""
    return [name for name, value in reference.items() if not tensors_equal(value, found[name])]


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
    """Makes the folder of a run: table, model, this script for its callback."""
    folder.mkdir(parents=True)
    write_table(folder / "dados.csv")
    (folder / "tiny").symlink_to(models / "tiny")
    shutil.copy(__file__, folder / "kill_resume.py")


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


KINDS = {
    "tiny, float32": Kind("tiny, float32", {**TINY, "--trainer.precision": "32-true"}, forked=True),
    "tiny, bf16": Kind("tiny, bf16", {**TINY, "--trainer.precision": "bf16-mixed"}, forked=True),
    "embedded, bf16": Kind(
        "embedded, bf16", {"--trainer.precision": "bf16-mixed", "--trainer.max_epochs": "2"}, forked=False
    ),
    "two processes, float32": Kind(
        "two processes, float32",
        {**TINY, "--trainer.precision": "32-true", "--trainer.devices": "2", "--trainer.accelerator": "cpu"},
        forked=False,
    ),
    "two processes, bf16": Kind(
        "two processes, bf16",
        {
            **TINY,
            "--trainer.precision": "bf16-mixed",
            "--trainer.devices": "2",
            "--trainer.accelerator": "cpu",
        },
        forked=False,
    ),
    "shared out, float32": Kind(
        "shared out, float32",
        {
            **TINY,
            "--trainer.precision": "32-true",
            "--trainer.devices": "2",
            "--trainer.accelerator": "cpu",
            "--trainer.strategy": "fsdp2",
        },
        forked=False,
    ),
}


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
