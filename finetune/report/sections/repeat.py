"""How to repeat the run and use its model: exact commands, versions, seed."""

import shlex
from pathlib import Path

from finetune.language.which import Language
from finetune.report.blocks import Block, Code, Fold, Grid, Section, Text
from finetune.report.facts import Facts
from finetune.report.words import Words
from finetune.runs.folder import CONFIG, ROOT
from finetune.runs.versions import versions

SAYS: Words = {
    "en": {
        "title": "Use it, repeat it",
        "how": "Commands to copy, from the folder in which the training was started.",
        "predict": "Label a new table:",
        "again": "Measure again:",
        "repeat": "Train again in the same way (same table, same options, seed {seed}):",
        "repeat_unseeded": "Train again in the same way (same table, same options):",
        "versions": "Versions of the packages",
        "versions_then": "Those of the training.",
        "versions_now": "These are installed now, where this report was made; the training may have had others.",
        "package": "package",
        "version": "version",
        "resume": "Go on with the training:",
        "no_model": "There are no weights to use yet: checkpoints/best.ckpt is missing.",
    },
    "pt": {
        "title": "Usar e repetir",
        "how": "Comandos para copiar, a partir da pasta em que o treino foi iniciado.",
        "predict": "Rotular uma tabela nova:",
        "again": "Medir de novo:",
        "repeat": "Treinar de novo do mesmo jeito (mesma tabela, mesmas opções, semente {seed}):",
        "repeat_unseeded": "Treinar de novo do mesmo jeito (mesma tabela, mesmas opções):",
        "versions": "Versões dos pacotes",
        "versions_then": "São as do treino.",
        "versions_now": "São as instaladas agora, onde este relatório foi feito; o treino pode ter usado outras.",
        "package": "pacote",
        "version": "versão",
        "resume": "Continuar o treino:",
        "no_model": "Ainda não há um modelo para usar: falta checkpoints/best.ckpt.",
    },
}


def run_name(folder: Path) -> str:
    """Returns a run folder as it is named from where the training was started."""
    if not folder.is_absolute():
        return str(folder)
    parts = folder.parts
    if ROOT.name in parts:
        return "/".join(parts[len(parts) - 1 - parts[::-1].index(ROOT.name) :])
    return "/".join(parts[-2:])


def section(facts: Facts, language: Language) -> Section:
    """Returns the commands and the versions."""
    says = SAYS[language]
    # a report is passed on: the folders of this machine are nobody's business
    folder = shlex.quote(run_name(facts.folder))
    blocks: list[Block] = []
    if facts.usable:
        blocks += [
            Text(says["predict"]),
            Code(f"finetune predict --run {folder} --data.predict_path novos.csv --output saida.csv"),
            Text(says["again"]),
            Code(f"finetune test --run {folder}"),
        ]
    else:
        blocks.append(Text(says["no_model"], "quiet"))
    if not facts.finished and facts.resumable:
        blocks += [Text(says["resume"]), Code(f"finetune fit --run {folder} --resume")]
    if facts.config:
        seed = facts.config.get("seed_everything")
        text = says["repeat"].format(seed=seed) if type(seed) is int else says["repeat_unseeded"]
        blocks += [Text(text), Code(f"finetune fit --config {folder}/{CONFIG}")]
    kept = facts.metrics.get("versions")  # runs of before have none
    grid = Grid((says["package"], says["version"]), list((kept or versions()).items()))
    note = says["versions_then" if kept else "versions_now"]
    blocks.append(Fold(says["versions"], [Text(note, "quiet"), grid]))
    return Section("repeat", says["title"], says["how"], blocks)
