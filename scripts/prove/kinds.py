"""The kinds of runs that kill_resume.py kills, by the options that start them. Kills nothing."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from killed import MARK, MOMENT
from process import start

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
    "--trainer.callbacks+": "killed.Killed",
}
"""Of every run."""

TINY = {"--model.name": "tiny", "--model.learning_rate": "0.005", "--model.freeze_embeddings": "false"}
FLOAT32 = {"--trainer.precision": "32-true"}
BF16 = {"--trainer.precision": "bf16-mixed"}
TWO = {"--trainer.devices": "2", "--trainer.accelerator": "cpu"}


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


KINDS = {
    kind.name: kind
    for kind in (
        Kind("tiny, float32", TINY | FLOAT32, forked=True),
        Kind("tiny, bf16", TINY | BF16, forked=True),
        Kind("embedded, bf16", BF16 | {"--trainer.max_epochs": "2"}, forked=False),
        Kind("two processes, float32", TINY | FLOAT32 | TWO, forked=False),
        Kind("two processes, bf16", TINY | BF16 | TWO, forked=False),
        Kind("shared out, float32", TINY | FLOAT32 | TWO | {"--trainer.strategy": "fsdp2"}, forked=False),
    )
}


def fit(kind: Kind, folder: Path, *, moment: str = "", mark: Path | None = None) -> int:
    """Starts a run of a kind, or goes on with the one that is there; returns the process number."""
    begun = (folder / "lightning_logs/version_0/config.yaml").is_file()
    options = [f"{name}={value}" for name, value in (OPTIONS | kind.options).items()]
    arguments = ["fit", "--run", "lightning_logs/version_0", "--resume"] if begun else ["fit", *options]
    environment = {MOMENT: moment} | ({} if mark is None else {MARK: str(mark)})
    return start(arguments, folder, forked=kind.forked, environment=environment)
