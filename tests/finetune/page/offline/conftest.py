"""Folders that answer each kind of label, opened as the server opens them: what it answers a page answers, too."""

from tests.served_folders import engine_of as engine_of
from tests.served_folders import english as english
from tests.served_folders import folders as folders
