"""How to train from an adapted model, and how to repeat it: exact commands, versions, seed."""

from finetune.language.say import say
from finetune.language.typed import quoted
from finetune.report.blocks import Block, Code, Section, Text
from finetune.report.facts import Facts
from finetune.report.sections.repeat import repeated, run_name


def section(facts: Facts) -> Section:
    """Returns the commands and the versions."""
    # a report is passed on: the folders of this machine are nobody's business
    folder, blocks = quoted(run_name(facts.folder)), list[Block]()
    if facts.model_config:
        blocks += [
            Text(say("Train on your labels from it:")),
            Code(f"finetune fit --model.name {folder} --data.path dados.csv"),
        ]
    if not facts.finished and facts.resumable:
        blocks += [Text(say("Go on with the training:")), Code(f"finetune adapt --run {folder} --resume")]
    blocks += repeated(facts, "adapt")
    how = say("Commands to copy, from the folder in which the training was started.")
    return Section("repeat", say("Use it, repeat it"), how, blocks)
