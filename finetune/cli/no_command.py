"""What is said where the first word is no command: a table, an option, or a command's name otherwise. Runs none."""

import difflib
from collections.abc import Collection, Sequence
from pathlib import Path

from finetune.cli.recipes import looks_like_a_table
from finetune.cli.signs import TAKE_NAMES, without_dashes
from finetune.errors import ConfigError
from finetune.language.typed import command_line

IN_PORTUGUESE = {
    "treinar": "fit",
    "treino": "fit",
    "train": "fit",
    "ajustar": "fit",
    "adaptar": "adapt",
    "validar": "validate",
    "testar": "test",
    "teste": "test",
    "avaliar": "test",
    "prever": "predict",
    "predizer": "predict",
    "classificar": "predict",
    "rotular": "label",
    "etiquetar": "label",
    "corrigir": "label",
    "planejar": "plan",
    "plano": "plan",
    "verificar": "check",
    "checar": "check",
    "conferir": "check",
    "relatorio": "report",
    "relatório": "report",
    "comparar": "report",
    "treinos": "runs",
    "listar": "runs",
    "ajuda": "--help",
    "help": "--help",
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
    words = 1 + next((at for at, word in enumerate(argv) if looks_like_a_table(word)), len(argv))
    table = " ".join(argv[:words])
    found = words <= len(argv) and not any(word.startswith("-") for word in argv[:words])
    meant = _meant(name, commands, exactly=found and not _are_there(argv[1:words]))
    if meant and not (found and Path(table).exists()):
        line = _line(meant, argv[1:], commands) if argv[1:] else []
        return ConfigError(
            'there is no command "{name}". Did you mean "{near}"? Like this:\n  {line}'
            if line
            else 'there is no command "{name}". Did you mean "{near}"? There are: {commands}',
            name=name,
            near=meant,
            line=command_line(["finetune", *line]),
            commands=there,
        )
    if name.startswith("-"):
        return ConfigError(
            "a command comes first, then its options. There are: {commands}. To train:\n  {line}",
            commands=there,
            line=command_line(["finetune", "fit", *argv]),
        )
    if found:
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
    return ConfigError('there is no command "{name}". There are: {commands}', name=name, commands=there)


def _meant(name: str, commands: Collection[str], *, exactly: bool) -> str:
    """The command that a word stands for, whatever its language, case and dashes, or nearly does; "" for none."""
    word = without_dashes(name).casefold()
    known = [*commands, *IN_PORTUGUESE]
    if word in known:
        return IN_PORTUGUESE.get(word, word)
    if exactly or name.startswith("-"):
        return ""
    near = difflib.get_close_matches(word, known, n=1)
    return IN_PORTUGUESE.get(near[0], near[0]) if near else ""


def _are_there(words: Sequence[str]) -> bool:
    return bool(words) and (Path(" ".join(words)).exists() or Path(words[-1]).exists())


def _line(command: str, more: Sequence[str], commands: Collection[str]) -> list[str]:
    """The command with the words behind it where they belong, none where that does not show; help of one, or of all."""
    from finetune.cli.strays import in_place, taken_apart  # here: what is typed well is not kept waiting

    if command == "--help":
        about = _meant(more[0], commands, exactly=True) if more else ""
        return [about, command] if about and about != command else [command]
    if command in TAKE_NAMES:
        return [command, *more]
    line = in_place([command, *more])
    return [] if any(each.strays for each in taken_apart(line[1:])) else line
