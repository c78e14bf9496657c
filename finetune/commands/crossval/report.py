"""The result of a cross-validation: put together, written, and told in English or Portuguese."""

import math
import os
import shlex
from dataclasses import asdict
from typing import Any

from rich.console import Console
from rich.table import Table as RichTable
from rich.text import Text

from finetune.commands.crossval.answers import gathered, right_alone, write_gathered
from finetune.commands.crossval.folder import Crossval
from finetune.commands.crossval.statistics import summary
from finetune.evaluation.beside_baselines import WORDS as MODELS
from finetune.evaluation.comparison import Interval, McNemar, outcome
from finetune.evaluation.score_names import score_name
from finetune.language.numbers import NOTHING, count, number
from finetune.language.which import Language, language
from finetune.runs.folder import CROSSVAL, PREDICTIONS

FIRST = ("f1_macro", "accuracy", "balanced_accuracy", "mcc")
"""What the table begins with; the other single numbers follow in the order of the reports."""

THE_SAME = ("f1_micro", "loss")
"""What is left out of the table: it equals the accuracy, or nearly the log loss."""

LIMITS = {
    **dict.fromkeys(("f1", "accuracy", "precision", "auc", "ece"), (0.0, 1.0)),
    "mcc": (-1.0, 1.0),
    "brier": (0.0, 2.0),
    "loss": (0.0, math.inf),
}
"""What no value can leave, by a piece of a score's name: its interval is cut there when shown."""

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "title": "{count} runs: {folds} folds x {seeds} seeds",
        "title_one": "{count} folds",
        "metric": "metric",
        "mean": "mean",
        "sd": "std. dev.",
        "interval": "95 % interval",
        "mean_f1": "mean F1",
        "class": "class",
        "rows": "rows",
        "model": "model",
        "to": "{low} to {high}",
        "better": (
            "Over the folds the fine-tuned model beats the simple model {baseline}: macro-F1 {mean} on average (95 % "
            "interval {low} to {high}). Of {rows} rows it alone gets {first} right, the simple model alone {second}."
        ),
        "worse": (
            "Over the folds the fine-tuned model does NOT beat the simple model {baseline}: macro-F1 {mean} on "
            "average (95 % interval {low} to {high}). Of {rows} rows it alone gets {first} right, the simple model "
            "alone {second}. Do not rely on it as it is: more epochs, more rows, a hub model or cleaner labels may "
            "help."
        ),
        "undecided": (
            "The fine-tuned model does NOT clearly beat the simple model {baseline}: macro-F1 {mean} on average, but "
            "from fold to fold it differs too much to tell (95 % interval {low} to {high}). Of {rows} rows it alone "
            "gets {first} right, the simple model alone {second}. More folds, or --seeds 3, tell more."
        ),
        "overlap": (
            "The intervals are of the mean over the folds, and wider than plain ones, because folds share training "
            "rows (Nadeau and Bengio, 2003). The rows that only one gets right are counted once, of the first seed."
        ),
        "held_out": "Each of {rows} rows was answered by a model that had not seen it.",
        "untouched": (
            "The {rows} test rows were not touched: no fold trained on them or was measured on them. "
            "To train the model and test it on them: {command}"
        ),
        "no_test": "There are no test rows: all rows are in the folds. To train the model: {command}",
        "files": "scores",
        "answers": "answers",
        "look": "look at it",
    },
    "pt": {
        "title": "{count} treinos: {folds} dobras x {seeds} sementes",
        "title_one": "{count} dobras",
        "metric": "medida",
        "mean": "média",
        "sd": "desvio",
        "interval": "intervalo de 95 %",
        "mean_f1": "F1 médio",
        "class": "classe",
        "rows": "linhas",
        "model": "modelo",
        "to": "{low} a {high}",
        "better": (
            "Nas dobras, o modelo ajustado supera o modelo simples {baseline}: macro-F1 {mean} em média (intervalo "
            "de 95 %: {low} a {high}). De {rows} linhas, só ele acerta {first}; só o modelo simples, {second}."
        ),
        "worse": (
            "Nas dobras, o modelo ajustado NÃO supera o modelo simples {baseline}: macro-F1 {mean} em média "
            "(intervalo de 95 %: {low} a {high}). De {rows} linhas, só ele acerta {first}; só o modelo simples, "
            "{second}. Não confie nele assim: mais épocas, mais linhas, um modelo do hub ou rótulos mais limpos "
            "podem ajudar."
        ),
        "undecided": (
            "O modelo ajustado NÃO supera com clareza o modelo simples {baseline}: macro-F1 {mean} em média, mas de "
            "dobra em dobra varia demais para se dizer (intervalo de 95 %: {low} a {high}). De {rows} linhas, só ele "
            "acerta {first}; só o modelo simples, {second}. Mais dobras, ou --seeds 3, dizem mais."
        ),
        "overlap": (
            "Os intervalos são da média das dobras e mais largos que os comuns, porque as dobras têm linhas de treino "
            "em comum (Nadeau e Bengio, 2003). As linhas que só um dos dois acerta são contadas uma vez, da primeira "
            "semente."
        ),
        "held_out": "Cada uma das {rows} linhas foi respondida por um modelo que não a tinha visto.",
        "untouched": (
            "As {rows} linhas de teste não foram tocadas: nenhuma dobra treinou com elas nem foi medida nelas. "
            "Para treinar o modelo e testá-lo nelas: {command}"
        ),
        "no_test": "Não há linhas de teste: todas estão nas dobras. Para treinar o modelo: {command}",
        "files": "medidas",
        "answers": "respostas",
        "look": "para ver",
    },
}


