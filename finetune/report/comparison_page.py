"""How runs side by side are told: a table of 80 columns, sentences, and a page. Compares nothing itself."""

import textwrap
from pathlib import Path
from typing import Any

from finetune.evaluation.comparison import FEWEST_ROWS, outcome, p_value
from finetune.language import Language
from finetune.numbers import NOTHING, count, counted, number, span
from finetune.report.blocks import Block, Columns, Fold, Grid, Marked, Piece, Section, Text, Tone
from finetune.report.facts import Facts
from finetune.report.page import render
from finetune.report.sections.asked import shown
from finetune.report.sections.scores import COMPARED, with_interval
from finetune.report.side_by_side import Compared, Pair
from finetune.report.words import WORDS, Words
from finetune.score_names import score_name

SAYS: Words = {
    "en": {
        "title": "{count} runs side by side",
        "above": "the others are compared with {first}",
        "scores": "Results",
        "scores_how": (
            "Each run on its own rows; below each value the 95 % interval. Only the comparison on common rows, further "
            "down, says whether a difference is more than chance."
        ),
        "run": "run",
        "part": "part",
        "differ": "What differs",
        "differ_how": "Parameters that are not the same in all runs.",
        "same": "All parameters are the same: only the data, the versions or the machine can differ.",
        "option": "option",
        "beside": "{run} beside {first}",
        "beside_how": (
            "On the rows that both were tested on: the difference in macro-F1 with its interval, and how often only "
            "one of the two is right."
        ),
        "better": (
            "{run} is better than {first} on {rows}: macro-F1 {difference} (95 % interval {low} to {high}). It alone "
            "is right in {only_run}, {first} alone in {only_first} (McNemar's test, p {p})."
        ),
        "worse": (
            "{run} is worse than {first} on {rows}: macro-F1 {difference} (95 % interval {low} to {high}). It alone "
            "is right in {only_run}, {first} alone in {only_first} (McNemar's test, p {p})."
        ),
        "undecided": (
            "No clear difference between {run} and {first} on {rows}: macro-F1 {difference} (95 % interval {low} to "
            "{high}; right alone: {only_run} against {only_first}, p {p}), which may be chance. More test rows would "
            "tell; else take the simpler or faster one."
        ),
        "tie": "{run} and {first} answer {rows} equally well: neither is right alone in any.",
        "not_same": "They were tested on different rows: {first} on {first_rows}, {run} on {own}; {common} in common.",
        "all_common": "Both were tested on the same {common}.",
        "too_few": (
            "{run} and {first} cannot be compared: only {common} in common, and below {least} nothing can be said. "
            "Train both with the same test rows: the same table and division, or one --data.test_path for both."
        ),
        "no_answers": (
            "{run} and {first} cannot be compared row by row: predictions.csv is missing in at least one of them, or "
            "they have no part in common. A new training writes it."
        ),
        "other_labels": "The classes are not the same; only one of the two knows: {labels}.",
        "validation": "There is no common test: the validation rows are compared, by which the models were chosen.",
        "gained": "Right in {run} alone",
        "lost": "Right in {first} alone",
        "none": "No row.",
        "more": "{count} more",
        "truth": "label",
        "row_one": "row",
        "row_many": "rows",
    },
    "pt": {
        "title": "{count} treinos lado a lado",
        "above": "os outros são comparados com {first}",
        "scores": "Resultados",
        "scores_how": (
            "Cada treino nas suas próprias linhas; abaixo de cada valor, o intervalo de 95 %. Só a comparação nas "
            "linhas em comum, mais abaixo, diz se uma diferença é mais que acaso."
        ),
        "run": "treino",
        "part": "parte",
        "differ": "O que muda",
        "differ_how": "Parâmetros que não são iguais em todos os treinos.",
        "same": "Todos os parâmetros são iguais: só os dados, as versões ou a máquina podem ser diferentes.",
        "option": "opção",
        "beside": "{run} ao lado de {first}",
        "beside_how": (
            "Nas linhas em que os dois foram testados: a diferença de macro-F1 com seu intervalo, e quantas vezes só "
            "um deles acerta."
        ),
        "better": (
            "{run} é melhor que {first} em {rows}: macro-F1 {difference} (intervalo de 95 %: {low} a {high}). Só ele "
            "acerta {only_run}; só {first} acerta {only_first} (teste de McNemar, p {p})."
        ),
        "worse": (
            "{run} é pior que {first} em {rows}: macro-F1 {difference} (intervalo de 95 %: {low} a {high}). Só ele "
            "acerta {only_run}; só {first} acerta {only_first} (teste de McNemar, p {p})."
        ),
        "undecided": (
            "Não há diferença clara entre {run} e {first} em {rows}: macro-F1 {difference} (intervalo de 95 %: {low} a "
            "{high}; acertos de um só: {only_run} contra {only_first}, p {p}), o que pode ser acaso. Com mais linhas "
            "de teste daria para saber; sem elas, fique com o mais simples ou mais rápido."
        ),
        "tie": "{run} e {first} têm o mesmo desempenho em {rows}: em nenhuma só um dos dois acerta.",
        "not_same": (
            "Eles não foram testados nas mesmas linhas: {first} em {first_rows}, {run} em {own}; {common} em comum."
        ),
        "all_common": "Os dois foram testados nas mesmas {common}.",
        "too_few": (
            "Não dá para comparar {run} e {first}: só {common} em comum, e com menos de {least} não se pode dizer "
            "nada. Treine os dois com as mesmas linhas de teste: a mesma tabela e divisão, ou um só --data.test_path."
        ),
        "no_answers": (
            "Não dá para comparar {run} e {first} linha por linha: falta o predictions.csv em pelo menos um deles, ou "
            "não há parte em comum. Um novo treino grava esse arquivo."
        ),
        "other_labels": "As classes não são as mesmas; só um dos dois conhece: {labels}.",
        "validation": (
            "Não há teste em comum: são comparadas as linhas de validação, usadas para escolher os modelos."
        ),
        "gained": "Só {run} acerta",
        "lost": "Só {first} acerta",
        "none": "Nenhuma linha.",
        "more": "Mais {count}",
        "truth": "rótulo",
        "row_one": "linha",
        "row_many": "linhas",
    },
}

