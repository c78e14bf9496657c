"""What scores are called where people read them, in both languages. Holds words alone."""

from finetune.language.which import Language

NAMES: dict[Language, dict[str, str]] = {
    "en": {
        "f1_macro": "macro-F1",
        "f1_micro": "micro-F1",
        "f1_weighted": "weighted F1",
        "accuracy": "accuracy",
        "balanced_accuracy": "balanced accuracy",
        "mcc": "MCC",
        "roc_auc": "ROC-AUC",
        "average_precision": "average precision",
        "brier": "Brier score",
        "ece": "calibration error",
        "log_loss": "log loss",
        "loss": "loss",
    },
    "pt": {
        "f1_macro": "macro-F1",
        "f1_micro": "micro-F1",
        "f1_weighted": "F1 ponderado",
        "accuracy": "acurácia",
        "balanced_accuracy": "acurácia balanceada",
        "mcc": "MCC",
        "roc_auc": "ROC-AUC",
        "average_precision": "precisão média",
        "brier": "escore de Brier",
        "ece": "erro de calibração",
        "log_loss": "perda logarítmica",
        "loss": "perda",
    },
}


def score_name(name: str, language: Language) -> str:
    """Returns a score as the reader calls it; one of the user's own by its own name."""
    return NAMES[language].get(name, name)