def conclude(crossval: Crossval) -> None:
    """Puts the folds together, writes `crossval.json` and `predictions.csv`, and shows the result.

    Raises:
        DataError: if the answers of a fold are not there.
    """
    crossval.runs = {pair: crossval.runs[pair] for pair in crossval.plan.pairs()}
    runs = list(crossval.runs.values())
    content = summary(
        [run["metrics"] for run in runs], [run["rows"] for run in runs], folds=crossval.plan.folds
    )
    answers = gathered(crossval)
    first = crossval.plan.seeds[0]
    content |= {"held_out": int((answers["seed"] == first).sum()), "untouched": runs[0]["rows"]["untouched"]}
    if "difference" in content:
        found = right_alone(answers, content["difference"]["baseline"], seed=first)
        content |= compared(content["difference"], *found) if found is not None else {}
    write_gathered(crossval, answers)
    crossval.write(content)
    show(crossval, content)


def compared(difference: dict[str, Any], mcnemar: McNemar, rows: int) -> dict[str, Any]:
    """Returns the comparison with the best baseline and the verdict in both languages, by the folds' own interval.

    That of a bootstrap of all rows would be too narrow: it knows nothing of how models differ from fold to fold.

    Args:
        difference: The model minus the baseline, over the folds.
        mcnemar: The rows that only one of both gets right.
        rows: How many there are.
    """
    if difference["low"] is None:
        return {}
    best = difference["baseline"]
    low, high = max(-1.0, difference["low"]), min(1.0, difference["high"])  # no difference is beyond
    found = outcome(Interval(difference["mean"], low, high), mcnemar, rows)
    languages: tuple[Language, ...] = ("en", "pt")
    said = {
        each: WORDS[each]["undecided" if found == "tie" else found].format(
            baseline=MODELS[each].get(best, best),
            mean=number(difference["mean"], each, sign=True),
            low=number(low, each, sign=True),
            high=number(high, each, sign=True),
            rows=count(rows, each),
            first=count(mcnemar.only_first_right, each),
            second=count(mcnemar.only_second_right, each),
        )
        for each in languages
    }
    return {"right_alone": {"baseline": best, "rows": rows, **asdict(mcnemar)}, "verdict": said}


# ---- what is shown --------------------------------------------------------------------------------------------


