"""What was corrected before the run, and whether it is better than the run that it was made of, on the same rows."""

from pathlib import Path

from finetune.evaluation.old_and_new import rows_of, verdict, what_is_compared, what_was_done
from finetune.evaluation.score_names import score_name
from finetune.language.say import say
from finetune.report.blocks import Block, Bullets, Grid, Section, Text
from finetune.report.facts import Facts
from finetune.runs.corrected import NOT_COMPARED, SIDE_BY_SIDE, judged_by


def section(facts: Facts) -> Section:
    """Returns both runs side by side, the sentence that says which is the better one, and what was corrected."""
    content, part = facts.corrected, judged_by(facts.corrected)
    old = Path(content["run"]).name
    blocks: list[Block] = []
    if part is None:
        why = str(content.get(NOT_COMPARED) or say("it was not measured yet"))
        text = say("{run} and the new run could not be held side by side: {why}", run=old, why=why)
        blocks.append(Text(text, "warning"))
    else:
        measured = content[SIDE_BY_SIDE][part]
        tone = {"better": "good", "worse": "warning"}.get(measured["outcome"], "plain")
        blocks.append(Text(str(verdict(measured, part, old=old)), tone))  # type: ignore[arg-type]
        called = {"old": old, "new": facts.folder.resolve().name}
        rows = [(called[name], *values) for name, *values in rows_of(measured)]
        header = (say("run", context="heading"), score_name(measured["ranked_by"]), say("95% interval"))
        blocks.append(Grid(header, rows, numbers=(1, 2), strong=(1,)))
        blocks.append(Text(str(what_is_compared(measured, part)), "quiet"))
    done = [str(each) for each in what_was_done(content["rows"], content.get("classes", {}))]
    blocks.append(Bullets(done, say("What became of the corrections:")))
    how = say(
        "This run was made of the rows of {old} and of corrections. Test rows stayed the test and validation rows "
        "validation, whatever label they have now; new rows were only learned from.",
        old=old,
    )
    return Section("corrected", say("What the corrections are worth"), how, blocks)
