"""Lines of Python that use a model with plain Transformers, by its task. Runs none of them."""

import json
from typing import Any

from finetune.language.say import say
from finetune.tasks.task import MULTI, NUMBER, ProblemType

PLAIN = """from transformers import pipeline

classifier = pipeline("text-classification", model=".")
print(classifier({text}, truncation=True))"""

EVERY_LABEL = """from transformers import pipeline

classifier = pipeline("text-classification", model=".", top_k=None)
print(classifier([{text}], truncation=True)[0])"""

A_NUMBER = """from transformers import pipeline

classifier = pipeline("text-classification", model=".", function_to_apply="none")
print(classifier({text}, truncation=True)[0]["score"])"""

CALIBRATED = """import json, torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
tokenizer, model = AutoTokenizer.from_pretrained("."), AutoModelForSequenceClassification.from_pretrained(".")
calibration = json.load(open("config.json", encoding="utf-8")).get("calibration") or {{}}
logits = model(**tokenizer({texts}, return_tensors="pt", truncation=True)).logits[0]
confidence, number = torch.softmax(logits / (calibration.get("temperature") or 1), dim=-1).max(dim=-1)
sure = confidence >= (calibration.get("abstain_below") or 0)
print(model.config.id2label[number.item()] if sure else {unknown}, round(confidence.item(), 3))"""

IN_THE_MIDDLE = CALIBRATED.replace(
    """confidence, number = torch.softmax(logits / (calibration.get("temperature") or 1), dim=-1).max(dim=-1)
""",
    """shares = torch.softmax(logits / (calibration.get("temperature") or 1), dim=-1)
number = (shares.cumsum(dim=-1)[:-1] < 0.5).sum()
confidence = shares[number]
""",
)
"""The same of classes in an order, of which the one in the middle is the answer."""

AS_KEPT = """import json, torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
tokenizer, model = AutoTokenizer.from_pretrained("."), AutoModelForSequenceClassification.from_pretrained(".")
kept = json.load(open("config.json", encoding="utf-8")).get("calibration") or {{}}
logits = model(**tokenizer({texts}, return_tensors="pt", truncation=True)).logits[0] / (kept.get("temperature") or 1)
logits = logits * torch.tensor(kept.get("scale") or 1.0) + torch.tensor(kept.get("shift") or 0.0)
"""

BY_THRESHOLD = (
    AS_KEPT
    + """given = torch.sigmoid(logits) >= torch.tensor((kept.get("facts") or {{}}).get("thresholds") or 0.5)
print([model.config.id2label[number] for number in given.nonzero().flatten().tolist()])"""
)

SCALED = AS_KEPT + "print(logits.item())"

LOWERED = """def read(text):
    large, small = sum(map(str.isupper, text)), sum(map(str.islower, text))
    return text.lower() if large + small >= 8 and 10 * large >= 7 * (large + small) else text

"""
"""Stands before lines that use a model which reads texts in capitals in lower case: as `lowered` has it."""


def plain(
    problem_type: ProblemType,
    calibration: dict[str, Any],
    *,
    pair: bool = False,
    lower_capitals: bool = False,
) -> str:
    """Returns the fewest lines that answer a text.

    Args:
        problem_type: What is asked.
        calibration: As `config.json` has it.
        pair: Whether there are two texts to answer together.
        lower_capitals: Whether texts in capitals are read in lower case.
    """
    if problem_type == NUMBER:
        in_the_weights = not calibration.get("scale") and not calibration.get("shift")
        code = A_NUMBER if in_the_weights else SCALED
    else:
        code = EVERY_LABEL if problem_type == MULTI else PLAIN
    return filled(code, pair=pair, lower_capitals=lower_capitals)


def filled(code: str, *, pair: bool = False, lower_capitals: bool = False) -> str:
    """Returns lines with a text to answer, or two that stand together."""
    texts = [_quoted(say("Asian rust in the soya"))]
    if pair:
        texts.append(_quoted(say("Since Monday the lower leaves have had orange spots")))
    if lower_capitals:
        texts = [f"read({text})" for text in texts]
    lines = code.format(
        text=f'{{"text": {texts[0]}, "text_pair": {texts[1]}}}' if pair else texts[0],
        texts=", ".join(texts),
        unknown=_quoted(say("don't know")),
    )
    return LOWERED + lines if lower_capitals else lines


def _quoted(text: str) -> str:
    """A text as Python has it."""
    return json.dumps(text, ensure_ascii=False)
