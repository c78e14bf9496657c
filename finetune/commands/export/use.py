"""What to do with an export, to copy from the terminal. Writes nothing."""

import json
from pathlib import Path

from finetune.commands.export.proof import Proof
from finetune.commands.export.told import as_page
from finetune.files.near import near
from finetune.language.say import say, show
from finetune.language.typed import command_line
from finetune.report.card_use import fewest_lines


def show_use(proof: Proof, folder: Path) -> None:
    """Prints the commands that label a table with an export, and the lines of Python that answer a text."""
    place = near(folder)
    if proof.form.page:
        for sentence in as_page(proof.form.name):
            show(sentence)
        return
    predict = ["finetune", "predict", "--run", place, "--data.predict_path", "novos.csv"]
    show(say("label a table:\n  {command}", command=command_line([*predict, "--output", "saida.csv"])))
    if proof.form.by_itself:
        needed, program = str(folder / "requirements.txt"), str(folder / "predict.py")
        install = command_line(["pip", "install", "-r", near(Path(needed))])
        run = command_line(["python", near(Path(program)), "novos.csv", "saida.csv"])
        show(say("where there is no finetune:\n  {install}\n  {run}", install=install, run=run))
        return
    code = (
        fewest_lines(proof.source.facts)
        .replace('model="."', f"model={json.dumps(place)}")
        .replace('(".")', f"({json.dumps(place)})")
    )
    show(say("in Python, with plain Transformers:"))
    for line in code.splitlines():
        show(f"  {line}".rstrip())