COLUMNS = 80


def verdict(pair: Pair, first: str, language: Language) -> tuple[str, Tone]:
    """Returns in a sentence or two whether a run is better than the first, and how that looks."""
    says = SAYS[language]
    if not pair.part:
        return says["no_answers"].format(run=pair.run, first=first), "warning"
    if pair.macro_f1 is None or pair.mcnemar is None:
        common = _rows(pair.common, language)
        return says["too_few"].format(run=pair.run, first=first, common=common, least=FEWEST_ROWS), "warning"
    result = outcome(pair.macro_f1, pair.mcnemar, pair.common)

    def signed(value: float) -> str:
        return number(value, language, sign=True)

    text = says[result].format(
        run=pair.run,
        first=first,
        rows=_rows(pair.common, language),
        difference=signed(pair.macro_f1.difference),
        low=signed(pair.macro_f1.low),
        high=signed(pair.macro_f1.high),
        only_run=_rows(pair.mcnemar.only_first_right, language),
        only_first=_rows(pair.mcnemar.only_second_right, language),
        p=p_value(pair.mcnemar, language),
    )
    tones: dict[str, Tone] = {"better": "good", "worse": "severe"}
    return text, tones.get(result, "warning")


def notes(pair: Pair, first: str, language: Language) -> list[str]:
    """Returns what has to be known about a comparison: which rows, which part, which classes."""
    says = SAYS[language]
    if not pair.part:
        return []
    same = pair.common == pair.rows == pair.first_rows
    found = [
        says["all_common" if same else "not_same"].format(
            run=pair.run,
            first=first,
            first_rows=_rows(pair.first_rows, language),
            own=_rows(pair.rows, language),
            common=_rows(pair.common, language) if same else count(pair.common, language),
        )
    ]
    if pair.part == "validation":
        found.append(says["validation"])
    if pair.other_labels:
        found.append(says["other_labels"].format(labels=", ".join(pair.other_labels)))
    return found


def _rows(rows: int, language: Language) -> str:
    says = SAYS[language]
    return counted(rows, says["row_one"], says["row_many"], language=language)


