"""What is said where the first word is no command: a table, an option, or a command's name otherwise. Runs none."""

import difflib
from collections.abc import Collection, Sequence

from finetune.cli.recipes import looks_like_a_table
from finetune.errors import ConfigError
from finetune.language.say import Message
from finetune.language.typed import command_line

IN_PORTUGUESE = {
    "treinar": "fit",
    "treino": "fit",
    "train": "fit",
    "ajustar": "fit",
    "validar": "validate",
    "testar": "test",
    "teste": "test",
    "avaliar": "test",
    "prever": "predict",
    "predizer": "predict",
    "classificar": "predict",
    "rotular": "predict",
    "planejar": "plan",
    "plano": "plan",
    "verificar": "check",
    "checar": "check",
    "conferir": "check",
    "relatorio": "report",
    "relatório": "report",
    "treinos": "runs",
}
"""What commands are called by those who do not know their names."""


def no_command(argv: Sequence[str], commands: Collection[str]) -> ConfigError:
    """Returns the error that says what was likely meant.

    Args:
        argv: The words as typed; the first is none of the commands.
        commands: The names of all.
    """
    name = argv[0]
    there = ", ".join(commands)
    if name.startswith("-"):
        return ConfigError(
            "a command comes first, then its options. There are: {commands}. To train:\n  {line}",
            commands=there,
            line=command_line(["finetune", "fit", *argv]),
        )
    words = 1 + next((at for at, word in enumerate(argv) if looks_like_a_table(word)), len(argv))
    if words <= len(argv) and not any(word.startswith("-") for word in argv[:words]):
        table = " ".join(argv[:words])
        check, fit = (
            command_line(["finetune", command, "--data.path", table, *argv[words:]])
            for command in ("check", "fit")
        )
        return ConfigError(
            "a command comes first. To look at the table {table}, and to train on it:\n  {check}\n  {fit}",
            table=table,
            check=check,
            fit=fit,
        )
    near = difflib.get_close_matches(name.casefold(), [*commands, *IN_PORTUGUESE], n=1)
    meant = IN_PORTUGUESE.get(near[0], near[0]) if near else ""
    return ConfigError(
        'there is no command "{name}".{hint} There are: {commands}',
        name=name,
        hint=Message(' Did you mean "{near}"?', near=meant) if meant else "",
        commands=there,
    )
