"""What LastCheckpoint says of a run that goes on or stops, in both languages."""

from callbacks.language.which import Language

WORDS: dict[Language, dict[str, str]] = {
    "en": {
        "from": "It goes on after step {step}, in epoch {epoch}.",
        "stopped": "Stopped at step {step}, as {who} asked; {path} has all it needs to go on.",
        "other": "another process",
        "cost": "{name} was written {times} times, {each:.2f} s each: {share:.1f} % of the training",
    },
    "pt": {
        "from": "Continua depois do passo {step}, na época {epoch}.",
        "stopped": "Parou no passo {step}, a pedido de {who}; {path} tem tudo para continuar.",
        "other": "outro processo",
        "cost": "{name} foi gravado {times} vezes, {each:.2f} s cada: {share:.1f} % do treino",
    },
}
