"""SetFit on the same rows, in an environment of its own, which few_rows.py starts.

    python setfit_peer.py MODEL FOLDER PART SEED

FOLDER holds train.csv, validation.csv (of which it learns, too: it needs none to choose by) and PART.csv. As its
documentation has it: mean of the tokens, 20 pairs of each kind a row, one epoch in batches of 16, then a logistic
regression; 128 tokens; float32, since the model lies in half precision, which takes a processor ten times as long.
"""

import json
import sys
from pathlib import Path

import pandas as pd
import torch
from datasets import Dataset
from sentence_transformers import SentenceTransformer, models
from setfit import SetFitModel, Trainer, TrainingArguments
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score


def main() -> None:
    """Trains it and tells what it reaches."""
    model, folder, part, seed = sys.argv[1], Path(sys.argv[2]), sys.argv[3], int(sys.argv[4])
    parts = {name: pd.read_csv(folder / f"{name}.csv", dtype=str) for name in ("train", "validation", part)}
    learned = pd.concat([parts["train"], parts["validation"]])
    words = models.Transformer(model, max_seq_length=128, model_args={"dtype": torch.float32})
    body = SentenceTransformer(
        modules=[words, models.Pooling(words.get_embedding_dimension(), pooling_mode="mean")], device="cpu"
    )
    head = LogisticRegression(max_iter=1000)
    made = SetFitModel(model_body=body, model_head=head, labels=sorted(learned.rotulo.unique()))
    rows = Dataset.from_dict({"text": learned.texto.tolist(), "label": learned.rotulo.tolist()})
    settings = TrainingArguments(
        output_dir=str(folder / "setfit"),
        batch_size=16,
        num_epochs=1,
        num_iterations=20,
        seed=seed,
        report_to="none",
    )
    settings.eval_strategy = "no"
    Trainer(model=made, args=settings, train_dataset=rows).train()
    said = [str(each) for each in made.predict(parts[part].texto.tolist(), batch_size=32)]
    score = f1_score(parts[part].rotulo, said, average="macro")
    print("bench: " + json.dumps({"f1_macro": score}), flush=True)


if __name__ == "__main__":
    main()
