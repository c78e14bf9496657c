import shlex
from types import SimpleNamespace

import numpy as np
import pytest

from finetune.commands.export.formats import FORMATS
from finetune.commands.export.held import Said
from finetune.commands.export.limits import SAME
from finetune.commands.export.proof import Own, Proof
from finetune.commands.export.told import by_itself, compared, facts_of
from finetune.runtime.answering.command import _asked
from finetune.tasks.calibration import Calibration
from finetune.tasks.table import TASKS


@pytest.mark.parametrize("pair", [False, True])
def test_the_readme_gives_a_text_command_that_the_folder_takes(pair):
    (line,) = (each for each in by_itself(pair=pair)[1].splitlines() if "--text" in each)
    asked = _asked(shlex.split(line)[2:])
    assert asked.text
    assert bool(asked.text_pair) is pair


@pytest.mark.parametrize("widest", [None, 4.0])
def test_the_proof_of_a_number_speaks_of_its_answers_and_of_no_logit(widest):
    facts = {"mean": [90.0], "deviation": [20.0], "edges": [], "half_widths": [3.0], "coverage": [0.9]} | (
        {} if widest is None else {"widest": [widest]}
    )
    how = Calibration(folded_scale=[20.0], folded_shift=[90.0], facts=facts)
    logits = 90 + 20 * np.random.default_rng(0).normal(size=(300, 1))
    run, export = Said(logits, logits, how), Said(logits + 0.5, logits + 0.5, how)
    source = SimpleNamespace(
        task=TASKS["number"](),
        labels=["preço"],
        truth=logits[:, 0],
        unclear=0,
        of=lambda part: np.full(300, part == "test"),
    )
    own = Own(run, np.arange(300), SimpleNamespace())
    proof = Proof(source, FORMATS["onnx"], "float32", SAME, own, export)
    told = " ".join(facts_of(proof))
    assert 'differs by at most 2.00, a tenth of the standard deviation of "preço"' in told
    assert "Largest difference of an answer: 0.50." in told
    assert "it is 0.50, of the middle one (150) 0.50" in told
    assert "logit" not in told
    names = [name for name, *_ in compared(proof)]
    assert not any("know" in name for name in names)
    assert ("intervals wider than asked for, test" in names) == (widest is not None)
