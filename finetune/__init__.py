"""Fine-tunes BERT-family text classifiers. Importing this package is instant: the classes load when first used."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from finetune.data.module import TextData
    from finetune.model.classifier import TextClassifier

__version__ = "0.1.0"
__all__ = ["TextClassifier", "TextData", "__version__"]

_HOMES = {"TextClassifier": "finetune.model.classifier", "TextData": "finetune.data.module"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}: it has {', '.join(__all__)}")
    from importlib import import_module

    return getattr(import_module(_HOMES[name]), name)
