"""What Lightning and others say on the way is taken up, left out, or shown as theirs."""

import logging
import sys
import warnings

import lightning
import pytest
from lightning.pytorch.utilities.rank_zero import rank_zero_info, rank_zero_warn

from finetune.cli.terminal import TAKEN_UP, Terminal, library_of, warning_text
from finetune.language.say import note, say
from finetune.language.which import speaking


def shown_as_python_does(message, category, filename, lineno, file=None, line=None):
    """What Python does where no test records warnings."""
    sys.stderr.write(warnings.formatwarning(message, category, filename, lineno, line))


@pytest.fixture
def at_terminal(capsys, monkeypatch):
    """Says something, as Lightning does where told so, and returns what is shown."""
    logger = logging.getLogger("lightning.pytorch.utilities.rank_zero")
    handler = Terminal()
    monkeypatch.setattr(logger, "handlers", [handler])
    monkeypatch.setattr(logger, "propagate", False)
    logger.setLevel(logging.INFO)
    monkeypatch.setattr(warnings, "formatwarning", warning_text)
    monkeypatch.setattr(warnings, "showwarning", shown_as_python_does)

    def shown(speak, text, *, theirs=False):
        if theirs:
            code = compile("speak(text)", lightning.__file__.replace("__init__", "pytorch/trainer/x"), "exec")
            exec(code, {"speak": speak, "text": text})
        else:
            speak(text)
        return capsys.readouterr().err

    return shown


def test_a_note_of_ours_is_shown_as_it_is(at_terminal):
    assert at_terminal(note, "no run to go on with yet: a new one begins").startswith("no run to go on")


@pytest.mark.parametrize(
    "text", ["\nDetected KeyboardInterrupt, attempting ...", "Initializing distributed: ", "Seed set to 42"]
)
def test_what_a_user_can_do_nothing_with_is_not_shown(at_terminal, text):
    assert at_terminal(rank_zero_info, text, theirs=True) == ""


@pytest.mark.parametrize("start", TAKEN_UP)
def test_what_a_user_can_do_something_with_is_said_in_our_words(at_terminal, start):
    with speaking("pt"):
        assert at_terminal(rank_zero_info, f"{start} ...", theirs=True) == f"{TAKEN_UP[start]}\n"


def test_all_else_is_shown_as_theirs(at_terminal):
    with speaking("pt"):
        assert (
            at_terminal(rank_zero_info, "It is so.", theirs=True)
            == "mensagem do lightning, em inglês: It is so.\n"
        )
        said = at_terminal(rank_zero_warn, "It may be so.", theirs=True)
        assert said == "aviso: mensagem do lightning, em inglês: It may be so.\n"


def test_a_warning_of_ours_is_a_sentence(at_terminal):
    with speaking("pt"):
        text = say("nothing was deleted")
        assert at_terminal(rank_zero_warn, text) == "aviso: nada foi apagado\n"


@pytest.mark.parametrize(
    ("file", "library"),
    [
        ("/usr/lib/python3/dist-packages/yaml/loader.py", "yaml"),
        ("C:\\venv\\Lib\\site-packages\\torch\\nn\\x.py", "torch"),
        ("/venv/lib/python3.11/site-packages/six.py", "six"),
        ("/venv/lib/python3.11/site-packages/finetune/cli/parser.py", None),
        ("/venv/lib/python3.11/site-packages/callbacks/nan_guard.py", None),
        ("/home/ana/minha.py", None),
    ],
)
def test_whose_file_it_is(file, library):
    assert library_of(file) == library
