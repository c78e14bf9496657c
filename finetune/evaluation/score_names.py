"""What scores and models are called where people read them. Holds names alone."""

from collections.abc import Collection

from finetune.language.say import Message

SCORES = {
    "f1_macro": Message("macro-F1"),
    "f1_micro": Message("micro-F1"),
    "f1_weighted": Message("weighted F1"),
    "accuracy": Message("accuracy"),
    "balanced_accuracy": Message("balanced accuracy"),
    "mcc": Message("MCC"),
    "roc_auc": Message("ROC-AUC"),
    "average_precision": Message("average precision"),
    "brier": Message("Brier score"),
    "ece": Message("calibration error"),
    "log_loss": Message("log loss"),
    "loss": Message("loss"),
}

MODELS = {
    "model": Message("this model"),
    "network": Message("its network alone"),
    "majority": Message("most frequent class"),
    "tfidf": Message("TF-IDF + logistic regression"),
    "frozen": Message("frozen model + regression"),
}

MEANT = Message(
    "macro-F1: how well the model finds each class, small classes counting as much as large ones. MCC: agreement with "
    "the labels, 0 when guessing. The best value of both is 1."
)
"""What the scores of the tables say."""

MODELS_MEANT = {
    "tfidf": Message("TF-IDF: the words of a text, the rare ones counting more than the frequent ones."),
    "frozen": Message("frozen model: the pretrained model as it is; only its last step is learned."),
}
"""What simple models are whose names do not say it."""


def models_meant(names: Collection[str]) -> list[str]:
    """Returns what those of some models are whose names do not say it."""
    return [str(meant) for name, meant in MODELS_MEANT.items() if name in names]


def score_name(name: str) -> str:
    """Returns a score as the reader calls it; one of the user's own by its own name, as in `metrics.json`."""
    return str(SCORES.get(name, name))


def model_name(name: str) -> str:
    """Returns what a model is called beside others; a baseline of the user's own by its own name."""
    return str(MODELS.get(name, name))
