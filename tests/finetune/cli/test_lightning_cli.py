"""What a verb's function says of it is what the user reads, and its parameters are what the user may give."""

import inspect
from importlib import import_module
from typing import get_origin

import pytest

from finetune.__main__ import COMMANDS
from finetune.cli import parser
from finetune.cli.lightning_cli import FinetuneCLI, description
from finetune.cli.of_data import OfData
from finetune.cli.verb import Ready

VERBS = {
    name: getattr(import_module(place.partition(":")[0].replace(".main", ".command")), name)
    for name, (place, _) in COMMANDS.items()
    if name not in ("crossval", "export", "label", "report", "runs", "serve", "watch")
}


@pytest.mark.parametrize("name", VERBS)
def test_the_list_of_commands_and_the_commands_help_begin_alike(name):
    line = COMMANDS[name][1].one
    assert description(VERBS[name]).startswith(
        f"{line[0].upper()}{line[1:]}. --config takes a file or a recipe"
    )
    assert description(VERBS[name]).endswith("--language pt tells results in Portuguese.")


@pytest.mark.parametrize("name", VERBS)
def test_every_parameter_of_a_verb_is_documented_and_can_be_left_out(name):
    first, *options = inspect.signature(VERBS[name]).parameters.values()
    assert first.name == "ready"
    assert (get_origin(first.annotation) or first.annotation) in (Ready, OfData)
    for option in options:
        assert option.default is not inspect.Parameter.empty
        assert f"    {option.name}: " in VERBS[name].__doc__


def test_what_moved_is_told_in_the_order_of_the_file(tmp_path, monkeypatch):
    names, told = [*"zyxabcwd"], []
    monkeypatch.setattr(parser, "is_of_a_run", lambda path: True)
    monkeypatch.setattr(parser, "brought_up_to_date", lambda text: (text, dict.fromkeys(names, "new")))
    monkeypatch.setattr(parser, "as_meant", lambda text: text)
    monkeypatch.setattr(parser, "note", lambda text, *, file, name, new: told.append(name))
    parser.Parser().parse_string("{}", tmp_path / "config.yaml")
    assert told == names


def test_the_cli_knows_no_verb():
    source = inspect.getsource(inspect.getmodule(FinetuneCLI))
    assert "finetune.commands" not in source
