"""`README.md` of the exported model: a Hugging Face model card with results, use and limits. Measures nothing."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any

from finetune.evaluation.score_names import score_name
from finetune.files.whole import write_text
from finetune.language.numbers import NOTHING, count, number, percent, span
from finetune.language.which import Language
from finetune.report.facts import Facts
from finetune.report.sections.scores import COMPARED
from finetune.report.words import WORDS, Words
from finetune.runs.folder import MODEL

CARD = "README.md"

MARK = "<!-- finetune report writes this card anew; take this line out to keep what you change -->"

LOOKED_AT = 300
"""Texts whose language is asked for."""

HUB_ID = re.compile(r"[\w.-]+/[\w.-]+")

SAYS: Words = {
    "en": {
        "title": "Text classifier: {data}",
        "does": "This model gives a text one of {classes} classes. It was fine-tuned from {model} with `finetune`.",
        "embedded": "multilingual-e5-small, cut to English and Portuguese",
        "classes": "Classes",
        "data": "Data",
        "sizes": "Rows: {train} for training, {validation} for validation, {test} for test, from {source}.",
        "results": "Results",
        "measured": "Measured on {rows} {part}{known}; in brackets the 95 % interval.",
        "known_test": ", which the model has never seen",
        "known_validation": ", by which the best version was chosen: on new texts expect less",
        "unmeasured": "The training has not finished: nothing was measured.",
        "measure": "measure",
        "value": "value",
        "use": "Use",
        "plain": "With plain Transformers, `.` being the folder of this file:",
        "calibrated": (
            "With the corrected confidence and “don't know” (temperature {temperature}; {threshold}):"
        ),
        "threshold": "threshold {below}",
        "no_threshold": "no threshold",
        "limits": "Limits",
        "limit_source": "It learned from {train} texts like those of {source}. On texts of other kinds it errs more.",
        "limit_confidence": "Its confidence is no certainty: {answer}",
        "limit_known": "on the {part}, confidence and accuracy lie {error} percentage points apart on average.",
        "limit_unknown": "how far it can be trusted was not measured.",
        "limit_people": (
            "It is not meant for automatic decisions about people: let a human review what has consequences for "
            "somebody."
        ),
        "limit_classes": "It knows these classes alone: a text of none of them gets one all the same.",
        "training": "How it was trained",
        "trained": "Epochs: {epochs}. Rows a step: {batch}. Loss: `{loss}`. Schedule: `{schedule}`. Seed: {seed}.",
    },
    "pt": {
        "title": "Classificador de textos: {data}",
        "does": (
            "Este modelo dá a cada texto uma de {classes} classes. Foi ajustado a partir de {model} com o `finetune`."
        ),
        "embedded": "multilingual-e5-small, reduzido a inglês e português",
        "classes": "Classes",
        "data": "Dados",
        "sizes": "Linhas: {train} de treino, {validation} de validação e {test} de teste, de {source}.",
        "results": "Resultados",
        "measured": "Medidos em {rows} {part}{known}; entre parênteses, o intervalo de 95 %.",
        "known_test": ", que o modelo nunca viu",
        "known_validation": ", pelas quais a melhor versão foi escolhida: com textos novos, espere menos",
        "unmeasured": "O treino não terminou: nada foi medido.",
        "measure": "medida",
        "value": "valor",
        "use": "Como usar",
        "plain": "Só com o Transformers; `.` é a pasta deste arquivo:",
        "calibrated": "Com a confiança corrigida e a resposta “não sei” (temperatura {temperature}; {threshold}):",
        "threshold": "limite {below}",
        "no_threshold": "sem limite",
        "limits": "Limites",
        "limit_source": (
            "Aprendeu com {train} textos como os de {source}. Com textos de outro tipo, deve errar mais."
        ),
        "limit_confidence": "Sua confiança não é certeza: {answer}",
        "limit_known": "nas {part}, a confiança e o acerto ficam em média a {error} pontos percentuais um do outro.",
        "limit_unknown": "não foi medido quanto se pode confiar nela.",
        "limit_people": (
            "Não serve para decisões automáticas sobre pessoas: o que tem consequências para alguém deve ser revisto "
            "por uma pessoa."
        ),
        "limit_classes": "Só conhece estas classes: um texto que não é de nenhuma recebe uma delas mesmo assim.",
        "training": "Como foi treinado",
        "trained": "Épocas: {epochs}. Linhas por passo: {batch}. Perda: `{loss}`. Taxa: `{schedule}`. Semente: {seed}.",
    },
}

PLAIN = """from transformers import pipeline

