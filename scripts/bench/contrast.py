"""A stage before the labels are learned as such: texts of one class are drawn together, those of others apart.

    python scripts/bench/contrast.py train.csv FOLDER SEED

For trying whether that pays of few rows (few_rows.py): the embedded model learns from the columns `texto` and `rotulo`,
and FOLDER becomes a model that `finetune fit --model.name FOLDER` begins from. The loss is that of Khosla et al. (2020,
"Supervised Contrastive Learning", equation 2) on the first token, each batch being compared with itself: its memory
grows with the batch, and pairs are never listed.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from child import tell
from torch.nn import functional
from transformers import AutoModel, AutoTokenizer, get_cosine_schedule_with_warmup

from finetune.pretrained.folder import model_folder

STEPS, BATCH, RATE, TEMPERATURE, MOST_TOKENS = 100, 32, 5e-5, 0.1, 128


def batches(labels: np.ndarray, random: np.random.Generator) -> Iterator[np.ndarray]:
    """Gives rows of a batch: two or more of each class that is in it."""
    of_class = [np.flatnonzero(labels == each) for each in np.unique(labels)]
    for _ in range(STEPS):
        chosen = random.permutation(len(of_class))[: BATCH // 2]
        each = max(2, BATCH // len(chosen))
        yield np.concatenate(
            [
                random.choice(of_class[number], min(each, len(of_class[number])), replace=False)
                for number in chosen
            ]
        )


def loss_of(vectors: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Returns the mean loss of the rows that have another one of their class. `vectors` [B, H], `labels` [B]"""
    unit = functional.normalize(vectors, dim=1)
    itself = torch.eye(len(labels), dtype=torch.bool)
    similar = (unit @ unit.T / TEMPERATURE).masked_fill(itself, -torch.inf)
    same = (labels[:, None] == labels) & ~itself
    logs = similar.log_softmax(dim=1).masked_fill(~same, 0.0)
    there = same.any(dim=1)
    return -(logs.sum(dim=1)[there] / same.sum(dim=1)[there]).mean()


def main() -> None:
    """Trains and saves it."""
    table, folder, seed = Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3])
    torch.manual_seed(seed)
    frame = pd.read_csv(table, dtype=str)
    texts, labels = frame.texto.tolist(), pd.factorize(frame.rotulo)[0]
    source = model_folder("embedded")
    tokenizer, model = (
        AutoTokenizer.from_pretrained(source),
        AutoModel.from_pretrained(source, dtype=torch.float32),
    )
    model.embeddings.requires_grad_(False)
    learned = [each for each in model.parameters() if each.requires_grad]
    optimizer = torch.optim.AdamW(learned, lr=RATE, weight_decay=0.01)
    schedule = get_cosine_schedule_with_warmup(optimizer, STEPS // 10, STEPS)
    model.train()
    first = last = 0.0
    for rows in batches(labels, np.random.default_rng(seed)):
        some = tokenizer(
            [texts[row] for row in rows],
            padding=True,
            truncation=True,
            max_length=MOST_TOKENS,
            return_tensors="pt",
        )
        loss = loss_of(model(**some).last_hidden_state[:, 0], torch.from_numpy(labels[rows]))
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        first, last = first or loss.item(), loss.item()
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    tell(first=first, last=last)


if __name__ == "__main__":
    main()
