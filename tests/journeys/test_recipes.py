"""Every shipped recipe is understood by the parser, down to its last key."""

import pytest

from finetune.cli.lightning_cli import FinetuneCLI
from finetune.cli.recipes import RECIPES, recipe_names


class Parsed(Exception):  # noqa: N818
    """Raised once all was parsed: nothing is to be trained."""


@pytest.mark.parametrize("name", recipe_names())
def test_each_recipe_is_parsed(finetune, name, monkeypatch):
    seen = []

    def stop(self, **_):
        seen.append(self.config)
        raise Parsed

    monkeypatch.setattr(FinetuneCLI, "instantiate_trainer", stop)
    with pytest.raises(Parsed):
        finetune("fit", "--config", name)
    assert seen[0].fit.data.path


def test_there_are_recipes_and_a_wrong_key_would_be_seen(finetune, tmp_path, capsys):
    assert list(RECIPES.glob("*.yaml"))
    (tmp_path / "r.yaml").write_text((RECIPES / "demo.yaml").read_text() + "  pat: x\n")
    assert finetune("fit", "--config", tmp_path / "r.yaml") == 2
    assert "data.pat" in capsys.readouterr().err
