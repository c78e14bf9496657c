"""What 8 bits cost and bring: each recipe of finetune/model/export/int8.py beside float32, on rows a run held back.

    python scripts/bench/int8.py RUN

RUN is the folder of a finished run of one class of several. Its network is written as ONNX, and by each recipe in 8
bits; onnxruntime answers the rows of validation and test, as the run keeps them, on one thread. Seconds are those of
the CPU. "alone" is how far a logit of a text is off where it is answered by itself and not among 32; "usual"
is onnxruntime's own dynamic quantization of matrices and tables, a scale for each output. Needs
`pip install -e '.[onnx,demo]'`; the demonstration takes some minutes.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.metrics import f1_score

TOGETHER = 32
"""Texts that are answered at once."""

EACH = 8
"""Of so many texts one is answered alone, too."""


def held_back(run: Path) -> pd.DataFrame:
    """Returns the rows of a run that it did not learn from: their `text` and `label`."""
    return pd.read_csv(run / "predictions.csv", dtype=str, keep_default_na=False, encoding="utf-8-sig")


def write(run: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    """Writes the network of a run in float32 and by each recipe; gives the name and the file of each."""
    from onnxruntime.quantization import quantize_dynamic
    from transformers import AutoTokenizer

    from finetune.model.export.int8 import RECIPES
    from finetune.model.export.onnx import inputs_of, plain_network, write_onnx

    tokenizer, network = AutoTokenizer.from_pretrained(run / "model"), plain_network(run / "model")
    inputs, longest = inputs_of(network, tokenizer.model_input_names), tokenizer.model_max_length
    first = folder / "float32.onnx"
    write_onnx(first, network, inputs=inputs, longest=longest)
    yield "float32", first
    operators = ["MatMul", "Gemm", "Gather"]
    quantize_dynamic(first, folder / "usual.onnx", op_types_to_quantize=operators, per_channel=True)
    yield "usual", folder / "usual.onnx"
    for name, recipe in RECIPES.items():
        recipe(first, folder / f"{name}.onnx")
        yield name, folder / f"{name}.onnx"


class Answering:
    """An ONNX file, opened, and texts as its tokens.

    Args:
        file: The model.
        texts: What is answered.
        tokenizer: Of the model.
    """

    def __init__(self, file: Path, texts: list[str], tokenizer: Any) -> None:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self.session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        self.tokenizer = tokenizer
        self.tokens = tokenizer(texts, truncation=True)
        self.seconds: list[float] = []

    def answer(self, rows: list[int]) -> Any:
        """Returns the logits of some of the texts, and keeps how long they took. [B, C]"""
        some = {name: [values[row] for row in rows] for name, values in self.tokens.items()}
        batch = self.tokenizer.pad(some, return_tensors="np")
        asked = {each.name: batch[each.name].astype(np.int64) for each in self.session.get_inputs()}
        start = time.process_time()
        (logits,) = self.session.run(["logits"], asked)
        self.seconds.append(time.process_time() - start)
        return logits

    def answer_all(self) -> Any:
        """Returns the logits of all texts, those of about one length at once. [N, C]"""
        order = np.argsort([len(ids) for ids in self.tokens["input_ids"]], kind="stable")
        parts = [order[at : at + TOGETHER] for at in range(0, len(order), TOGETHER)]
        logits = np.concatenate([self.answer(part.tolist()) for part in parts])
        return logits[np.argsort(order)]


def measured(
    file: Path, answering: Answering, labels: Any, float32: Any | None
) -> tuple[dict[str, Any], Any]:
    """Returns the figures of a file and its logits, beside those of float32 where these are not its own."""
    answering.answer([0])
    answering.seconds.clear()
    logits = answering.answer_all()
    together = sum(answering.seconds)
    answering.seconds.clear()
    some = list(range(0, len(logits), EACH))
    alone = np.concatenate([answering.answer([row]) for row in some])
    beside = logits if float32 is None else float32
    return {
        "MB": round(sum(each.stat().st_size for each in file.parent.glob(f"{file.name}*")) / 1e6, 1),
        "labels changed": int((logits.argmax(1) != beside.argmax(1)).sum()),
        "logit, at most": round(float(np.abs(logits - beside).max()), 3),
        "logit, mean square": round(float(np.sqrt(((logits - beside) ** 2).mean())), 3),
        "alone": round(float(np.abs(logits[some] - alone).max()), 3),
        "macro-F1": round(f1_score(labels, logits.argmax(1), average="macro"), 4),
        "rows/s": round(len(logits) / together, 1),
        "one text, ms": round(1000 * float(np.median(answering.seconds)), 1),
    }, logits


def main() -> None:
    """Measures each and prints a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("run", type=Path, help="folder of a finished run")
    given = parser.parse_args()
    from transformers import AutoTokenizer

    rows = held_back(given.run)
    names = json.loads((given.run / "model/config.json").read_text(encoding="utf-8"))["label2id"]
    labels, tokenizer = rows["label"].map(names), AutoTokenizer.from_pretrained(given.run / "model")
    float32 = None
    print(f"{len(rows)} rows")
    with tempfile.TemporaryDirectory() as folder:
        for name, file in write(given.run, Path(folder)):
            answering = Answering(file, rows["text"].tolist(), tokenizer)
            figures, logits = measured(file, answering, labels, float32)
            if float32 is None:
                float32 = logits
                print("| recipe | " + " | ".join(figures) + " |\n|---" + "|---" * len(figures) + "|")
            print(f"| {name} | " + " | ".join(str(value) for value in figures.values()) + " |", flush=True)


if __name__ == "__main__":
    main()
