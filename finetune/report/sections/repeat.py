"""How to repeat the run and use its model: exact commands, versions, seed."""

import sys
from pathlib import Path

from finetune.evaluation.baselines import FROZEN
from finetune.language.say import say
from finetune.language.typed import activation, quoted
from finetune.report.blocks import Block, Code, Fold, Grid, Section, Text
from finetune.report.facts import Facts
from finetune.runs.folder import CONFIG, ROOT
from finetune.runs.kind import BASELINE, FIT
from finetune.runs.versions import versions


def run_name(folder: Path) -> str:
    """Returns a run folder as it is named from where the training was started."""
    if not folder.is_absolute():
        return str(folder)
    parts = folder.parts
    if ROOT.name in parts:
        return "/".join(parts[len(parts) - 1 - parts[::-1].index(ROOT.name) :])
    return "/".join(parts[-2:])


def section(facts: Facts) -> Section:
    """Returns the commands and the versions."""
    # a report is passed on: the folders of this machine are nobody's business
    folder = quoted(run_name(facts.folder))
    blocks: list[Block] = []
    if facts.usable:
        blocks += [
            Text(say("Label a new table:")),
            Code(f"finetune predict --run {folder} --data.predict_path novos.csv --output saida.csv"),
            Text(say("Measure again:")),
            Code(f"finetune test --run {folder}"),
        ]
    else:
        blocks.append(
            Text(say("There are no weights to use yet: checkpoints/best.ckpt is missing."), "quiet")
        )
    if not facts.finished and facts.resumable:
        blocks += [Text(say("Go on with the training:")), Code(f"finetune fit --run {folder} --resume")]
    if facts.of_words:
        blocks += [
            Text(say("Hand it on, to answer with numpy alone:")),
            Code(f"finetune export --run {folder} --format words"),
            Text(say("Train a network on the same table:")),
            Code(f"finetune fit --config {folder}/{CONFIG}"),
        ]
    blocks += repeated(facts, BASELINE if facts.of_words else FIT)
    how = say("Commands to copy, from the folder in which the training was started.")
    return Section("repeat", say("Use it, repeat it"), how, blocks)


def repeated(facts: Facts, command: str) -> list[Block]:
    """Returns how a run is trained once more, and the versions that it was trained with.

    Args:
        facts: What the run folder says.
        command: The one that trains.
    """
    folder, blocks = quoted(run_name(facts.folder)), list[Block]()
    if facts.config:
        seed = facts.config.get("seed_everything")
        text = (
            say("Train again in the same way (same table, same options, seed {seed}):", seed=seed)
            if type(seed) is int
            else say("Train again in the same way (same table, same options):")
        )
        several = f" --seeds {len(facts.seeds['seeds'])}" if facts.seeds else ""
        blocks += [Text(text), Code(f"finetune {command} --config {folder}/{CONFIG}{several}{_quick(facts)}")]
    blocks += _in_a_new_terminal()
    blocks.append(Fold(say("Versions of the packages"), _versions(facts)))
    return blocks


def _quick(facts: Facts) -> str:
    """The option of one call, which `config.yaml` has not kept, that left out what needs a network."""
    asked = facts.of_words and not facts.config.get("baselines")
    return " --quick true" if asked and FROZEN not in (facts.metrics.get("baselines") or {}) else ""


def _in_a_new_terminal() -> list[Block]:
    # without the way to it: see above
    command = activation(prefix=sys.prefix if sys.prefix == sys.base_prefix else Path(sys.prefix).name)
    if command is None:
        return []
    text = say(
        "Where a terminal says that finetune is not found, type this first, in the folder of the installation:"
    )
    return [Text(text), Code(command)]


def _versions(facts: Facts) -> list[Block]:
    kept = facts.metrics.get("versions")  # runs of before have none
    note = (
        say("Those of the training.")
        if kept
        else say("These are installed now, where this report was made; the training may have had others.")
    )
    grid = Grid((say("package"), say("version")), list((kept or versions()).items()))
    return [Text(note, "quiet"), grid]
