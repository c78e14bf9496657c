"""The fit behind the trainings of --seeds: it ends before its first step, and keeps the mean of their networks."""

import json
import math
import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from lightning.pytorch import Callback, LightningModule, Trainer
from rich.table import Table as RichTable
from rich.text import Text
from torch import Tensor
from typing_extensions import override

from callbacks.best_checkpoint import BestCheckpoint
from callbacks.saving.checksum import damage
from finetune.cli.verb import Ready
from finetune.errors import ConfigError
from finetune.evaluation.score_names import score_name
from finetune.evaluation.seeds import choose, compared_by, rows, taken, what_it_is
from finetune.files.whole import write_text
from finetune.language.console import new_console
from finetune.language.say import say
from finetune.model.averaged import mean_of
from finetune.model.classifier import TextClassifier
from finetune.model.logits import logits_of
from finetune.runs.folder import ANSWER, BEST, LAST, MODEL, WORDS
from finetune.runs.seeds import MEAN, SEEDS, averaged, network_of
from finetune.tasks.gather import gather

PREFIX = "network."
"""What stands before the names of the weights in a checkpoint."""


def end_as_averaged(ready: Ready) -> None:
    """Has a fit end before its first step, as the mean of networks that were trained."""
    ready.model.takes_steps = False
    ready.trainer.callbacks.insert(0, EndAsAveraged())  # type: ignore[attr-defined]  # it refuses before all that keeps


class EndAsAveraged(Callback):
    """Keeps the mean of the networks as the best model, or the best of them, and ends the fit before its first step."""

    @override
    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        folder = Path(trainer.log_dir or trainer.default_root_dir)  # on every rank: it broadcasts
        content = averaged(folder)
        if not content:
            raise ConfigError("seeds stands in a file of options: type it, as in --seeds 3.")
        assert isinstance(pl_module, TextClassifier)
        content = as_measured(content, folder, pl_module)
        if trainer.is_global_zero:
            text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
            write_text(folder / SEEDS, text + "\n")
            show(content)
        for callback in trainer.checkpoint_callbacks:
            if isinstance(callback, BestCheckpoint):
                callback.keep_now(trainer)
        trainer.fit_loop.max_epochs = 0


def as_measured(content: Mapping[str, Any], folder: Path, model: TextClassifier) -> dict[str, Any]:
    """Gives a network the weights to take; returns what is known of all, measured on the same rows in the same way.

    Every process takes part.

    Args:
        content: Of `seeds.json`.
        folder: Of the run.
        model: The network, of whatever weights.
    """
    assert model.network is not None
    seeds, found = content["seeds"], []

    def each_measured() -> Iterator[dict[str, Tensor]]:
        """The weights of one network after the other, which it answers with before they are added up."""
        for seed in seeds:
            weights = weights_of(network_of(folder, seed))
            found.append(measured(model, weights))
            yield weights

    found.append(measured(model, mean_of(each_measured())))
    by = compared_by(found[-1])
    *errors, of_mean = (each.get(by, math.nan) for each in found)
    place = choose(errors, of_mean)
    if place is not None:
        model.network.load_state_dict(weights_of(network_of(folder, seeds[place])))
    *told, mean = (
        {"score": _number(each[model.task.score]), "error": _number(error)}
        for each, error in zip(found, (*errors, of_mean), strict=True)
    )
    return {
        **{key: content[key] for key in ("options", "seeds")},
        **{"ranked_by": model.task.score, "compared_by": by},
        "networks": [{"seed": seed, **each} for seed, each in zip(seeds, told, strict=True)],
        MEAN: mean,
        "taken": MEAN if place is None else seeds[place],
    }


def _number(value: float | None) -> float | None:
    return float(value) if value is not None and math.isfinite(value) else None


def weights_of(run: Path) -> dict[str, Tensor]:
    """Returns the best weights of one of the networks, by their names in it.

    Raises:
        ConfigError: if they are damaged.
    """
    file = run / BEST
    wrong = damage(file)
    if wrong is not None:
        raise ConfigError(
            "{file}: {wrong}. Remove the folder {run}, and go on with --resume: that network is trained again.",
            file=file,
            wrong=wrong,
            run=run,
        )
    state = torch.load(file, weights_only=True, map_location="cpu", mmap=True)["state_dict"]
    return {name.removeprefix(PREFIX): values for name, values in state.items() if name.startswith(PREFIX)}


def measured(model: TextClassifier, weights: Mapping[str, Tensor]) -> dict[str, Any]:
    """Returns what a network of these weights reaches on the validation rows, calibrated; it has them from then on.

    Args:
        model: The network.
        weights: Those that it gets.
    """
    network = model.network
    assert network is not None
    network.load_state_dict(dict(weights))
    training = network.training
    network.train(False)
    try:
        with torch.no_grad(), model.trainer.precision_plugin.forward_context():
            found = [
                {"row": batch["row"], "logits": logits_of(network, batch)}
                for batch in model.batches_of("validation")
            ]
    finally:
        network.train(training)
    _, logits = gather(found, "logits")
    truth, task = model.trainer.datamodule.parts["validation"].labels, model.task  # type: ignore[attr-defined]
    how = task.calibrated(logits, truth, task.known(model.hparams["facts"] or {}))
    return task.report(truth, logits, how, model.hparams["labels"])


def show(content: Mapping[str, Any]) -> None:
    """Prints what each network reaches and their mean, and what was taken.

    Args:
        content: Of `seeds.json`.
    """
    console = new_console(most=80)
    table = RichTable(title=say("Validation rows"), title_justify="left", header_style="bold")
    table.add_column(say("network"), overflow="fold")
    for name in (content["ranked_by"], content["compared_by"]):
        table.add_column(score_name(name), justify="right")
    for place, (name, *values) in enumerate(rows(content)):
        table.add_row(Text(name, style="bold" if place == taken(content) else ""), *values)
    console.print(table)
    console.print(Text(str(what_it_is(content))))


def remove_networks(folder: Path) -> None:
    """Removes what is large of the single networks: what they reached is told without it.

    Args:
        folder: Of the run.
    """
    for seed in averaged(folder).get("seeds", ()):
        run = network_of(folder, seed)
        for name in (LAST.parent, MODEL):
            shutil.rmtree(run / name, ignore_errors=True)
        for file in (ANSWER, WORDS):
            (run / file).unlink(missing_ok=True)
