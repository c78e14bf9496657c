"""An export made: written beside, proved, and put in its place whole or not at all. Parses no options."""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from safetensors import SafetensorError

from finetune.commands.export.formats import FORMATS, Format
from finetune.commands.export.held import Said
from finetune.commands.export.pages import Wishes, check_wishes, finished
from finetune.commands.export.proof import Own, Proof, chosen, proved, write_proof
from finetune.commands.export.reference import reference
from finetune.commands.export.source import Source, source_of
from finetune.commands.export.told import readme, show_proof
from finetune.commands.export.use import show_use
from finetune.errors import ConfigError, UserError
from finetune.evaluation.answer_file import MIXED
from finetune.evaluation.answering import Answering
from finetune.files.near import near
from finetune.files.whole import write_folder_through, write_text
from finetune.language.say import AnyMessage, Message, joined, reason, say, show


def export(
    run: Path,
    name: str,
    folder: Path,
    *,
    variants: Sequence[str] | None = None,
    accept: bool = False,
    answer: str = MIXED,
    wishes: Wishes = Wishes(),  # noqa: B008 - it never changes
) -> Proof:
    """Writes an export of a run and proves it; what is refused leaves nothing behind.

    Args:
        run: The run folder.
        name: A row of `FORMATS`.
        folder: Where it goes.
        variants: Those of the format to look at; all when left out.
        accept: Whether it is kept whatever the proof says.
        answer: Who answers, a word of `--answer`.
        wishes: What is asked of a page besides.

    Raises:
        UserError: if the run cannot be exported, or the export answers otherwise than the run.
    """
    source, form = source_of(run, answer=answer), FORMATS[name]
    form.check(source)
    source = form.suited(source)
    check_wishes(source, wishes)
    variants = variants or form.variants()
    if not accept:
        check_rows(form, variants, rows=len(source.rows))
    show(
        say(
            "{run}: exporting as {format}, and asking it {n:,} held-out row ...",
            "{run}: exporting as {format}, and asking it {n:,} held-out rows ...",
            run=near(run),
            format=form.name,
            n=len(source.rows),
        )
    )
    own = own_answers(source, form)
    made: list[Proof] = []

    def write(new: Path) -> None:
        made.append(written(source, form, own, new, variants=variants, accept=accept, wishes=wishes))

    above = [each for each in (folder.parent, *folder.parent.parents) if not each.exists()]
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        write_folder_through(folder, write)
    except (OSError, SafetensorError) as error:
        raise ConfigError(
            "{folder} cannot be written ({why}): nothing of the export was left there. Make room, or give another "
            "folder: --output FOLDER.",
            folder=folder,
            why=reason(error) if isinstance(error, OSError) else str(error),
        ) from error
    finally:
        for each in above:
            if each.is_dir() and not any(each.iterdir()):
                each.rmdir()
    return made[0]


def check_rows(form: Format, variants: Sequence[str], *, rows: int) -> None:
    """Refuses to begin what so few held-out rows can never prove.

    Raises:
        ConfigError: if equal answers of all of them would not do.
    """
    fewest = min(form.limits(each).fewest for each in variants)
    if rows < fewest:
        raise ConfigError(
            "{n:,} held-out row cannot show that an export as {format} answers as the run does, even if all answers "
            "are the same: that takes {fewest:,}. Take --format onnx, whose answers are the run's own, train with more "
            "rows held out, or add --accept to have it without that proof.",
            "{n:,} held-out rows cannot show that an export as {format} answers as the run does, even if all answers "
            "are the same: that takes {fewest:,}. Take --format onnx, whose answers are the run's own, train with more "
            "rows held out, or add --accept to have it without that proof.",
            n=rows,
            format=form.name,
            fewest=fewest,
        )


def own_answers(source: Source, form: Format) -> Own:
    """Returns what the run itself says of its held-out rows."""
    found = reference(source)
    how = source.answering if form.by_itself else Answering(source.calibration)
    if how.words is not None:
        how.check(source.labels, found.fingerprint)
    words = how.said(source.answers.frame["text"].tolist())
    said = Said(found.logits, how.logits(found.logits, words), how.calibration)
    return Own(said, found.lengths, how, words)


def written(
    source: Source,
    form: Format,
    own: Own,
    folder: Path,
    *,
    variants: Sequence[str],
    accept: bool,
    wishes: Wishes,
) -> Proof:
    """Writes an export into an empty folder, with its proof and its README.

    Raises:
        UserError: if it answers otherwise than the run, and that is not accepted.
    """
    with tempfile.TemporaryDirectory(
        dir=folder.parent, prefix=".scratch.", ignore_cleanup_errors=True
    ) as scratch:
        variant, limits, tried = chosen(
            source,
            form,
            own,
            variants=variants,
            folder=folder,
            scratch=Path(scratch),
            tell=lambda each: show(str(each)),
        )
    proof = replace(proved(source, form, own, folder, variant, limits), tried=tried, accepted=accept)
    if form.page and (accept or not proof.missed):
        proof = finished(proof, folder, wishes)
    if proof.missed and not accept:
        raise refused(proof)
    write_text(folder / "README.md", readme(proof))
    write_proof(folder, proof)
    return proof


def refused(proof: Proof) -> UserError:
    """Returns that an export answers otherwise than its run, and what each variant reached."""
    lines: list[AnyMessage] = [
        Message(
            "  {variant}: {misses}",
            variant=each.variant,
            misses=_in_a_row(each.missed) or Message("good enough"),
        )
        for each in proof.tried
    ]
    return UserError(
        "the export as {format} ({variant}) answers otherwise than the run, on all {n:,} held-out rows: {misses}. "
        "Nothing was written. {tried}To keep it all the same, add --accept.",
        format=proof.form.name,
        variant=proof.variant,
        n=proof.of().rows,
        misses=_in_a_row(proof.missed),
        tried=Message("On the validation rows:\n{lines}\n", lines=joined(lines, "\n")) if lines else "",
    )


def _in_a_row(messages: Sequence[object]) -> str:
    return "; ".join(map(str, messages))


def show_end(proof: Proof, folder: Path) -> None:
    """Prints the proof, where the export is, and what to do with it."""
    show_proof(proof)
    show("\n" + say("exported to: {folder}", folder=near(folder)))
    show_use(proof, folder)
