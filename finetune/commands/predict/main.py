"""finetune predict: who answers. An export without torch does so by itself, and need not wait for torch to load.

A run's own network is asked for one text by torch alone, where that is the same; all else goes by the Trainer.
"""

from finetune.cli.of_system import told_as_the_users
from finetune.cli.typed_text import typed_text
from finetune.commands.predict.by_export import by_export, named
from finetune.commands.predict.text_by_run import answer_text, asked_of, computes_in_float32


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    typed = typed_text(argv)
    export = named(typed.argv)
    if export is not None:
        return by_export(export, typed)
    if typed.text is not None:
        asked = asked_of(typed) if computes_in_float32() else None
        if asked is not None:
            with told_as_the_users():
                return answer_text(asked, typed.text, typed.text_pair)
    from finetune.commands.predict.command import by_run

    return by_run(typed)
