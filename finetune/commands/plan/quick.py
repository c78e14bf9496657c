"""plan --effort quick: how long the one pass takes that there is where no step is taken. Keeps nothing."""

from callbacks.progress.pace import duration
from finetune.cli.ahead import EndAtStart, fit_up_to
from finetune.cli.planned import show_command
from finetune.cli.timing import START_ROWS, start_seconds
from finetune.cli.verb import Ready
from finetune.data.module import TextData
from finetune.language.numbers import rows
from finetune.language.say import say
from finetune.language.say import show as tell
from finetune.pretrained.folder import lacks_weights


def plan_quick(ready: Ready, *, here: bool) -> int:
    """Prints what a fit would do that takes no step, and how long the pass takes by some of its rows.

    Args:
        ready: What it works with.
        here: Whether it is planned for this machine.
    """
    model, data = ready.model, ready.data
    model.takes_steps, model.start_rows, data.on_findings = False, START_ROWS, "skip"
    if here and not lacks_weights(model.hparams["name"]):
        fit_up_to(ready, EndAtStart())
    if ready.trainer.is_global_zero:
        tell(
            say(
                "--effort quick takes no step: each row passes through the model once, which takes no more memory than "
                "finetune predict."
            )
        )
        tell(
            told_time(start_seconds(model, data), data)
            if model.started
            else say("How long is not known here.")
        )
        show_command("fit", ready.prepared.typed, without=("--gpu", "--steps"))
    return 0


def told_time(start: float, data: TextData) -> str:
    """Returns how long all rows take, by what those of the training do.

    Args:
        start: Seconds that the training rows take, with the regression on them.
        data: All rows.
    """
    every = sum(len(part.index) for part in data.parts.values())
    return say(
        "That would take about {total} for {rows}; the search for wrong labels and the report come after it.",
        total=duration(start * every / data.train_rows),
        rows=rows(every),
    )
