"""The proof of an export: every held-out row answered by a process of its own, held against the run. Shows nothing."""

import json
import platform
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from finetune.commands.export.formats import Format
from finetune.commands.export.held import Held, Said, apart, differences, hold, with_threshold_anew
from finetune.commands.export.in_browser import InBrowser
from finetune.commands.export.limits import SAME, Limits, missed
from finetune.commands.export.place import files_of, made_by, sizes
from finetune.commands.export.processor import processor
from finetune.commands.export.source import Source
from finetune.evaluation.answering import Answering
from finetune.files.whole import write_text
from finetune.language.say import AnyMessage, Message
from finetune.language.which import speaking
from finetune.runs.export_sums import MEASURED, PROOF, SUMS, sum_of, sums_of
from finetune.runs.folder import METRICS
from finetune.runs.versions import versions
from finetune.tasks.task import NUMBER, Booleans, Floats

ENOUGH = 200
"""Rows by which an export is to be held against its run at least, where there are so many."""

VALIDATION, TEST = "validation", "test"


@dataclass(frozen=True)
class Own:
    """What the run itself says of its held-out rows.

    Attributes:
        said: Of them all.
        lengths: [N] tokens of each.
        how: How its network's logits become an answer.
        words: [N, C] what words say; None where they have no say.
    """

    said: Said
    lengths: NDArray[np.int64]
    how: Answering
    words: Floats | None = None


@dataclass(frozen=True)
class Tried:
    """A variant that was written and asked the rows by which one is chosen.

    Attributes:
        variant: Its name.
        size: Bytes of its folder.
        held: What was found on the validation rows.
        missed: The bounds that it misses there.
    """

    variant: str
    size: int
    held: Held
    missed: tuple[AnyMessage, ...]


