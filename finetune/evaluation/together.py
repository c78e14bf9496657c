"""In words: what the network and words alone reach, and what they reach together. Computes nothing."""

from collections.abc import Mapping
from typing import Any

from finetune.evaluation.score_names import score_name
from finetune.language.parts import PART_NAMES
from finetune.language.say import say
from finetune.runs.folder import ranked_by


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
    score = ranked_by(metrics)
    return say(
        "The answer is that of the network and of words (TF-IDF) together; words weigh {share:.0%}. {score} on the "
        "{part} rows: the network alone {network:.3f}, words alone {words:.3f}, together {together:.3f}.",
        share=mix["weight"],
        score=_begun(score_name(score)),
        part=PART_NAMES[part],
        network=alone["network"][part][score],
        words=alone["words"][part][score],
        together=metrics[part][score],
    )


def _begun(name: str) -> str:
    """A name as the first word of a sentence."""
    return name[:1].upper() + name[1:]
