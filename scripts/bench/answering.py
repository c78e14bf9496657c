"""Who answers texts in predict.py: peers that label a table, and each of them asked one text after the other.

Each works in a process of its own, which predict.py starts, and tells its times: those of the call alone, with all that
is loaded before left out.
"""

import statistics
import time
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import pandas as pd
from child import tell

Texts = list[str]

WARM_UP = 10
"""Texts of a series that are answered before the clock starts."""


def pipeline_of(folder: Path, *, expert: bool = False) -> Any:
    """Returns a pipeline of an exported model: as it comes, or in bf16."""
    import torch
    from transformers import pipeline

    options: dict[str, Any] = {"dtype": torch.bfloat16} if expert else {}
    return pipeline("text-classification", model=str(folder), batch_size=32, **options)


# ---- a table ------------------------------------------------------------------------------------------------


def by_pipeline(model: Path, texts: Texts, target: Path, *, expert: bool) -> None:
    """Labels texts with a pipeline, writes its labels, tells the times."""
    classifier = pipeline_of(model, expert=expert)
    start, cpu_start = time.perf_counter(), time.process_time()
    order = sorted(range(len(texts)), key=lambda i: len(texts[i])) if expert else list(range(len(texts)))
    found = classifier([texts[i] for i in order], truncation=True)
    tell(seconds=time.perf_counter() - start, cpu_seconds=time.process_time() - cpu_start)
    rows = [found[i] for i in sorted(range(len(order)), key=order.__getitem__)]
    pd.DataFrame(rows).to_csv(target, index=False)


def by_sentences(model: Path, texts: Texts) -> None:
    """Has sentence-transformers encode texts with the same encoder, without a head; tells the times."""
    # not installed with what the tests need
    encoder = import_module("sentence_transformers").SentenceTransformer(str(model), device="cpu")
    start, cpu_start = time.perf_counter(), time.process_time()
    encoder.encode(texts, batch_size=32, show_progress_bar=False)
    tell(seconds=time.perf_counter() - start, cpu_seconds=time.process_time() - cpu_start)


# ---- one text after the other -------------------------------------------------------------------------------


def asking_torch(model: Path) -> Callable[[str], Any]:
    """Returns what answers a text by the network as predict has it: bf16 where the processor multiplies it."""
    import json

    import torch
    from transformers import AutoTokenizer

    from callbacks.hardware.precision import cpu_has_bf16
    from finetune.model.faster.fewer_casts import weights_cast
    from finetune.model.logits import logits_of
    from finetune.model.network import load_network
    from finetune.tasks.table import task_of

    config = json.loads((model / "config.json").read_text(encoding="utf-8"))
    labels = [config["id2label"][str(number)] for number in range(len(config["id2label"]))]
    network, _ = load_network(str(model), labels, task_of(config["finetune_task"]))
    tokenizer, bf16 = AutoTokenizer.from_pretrained(model), cpu_has_bf16()
    network.train(False)
    if bf16:
        weights_cast(network, torch.bfloat16).__enter__()  # until the process ends

    def answer(text: str) -> Any:
        batch = tokenizer([text], truncation=True, return_tensors="pt")
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=bf16):
            return logits_of(network, dict(batch)).softmax(-1).numpy()

    return answer


def asking_export(folder: Path) -> Callable[[str], Any]:
    """Returns what answers a text by the program of an export."""
    from finetune.runtime.answering.model import Model, described

    model = Model(folder, described(folder))
    return lambda text: model.probabilities([(text,)])


def one_by_one(answer: Callable[[str], Any], texts: Sequence[str]) -> None:
    """Tells the median time of a text."""
    took, cpu_took = [], []
    for text in texts:
        start, cpu_start = time.perf_counter(), time.process_time()
        answer(text)
        took.append(time.perf_counter() - start)
        cpu_took.append(time.process_time() - cpu_start)
    tell(ms=1000 * statistics.median(took[WARM_UP:]), cpu_ms=1000 * statistics.median(cpu_took[WARM_UP:]))
