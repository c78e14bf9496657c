"""The arms B, B+ and C of train.py: Hugging Face `Trainer` on the same rows, in the process that a bench starts.

    python scripts/bench/peer.py ARM FOLDER EPOCHS [RATE PART SEED EVERY]

FOLDER holds train.csv, validation.csv and PART.csv, mostly test.csv. It validates
each epoch, or EVERY so many steps. train.py says what the arms are.
"""

import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import torch
from child import tell
from clocks import StepTimes
from datasets import Dataset
from sklearn.metrics import f1_score
from train import BATCH, RATE, TUTORIAL_ROWS
from transformers import (
    AutoModelForSequenceClassification,
    AutoTokenizer,
    DataCollatorWithPadding,
    Trainer,
    TrainerCallback,
    TrainingArguments,
    set_seed,
)

from callbacks.hardware.precision import cpu_has_bf16
from callbacks.keep_memory import keep_freed_memory
from finetune.pretrained.folder import model_folder


class Clock(TrainerCallback):  # type: ignore[misc]
    """Times the steps as the clock of A does."""

    def __init__(self) -> None:
        self.times = StepTimes()

    def on_epoch_begin(self, *_: Any, **__: Any) -> None:
        """Starts the clock at the first step of an epoch."""
        self.times.stands()

    def on_step_begin(self, *_: Any, **__: Any) -> None:
        """Starts the clock where it stands still."""
        self.times.begins()

    def on_step_end(self, arguments: Any, state: Any, control: Any, **_: Any) -> None:
        """Counts the step; stops the clock where a validation follows."""
        self.times.ends()
        if control.should_evaluate:
            self.times.stands()

    def on_evaluate(self, *_: Any, metrics: dict[str, float], **__: Any) -> None:
        """Keeps the score; a checkpoint may follow."""
        self.times.reached(metrics["eval_f1_macro"])
        self.times.stands()


def settings_of(
    out: str, epochs: int, *, rate: float, seed: int, every: int, tutorial: bool
) -> TrainingArguments:
    """Returns what the tutorial's recipe sets, or an expert, who validates each epoch or every so many steps."""
    common: dict[str, Any] = {"output_dir": out, "report_to": "none", "use_cpu": True, "seed": seed}
    if tutorial:
        return TrainingArguments(
            **common, per_device_train_batch_size=8, num_train_epochs=1, save_strategy="no"
        )
    return TrainingArguments(
        **common,
        per_device_train_batch_size=BATCH,
        per_device_eval_batch_size=64,
        num_train_epochs=epochs,
        learning_rate=rate,
        warmup_steps=0.1,
        weight_decay=0.01,
        bf16=cpu_has_bf16(),
        train_sampling_strategy="group_by_length",
        eval_strategy="steps" if every else "epoch",
        eval_steps=every or None,
        save_strategy="steps" if every else "epoch",
        save_steps=every or 500,
        save_total_limit=2,
        load_best_model_at_end=True,
        metric_for_best_model="f1_macro",
    )


def macro_f1(prediction: Any) -> dict[str, float]:
    """Returns the metric by which the best epoch is chosen."""
    return {"f1_macro": f1_score(prediction.label_ids, prediction.predictions.argmax(-1), average="macro")}


def main(arm: str, folder: Path, epochs: int, *, rate: float, judge: str, seed: int, every: int) -> None:
    """Trains and tells seconds, the scores on the way, and macro-F1 on the rows of the part that judges."""
    tutorial = arm == "C"
    if arm == "B+":
        keep_freed_memory()
    set_seed(seed)
    name = model_folder("embedded")
    tokenizer = AutoTokenizer.from_pretrained(name)
    tables = {part: pd.read_csv(folder / f"{part}.csv") for part in ("train", "validation", judge)}
    labels = sorted(tables["train"].rotulo.astype(str).unique())

    def dataset(part: str, rows: int | None = None) -> Dataset:
        table = tables[part][:rows]
        padding = "max_length" if tutorial else False
        ids = tokenizer(list(table.texto), truncation=True, max_length=512, padding=padding)
        numbers = [labels.index(str(label)) for label in table.rotulo]
        return Dataset.from_dict({**ids, "labels": numbers, "length": [len(i) for i in ids["input_ids"]]})

    clock = Clock()
    with tempfile.TemporaryDirectory() as out:
        trainer = Trainer(
            model=AutoModelForSequenceClassification.from_pretrained(
                name, num_labels=len(labels), dtype=torch.float32
            ),
            args=settings_of(out, epochs, rate=rate, seed=seed, every=every, tutorial=tutorial),
            train_dataset=dataset("train", TUTORIAL_ROWS if tutorial else None),
            eval_dataset=None if tutorial else dataset("validation"),
            data_collator=DataCollatorWithPadding(tokenizer, pad_to_multiple_of=8),
            compute_metrics=macro_f1,
            callbacks=[clock],
        )
        trainer.train()
        curve = list(clock.times.curve)  # what follows is not of the training
        score = None if tutorial else trainer.evaluate(dataset(judge))["eval_f1_macro"]
    tell(seconds=clock.times.seconds, curve=curve, f1_macro=score)


if __name__ == "__main__":
    arm, folder, epochs, *more = sys.argv[1:]
    rate, judge, seed, every = *more, *(RATE, "test", 42, 0)[len(more) :]
    main(
        arm,
        Path(folder),
        int(epochs),
        rate=float(rate),
        judge=str(judge),
        seed=int(seed),
        every=int(every),
    )
