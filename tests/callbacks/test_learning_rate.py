import lightning.pytorch as pl
import torch
from lightning.pytorch.demos.boring_classes import BoringModel
from lightning.pytorch.loggers import CSVLogger

from callbacks import LearningRate


class Groups(BoringModel):
    rates = (0.5, 0.1, 0.2)

    def configure_optimizers(self):
        parameters = [torch.nn.Parameter(torch.zeros(1)) for _ in self.rates[1:]]
        groups = [{"params": list(self.parameters()), "lr": self.rates[0]}]
        groups += [{"params": [p], "lr": rate} for p, rate in zip(parameters, self.rates[1:], strict=True)]
        optimizer = torch.optim.SGD(groups)
        schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
        return [optimizer], [{"scheduler": schedule, "interval": "step"}]


def logged(tmp_path, module):
    import pandas as pd

    trainer = pl.Trainer(
        max_steps=4,
        log_every_n_steps=2,
        callbacks=[LearningRate()],
        logger=CSVLogger(tmp_path, name="", version="v", flush_logs_every_n_steps=1),
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        limit_val_batches=0,
    )
    trainer.fit(module)
    return pd.read_csv(tmp_path / "v" / "metrics.csv")


def test_two_curves_tell_of_all_groups(tmp_path):
    frame = logged(tmp_path, Groups()).dropna(subset=["learning_rate/highest"])
    assert frame["learning_rate/highest"].tolist() == [0.25, 0.0625]
    assert frame["learning_rate/lowest"].tolist() == [0.05, 0.0125]


def test_one_curve_where_all_learn_alike(tmp_path):
    module = Groups()
    module.rates = (0.5, 0.5)
    assert "learning_rate/lowest" not in logged(tmp_path, module).columns