def interval(name: str, of: dict[str, Any]) -> str:
    """Returns an interval in words; that of a score with limits is cut at them, and one without width is none."""
    if of["low"] is None or of["low"] == of["high"]:
        return NOTHING
    low, high = of["low"], of["high"]
    for piece, (least, most) in LIMITS.items():
        if piece in name:
            low, high = max(low, least), min(high, most)
            if (low, high) == (least, most):
                return NOTHING  # so few folds tell nothing
    return WORDS[language()]["to"].format(low=shown(low), high=shown(high))


def shown(value: float | None) -> str:
    """Returns a score as it stands in the tables."""
    return number(value, language(), digits=4)


def cells(name: str, of: dict[str, Any]) -> list[str]:
    """Returns mean, deviation and interval of a score."""
    return [shown(of["mean"]), shown(of["sd"]), interval(name, of)]


def table(title: str, *columns: str) -> RichTable:
    """Returns an empty table, its first column on the left."""
    made = RichTable(header_style="bold")
    made.add_column(title, overflow="fold")
    for column in columns:
        made.add_column(column, justify="right")
    return made


def show(crossval: Crossval, content: dict[str, Any]) -> None:
    """Prints the scores, those of the classes and of the baselines, the verdict, and where all is."""
    words, names = WORDS[language()], MODELS[language()]
    plan, console = crossval.plan, Console(width=min(80, Console().width))
    statistics = (words["mean"], words["sd"], words["interval"])

    title = words["title" if len(plan.seeds) > 1 else "title_one"]
    counts = {"count": len(plan.pairs()), "folds": plan.folds, "seeds": len(plan.seeds)}
    console.print(Text(f"\n{title.format(**counts)}", style="bold"))
    scores = content["metrics"]
    made = table(words["metric"], *statistics)
    for name in (
        *(each for each in FIRST if each in scores),
        *(each for each in scores if each not in (*FIRST, *THE_SAME)),
    ):
        made.add_row(Text(score_name(name, language())), *cells(name, scores[name]))
    console.print(made)

    made = table(words["class"], words["mean_f1"], *statistics[1:], words["rows"])
    for label, each in content["per_class"].items():
        if "f1" in each:
            made.add_row(Text(label), *cells("f1", each["f1"]), count(each["rows"], language()))
    console.print(made)

    if content["baselines"]:
        made = table(words["model"], "macro-F1", *statistics[1:], score_name("accuracy", language()))
        models = {"model": scores, **content["baselines"]}
        for name in sorted(models, key=lambda name: -(models[name]["f1_macro"]["mean"] or 0)):
            accuracy = shown(models[name]["accuracy"]["mean"])
            style = "bold" if name == "model" else ""
            row = cells("f1_macro", models[name]["f1_macro"])
            made.add_row(Text(names.get(name, name), style=style), *row, accuracy)
        console.print(made)
    for sentence in sentences(crossval, content):
        console.print(Text(sentence))
    show_places(crossval)


def sentences(crossval: Crossval, content: dict[str, Any]) -> list[str]:
    """Returns what the numbers mean, in the user's language."""
    words = WORDS[language()]
    said = [content["verdict"][language()]] if "verdict" in content else []
    said.append(words["overlap"])
    said.append(words["held_out"].format(rows=count(content["held_out"], language())))
    command = shlex.join(["finetune", "fit", *crossval.plan.options])
    key = "untouched" if content["untouched"] else "no_test"
    said.append(words[key].format(rows=count(content["untouched"], language()), command=command))
    return said


def show_places(crossval: Crossval) -> None:
    """Prints where the files are."""
    words = WORDS[language()]
    near = os.path.relpath(crossval.folder)
    folder = near if not near.startswith("..") else str(crossval.folder)
    print(f"\n{words['files']}: {folder}/{CROSSVAL}")
    print(f"{words['answers']}: {folder}/{PREDICTIONS}")
    print(f"{words['look']}: tensorboard --logdir {folder}")