def table(compared: Compared, language: Language) -> str:
    """Returns the runs in lines of at most 80 columns: scores, what differs, and the verdicts."""
    says, words = SAYS[language], WORDS[language]
    header = [says["run"], says["part"], *(score_name(name, language) for name in COMPARED), words["rows"]]
    rows = [header]
    for name, facts in zip(compared.names, compared.runs, strict=True):
        part = facts.last_part
        report: dict[str, Any] = facts.parts[part] if part else {}
        interval = span((report.get("intervals") or {}).get("f1_macro"), language)
        f1 = number(report.get("f1_macro"), language) + (f" ({interval})" if interval else "")
        values = [number(report.get(score), language) for score in COMPARED[1:]]
        measured = count(report["rows"], language) if report else NOTHING
        rows.append([_cut(name, 20), words[part] if part else NOTHING, f1, *values, measured])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    differ = f"{says['differ']}:" if compared.differing else says["same"]
    lines += ["", *textwrap.wrap(differ, COLUMNS)]
    for option, values_of in compared.differing:
        values_text = " | ".join(shown(value, language) for value in values_of)
        lines += textwrap.wrap(
            f"{option}: {values_text}", COLUMNS, initial_indent="  ", subsequent_indent="    "
        )
    for pair in compared.pairs:
        text = " ".join(
            [verdict(pair, compared.names[0], language)[0], *notes(pair, compared.names[0], language)]
        )
        lines += ["", *textwrap.wrap(text, COLUMNS)]
    return "\n".join([*lines, ""])


def _cut(name: str, width: int) -> str:
    return name if len(name) <= width else f"…{name[1 - width :]}"


def comparison_page(compared: Compared, language: Language) -> str:
    """Returns the page."""
    says, first = SAYS[language], compared.names[0]
    sections = [_scores(compared, language), _differing(compared, language)]
    for place, pair in enumerate(compared.pairs):
        sections.append(_beside(pair, first, language, key=f"pair-{place + 1}"))
    told = [verdict(pair, first, language) for pair in compared.pairs]
    return render(
        sections,
        language=language,
        title=says["title"].format(count=count(len(compared.names), language)),
        above=says["above"].format(first=first),
        verdict=told[0][0],
        tone=told[0][1],
        opening_blocks=[Text(text, tone) for text, tone in told[1:]],
    )


def _scores(compared: Compared, language: Language) -> Section:
    says, words = SAYS[language], WORDS[language]
    rows = [_row(name, facts, language) for name, facts in zip(compared.names, compared.runs, strict=True)]
    names = [score_name(score, language) for score in COMPARED]
    grid = Grid([says["run"], says["part"], *names, words["rows"]], rows, numbers=(2, 3, 4, 5))
    return Section("scores", says["scores"], says["scores_how"], [grid])


def _row(name: str, facts: Facts, language: Language) -> list[str]:
    part = facts.last_part
    if part is None:
        return [name, *[NOTHING] * (len(COMPARED) + 2)]
    report = facts.parts[part]
    scores = [with_interval(report, score, language) for score in COMPARED]
    return [name, WORDS[language][part], *scores, count(report["rows"], language)]


def _differing(compared: Compared, language: Language) -> Section:
    says = SAYS[language]
    if not compared.differing:
        return Section("differing", says["differ"], "", [Text(says["same"], "quiet")])
    rows = [[name, *(shown(value, language) for value in values)] for name, values in compared.differing]
    return Section(
        "differing", says["differ"], says["differ_how"], [Grid([says["option"], *compared.names], rows)]
    )


def _beside(pair: Pair, first: str, language: Language, *, key: str) -> Section:
    says = SAYS[language]
    text, tone = verdict(pair, first, language)
    blocks: list[Block] = [Text(text, tone), *(Text(note, "quiet") for note in notes(pair, first, language))]
    if pair.macro_f1 is not None:
        columns = [
            [
                Text(says[which].format(run=pair.run, first=first), "lead"),
                *_examples(rows, pair.run, first, language),
            ]
            for which, rows in (("gained", pair.gained), ("lost", pair.lost))
        ]
        blocks.append(Columns(columns))
    return Section(key, says["beside"].format(run=pair.run, first=first), says["beside_how"], blocks)


OPEN = 4
"""Examples that are shown at once."""


def _examples(rows: Any, run: str, first: str, language: Language) -> list[Block]:
    says, words = SAYS[language], WORDS[language]
    told: list[Block] = [
        Marked(
            place=f"{Path(str(row['source'])).name}, {words['line']} {row['line']}",
            facts=[(says["truth"], row["label"]), (run, row["this"]), (first, row["first"])],
            pieces=[Piece(textwrap.shorten(row["text"], 500, placeholder=" […]") or row["text"][:500])],
        )
        for row in rows
    ]
    if not told:
        return [Text(says["none"], "quiet")]
    return (
        [*told[:OPEN], Fold(says["more"].format(count=len(told) - OPEN), told[OPEN:])]
        if len(told) > OPEN
        else told
    )
