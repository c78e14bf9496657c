"""In words: what the network and words alone reach, and what they reach together. Computes nothing."""

from collections.abc import Mapping
from typing import Any

from finetune.language.parts import PART_NAMES
from finetune.language.say import say


def sentence(metrics: Mapping[str, Any], part: str) -> str | None:
    """Returns what words have of the answer and what each reaches alone; None where words were not asked.

    Args:
        metrics: The content of `metrics.json`.
        part: The part that is told of.
    """
    mix, alone = metrics.get("mix"), metrics.get("alone")
    if not mix:
        return None
    if not mix["weight"] or not alone or part not in alone["network"]:
        return say("The network answers alone: by the validation rows words (TF-IDF) would not help.")
    return say(
        "The answer is that of the network and of words (TF-IDF) together; words weigh {share:.0%}. Macro-F1 on the "
        "{part} rows: the network alone {network:.3f}, words alone {words:.3f}, together {together:.3f}.",
        share=mix["weight"],
        part=PART_NAMES[part],
        network=alone["network"][part]["f1_macro"],
        words=alone["words"][part]["f1_macro"],
        together=metrics[part]["f1_macro"],
    )
