"""Folders that answer each kind of label, opened as the server opens them: what it answers a page answers, too."""

from tests.finetune.commands.serve.conftest import engine_of as engine_of
from tests.finetune.commands.serve.conftest import english as english
from tests.finetune.commands.serve.conftest import folders as folders
