"""fit --seeds: networks are trained alike but for their seeds, each in a process of its own, before the fit."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from callbacks.progress.pace import duration
from callbacks.saving.last_and_previous import newest_whole
from finetune.cli.take_option import take_option
from finetune.cli.taken_apart import LOOKED_AT, runs_root
from finetune.cli.trusted import look_at_options, remember_options
from finetune.cli.verb import Ready
from finetune.commands.fit.averaged import remove_networks
from finetune.commands.fit.seeds_asked import (
    OPTION,
    looked_at,
    refuse_other_seeds,
    refuse_with_it,
    whole_number,
)
from finetune.commands.fit.waiting import begun, is_there, is_waiting, say_how_to_go_on
from finetune.files.whole import write_text
from finetune.language.lists import listed
from finetune.language.say import note, say, show
from finetune.processes.fit_apart import fit
from finetune.runs.corrected import is_corrected
from finetune.runs.folder import BEST, CONFIG, LAST, RunFolder, claim, newest
from finetune.runs.lock import RunLock
from finetune.runs.named import places
from finetune.runs.saved import table_of
from finetune.runs.seeds import NETWORKS, SEEDS, averaged, is_averaged, network_of

FINDINGS = "--data.on_findings"

ALONE = (
    *("--baselines=null", "--mix=none", "--write_report=false"),
    "--trainer.limit_test_batches=0",
)
"""What the single networks need not do: the run behind them does it. By the test rows nothing is chosen."""


def averaged_first(argv: list[str], *, check: Callable[[Ready], None]) -> tuple[list[str], int]:
    """Trains networks, where several seeds are asked for; returns the command line of the fit that is their mean.

    Args:
        argv: The command and its options, as typed.
        check: Refuses what the fit would refuse before its training: it is not to be told after hours.

    Returns:
        The command line, and the exit status of the trainings: where it is not 0, no fit begins.

    Raises:
        ConfigError: if the options do not fit together, or the table cannot be used.
    """
    options, given = take_option(argv[1:], (OPTION,))
    options, folders = take_option(options, ("--folder",))
    claimed = Path(folders[-1]) if folders else None
    # with a folder it is the fit that follows, of which the Trainer may start several processes
    follows = claimed is not None and (not is_corrected(claimed) or is_averaged(claimed))
    if "-h" in argv or "--help" in argv or LOOKED_AT in argv or follows:
        return argv, 0
    root = runs_root(argv)
    count = whole_number(given[-1]) if given else None
    folder = to_go_on(options, root)
    if folder is not None:
        content = averaged(folder)
        refuse_other_seeds(folder, content, count)
        return gone_on(folder, options, content)
    if count is None:
        return argv, 0
    if "--resume" in options:
        if is_there(options, root):
            return ["fit", *options], 0
        options, _ = take_option([option for option in options if option != "--resume"], ("--run",))
    refuse_with_it(options)
    first = looked_at(options, check=check)
    remember_options(options)
    folder = claimed or claim(root)
    content = {"options": options, "seeds": [first + number for number in range(count)]}
    write_text(folder / SEEDS, json.dumps(content, ensure_ascii=False, indent=2) + "\n")
    note(
        "first {n} networks are trained, one after another (seeds {seeds}), in {folder}; the run is the mean of their "
        "weights",
        n=count,
        seeds=listed(content["seeds"]),
        folder=folder,
    )
    return trained(folder, content)


def to_go_on(options: list[str], root: Path) -> Path | None:
    """Returns the run of several seeds that is to go on; None for all else."""
    waiting = begun(options, root, record=SEEDS)
    _, given = take_option(options, ("--run",))
    if waiting is not None or not given or "--resume" not in options:
        return waiting
    last = newest(root, begun=True) if given[-1] == "latest" else None
    there = [last] if last is not None else [] if given[-1] == "latest" else places(given[-1], root)
    return next((folder for folder in there if is_averaged(folder)), None)


def gone_on(folder: Path, options: list[str], content: dict[str, Any]) -> tuple[list[str], int]:
    """Trains what is not trained yet of a run that goes on; returns its command line, and the exit status."""
    if RunFolder(folder).finished():
        remove_networks(folder)  # what ended it may have ended that, too
        return ["fit", *options], 0
    waiting = is_waiting(folder)
    argv, status = trained(folder, content, trust="--trust" in options)
    return argv if waiting else ["fit", *options, f"{OPTION}={len(content['seeds'])}"], status


def trained(folder: Path, content: dict[str, Any], *, trust: bool | None = None) -> tuple[list[str], int]:
    """Trains the networks that are not there yet; returns the command line of the fit, and the exit status.

    Args:
        folder: Of the run.
        content: Of its `seeds.json`.
        trust: Whether functions that its options name may run; of one that goes on.
    """
    options, seeds = content["options"], content["seeds"]
    if trust is not None:
        look_at_options(options, place=folder / SEEDS, trust=trust)
    lock, status = RunLock(), 1
    lock.hold(folder)
    try:
        for number, seed in enumerate(seeds, 1):
            status = 0
            if RunFolder(network_of(folder, seed)).finished():
                continue
            show("\n" + say("network {number} of {n} (seed {seed})", number=number, n=len(seeds), seed=seed))
            begin = time.monotonic()
            status = fit(arguments(folder, options, seeds, seed, trust=bool(trust)))
            if status != 0:
                break
            tell_time(time.monotonic() - begin, left=len(seeds) - number)
    finally:
        lock.release()
        if status != 0:
            say_how_to_go_on(folder, below=NETWORKS)
    table = same_table(folder, seeds) if status == 0 else []
    return ["fit", *options, f"{OPTION}={len(seeds)}", f"--folder={folder}", *table], status


def arguments(folder: Path, options: list[str], seeds: list[int], seed: int, *, trust: bool) -> list[str]:
    """Returns what the training of a network is started with; it goes on from its last checkpoint where it has one."""
    network = network_of(folder, seed)
    if newest_whole(network / LAST) is not None and (network / CONFIG).is_file():
        return ["--run", str(network), "--resume", *(["--trust"] if trust else [])]
    shutil.rmtree(network, ignore_errors=True)  # stopped before its first checkpoint
    told = seed == seeds[0] or any(option.startswith(FINDINGS) for option in options)
    return [
        *options,
        *(f"--seed_everything={seed}", *ALONE),
        *(
            [] if told else [f"{FINDINGS}=skip"]
        ),  # the data are the same: what is wrong with them is told once
        f"--folder={network}",
        *same_table(folder, seeds),
    ]


def same_table(folder: Path, seeds: list[int]) -> list[str]:
    """Returns the option by which a training is refused on another table than the first; none before that."""
    first = network_of(folder, seeds[0]) / BEST
    table = table_of(first) if first.is_file() else None
    return [] if table is None else ["--same_table", table]


def tell_time(seconds: float, *, left: int) -> None:
    """Says what a network took, by which one can tell what is still to come."""
    took = duration(seconds)
    if left:
        more = duration(left * seconds)
        show(say("that took {time}; the networks to come will take about {more}", time=took, more=more))
    else:
        show(say("that took {time}", time=took))
