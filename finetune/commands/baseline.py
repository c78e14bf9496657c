"""finetune baseline: what simple models reach on the same rows, in seconds and without a GPU. Trains no network."""

from lightning.pytorch import Trainer

from finetune.data.dividing.labels import label_names
from finetune.data.module import TextData
from finetune.evaluation import beside_baselines
from finetune.evaluation.baselines import BASELINES
from finetune.model.classifier import TextClassifier


class BaselineTrainer(Trainer):
    """A Trainer with one more verb, whose arguments are the options of `finetune baseline`."""

    def baseline(
        self, model: TextClassifier, datamodule: TextData, baselines: list[str] | None = None
    ) -> None:
        """Prints what simple models reach on the rows that `fit` would validate and test on.

        Args:
            model: What they will stand beside; nothing of it is loaded.
            datamodule: The data.
            baselines: Which simple models, each a row of BASELINES or `package.module:function`; all of BASELINES
                when left out.
        """
        rows = datamodule.divided()
        labelled = beside_baselines.labelled(rows, label_names(rows["train"][0]), datamodule.division.seed)
        found = beside_baselines.stand_beside(labelled, baselines or list(BASELINES))
        for part in labelled.texts:
            if part != "train":
                beside_baselines.show(labelled, found, part)
