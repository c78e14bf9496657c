"""How the training went: curves of loss, macro-F1 and rate, and whether it learned by heart."""

from finetune.language.which import Language
from finetune.report.blocks import Block, Bullets, Pictures, Section, Text
from finetune.report.events import Curve
from finetune.report.facts import Facts
from finetune.report.figures import curves
from finetune.report.figures.drawing import to_svg
from finetune.report.words import WORDS, Words

SAYS: Words = {
    "en": {
        "title": "How the training went",
        "how": (
            "The loss should fall and the macro-F1 rise. Where the training curve goes on getting better and the "
            "validation curve does not, the model learns the training rows by heart (overfitting)."
        ),
        "none": (
            "No curves: the run folder has no TensorBoard files (events.out.tfevents.*). With --trainer.logger false "
            "none are written."
        ),
        "fewer": (
            "Only what metrics.json knows of the epochs: the folder has no TensorBoard files (events.out.tfevents.*)."
        ),
        "loss": "Loss (lower is better)",
        "f1": "Macro-F1 (higher is better)",
        "rate": "Learning rate",
        "highest": "highest",
        "lowest": "lowest",
        "loss_line": "What the training makes smaller.",
        "f1_line": "Mean over the classes of how well each is found.",
        "rate_line": "How large the steps were: up at the beginning, then slowly to nothing.",
    },
    "pt": {
        "title": "Como foi o treino",
        "how": (
            "A perda (loss) deve cair e o macro-F1 subir. Se a curva de treino continua melhorando e a de validação "
            "não, o modelo está decorando as linhas de treino (overfitting)."
        ),
        "none": (
            "Sem curvas: a pasta não tem arquivos do TensorBoard (events.out.tfevents.*). Com --trainer.logger false "
            "eles não são gravados."
        ),
        "fewer": (
            "Só o que metrics.json sabe das épocas: a pasta não tem arquivos do TensorBoard (events.out.tfevents.*)."
        ),
        "loss": "Perda (quanto menor, melhor)",
        "f1": "Macro-F1 (quanto maior, melhor)",
        "rate": "Taxa de aprendizado",
        "highest": "maior",
        "lowest": "menor",
        "loss_line": "É o que o treino procura diminuir.",
        "f1_line": "Média, entre as classes, de quanto se acerta de cada uma.",
        "rate_line": "O tamanho dos passos: sobe no começo e depois cai aos poucos até zero.",
    },
}

FIGURES = (
    ("loss", {"train": "train/loss", "validation": "val/loss"}),
    ("f1", {"train": "train/f1_macro", "validation": "val/f1_macro"}),
    ("rate", {"highest": "learning_rate/highest", "lowest": "learning_rate/lowest"}),
)


def recorded(facts: Facts) -> dict[str, Curve]:
    """Returns the curves of the TensorBoard files, and what `metrics.json` adds where these lack them.

    TensorBoard counts the steps from 0, `metrics.json` from 1.
    """
    epochs = (facts.metrics.get("training") or {}).get("epochs") or []
    found = dict(facts.curves)
    training = facts.metrics.get("training") or {}
    tags = {
        "training": training.get("training"),
        "validation": training.get("validation"),
        "loss": "val/loss",
    }
    for key, tag in tags.items():
        points = tuple((int(one["step"]) - 1, float(one[key])) for one in epochs if one.get(key) is not None)
        if tag and points:
            found.setdefault(str(tag), points)
    return found


def best_step(facts: Facts) -> float | None:
    """Returns the step of the checkpoint that was kept, counted from 0; None where that is not known."""
    step = facts.metrics.get("best_step")
    return None if step is None else float(step) - 1


def section(facts: Facts, language: Language) -> Section:
    """Returns the curves and the sentences about overfitting."""
    says, words = SAYS[language], WORDS[language]
    found = recorded(facts)
    blocks: list[Block] = []
    sentences = ((facts.metrics.get("training") or {}).get("sentences") or {}).get(language) or []
    if sentences:
        blocks.append(Bullets(sentences) if len(sentences) > 1 else Text(sentences[0]))
    pictures = []
    for name, tags in FIGURES:
        lines = {says.get(key) or words[key]: found[tag] for key, tag in tags.items() if found.get(tag)}
        if lines:
            best = best_step(facts) if name != "rate" else None
            figure = curves(lines, language=language, title=says[name], best=best, zero=name == "loss")
            pictures.append((to_svg(figure, f"curve-{name}", alt=says[name]), says[f"{name}_line"]))
    if pictures:
        blocks.append(Pictures(pictures))
    if not facts.curves:
        blocks.append(Text(says["fewer" if pictures else "none"], "quiet"))
    return Section("training", says["title"], says["how"], blocks)