classifier = pipeline("text-classification", model=".")
print(classifier({text}))"""

CALIBRATED = """import json, torch
from transformers import AutoModelForSequenceClassification, AutoTokenizer
tokenizer, model = AutoTokenizer.from_pretrained("."), AutoModelForSequenceClassification.from_pretrained(".")
calibration = json.load(open("config.json", encoding="utf-8")).get("calibration") or {{}}
logits = model(**tokenizer({text}, return_tensors="pt", truncation=True)).logits[0]
confidence, number = torch.softmax(logits / (calibration.get("temperature") or 1), dim=-1).max(dim=-1)
sure = confidence >= (calibration.get("abstain_below") or 0)
print(model.config.id2label[number.item()] if sure else {unknown}, round(confidence.item(), 3))"""

EXAMPLE = {"en": '"Asian rust in the soya"', "pt": '"Ferrugem asiática na soja"'}
UNKNOWN = {"en": '"don\'t know"', "pt": '"não sei"'}


def write_card(facts: Facts, language: Language) -> Path | None:
    """Writes the card into the exported model; returns where.

    None where no model was exported, or the card there is no longer ours: who takes out the mark keeps the text.
    """
    folder = facts.folder / MODEL
    file = folder / CARD
    if not (folder / "config.json").is_file():
        return None
    if file.is_file() and MARK not in file.read_text(encoding="utf-8", errors="replace"):
        return None
    write_text(file, card(facts, language))
    return file


def card(facts: Facts, language: Language) -> str:
    """Returns the card: YAML for the hub, then text; without any folder of this machine."""
    says = SAYS[language]
    parts = [
        f"---\n{metadata(facts)}\n---",
        MARK,
        f"# {_plain(says['title'].format(data=facts.data_name))}",
        says["does"].format(
            classes=count(len(facts.labels), language),
            model=_plain(says["embedded"] if facts.model_name == "embedded" else facts.model_name),
        ),
        f"## {says['classes']}",
        "\n".join(f"- {_plain(label)}" for label in facts.labels),
        f"## {says['data']}",
        _sizes(facts, language),
        f"## {says['results']}",
        _results(facts, language),
        f"## {says['use']}",
        says["plain"],
        f"```python\n{PLAIN.format(text=EXAMPLE[language])}\n```",
        _calibrated(facts, language),
        f"## {says['limits']}",
        _limits(facts, language),
        f"## {says['training']}",
        _training(facts, language),
    ]
    return "\n\n".join(parts) + "\n"


def metadata(facts: Facts) -> str:
    """Returns the YAML of the card, as the hub reads it."""
    from huggingface_hub import EvalResult, ModelCardData

    part = facts.last_part
    results = [
        EvalResult(
            task_type="text-classification",
            dataset_type="custom",
            dataset_name=facts.data_name,
            dataset_split=part,
            metric_type={"f1_macro": "f1", "mcc": "matthews_correlation"}.get(name, name),
            metric_name=score_name(name, "en"),
            metric_value=round(float(facts.parts[part][name]), 4),
        )
        for name in COMPARED
        if part is not None and facts.parts[part].get(name) is not None
    ]
    name = str(facts.setting("model", "name") or "")
    is_hub_id = bool(HUB_ID.fullmatch(name)) and not name.startswith(".") and not Path(name).exists()
    data = ModelCardData(
        language=spoken(facts),
        library_name="transformers",
        pipeline_tag="text-classification",
        base_model=name if is_hub_id else None,
        model_name=facts.folder.resolve().name if results else None,
        eval_results=results or None,
        tags=["finetune-text"],
    )
    return str(data.to_yaml())


def spoken(facts: Facts) -> str | None:
    """Returns the language that most of the texts are in; None where that is not known."""
    from finetune.data.checks.speech import language_of

    if facts.answers is None:
        return None
    found = Counter(filter(None, map(language_of, facts.answers.frame["text"][:LOOKED_AT])))
    return found.most_common(1)[0][0] if found else None


def _plain(label: str) -> str:
    """A name on one line, in which Markdown and HTML find nothing to do."""
    line = re.sub(r"([\\`*_<>\[\]#|&])", r"\\\1", " ".join(label.split()))
    return re.sub(r"^(\d*)([.)+-])", r"\1\\\2", line)  # what begins a list


def _sizes(facts: Facts, language: Language) -> str:
    return SAYS[language]["sizes"].format(
        source=_plain(facts.data_name),
        **{
            part: NOTHING if (rows := facts.rows_of(part)) is None else count(rows, language)
            for part in ("train", "validation", "test")
        },
    )


def _results(facts: Facts, language: Language) -> str:
    says, words, part = SAYS[language], WORDS[language], facts.last_part
    if part is None:
        return says["unmeasured"]
    report = facts.parts[part]
    lines = [
        says["measured"].format(
            rows=count(report["rows"], language), part=words[f"on_{part}"], known=says[f"known_{part}"]
        ),
        "",
        f"| {says['measure']} | {says['value']} |",
        "|---|---|",
    ]
    for name in (*COMPARED, "balanced_accuracy", "ece"):
        if report.get(name) is not None:
            interval = span((report.get("intervals") or {}).get(name), language)
            value = number(report[name], language) + (f" ({interval})" if interval else "")
            lines.append(f"| {score_name(name, language)} | {value} |")
    return "\n".join(lines)


def calibration_of(facts: Facts) -> dict[str, Any]:
    """Returns temperature and threshold as `model/config.json` has them."""
    found = facts.model_config.get("calibration")
    return found if isinstance(found, dict) else {}


def _calibrated(facts: Facts, language: Language) -> str:
    says, calibration = SAYS[language], calibration_of(facts)
    below = calibration.get("abstain_below")
    threshold = says["threshold"].format(below=percent(below, language)) if below else says["no_threshold"]
    temperature = number(calibration.get("temperature") or 1.0, language, digits=2)
    code = CALIBRATED.format(text=EXAMPLE[language], unknown=UNKNOWN[language])
    return (
        f"{says['calibrated'].format(temperature=temperature, threshold=threshold)}\n\n```python\n{code}\n```"
    )


def _limits(facts: Facts, language: Language) -> str:
    says, words, part = SAYS[language], WORDS[language], facts.last_part
    train = facts.rows_of("train")
    rows = NOTHING if train is None else count(train, language)
    error = facts.parts[part].get("ece") if part else None
    answer = says["limit_unknown"]
    if error is not None and part is not None:
        answer = says["limit_known"].format(
            part=words[f"on_{part}"], error=number(100 * error, language, digits=1)
        )
    limits = [
        says["limit_source"].format(train=rows, source=_plain(facts.data_name)),
        says["limit_classes"],
        says["limit_confidence"].format(answer=answer),
        says["limit_people"],
    ]
    return "\n".join(f"- {limit}" for limit in limits)


def _training(facts: Facts, language: Language) -> str:
    epochs = facts.setting("trainer", "max_epochs")
    seen = (facts.metrics.get("training") or {}).get("epochs") or []
    values = {
        "epochs": epochs or len(seen) or NOTHING,
        "batch": facts.setting("data", "effective_batch_size") or NOTHING,
        "loss": facts.setting("model", "loss") or NOTHING,
        "schedule": facts.setting("model", "schedule") or NOTHING,
        "seed": json.dumps(facts.config.get("seed_everything")),
    }
    return SAYS[language]["trained"].format(**values)
