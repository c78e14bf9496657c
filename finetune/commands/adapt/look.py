"""Look: what a model knows of texts that it does not learn, before the training and of its best. Trains nothing."""

from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from lightning.pytorch import Callback, LightningModule, Trainer

from finetune.commands.adapt.gaps import EXAMPLES, Gap, answers, gaps_of
from finetune.data.domain_texts import DomainTexts
from finetune.language.capitals import lowered
from finetune.model.domain_model import DomainModel

PARTS = ("validation", "general")
"""Of which it is asked: the texts that were held out, and those by which forgetting is seen."""

TRIED = 8 * EXAMPLES
"""Held-out texts that are looked through for words to leave out."""


@dataclass
class Seen:
    """What a model knows.

    Attributes:
        losses: The mean loss by part.
        answers: What it finds likeliest in each gap.
    """

    losses: dict[str, float] = field(default_factory=dict)
    answers: list[list[str]] = field(default_factory=list)


class Look(Callback):
    """Asks the model when its training begins, and when its best weights are evaluated. Every process takes part.

    What it said at first is kept in the checkpoints: a run that goes on can no longer ask.

    Attributes:
        gaps: Texts in which a word is left out.
        before: What the model knew.
        after: What its best weights know; None until they are evaluated.
    """

    def __init__(self) -> None:
        self.gaps: list[Gap] | None = None
        self.before: Seen | None = None
        self.after: Seen | None = None

    def state_dict(self) -> dict[str, Any]:
        """Returns what it saw at first."""
        if self.before is None:
            return {}
        return {"before": asdict(self.before), "gaps": [asdict(gap) for gap in self.gaps or ()]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes what it saw when the run began."""
        self.before = Seen(**state_dict["before"])
        self.gaps = [Gap(**gap) for gap in state_dict["gaps"]]

    def on_train_start(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Looks, unless the run goes on."""
        if self.before is None and not trainer.fast_dev_run:  # type: ignore[attr-defined]
            self.before = self._seen(trainer, pl_module)

    def on_validation_end(self, trainer: Trainer, pl_module: LightningModule) -> None:
        """Looks once more where the best weights are evaluated by themselves."""
        if trainer.state.fn == "validate":
            self.after = self._seen(trainer, pl_module)

    def _seen(self, trainer: Trainer, pl_module: LightningModule) -> Seen:
        model: DomainModel = pl_module  # type: ignore[assignment]
        data: DomainTexts = trainer.datamodule  # type: ignore[attr-defined]
        losses = {part: model.language_of(part) for part in PARTS if part in data.parts}
        if not model.objective.fills_gaps:
            return Seen(losses)
        assert model.network is not None
        assert model.pieces is not None
        tokenizer, device = data.tokenizer, trainer.strategy.root_device
        if self.gaps is None:
            most = min(data.max_length or tokenizer.model_max_length, tokenizer.model_max_length)
            self.gaps = gaps_of(some_texts(data), tokenizer, max_length=most)
        was = model.training
        model.eval()
        with trainer.precision_plugin.val_step_context():
            found = answers(model.network, tokenizer, self.gaps, pieces=model.pieces, device=device)
        model.train(was)
        return Seen(losses, found)


def some_texts(data: DomainTexts) -> list[str]:
    """Returns some of the texts that were held out, from all over them, as the model reads them."""
    count = len(data.parts["validation"])
    places = np.unique(np.linspace(0, count - 1, min(count, TRIED)).round().astype(np.int64))
    found = data.texts("validation", places)
    return list(map(lowered, found)) if data.lower_capitals else found
