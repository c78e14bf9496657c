"""Going on with a run: whether it is the same, whether anything is left to do, how to go on. Trains nothing."""

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

import yaml
from jsonargparse import Namespace
from lightning.pytorch.cli import LightningArgumentParser
from lightning_utilities.core.rank_zero import rank_zero_only

from callbacks.saving.last_and_previous import newest_whole
from callbacks.saving.on_disk import remove
from finetune.cli.as_trained import (
    as_trained,
    kept_by,
    refuse_another_task,
    refuse_foreign_task,
)
from finetune.cli.classifier_folder import say_what_answers
from finetune.cli.command_line import Prepared
from finetune.cli.parser import config_text
from finetune.cli.taken_apart import names, names_checkpoint
from finetune.errors import ConfigError
from finetune.language.say import Message, note, say
from finetune.language.typed import command_line
from finetune.model.adapters import lora_of
from finetune.processes.fsdp2 import check_checkpoint
from finetune.runs.changes import Changes, changes, refuse_changes, told, without_the_task_found
from finetune.runs.checkpoints import begins_again, checkpoint
from finetune.runs.effort import QUICK
from finetune.runs.folder import CONFIG, LAST, RunFolder
from finetune.runs.kind import ADAPT, FIT, KINDS
from finetune.runs.links import refuse_links
from finetune.runs.lock import RunLock
from finetune.runs.saved import Saved, saved_facts
from finetune.runs.seeds import is_averaged
from finetune.runs.tidied import is_tidied
from finetune.runs.versions import changed_versions, versions
from finetune.tasks.table import SINGLE_LABEL

FIRST_ATTEMPT = ("events.out.tfevents.*", "checkpoints/*.ckpt", "resources.csv")
"""What a run that begins again would add to."""

MORE_EPOCHS = Message("it has finished; nothing is left to train. More epochs: --trainer.max_epochs N")
NOTHING_TO_TRAIN = Message(
    "it has finished: with --effort quick no step is taken. To train the network, fit anew without --effort quick"
)
ALL_AVERAGED = Message(
    "it has finished: its network is put together from those of several seeds (--seeds), and takes no step. To train "
    "it on, begin a run from it with --model.name"
)
TIDIED_SINCE = Message(
    "it has finished; nothing is left to train. What more epochs would go on from was freed by finetune runs tidy"
)
"""What is said of a run that has finished."""


def hold_against_checkpoint(
    prepared: Prepared, parser: LightningArgumentParser, config: Namespace, *, root: Path, lock: RunLock
) -> str | None:
    """Has a command take the model of its checkpoint, where one is named; what trains goes on with its own alone.

    Args:
        prepared: What the command line asked for.
        parser: Of the command.
        config: The configuration at hand, which is changed.
        root: Folder of the runs.
        lock: Holds the folder of a run that goes on.

    Returns:
        The fingerprint that the table must have; None where it may have any.

    Raises:
        ConfigError: if there is no such checkpoint, or `fit` cannot go on from it.
    """
    path = Path(config.ckpt_path) if config.get("ckpt_path") else None
    command = prepared.argv[0]
    to_go_on = command in KINDS
    saved = None
    if path is not None:
        saved = saved_facts(path, to_go_on=to_go_on, command=command if to_go_on else FIT)
        check_checkpoint(path, config.trainer.strategy, to_go_on=to_go_on)
    if to_go_on:
        go_on(prepared, parser, config, saved, root=root, lock=lock)
    elif saved is not None and path is not None:
        moved = config.model.name if names(("--model.name",), prepared.typed) else None
        as_trained(config.model, saved, path, moved=moved, trust=prepared.trust or prepared.looked_at)
    if prepared.exported:
        model = Path(config.model.name)
        config.model.lora, config.model.keep_adapter = None, False  # merged: a second set would start anew
        kept = kept_by(model, asked=config.task, trust=prepared.trust)
        config.model.labels, config.model.task, config.model.mark = kept.labels, kept.task, kept.mark
        if not names(("--data.lower_capitals",), prepared.typed):
            config.data.lower_capitals = kept.lower_capitals  # a folder of a model has no settings beside it
        if prepared.run is None:
            say_what_answers(model, config.model.labels, config.model.task)
        refuse_another_task(prepared.typed, config.model.task)
    if saved is None:
        return prepared.same_table
    if command == ADAPT:
        return prepared.same_table or saved.table
    assert path is not None
    refuse_foreign_task(config, saved, path, trust=prepared.trust or prepared.looked_at)
    for name in ("labels", "task", "facts", "mark"):
        config.model[name] = saved.parameters.get(name)
    config.model.task = config.model.task or SINGLE_LABEL  # a checkpoint of before
    # whoever chose them, the user or the machine: a network without would be planned for
    if saved.parameters.get("lora") and "lora" in config.model:
        config.model.lora = saved.parameters["lora"]
    if not to_go_on:
        refuse_another_task(prepared.typed, config.model.task)
    return prepared.same_table or (saved.table if to_go_on else None)


