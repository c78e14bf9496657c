"""How far a comparison of ways to train is, as its run keeps it in `effort.json`; its table. Trains nothing."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.table import Table as RichTable
from rich.text import Text

from callbacks.progress.pace import duration
from finetune.cli.candidates import CANDIDATES, Candidate
from finetune.errors import ConfigError
from finetune.evaluation.candidates import NAMES, choose, not_compared, record, why
from finetune.evaluation.over_folds import Estimate
from finetune.evaluation.score_names import score_name, score_span, score_value
from finetune.files.whole import write_text
from finetune.language.console import new_console
from finetune.language.say import Message, say
from finetune.language.say import show as tell
from finetune.runs.damaged import read_mapping
from finetune.runs.effort import CANDIDATES as BELOW
from finetune.runs.effort import EFFORT, compared_before
from finetune.runs.folder import CROSSVAL, ROOT, all_crossvals


@dataclass
class Comparison:
    """Ways to train that are compared before a run.

    Attributes:
        options: Of `fit`, as they were typed, without what asked for it.
        names: Of the ways.
        folder: Of the run.
        folds: How many each way is measured by.
        seconds: What each took so far.
        said: What is known once all are measured.
    """

    options: list[str]
    names: list[str]
    folder: Path
    folds: int
    seconds: dict[str, float] = field(default_factory=dict)
    said: dict[str, Any] = field(default_factory=dict)

    @property
    def taken(self) -> str:
        """The name of the way that was chosen."""
        return str(self.said["chosen"])

    def write(self) -> None:
        """Writes `effort.json`."""
        of = self.said.get("of", {})
        ways = [
            {"name": name, "seconds": round(self.seconds.get(name, 0.0), 1), **of.get(name, {})}
            for name in self.names
        ]
        content = {
            "options": self.options,
            "folds": self.folds,
            "candidates": ways,
            "left_out": [each.name for each in CANDIDATES if each.name not in self.names],
            **{key: value for key, value in self.said.items() if key != "of"},
        }
        text = json.dumps(content, ensure_ascii=False, indent=2, allow_nan=False)
        write_text(self.folder / EFFORT, text + "\n")

    def add_seconds(self, way: Candidate, seconds: float) -> None:
        """Keeps what a way took, in this process or in one before."""
        self.seconds[way.name] = self.seconds.get(way.name, 0.0) + seconds
        self.write()

    def root_of(self, way: Candidate) -> Path:
        """Returns the folder under which a way is cross-validated."""
        return self.folder / BELOW / way.name

    def crossval_of(self, way: Candidate) -> Path | None:
        """Returns the cross-validation of a way; None where none was begun."""
        there = all_crossvals(self.root_of(way) / ROOT)
        return next((each for each in there if (each / CROSSVAL).is_file()), None)

    def measures(self, way: Candidate) -> dict[str, Any]:
        """Returns what the cross-validation of a way says; empty where it has none.

        Raises:
            ConfigError: if it is damaged.
        """
        found = self.crossval_of(way)
        remedy = Message("Remove the folder {folder} and go on with --resume.", folder=self.root_of(way))
        return {} if found is None else read_mapping(found / CROSSVAL, remedy)

    def is_done(self, way: Candidate) -> bool:
        """Returns whether all folds of a way are measured."""
        return "metrics" in self.measures(way)

    def words_beside(self, way: Candidate) -> bool:
        """Returns whether the folds of a way measure words alone, too."""
        beside = (each for each in CANDIDATES if each.name in self.names and each.measured_by == way.name)
        return any(each.part[0] == "baselines" for each in beside)

    def tell(self, way: Candidate, *, number: int, every: int) -> None:
        """Says which way is measured now."""
        title = say("way {number} of {every}: {name}", number=number, every=every, name=NAMES[way.name])
        tell(f"\n{title}")

    def tell_time(self, way: Candidate) -> None:
        """Says what a way took, by which one can tell what is still to come."""
        tell(say("that took {time}", time=duration(self.seconds[way.name])))

    def choose(self, ways: list[Candidate]) -> None:
        """Compares what was measured, and keeps which way is taken.

        Raises:
            ConfigError: if no way has a score.
        """
        contents = {each.name: self.measures(each) for each in ways if each.measured_by is None}
        first = next(iter(contents.values()))
        score, ratio = str(first["ranked_by"]), float(first["test_rows_per_training_row"])
        found = {}
        for way in ways:
            scores: Any = contents[way.measured_by or way.name]
            for key in way.part:
                scores = scores.get(key) or {}
            if scores.get(score) and scores[score]["mean"] is not None:
                found[way.name] = Estimate(**scores[score])
        if not found:
            raise ConfigError("no way to train has a {score} over its folds.", score=score_name(score))
        self.names = list(found)  # words that nowhere have a say are no way of their own
        best, taken = choose(found, ratio=ratio)
        self.said = {"ranked_by": score, "best": best, "chosen": taken, "of": record(found, ratio=ratio)}
        self.write()

    def show(self) -> None:
        """Prints the table, and what was taken and why."""
        content = compared_before(self.folder)
        console, score = new_console(most=80), content["ranked_by"]
        table = RichTable(header_style="bold")
        table.add_column(say("way", context="to train"), overflow="fold")
        for column in (score_name(score), say("95% interval"), say("behind"), say("time")):
            table.add_column(column, justify="right")
        for way in content["candidates"]:
            reached, behind = way["score"], way["behind"]["mean"]
            table.add_row(
                Text(str(NAMES[way["name"]]), style="bold" if way["name"] == content["chosen"] else ""),
                score_value(score, reached["mean"], digits=3),
                score_span(score, (reached["low"], reached["high"])),
                score_value(score, behind, digits=3),
                str(duration(way["seconds"])) if way["seconds"] else "",
            )
        console.print(table)
        said = [why(content), *([not_compared(content["left_out"])] if content["left_out"] else [])]
        for sentence in said:
            console.print(Text(str(sentence)))
        console.print(
            Text(
                say("The test rows were not touched: they are read once, at the end of the run that follows.")
            )
        )


def opened(folder: Path) -> Comparison:
    """Returns a comparison as it was left.

    Raises:
        ConfigError: if its file is damaged.
    """
    content = compared_before(folder)
    seconds = {way["name"]: float(way.get("seconds", 0.0)) for way in content["candidates"]}
    ways = [way["name"] for way in content["candidates"]]
    known = {each.name for each in CANDIDATES}
    if not known.issuperset(ways):
        raise ConfigError(
            "{file} names a way to train that there is not: {names}. There are {known}.",
            file=folder / EFFORT,
            names=", ".join(sorted(set(ways) - known)),
            known=", ".join(sorted(known)),
        )
    return Comparison(content["options"], ways, folder, int(content["folds"]), seconds)
