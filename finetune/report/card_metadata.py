"""The YAML of the model card, by which the hub finds a model and shows its scores."""

import re
from collections import Counter
from pathlib import Path

from finetune.evaluation.score_names import score_name
from finetune.language.which import speaking
from finetune.report.facts import Facts
from finetune.tasks.task import MULTI, NUMBER

LOOKED_AT = 300
"""Texts whose language is asked for."""


HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")


METRIC_TYPES = {
    "f1_macro": "f1",
    "mcc": "matthews_correlation",
    "kappa": "cohen_kappa",
    "r2": "r_squared",
    "spearman": "spearmanr",
}
"""What the hub calls scores that it has another name for."""


TAGS = {MULTI: ["multi-label-classification"], NUMBER: ["regression"]}
"""What else the hub may find a model by."""


def metadata(facts: Facts, *, library: str = "transformers") -> str:
    """Returns the YAML of the card, as the hub reads it: in English."""
    from huggingface_hub import EvalResult, ModelCardData

    part = facts.last_part
    results = [
        EvalResult(
            task_type="text-classification",
            dataset_type="custom",
            dataset_name=facts.data_name,
            dataset_split=part,
            metric_type=METRIC_TYPES.get(name, name),
            metric_name=_english_name(name),
            metric_value=round(float(facts.of_network(part)[name]), 4),
        )
        for name in facts.compared
        if part is not None and facts.of_network(part).get(name) is not None
    ]
    name = str(facts.setting("model", "name") or "")
    is_hub_id = bool(HUB_ID.fullmatch(name)) and not name.startswith(".") and not Path(name).exists()
    data = ModelCardData(
        language=spoken(facts),
        library_name=library,
        pipeline_tag="text-classification",
        base_model=name if is_hub_id else None,
        model_name=facts.folder.resolve().name if results else None,
        eval_results=results or None,
        tags=["finetune-text", *TAGS.get(facts.task.problem_type, [])],
    )
    return str(data.to_yaml())


def _english_name(score: str) -> str:
    with speaking("en"):
        return score_name(score)


def spoken(facts: Facts) -> str | None:
    """Returns the language that most of the texts are in; None where that is not known."""
    from finetune.data.checks.speech import language_of

    if facts.answers is None:
        return None
    found = Counter(filter(None, map(language_of, facts.answers.frame["text"][:LOOKED_AT])))
    return found.most_common(1)[0][0] if found else None