def go_on(
    prepared: Prepared,
    parser: LightningArgumentParser,
    config: Namespace,
    saved: Saved | None,
    *,
    root: Path,
    lock: RunLock,
) -> None:
    """Has a training go on, with a run or a checkpoint alone, only with what it was trained with; takes its folder.

    Args:
        prepared: What the command line asked for.
        parser: Of the command.
        config: The configuration at hand.
        saved: What the checkpoint says; None without one.
        root: Folder of the runs.
        lock: Holds the run's folder from then on.

    Raises:
        ConfigError: if the data or the model changed, or another process trains in the folder.
    """
    if prepared.begins:
        if config.data.path is None:
            raise ConfigError(
                "there is neither a run in {root} to go on with nor a table to begin one: add --data.path.",
                root=root,
            )
        note("no run to go on with yet: a new one begins")
    if prepared.run is None and saved is None:
        return
    was = config
    if prepared.run is not None:
        was = parser.parse_args([f"--config={prepared.run / CONFIG}"])
        as_typed_before(config, was)
    before, now = (yaml.safe_load(config_text(parser, each)) for each in (was, config))
    for each in (before, now):
        if "lora" in each["model"]:
            each["model"]["lora"] = spelt_out(each["model"]["lora"])
    if saved is not None:
        # adapters that nobody asked for were chosen by the machine that it began on: they stand in the checkpoint
        kept = saved.parameters.keys() - ({"lora"} if before["model"].get("lora") is None else set())
        before["model"] |= {key: saved.parameters[key] for key in before["model"].keys() & kept}
    changed = changes(before, now)
    if saved is not None:
        changed = without_the_task_found(changed, saved.parameters.get("task") or SINGLE_LABEL)
    check(changed, saved, prepared)
    if prepared.run is not None:
        if prepared.wrong is not None:
            note(
                "{last}: {wrong}. It goes on from the checkpoint before it",
                last=prepared.run / LAST,
                wrong=prepared.wrong,
            )
        take_up(prepared.run, saved, lock)


def spelt_out(lora: Any) -> dict[str, Any] | None:
    """Returns the adapters that are asked for with all that they are: true and what it stands for are the same."""
    found = lora_of(lora)
    return None if found is None else asdict(found)


def as_typed_before(config: Namespace, was: Namespace) -> None:
    """Has options that were typed again mean what they meant: `+=` appends nothing twice, a drawn seed stays.

    Args:
        config: The configuration at hand, which is changed.
        was: The run's own.
    """
    for key, before in was.items():
        now = config.get(key)
        if isinstance(before, list) and isinstance(now, list):
            again = now[: len(before)] == before and all(each in before for each in now)
            config[key] = before if again else now
    if config.seed_everything is True:
        config["seed_everything"] = was.seed_everything


def check(changed: Changes, saved: Saved | None, prepared: Prepared) -> None:
    """Refuses to go on with what is not the run's, ends where nothing is left to do, and says what else changed.

    Raises:
        ConfigError: if the data or the model changed.
    """
    run = prepared.run
    same_content = saved is not None and saved.table is not None
    same_base = saved is not None and saved.stands_beside_a_base
    hint = Message(
        " If latest ({run}) is not the run that you mean, name yours, as in --run 3; --trainer.default_root_dir gives "
        "each job a folder of its own.",
        run=run,
    )
    refuse_changes(
        changed, same_content=same_content, same_base=same_base, hint=hint if prepared.latest else ""
    )
    _, epochs = changed.get("trainer.max_epochs", (None, None))
    if saved is not None and isinstance(epochs, int) and 0 <= epochs < saved.epochs:
        raise ConfigError(
            "the run is in epoch {reached} already: --trainer.max_epochs {asked} is fewer. Give {reached} or more, or "
            "leave it away.",
            reached=saved.epochs,
            asked=epochs,
        )
    quick = run is not None and RunFolder(run).config().get("effort") == QUICK
    averaged = run is not None and is_averaged(run)
    if run is not None and not changed and not names_checkpoint(prepared.typed) and RunFolder(run).finished():
        said = NOTHING_TO_TRAIN if quick else ALL_AVERAGED if averaged else MORE_EPOCHS
        note(TIDIED_SINCE if is_tidied(run) and not (quick or averaged) else said)
        sys.exit(0)
    if run is not None and (quick or averaged) and RunFolder(run).finished():
        raise ConfigError(
            "{run} has finished, and took no step (--effort quick) from which it could go on. To train the network "
            "from it:\n  finetune fit --model.name {run} --data.path TABLE"
            if quick
            else "{run} has finished, and took no step (--seeds) from which it could go on. To train the network from "
            "it:\n  finetune fit --model.name {run} --data.path TABLE",
            run=run,
        )
    for change in told(changed):
        note("changed since the run began: {change}", change=change)
    for sentence in changed_versions(saved.versions, versions()) if saved is not None else ():
        note(sentence)


def take_up(run: Path, saved: Saved | None, lock: RunLock) -> None:
    """Takes the folder of a run for this process; one that has no checkpoint yet begins again in it.

    Raises:
        ConfigError: if another process trains in it, it has finished without a state to go on from, or it leads
            elsewhere.
    """
    if saved is None and not begins_again(run):
        checkpoint(run, LAST)  # which is not there: it says so
    refuse_links(run)
    lock.hold(run)
    if saved is None and getattr(rank_zero_only, "rank", 0) == 0:
        note("it was stopped before its first checkpoint: it begins again with its first step")
        for pattern in FIRST_ATTEMPT:
            for path in run.glob(pattern):
                remove(path)


def note_how_to_go_on(error: BaseException, folder: Path | None, command: str = FIT) -> None:
    """Adds to what ends a training how to go on, if it left anything: the last line, behind a traceback too."""
    if folder is None or getattr(rank_zero_only, "rank", 0) != 0 or RunFolder(folder).finished():
        return
    saved = newest_whole(folder / LAST) is not None
    if saved or ((folder / CONFIG).is_file() and begins_again(folder)):
        again = command_line(["finetune", command, "--run", str(folder), "--resume"])
        error.add_note(say("To go on:\n  {command}", command=again))
