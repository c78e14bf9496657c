from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

from lightning.pytorch import Callback, Trainer

from callbacks.defaults import default_callbacks


def build(spec: dict[str, Any]) -> Callback:
    module, name = spec["class_path"].rsplit(".", 1)
    made = getattr(import_module(module), name)(**spec["init_args"])
    assert isinstance(made, Callback)
    return made


def test_all_defaults_train_together_in_their_order(tiny: Any, tmp_path: Path) -> None:
    class Model(tiny):  # type: ignore[misc]
        monitored = ("val/calibrated_log_loss", "min")

        def on_validation_epoch_end(self) -> None:
            self.log("val/calibrated_log_loss", 0.5, prog_bar=True)

    made = [build(spec) for spec in default_callbacks().values()]
    trainer = Trainer(
        callbacks=made,
        max_epochs=9,
        accelerator="cpu",
        devices=1,
        default_root_dir=tmp_path,
        log_every_n_steps=1,
    )
    trainer.fit(Model())
    assert trainer.current_epoch == 4  # patience 3
    run = Path(trainer.log_dir or "")
    assert {path.name for path in (run / "checkpoints").iterdir()} == {"SHA256SUMS", "best.ckpt", "last.ckpt"}
    assert (run / "resources.csv").is_file()


def test_each_call_gives_its_own(tiny: Any) -> None:
    default_callbacks()["early_stopping"]["init_args"]["patience"] = 99
    assert default_callbacks()["early_stopping"]["init_args"] == {
        "monitor": None,
        "mode": None,
        "patience": 3,
    }
