"""SameEverywhere: several processes train one model only if all were asked for the same, of the same rows."""

import socket
from collections.abc import Mapping, Sequence
from typing import Any

import yaml
from lightning.pytorch import Callback, LightningModule, Trainer

from callbacks.agreement import gathered
from finetune.errors import ConfigError
from finetune.language.say import Message, joined
from finetune.runs.changes import changes, shown
from finetune.runs.versions import COMPUTING, versions


class SameEverywhere(Callback):
    """Refuses to begin where processes have other options, other versions or another table.

    Where each machine is started by hand (torchrun, srun) a command is easily mistyped on one of them, and a table or
    an environment easily older; each would train happily on, and the model would be of both.

    Args:
        options: The options of the command at hand, as `config.yaml` has them.
    """

    def __init__(self, options: str) -> None:
        self.options = options

    def setup(self, trainer: Trainer, pl_module: LightningModule, stage: str) -> None:
        """Compares once the table was read, before anything is computed."""
        if trainer.world_size == 1:
            return
        mine: dict[str, Any] = {
            "options": yaml.safe_load(self.options),
            "versions": {name: each for name, each in versions().items() if name in COMPUTING},
            "tables": {"SHA-256": trainer.datamodule.fingerprint()},  # type: ignore[attr-defined]
        }
        check_same(gathered((socket.gethostname(), mine), trainer.world_size))


def check_same(processes: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
    """Refuses processes that were asked for something else than the first one.

    Args:
        processes: The machine of each, and its options, versions and tables.

    Raises:
        ConfigError: if anything differs; names every process that differs, and the values of both.
    """
    kinds = {
        "options": Message("options", context="what processes have"),
        "versions": Message("versions", context="what processes have"),
        "tables": Message("tables", context="what processes have"),
    }
    _, first = processes[0]
    wrong = []
    for rank, (host, other) in enumerate(processes):
        for kind in first:
            differ = [
                Message("{name} {first} and {other}", name=name, first=shown(a), other=shown(b))
                for name, (a, b) in sorted(changes(first[kind], other[kind]).items())
            ]
            if differ:
                wrong.append(
                    Message(
                        "the first process and process {rank} (on {host}) have other {kind}: {values}",
                        rank=rank,
                        host=host,
                        kind=kinds[kind],
                        values=joined(differ, ", "),
                    )
                )
    if wrong:
        raise ConfigError(
            "{differences}. Start all with the same command, in the same environment, with the same files.",
            differences=joined(wrong, "; "),
        )
