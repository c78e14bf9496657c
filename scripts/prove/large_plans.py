"""What `finetune plan` says of decoders of 3 and 7 billion parameters, by their config.json alone, beside arithmetic.

    python scripts/prove/large_plans.py [NAME ...] [--gpu CARD] [-- --model.lora true ...]

The folders hold a config.json of the shape of Llama 3.2 3B and of Qwen2.5 7B, and a tokenizer of bytes made here: not a
weight. What stands behind `--` goes to `plan` as it is. Prints the plan in both languages, the time and the memory that
it took, and weights, gradients and AdamW's averages by hand. Ends with status 1 where it took more than 3 GiB or, asked
without options of its own, told others than these. A plan takes about a minute.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from made_up import write_table
from tiny_networks import byte_tokenizer

GIB = 2**30
MOST_GIB = 3.0
"""That a plan may take itself."""

SHAPES: dict[str, dict[str, Any]] = {
    "llama-3.2-3b": {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "hidden_size": 3072,
        "num_hidden_layers": 28,
        "num_attention_heads": 24,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "intermediate_size": 8192,
        "vocab_size": 128256,
        "max_position_embeddings": 131072,
        "tie_word_embeddings": True,
    },
    "qwen2.5-7b": {
        "model_type": "qwen2",
        "architectures": ["Qwen2ForCausalLM"],
        "hidden_size": 3584,
        "num_hidden_layers": 28,
        "num_attention_heads": 28,
        "num_key_value_heads": 4,
        "intermediate_size": 18944,
        "vocab_size": 152064,
        "max_position_embeddings": 32768,
    },
}
CLASSES = 3


def by_hand(shape: dict[str, Any]) -> dict[str, int]:
    """Returns the parameters of a classifier of a shape: its embeddings, its layers and all, written out."""
    width, inner = shape["hidden_size"], shape["intermediate_size"]
    head = shape.get("head_dim", width // shape["num_attention_heads"])
    queries, keys = shape["num_attention_heads"] * head, shape["num_key_value_heads"] * head
    attention = width * queries + 2 * width * keys + queries * width
    if shape["model_type"] == "qwen2":
        attention += queries + 2 * keys  # the biases of what asks, what is asked and what is answered
    layer = attention + 3 * width * inner + 2 * width  # two norms
    embeddings = shape["vocab_size"] * width
    layers = shape["num_hidden_layers"] * layer
    return {
        "embeddings": embeddings,
        "layers": layers,
        "all": embeddings + layers + width + CLASSES * width,  # a norm behind them, and the output
    }


def arithmetic(shape: dict[str, Any]) -> tuple[list[str], dict[str, float]]:
    """Returns the arithmetic in lines, and in GiB what a run keeps that leaves its embeddings alone."""
    count = by_hand(shape)
    learn = count["all"] - count["embeddings"]
    found = {"weights": 4 * count["all"], "gradients": 4 * learn, "AdamW": 8 * learn}
    whole = 16 * count["all"]
    lines = [
        f"embeddings {shape['vocab_size']:,} x {shape['hidden_size']:,} = {count['embeddings']:,}; "
        f"{shape['num_hidden_layers']} layers = {count['layers']:,}; all {count['all']:,}",
        f"all of it learns: 16 bytes each = {whole / GIB:.1f} GiB before any activation",
        f"embeddings left as they are: {learn:,} learn; "
        + ", ".join(f"{k} {v / GIB:.1f}" for k, v in found.items()),
        f"under bf16 a copy of the layers' matrices while a step runs: {2 * count['layers'] / GIB:.1f} GiB",
    ]
    return lines, {name: size / GIB for name, size in found.items()}


def write_folder(folder: Path, shape: dict[str, Any]) -> None:
    """Writes what a plan needs of a model."""
    byte_tokenizer(encloses=False).save_pretrained(folder)
    numbers = {"bos_token_id": 0, "eos_token_id": 1}
    (folder / "config.json").write_text(json.dumps(shape | numbers), encoding="utf-8")


def planned(place: Path, name: str, language: str, options: list[str]) -> tuple[str, int, float, float]:
    """Plans; returns what was told, the exit status, the seconds, and the most memory of the process in GiB."""
    begin = time.perf_counter()
    command = [
        sys.executable,
        "-m",
        "finetune",
        "plan",
        "--data.path=dados.csv",
        f"--model.name=./{name}",
        *options,
    ]
    environment = {**os.environ, "FINETUNE_LANGUAGE": language, "FINETUNE_CACHE": str(place / "cache")}
    child = subprocess.Popen(command, cwd=place, env=environment, stdout=subprocess.PIPE, text=True)
    assert child.stdout is not None
    told = child.stdout.read()
    _, status, used = os.wait4(child.pid, 0)
    return told, os.waitstatus_to_exitcode(status), time.perf_counter() - begin, used.ru_maxrss / 2**20


def tells(told: str, expected: dict[str, float]) -> bool:
    """Whether a plan in English tells these sizes, as it rounds them."""
    found = {name: re.search(rf"{name} ([\d.]+)", told.split("memory", 1)[-1]) for name in expected}
    return all(
        match is not None and abs(float(match[1]) - expected[name]) <= 0.06 for name, match in found.items()
    )


def main() -> int:
    """Plans each shape in both languages and prints what was told."""
    typed = sys.argv[1:]
    cut = typed.index("--") if "--" in typed else len(typed)
    more = typed[cut + 1 :]
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=list(SHAPES), help=f"of {', '.join(SHAPES)}")
    parser.add_argument("--gpu", default="RTX 4090 24GB")
    parser.add_argument("--languages", default="en,pt")
    asked = parser.parse_args(typed[:cut])
    wrong = []
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        write_table(place / "dados.csv")
        for name in asked.names:
            write_folder(place / name, SHAPES[name])
            lines, sizes = arithmetic(SHAPES[name])
            print(f"\n== {name}, by hand", *lines, sep="\n  ", flush=True)
            for language in asked.languages.split(","):
                told, status, seconds, gib = planned(place, name, language, ["--gpu", asked.gpu, *more])
                print(
                    f"\n== {name}, {language}: status {status}, {seconds:.0f} s, {gib:.2f} GiB of memory\n{told}",
                    flush=True,
                )
                if status not in (0, 1) or gib > MOST_GIB:
                    wrong.append(f"{name}, {language}")
                elif language == "en" and not more and not tells(told, sizes):
                    wrong.append(f"{name}: other sizes than by hand")
    if wrong:
        print("wrong:", "; ".join(wrong))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
