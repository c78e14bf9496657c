"""Two runs in words: which is better, on which rows, and what else has to be known. Draws no table and no page."""

from finetune.evaluation.comparison import FEWEST_ROWS, outcome, p_value
from finetune.language.numbers import count, counted, number
from finetune.language.which import Language
from finetune.report.blocks import Tone
from finetune.report.side_by_side.pairs import Pair
from finetune.report.words import Words

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
