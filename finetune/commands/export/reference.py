"""What a run's own network says of its held-out rows, in single precision: what every export is held against."""

import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from finetune.commands.export.source import Source
from finetune.data.batching.batches import LengthSampler
from finetune.data.batching.largest import CPU_EVAL_TOKENS, CPU_PAD_TO
from finetune.data.batching.loader import Collated
from finetune.data.batching.pairs import tokenize_rows
from finetune.data.batching.part import Part, cut_at
from finetune.data.batching.tokenizer import load_tokenizer
from finetune.model.logits import logits_of
from finetune.model.network import fingerprint, load_network
from finetune.model.vocabulary import suit
from finetune.tasks.task import Floats


@dataclass(frozen=True)
class Reference:
    """What a run's own network says.

    Attributes:
        logits: [N, C] as they come.
        lengths: [N] tokens of each row once it is cut.
        fingerprint: By which the network is known.
    """

    logits: Floats
    lengths: NDArray[np.int64]
    fingerprint: str


def reference(source: Source) -> Reference:
    """Returns what the run's network says as this project reads and computes.

    Nothing of it is what an export does: its own tokens, cut by the run's own settings, its own batches, its own
    attention.
    """
    tokenizer = load_tokenizer(str(source.model))
    network, _ = load_network(str(source.model), source.labels, source.task)
    suit(network, tokenizer, model=str(source.model))
    network.train(False)
    texts = [[row["text"] for row in source.rows]]
    if source.is_of_pairs:
        texts.append([row["pair"] for row in source.rows])
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as cache:
        lower = bool(source.facts.setting("data", "lower_capitals"))
        tokens, _ = tokenize_rows(texts, tokenizer, cache=Path(cache), lower_capitals=lower)
        index = np.arange(len(source.rows))
        part = Part(tokens, index, index, None)
        cut = cut_at(
            part,
            max_length=source.facts.setting("data", "max_length"),
            model_length=tokenizer.model_max_length,
            pad_to=CPU_PAD_TO,
        )
        data = Collated(part, cut, CPU_PAD_TO)
        found = np.zeros((len(index), len(source.labels)))
        with torch.inference_mode():
            for batch in LengthSampler(data.lengths, max_tokens=CPU_EVAL_TOKENS, pad_to=CPU_PAD_TO):
                inputs = data[batch]
                found[inputs["row"].numpy()] = logits_of(network, inputs).double().numpy()
        lengths = np.array(data.lengths)
        del tokens, part, data  # Windows keeps a mapped file from being removed
    return Reference(found, lengths, fingerprint(network))
