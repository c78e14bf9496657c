"""finetune predict: who answers. An export without torch does so by itself, and need not wait for torch to load."""

from finetune.cli.typed_text import typed_text
from finetune.commands.predict.by_export import by_export, named


def main(argv: list[str]) -> int:
    """Runs the command; returns the exit status."""
    typed = typed_text(argv)
    export = named(typed.argv)
    if export is not None:
        return by_export(export, typed)
    from finetune.commands.predict.command import by_run

    return by_run(typed)