@dataclass(frozen=True)
class Proof:
    """How an export stands to its run.

    Attributes:
        source: The run.
        form: What it was exported as.
        variant: The one that was taken.
        limits: The bounds that it was held against.
        own: What the run says.
        said: What the export says, with its own threshold.
        tried: The variants that were looked at, where there were several.
        accepted: Whether it was asked for whatever it reaches.
        in_browser: What a page of it answered in a browser, where one has tried it.
    """

    source: Source
    form: Format
    variant: str
    limits: Limits
    own: Own
    said: Said
    tried: tuple[Tried, ...] = ()
    accepted: bool = False
    in_browser: InBrowser | None = None
    _known: dict[str, Held] = field(default_factory=dict)

    def of(self, part: str | None = None) -> Held:
        """Returns what was found on the rows of a part, or on all."""
        key = part or ""
        if key not in self._known:
            rows = self.source.of(part) if part else np.ones(len(self.said.logits), dtype=bool)
            self._known[key] = hold_rows(self.source, rows, self.own.said, self.said)
        return self._known[key]

    @property
    def parts(self) -> list[str]:
        """The parts that have rows."""
        return [part for part in (VALIDATION, TEST) if self.source.of(part).any()]

    @property
    def missed(self) -> tuple[AnyMessage, ...]:
        """The bounds that it misses on all rows together."""
        score, found = self.source.task.score, self.in_browser
        of_page = [] if found is None else missed(found.run, suited(self.limits, found.run.rows), score=score)
        return (
            *missed(self.of(), self.limits, score=score),
            *(Message("in the browser {miss}", miss=each) for each in of_page),
        )

    def of_lengths(self) -> Iterator[tuple[str, int, float]]:
        """Gives the shortest row, the one in the middle and the longest: its tokens and its largest difference.

        Of numbers that is of the answer, in their unit.
        """
        order = np.argsort(self.own.lengths, kind="stable")
        of_rows = apart if self.source.task.problem_type == NUMBER else differences
        found = of_rows(self.source.task, self.own.said, self.said)
        places = {"shortest": order[0], "median": order[len(order) // 2], "longest": order[-1]}
        for name, place in places.items():
            yield name, int(self.own.lengths[place]), float(found[place])

    def plain(self) -> dict[str, Any]:
        """Returns it as plain values, in English, as `proof.json` keeps it."""
        with speaking("en"):
            reached = [
                {
                    "variant": each.variant,
                    "bytes": each.size,
                    **each.held.plain(),
                    "misses": [str(one) for one in each.missed],
                }
                for each in self.tried
            ]
            misses = [str(one) for one in self.missed]
        return {
            "made_by": made_by(),
            "run": self.source.run.resolve().name,
            MEASURED: sum_of(self.source.run / METRICS),
            "format": self.form.name,
            "variant": self.variant,
            "passed": not misses,
            "misses": misses,
            "accepted": self.accepted,
            "score": self.source.task.score,
            "limits": asdict(self.limits),
            "enough_rows": len(self.said.logits) >= ENOUGH,
            "words": self.form.by_itself and self.own.words is not None,
            "unclear_pairs": self.source.unclear,
            "all": self.of().plain(),
            **{part: self.of(part).plain() for part in self.parts},
            "lengths": {
                name: {"tokens": tokens, "largest_difference": difference}
                for name, tokens, difference in self.of_lengths()
            },
            "dont_know_below": {
                "run": self.own.said.calibration.abstain_below,
                "export": self.said.calibration.abstain_below,
            },
            "variants_by_validation": reached,
            **({} if not self.form.page else {"in_browser": self.in_browser and self.in_browser.plain()}),
            "proved_on": {"system": platform.system(), **processor()},
            "versions": versions(),
        }


def hold_rows(source: Source, rows: Booleans, before: Said, after: Said) -> Held:
    """Returns an export held against its run on some of the run's rows."""
    return hold(source.task, source.labels, source.truth[rows], before.at(rows), after.at(rows))


def chosen(
    source: Source,
    form: Format,
    own: Own,
    *,
    variants: Sequence[str],
    folder: Path,
    scratch: Path,
    tell: Callable[[Message], None],
) -> tuple[str, Limits, tuple[Tried, ...]]:
    """Writes the first variant into a folder that is good enough on validation rows; else the one that comes nearest.

    Args:
        source: The run.
        form: The format.
        own: What the run says.
        variants: Names of variants, the best first where they are good enough.
        folder: An empty folder, for the one that is taken.
        scratch: Another, for what is tried.
        tell: Told what is looked at.
    """
    if len(variants) == 1:
        form.write(source, folder, variants[0], scratch)
        return variants[0], form.limits(variants[0]), ()
    part = VALIDATION if source.of(VALIDATION).any() else TEST
    rows = source.of(part)
    tried: list[Tried] = []
    for variant in variants:
        place = scratch / f"variant_{len(tried)}"
        place.mkdir()
        tell(Message("trying {variant} ...", variant=variant))
        form.write(source, place, variant, scratch)
        held = asked_anew(source, form, own, place, rows)
        limits = suited(form.limits(variant), int(rows.sum()))
        tried.append(
            Tried(
                variant,
                sum(sizes(place).values()),
                held,
                tuple(missed(held, limits, score=source.task.score)),
            )
        )
        if not tried[-1].missed:
            break
    best = nearest(tried)
    place = scratch / f"variant_{tried.index(best)}"
    for each in place.iterdir():
        shutil.move(each, folder / each.name)
    return best.variant, form.limits(best.variant), tuple(tried)


def nearest(tried: Sequence[Tried]) -> Tried:
    """Returns the first variant that is good enough; else that of most equal answers, then of fewest misses."""
    return max(tried, key=lambda each: (not each.missed, each.held.equal, -len(each.missed)))


def suited(limits: Limits, rows: int) -> Limits:
    """Returns bounds by which so many rows can choose: few can never show what the interval asks for."""
    return limits if rows >= limits.fewest else replace(limits, surely=None)


def asked_anew(source: Source, form: Format, own: Own, folder: Path, rows: Booleans) -> Held:
    """Returns what a written folder says of some rows, held against the run."""
    said = asked(source, form, own, folder, rows)
    return hold_rows(source, rows, own.said, spread(said, rows))


def asked(source: Source, form: Format, own: Own, folder: Path, rows: Booleans) -> Said:
    """Returns what a written folder says of some rows, in a process of its own."""
    given = [row for row, wanted in zip(source.rows, rows, strict=True) if wanted]
    return Said(*form.ask(source, folder, given), own.said.calibration)


def spread(said: Said, rows: Booleans) -> Said:
    """Returns what was said of some rows in the places of all; nothing of the others."""
    network, logits = (np.full((len(rows), each.shape[1]), np.nan) for each in (said.network, said.logits))
    network[rows], logits[rows] = said.network, said.logits
    return Said(network, logits, said.calibration)


def proved(source: Source, form: Format, own: Own, folder: Path, variant: str, limits: Limits) -> Proof:
    """Returns the proof of what was written: all rows answered, and the threshold found anew where digits were lost."""
    every = np.ones(len(source.rows), dtype=bool)
    said = asked(source, form, own, folder, every)
    validation = source.of(VALIDATION)
    if limits != SAME and validation.any() and np.isfinite(said.logits).all():
        found = with_threshold_anew(source.task, source.truth[validation], said.at(validation))
        said = replace(said, calibration=found.calibration)
        form.keep(folder, said.calibration)
    return Proof(source, form, variant, limits, own, said)


def write_proof(folder: Path, proof: Proof) -> None:
    """Writes `proof.json`, the last of all files: it names the others, so that a later export knows what is ours."""
    content = {**proof.plain(), "files": sizes(folder), SUMS: sums_of(folder, files_of(folder))}
    write_text(
        folder / PROOF, json.dumps(finite(content), ensure_ascii=False, indent=2, allow_nan=False) + "\n"
    )


def finite(value: Any) -> Any:
    """Returns values that every reader of JSON takes: what is no number is null."""
    if isinstance(value, dict):
        return {key: finite(each) for key, each in value.items()}
    if isinstance(value, list):
        return [finite(each) for each in value]
    return None if isinstance(value, float) and not np.isfinite(value) else value
