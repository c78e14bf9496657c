"""What texts in CAPITALS cost a model that keeps case, and what reading them in lower case gives back.

    python scripts/bench/capitals.py [NAME=TABLE.csv ...] [--rows 1000] [--seeds 3]

TABLE has the columns `texto` and `rotulo`; the demonstration, when none is given. A logistic regression on what the
frozen embedded model gives learns seven tenths of the rows as they are written. The others are put to it as they are
written, in capitals, and in capitals that are read as `--data.lower_capitals` has them: macro-F1, the mean of the seeds
and its 95% interval of Student's t. Then the tokens of a text, each way. Needs `pip install -e '.[demo,bench]'`.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from frozen import features_of
from recipes import read
from recipes_table import interval
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import f1_score
from sklearn.model_selection import train_test_split

from finetune.data.batching.tokenizer import load_tokenizer
from finetune.data.batching.tokens import tokenize
from finetune.data.rows import DEMO
from finetune.language.capitals import in_capitals, lowered
from finetune.pretrained.folder import model_folder

WAYS = ("as written", "in capitals", "in capitals, read in lower case")


def ways_of(texts: Sequence[str]) -> dict[str, list[str]]:
    """Returns the texts in each way."""
    capitals = [text.upper() for text in texts]
    return dict(zip(WAYS, (list(texts), capitals, list(map(lowered, capitals))), strict=True))


def main() -> None:
    """Prints a line a table and way."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tables", nargs="*", default=["demo=demo"], help="NAME=TABLE")
    parser.add_argument("--rows", type=int, default=1000, help="of a table, at most")
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    tokenizer = load_tokenizer(model_folder("embedded"))
    print(
        "| table | texts in capitals | way | macro-F1 (95% interval) | tokens a text |\n|---|---|---|---|---|"
    )
    for table in given.tables:
        name, _, file = table.partition("=")
        frame = read(DEMO if file == "demo" else Path(file))
        own = int(frame.texto.map(in_capitals).sum())
        frame = frame.sample(min(given.rows, len(frame)), random_state=0)
        labels = frame.rotulo.to_numpy()
        ways = ways_of(list(frame.texto))
        together = features_of([text for texts in ways.values() for text in texts])  # on one scale
        features = dict(zip(WAYS, np.split(together, len(WAYS)), strict=True))
        scores: dict[str, list[float]] = {way: [] for way in WAYS}
        for seed in range(given.seeds):
            learned, asked = train_test_split(
                np.arange(len(labels)), test_size=0.3, stratify=labels, random_state=seed
            )
            model = LogisticRegression(C=0.03, max_iter=3000)
            model.fit(features[WAYS[0]][learned], labels[learned])
            for way in WAYS:
                said = model.predict(features[way][asked])
                scores[way].append(float(f1_score(labels[asked], said, average="macro")))
        for way in WAYS:
            mean, low, high = interval(scores[way])
            tokens = tokenize(ways[way], tokenizer, cache=None)[0].lengths.mean()
            print(
                f"| {name} | {own:,} | {way} | {mean:.3f} ({low:.3f} to {high:.3f}) | {tokens:.1f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
