"""Modules of ours that have another name now, and where each is."""

import re
from pathlib import Path

from finetune.language.say import Message

ROOMS = {
    "callbacks.hardware": "gpus machine measured_peak memory_estimate plan plan_report planner precision proof "
    "resource_sample tiers trainer_changes trial workload",
    "callbacks.metrics": "monitored overfitting seen_loss",
    "callbacks.progress": "batch_shape pace",
    "callbacks.saving": "checkpoint_io checksum exact_state last_and_previous loop_progress metric_states on_disk "
    "random_states sharded_checkpoint stop_signals summed_file",
    "finetune.cli": "lasting_output parser resume trainer_settings",
    "finetune.data.batching": "batches loader tokenizer tokens",
    "finetune.data.dividing": "divisible fingerprint fold moments parts splits stratified",
    "finetune.data.reading": "columns delimited dialect encoding folding hub json_lines loaded mojibake opening "
    "parquet readers sources spreadsheet table",
    "finetune.evaluation": "score_names",
    "finetune.files": "cache",
    "finetune.language": "numbers",
    "finetune.model.faster": "attention dropout first_token packing",
    "finetune.pretrained": "embedded embedded_format",
    "finetune.processes": "failures fsdp2 parent same_everywhere shared_folder slurm",
    "finetune.report.figures": "drawing measures",
    "finetune.runs": "changes versions",
}
"""Modules that went into a room and kept their names: `finetune.fsdp2` is `finetune.processes.fsdp2`."""


RENAMED = {
    "callbacks.hardware": "callbacks.hardware.limits",
    "callbacks.progress_display": "callbacks.progress.display",
    "callbacks.system_language": "callbacks.language.which",
    "finetune.baseline": "finetune.evaluation.baselines",
    "finetune.checkpoints": "finetune.runs.saved",
    "finetune.cli": "finetune.cli.lightning_cli",
    "finetune.commands.baseline": "finetune.commands.baseline.command",
    "finetune.commands.predict": "finetune.commands.predict.command",
    "finetune.commands.runs": "finetune.commands.runs.command",
    "finetune.data.checks.label_errors": "finetune.evaluation.label_errors",
    "finetune.data.checks.report": "finetune.data.checks.told",
    "finetune.data.dividing.labels": "finetune.data.labels.outputs",
    "finetune.data.labels": "finetune.data.labels.outputs",
    "finetune.data.reading": "finetune.data.loading",
    "finetune.data.reading.class_names": "finetune.data.labels.class_names",
    "finetune.data.reading.joined_labels": "finetune.data.labels.joined",
    "finetune.data.reading.label_columns": "finetune.data.labels.columns",
    "finetune.data.reading.label_order": "finetune.data.labels.order",
    "finetune.data.reading.label_wish": "finetune.data.labels.wish",
    "finetune.data.reading.labels": "finetune.data.labels.read",
    "finetune.data.reading.likely_task": "finetune.data.labels.likely_task",
    "finetune.data.reading.lookalikes": "finetune.data.labels.lookalikes",
    "finetune.data.reading.number_column": "finetune.data.labels.number_column",
    "finetune.data.reading.number_labels": "finetune.data.labels.numbers",
    "finetune.data.wording": "finetune.language.lists",
    "finetune.evaluation.yardstick": "finetune.evaluation.beside_baselines",
    "finetune.extras": "finetune.plugins",
    "finetune.language": "finetune.language.which",
    "finetune.model.calibration": "finetune.tasks.calibration",
    "finetune.model.losses": "finetune.tasks.losses",
    "finetune.model.metrics": "finetune.tasks.class_metrics",
    "finetune.model.row_metrics": "finetune.tasks.row_metrics",
    "finetune.model_files": "finetune.pretrained.files",
    "finetune.model_hub": "finetune.pretrained.hub",
    "finetune.predictions": "finetune.evaluation.predicted_table",
    "finetune.pretrained": "finetune.pretrained.folder",
    "finetune.report.class_figures": "finetune.report.figures.classes",
    "finetune.report.confidence_figures": "finetune.report.figures.confidence",
    "finetune.report.side_by_side": "finetune.report.side_by_side.pairs",
    "finetune.report.time_figures": "finetune.report.figures.time",
    "finetune.run_lock": "finetune.runs.lock",
    "finetune.run_logger": "finetune.runs.logger",
    "finetune.runs": "finetune.runs.folder",
}
"""Modules that have another name now."""


MOVED = RENAMED | {
    f"{room.rpartition('.')[0]}.{name}": f"{room}.{name}"
    for room, names in ROOMS.items()
    for name in names.split()
}


OURS = re.compile(r"(?<![\w.])(?:finetune|callbacks)(?:\.\w+)+")


MISSING = re.compile(r"cannot import name '(\w+)' from '([\w.]+)'")


def moved(name: str) -> str | None:
    """Returns the name that a dotted name of ours has now; None where it is as it was.

    Args:
        name: Of a module, or of what is in one: `finetune.run_logger.RunLogger`.
    """
    parts = name.split(".")
    # the longest first: `finetune.data.reading.table` is there, `finetune.data.reading` was a file
    for length in range(len(parts), 1, -1):
        head = ".".join(parts[:length])
        if head in MOVED:
            return ".".join([MOVED[head], *parts[length:]])
        if is_there(head):
            return None
    return None


def is_there(module: str) -> bool:
    """Returns whether there is a module of ours of that name; imports nothing."""
    place = Path(__file__).parents[1].joinpath(*module.split("."))
    return place.with_suffix(".py").is_file() or (place / "__init__.py").is_file()


def said_of_moved(message: str) -> Message | None:
    """Returns where that is now which a message did not find, as a sentence; None where it names nothing moved."""
    names = [f"{module}.{name}" for name, module in MISSING.findall(message)] + OURS.findall(message)
    for name in names:
        new = moved(name)
        if new is not None:
            return Message("{old} is now {new}.", old=name, new=new)
    return None


def brought_up_to_date(text: str) -> tuple[str, dict[str, str]]:
    """Returns a text with every moved name as it is now, and which these were."""
    found = {name: new for name in OURS.findall(text) if (new := moved(name)) is not None}
    return OURS.sub(lambda match: found.get(match[0], match[0]), text), found
