"""Answers rows as plain Transformers does: run as a program of its own, it knows nothing of this project.

python plain_transformers.py FOLDER ROWS.jsonl LOGITS.npy
"""

import json
import sys
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import AutoModelForSequenceClassification, AutoTokenizer

TOKENS = 4096
"""Of a batch, with its padding."""


def lowered(text: str) -> str:
    """Returns a text in capitals in lower case, as the README of the folder has it."""
    large, small = sum(map(str.isupper, text)), sum(map(str.islower, text))
    return text.lower() if large + small >= 8 and 10 * large >= 7 * (large + small) else text


def answered(folder: str, rows: list[dict[str, str]]) -> NDArray[np.float64]:
    """Returns the logits [N, C] of N rows, as the folder says that they are read and computed."""
    tokenizer = AutoTokenizer.from_pretrained(folder)
    network = AutoModelForSequenceClassification.from_pretrained(folder, dtype="auto").eval()
    lower = getattr(network.config, "lower_capitals", False)
    encoded: list[Any] = []
    for row in rows:
        texts = (row["text"], row.get("pair") or "")
        first, second = map(lowered, texts) if lower else texts
        encoded.append(tokenizer(first, second or None, truncation=True))
    lengths = [len(each["input_ids"]) for each in encoded]
    order = sorted(range(len(rows)), key=lengths.__getitem__, reverse=True)
    found = np.zeros((len(rows), network.config.num_labels))
    while order:
        count = max(1, TOKENS // lengths[order[0]])
        batch, order = order[:count], order[count:]
        inputs = tokenizer.pad([encoded[place] for place in batch], return_tensors="pt")
        with torch.inference_mode():
            found[batch] = network(**inputs).logits.double().numpy()
    return found


if __name__ == "__main__":
    with open(sys.argv[2], encoding="utf-8") as lines:  # noqa: PTH123
        given = [json.loads(line) for line in lines]
    np.save(sys.argv[3], answered(sys.argv[1], given))
    assert "finetune" not in sys.modules
