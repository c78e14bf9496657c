"""The data: rows of each part, classes, lengths, and what the check found."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from finetune.data.checks.finding import SEVERITIES
from finetune.data.checks.sentences import HEADERS, LANGUAGES
from finetune.data.checks.sentences import WORDS as CHECK_WORDS
from finetune.language.numbers import count, percent
from finetune.language.which import Language
from finetune.report.blocks import Block, Columns, Fold, Grid, Pictures, Section, Text, Tone
from finetune.report.facts import Facts
from finetune.report.figures import length_histogram
from finetune.report.figures.drawing import to_svg
from finetune.report.words import WORDS, Words

SAYS: Words = {
    "en": {
        "title": "The data",
        "how": (
            "The model learns from the training rows, the best version is chosen by the validation rows, and the "
            "score comes from the test rows, which it has never seen."
        ),
        "how_no_test": (
            "The model learns from the training rows. There are no test rows: the score comes from the validation "
            "rows, by which the best version was chosen, and is likely too good."
        ),
        "suspects": "Labels that may be wrong: {count}. See Notes; to correct them helps most.",
        "part": "part",
        "share": "share",
        "found": "What the check found",
        "clean": "The check found nothing severe and no warnings.",
        "none": (
            "Not known: the run folder has no data_report.json. The check was switched off, or the version was older."
        ),
        "lines": "lines",
        "more_lines": "and {count} more",
        "classes": "Rows of each class",
        "lengths": "Texts of the rows that were not trained on.",
        "examples": "Examples",
        "notes": "Notes",
    },
    "pt": {
        "title": "Os dados",
        "how": (
            "O modelo aprende com as linhas de treino; a melhor versão é escolhida pelas de validação; e a nota vem "
            "das linhas de teste, que ele nunca viu."
        ),
        "how_no_test": (
            "O modelo aprende com as linhas de treino. Não há linhas de teste: a nota vem das de validação, pelas "
            "quais a melhor versão foi escolhida, e por isso deve ser otimista."
        ),
        "suspects": "Rótulos que podem estar errados: {count}. Veja em Informações; corrigi-los é o que mais ajuda.",
        "part": "parte",
        "share": "parcela",
        "found": "O que a conferência achou",
        "clean": "A conferência não achou nada grave e não tem avisos.",
        "none": (
            "Não se sabe: falta o arquivo data_report.json. A conferência foi desligada, ou a versão era mais antiga."
        ),
        "lines": "linhas",
        "more_lines": "e mais {count}",
        "classes": "Linhas de cada classe",
        "lengths": "Textos das linhas que não serviram para o treino.",
        "examples": "Exemplos",
        "notes": "Informações",
    },
}

TONES: dict[str, Tone] = {"severe": "severe", "warning": "warning", "note": "plain"}

SHOWN_LINES, SHOWN_EXAMPLES, FOLDED_CLASSES = 12, 20, 15


def section(facts: Facts, language: Language) -> Section:
    """Returns rows of each part, classes, findings and lengths."""
    says = SAYS[language]
    lengths = _lengths(facts, language)
    first: list[Block] = [_parts(facts, language)]
    blocks: list[Block] = [Columns([first, [lengths]])] if lengths is not None else first
    if facts.data_report:
        blocks += findings(facts, language)
    else:
        blocks.append(Text(says["none"], "quiet"))
    classes = _classes(facts, language)
    if classes is not None:
        blocks.append(
            Fold(says["classes"], [classes]) if len(classes.rows) > FOLDED_CLASSES else classes,
        )
    how = says["how"] if "test" in facts.parts or not facts.parts else says["how_no_test"]
    return Section("data", says["title"], how, blocks)


def _lengths(facts: Facts, language: Language) -> Pictures | None:
    says = SAYS[language]
    if facts.answers is None or facts.answers.frame.empty:
        return None
    lengths = np.array([len(text.split()) for text in facts.answers.frame["text"]])
    figure = length_histogram(lengths, language=language)
    return Pictures([(to_svg(figure, "lengths", alt=says["lengths"]), says["lengths"])])


def _parts(facts: Facts, language: Language) -> Grid:
    says, words = SAYS[language], WORDS[language]
    known = {part: facts.rows_of(part) for part in ("train", "validation", "test")}
    total = sum(rows or 0 for rows in known.values())
    rows = [
        (
            words[part],
            "–" if number is None else count(number, language),
            percent(number / total, language, digits=0) if number and total else "–",
        )
        for part, number in known.items()
    ]
    if total:
        rows.append((words["all"], count(total, language), ""))
    return Grid((says["part"], words["rows"], says["share"]), rows, numbers=(1, 2))


def findings(facts: Facts, language: Language) -> list[Block]:
    """Returns what the check of the data found, the worst first, with its first lines; notes are folded."""
    says, check = SAYS[language], CHECK_WORDS[language]
    told: dict[str, list[Block]] = {severity: [] for severity in SEVERITIES}
    for one in facts.data_report.get("findings", []):
        severity = str(one.get("severity", "note"))
        text = f"{count(int(one['count']), language)} {one['what'][language]}"
        if severity != "note":
            text = f"{check.get(severity, severity).capitalize()}: {text}"
        lines = lines_of(one, language)
        advice = one.get("advice", {}).get(language, "")
        blocks: list[Block] = [Text(f"{text.removesuffix('.')}. {advice}".strip(), TONES[severity])]
        if lines:
            blocks.append(Text(lines, "quiet"))
        grid = examples(one, language)
        if grid is not None:
            blocks.append(Fold(says["examples"], [grid]))
        told.setdefault(severity, []).extend(blocks)
    bad = [*told["severe"], *told["warning"]]
    shown: list[Block] = bad or [Text(says["clean"], "good")]
    suspects = sum(
        int(one["count"])
        for one in facts.data_report.get("findings", [])
        if one.get("code") == "label_errors"
    )
    if suspects:
        shown.append(Text(says["suspects"].format(count=count(suspects, language)), "warning"))
    return [*shown, Fold(says["notes"], told["note"])] if told["note"] else shown


def lines_of(finding: Mapping[str, Any], language: Language) -> str:
    """Returns where the first rows stand, with the names of the files alone; "" where there are no lines."""
    says = SAYS[language]
    texts = []
    for file, lines in (finding.get("lines") or {}).items():
        text = f"{Path(file).name}, {says['lines']} {', '.join(map(str, lines[:SHOWN_LINES]))}"
        more = len(lines) - SHOWN_LINES + int(finding.get("lines_left_out", 0))
        texts.append(f"{text} {says['more_lines'].format(count=count(more, language))}" if more > 0 else text)
    return "; ".join(texts)


def examples(finding: Mapping[str, Any], language: Language) -> Grid | None:
    """Returns the examples of a finding, or the figures behind it; the counts of classes stand elsewhere."""
    rows = finding.get("examples") or []
    if not rows or finding.get("code") == "class_counts" or list(rows[0]) == ["line"]:
        return None
    headers = HEADERS[language]
    names = [headers.get(key, key) for key in rows[0]]
    cells = [[_cell(key, value, language) for key, value in row.items()] for row in rows[:SHOWN_EXAMPLES]]
    first: Mapping[str, Any] = rows[0]
    numbers = [place for place, value in enumerate(first.values()) if isinstance(value, int | float)]
    return Grid(names, cells, numbers=numbers)


def _cell(key: str, value: Any, language: Language) -> str:
    if isinstance(value, float):
        return percent(value, language)
    if isinstance(value, int):
        return count(value, language)
    if key == "part":
        return HEADERS[language].get(str(value), str(value))
    return LANGUAGES[language].get(str(value), str(value)) if key == "language" else str(value)


def _classes(facts: Facts, language: Language) -> Grid | None:
    words, headers = WORDS[language], HEADERS[language]
    counted = next(
        (one for one in facts.data_report.get("findings", []) if one.get("code") == "class_counts"), None
    )
    if counted is not None and counted.get("examples"):
        columns = [key for key in counted["examples"][0] if key != "label"]
        rows = [
            [str(row["label"]), *(count(int(row.get(key, 0)), language) for key in columns)]
            for row in counted["examples"]
        ]
        names = [words["class"], *(headers.get(key, key) for key in columns)]
        return Grid(names, rows, numbers=range(1, len(names)))
    if not facts.parts:
        return None
    rows = [
        [
            label,
            *(
                count(int(part["per_class"].get(label, {}).get("support", 0)), language)
                for part in facts.parts.values()
            ),
        ]
        for label in facts.labels
    ]
    return Grid(
        [words["class"], *(words[part] for part in facts.parts)], rows, numbers=range(1, 1 + len(facts.parts))
    )
