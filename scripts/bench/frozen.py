"""A linear layer on what the frozen embedded model gives of texts: what compares losses in seconds, without fits."""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from finetune.model.network import load_network
from finetune.pretrained.folder import model_folder
from finetune.tasks.table import task_of

MAX_LENGTH = 128

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


@torch.no_grad()
def features_of(texts: Sequence[str]) -> np.ndarray:
    """Returns what the embedded model's head reads of each text, scaled. [N, D]"""
    from transformers import AutoTokenizer

    from finetune.model.head_start import read_by_hidden, read_by_output, untrained_head

    folder = model_folder("embedded")
    network, new = load_network(folder, ["a", "b"], task_of("single_label"))
    network.train(False)
    head = untrained_head(network, new)
    assert head is not None
    by = read_by_output if head.hidden is None else read_by_hidden
    tokenizer = AutoTokenizer.from_pretrained(folder)
    found = []
    for start in range(0, len(texts), 32):
        batch = tokenizer(
            list(texts[start : start + 32]),
            padding=True,
            truncation=True,
            max_length=MAX_LENGTH,
            return_tensors="pt",
        )
        found.append(by(network, head, dict(batch)).float().numpy())
    values = np.concatenate(found).astype(np.float64)
    return (values - values.mean(axis=0)) / (values.std(axis=0) + 1e-6)


def layer(
    features: np.ndarray, targets: np.ndarray, outputs: int, *, loss: Loss, penalty: float, steps: int
) -> torch.nn.Linear:
    """Returns a linear layer that a loss has trained, in so many steps of L-BFGS at most."""
    inputs, wanted = torch.from_numpy(features), torch.from_numpy(targets)
    made = torch.nn.Linear(features.shape[1], outputs, dtype=torch.float64)
    torch.nn.init.zeros_(made.weight)
    torch.nn.init.zeros_(made.bias)
    search = torch.optim.LBFGS(made.parameters(), max_iter=steps, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        search.zero_grad()
        total = loss(made(inputs), wanted).mean() + penalty * made.weight.square().sum()
        total.backward()
        return total

    search.step(closure)
    return made
