"""What scores and models are called where people read them, and what they say. Holds names alone."""

from collections.abc import Collection

from finetune.language.say import Message
from finetune.language.scores import SCORES as SCORES
from finetune.language.scores import score_name as score_name
from finetune.language.scores import score_span as score_span
from finetune.language.scores import score_value as score_value
from finetune.tasks.task import MULTI, NUMBER, SINGLE, ProblemType, Task

MODELS = {
    "model": Message("this model"),
    "network": Message("its network alone"),
    "majority": Message("most frequent class"),
    "tfidf": Message("TF-IDF + logistic regression"),
    "frozen": Message("frozen model + regression"),
}

OTHERWISE = {
    MULTI: {"majority": Message("most frequent labels")},
    NUMBER: {
        "majority": Message("one number for all texts"),
        "tfidf": Message("TF-IDF + linear regression"),
    },
}
"""What models are called instead, by the problem."""

MEANT = Message(
    "macro-F1: how well the model finds each class, small classes counting as much as large ones. MCC: agreement with "
    "the labels, 0 when guessing. The best value of both is 1."
)
"""What the scores of the tables say where each row is of one class."""

TERMS = {
    "f1_macro": Message(
        "macro-F1: how well each class is found, small classes counting as much as large ones."
    ),
    "kappa": Message(
        "kappa: agreement with the labels, far errors counting more than near ones; 1 is perfect, 0 is guessing."
    ),
    "mae": Message("MAE: by how many steps of the order an answer is off, on average; 0 is perfect."),
    "spearman": Message("Spearman: whether higher labels get higher answers; 1 is perfect, 0 is chance."),
}
"""What single scores say."""

TERMS_OTHERWISE = {
    MULTI: {
        "f1_macro": Message(
            "macro-F1: how well each label is found, rare labels counting as much as frequent ones."
        ),
        "f1_micro": Message("micro-F1: the same of all labels of all rows together."),
        "accuracy": Message("accuracy: share of the rows whose labels are all right. The best value is 1."),
    },
    NUMBER: {
        "r2": Message(
            "R²: the share of the differences between the rows that the model explains; 1 is perfect, 0 is no better "
            "than one number for all texts."
        ),
        "mae": Message("MAE: how far an answer is off on average, in the unit of the column."),
        "rmse": Message("RMSE: the same, large errors counting more."),
        "spearman": Message(
            "Spearman: whether larger numbers get larger answers; 1 is perfect, 0 is chance."
        ),
    },
}
"""What they say instead, by the problem."""

MODELS_MEANT = {
    "tfidf": Message("TF-IDF: the words of a text, the rare ones counting more than the frequent ones."),
    "frozen": Message("frozen model: the pretrained model as it is; only its last step is learned."),
}
"""What simple models are whose names do not say it."""


def models_meant(names: Collection[str]) -> list[str]:
    """Returns what those of some models are whose names do not say it."""
    return [str(meant) for name, meant in MODELS_MEANT.items() if name in names]


def meant(task: Task) -> str:
    """Returns what the scores say by which models of a task stand side by side, those that need it."""
    if {"f1_macro", "mcc"} <= set(task.compared):
        return str(MEANT)
    terms = TERMS | TERMS_OTHERWISE.get(task.problem_type, {})
    return " ".join(str(terms[score]) for score in task.compared if score in terms)


def model_name(name: str, problem_type: ProblemType = SINGLE) -> str:
    """Returns what a model is called beside others; a baseline of the user's own by its own name.

    Args:
        name: Of the model.
        problem_type: What it was asked.
    """
    return str(model_message(name, problem_type))


def model_message(name: str, problem_type: ProblemType) -> Message | str:
    """Returns the same, to be told later."""
    return (MODELS | OTHERWISE.get(problem_type, {})).get(name, name)
