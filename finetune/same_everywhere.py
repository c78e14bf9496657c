"""SameEverywhere: several processes train one model only if all were asked for the same, of the same rows."""

import socket
from typing import Any

import torch
import yaml
from lightning.pytorch import Callback, LightningModule, Trainer

from finetune.changes import changes, shown
from finetune.errors import ConfigError
from finetune.versions import COMPUTING, versions


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
            "table": trainer.datamodule.fingerprint(),  # type: ignore[attr-defined]
        }
        found = gathered((socket.gethostname(), mine), trainer.world_size)
        for rank, (host, theirs) in enumerate(found):
            check_same(found[0][1], theirs, who=f"process {rank} (on {host})")


def check_same(first: dict[str, Any], other: dict[str, Any], *, who: str) -> None:
    """Refuses a process that was asked for something else than the first one.

    Args:
        first: Options, versions and table of the first process.
        other: Those of the other.
        who: The other process.

    Raises:
        ConfigError: if anything differs; names the values of both.
    """
    for kind in ("options", "versions"):
        differ = changes(first[kind], other[kind])
        if differ:
            said = "; ".join(f"{name}: {shown(a)} and {shown(b)}" for name, (a, b) in sorted(differ.items()))
            raise ConfigError(
                f"the first process and {who} have other {kind}: {said}. Start all with the same command, in the same "
                "environment."
            )
    if first["table"] != other["table"]:
        raise ConfigError(
            f"the first process and {who} read tables of other content. Give all machines the same files."
        )


def gathered(mine: Any, processes: int) -> list[Any]:
    """Returns what each process has, in their order; every process takes part."""
    found: list[Any] = [None] * processes
    torch.distributed.all_gather_object(found, mine)
    return found
