"""The sentences with which overfitting is told, in English and Portuguese. Judges nothing."""

from callbacks.language.numbers import localized
from callbacks.language.which import Language
from callbacks.metrics.overfitting import LARGE_GAP, Judgement

SMALL_GAP = 0.03
"""Below this, training and validation count as equal: our choice, as much as another seed often changes."""

# What was seen, one row: the same in both languages
SENTENCES: dict[Language, dict[str, str]] = {
    "en": {
        "one": "Epoch {best_epoch} is the only one that was validated: {value}{metric}.",
        "no_curve": (
            "One epoch is no curve: whether more would help, or the model only learns the training rows by heart, "
            "cannot be told. --trainer.max_epochs sets how many there are."
        ),
        "best": "Best on the validation rows: epoch {best_epoch} of {epochs}, with {value}{metric}.",
        "behind": (
            "No sign of learning by heart: the training rows, which are measured while the model still learns, scored "
            "{gap} lower in that epoch."
        ),
        "small": (
            "The training rows scored about the same in that epoch (gap {gap}): what was learned holds for new "
            "rows too."
        ),
        "clear": (
            "The training rows scored clearly better in that epoch (gap {gap}): a part of what was learned holds "
            "for them only."
        ),
        "large": (
            "The training rows scored far better in that epoch (gap {gap}): much of what was learned holds for them "
            "only."
        ),
        "end": "By epoch {epochs} the gap was {end}: the later epochs mostly learned the training rows by heart.",
        "rising": (
            "After epoch {since} the loss on the validation rows only rose while the training rows got no worse: "
            "the model grows too sure of itself and learns its training rows by heart."
        ),
        "improving": (
            "The validation was still improving in the last epoch: more epochs may help "
            "(--trainer.max_epochs, here {epochs})."
        ),
        "improving_but": (
            "The validation was still improving in the last epoch: more epochs may help (--trainer.max_epochs, "
            "here {epochs}), and so may more rows or --model.label_smoothing 0.1."
        ),
        "advice": "What can help: more rows, or --model.label_smoothing 0.1.",
        "advice_fewer": (
            "What can help: more rows, fewer epochs (--trainer.max_epochs {best_epoch}), or "
            "--model.label_smoothing 0.1."
        ),
    },
    "pt": {
        "one": "A época {best_epoch} é a única que foi validada: {value}{metric}.",
        "no_curve": (
            "Uma época não faz uma curva: não dá para dizer se mais épocas ajudariam ou se o modelo só decora as "
            "linhas de treino. --trainer.max_epochs define quantas são."
        ),
        "best": "Melhor nas linhas de validação: época {best_epoch} de {epochs}, com {value}{metric}.",
        "behind": (
            "Nenhum sinal de que ele decora: nas linhas de treino, medidas enquanto o modelo ainda aprende, a nota "
            "dessa época foi {gap} menor."
        ),
        "small": (
            "As linhas de treino ficaram quase iguais nessa época (diferença {gap}): o que se aprendeu vale também "
            "para linhas novas."
        ),
        "clear": (
            "As linhas de treino ficaram claramente melhores nessa época (diferença {gap}): parte do que se "
            "aprendeu só vale para elas."
        ),
        "large": (
            "As linhas de treino ficaram muito melhores nessa época (diferença {gap}): muito do que se aprendeu só "
            "vale para elas."
        ),
        "end": (
            "Na época {epochs} a diferença era {end}: as últimas épocas serviram sobretudo para decorar as linhas "
            "de treino."
        ),
        "rising": (
            "Depois da época {since} a perda nas linhas de validação só aumentou enquanto as de treino não "
            "pioraram: o modelo fica confiante demais e decora as linhas de treino."
        ),
        "improving": (
            "A validação ainda melhorava na última época: mais épocas podem ajudar "
            "(--trainer.max_epochs, aqui {epochs})."
        ),
        "improving_but": (
            "A validação ainda melhorava na última época: mais épocas podem ajudar (--trainer.max_epochs, aqui "
            "{epochs}), e também mais linhas ou --model.label_smoothing 0.1."
        ),
        "advice": "O que pode ajudar: mais linhas, ou --model.label_smoothing 0.1.",
        "advice_fewer": (
            "O que pode ajudar: mais linhas, menos épocas (--trainer.max_epochs {best_epoch}) ou "
            "--model.label_smoothing 0.1."
        ),
    },
}


def sentences(judgement: Judgement, language: Language, *, metric: str = "") -> list[str]:
    """Returns at most four sentences for people who need not know how a model is trained.

    Args:
        judgement: What the curves say.
        language: `en` or `pt`.
        metric: Name of the validation metric, to stand behind its value.
    """
    numbers = {
        "best_epoch": judgement.best_epoch,
        "epochs": judgement.epochs,
        "since": judgement.loss_rising_since,
        "value": shown(judgement.best_value, language),
        "gap": shown(abs(judgement.gap or 0.0), language),
        "end": "" if judgement.gap_at_end is None else shown(judgement.gap_at_end, language),
        "metric": f" ({metric})" if metric else "",
    }
    return [SENTENCES[language][row].format(**numbers) for row in rows_for(judgement)]


def rows_for(judgement: Judgement) -> list[str]:
    """Returns which sentences are said."""
    if judgement.points == 1:
        return ["one", "no_curve"]
    rows = ["best"]
    if judgement.gap is not None:
        rows.append(size_of(judgement.gap))
    if judgement.loss_rising_since is not None:
        rows.append("rising")
    elif judgement.overfitting and judgement.gap_at_end is not None and rows[-1] != "large":
        rows.append("end")
    if judgement.still_improving:
        rows.append("improving_but" if judgement.overfitting else "improving")
    elif judgement.overfitting:
        rows.append("advice_fewer" if judgement.best_epoch < judgement.epochs else "advice")
    return rows


def size_of(gap: float) -> str:
    """Returns the word for a gap."""
    if gap <= -SMALL_GAP:
        return "behind"
    if gap < SMALL_GAP:
        return "small"
    return "large" if gap > LARGE_GAP else "clear"


def shown(value: float, language: Language) -> str:
    """Returns a number with three decimals, as the language writes it."""
    return localized(f"{value:.3f}", language)
