import shlex

import pytest

from finetune.commands.export.told import by_itself
from finetune.runtime.answering.command import _asked


@pytest.mark.parametrize("pair", [False, True])
def test_the_readme_gives_a_text_command_that_the_folder_takes(pair):
    (line,) = (each for each in by_itself(pair=pair)[1].splitlines() if "--text" in each)
    asked = _asked(shlex.split(line)[2:])
    assert asked.text
    assert bool(asked.text_pair) is pair
