"""The options that say where is listened, and who may ask: of all commands that serve a page."""

import os
from argparse import ArgumentParser

from finetune.language.say import say

TOKEN = "FINETUNE_TOKEN"
"""Environment variable with the token: what stands on a command line, other users of the machine can read."""


def add_place(parser: ArgumentParser) -> None:
    """Adds address, port, token and names."""
    parser.add_argument(
        "--host", default="127.0.0.1", help=say("address to listen at; another needs --token")
    )
    parser.add_argument("--port", type=int, default=8000, help=say("port to listen at; 0 takes a free one"))
    parser.add_argument(
        "--token",
        help=say(
            "what every request has to show (Authorization: Bearer TOKEN); better in the environment: {variable}",
            variable=TOKEN,
        ),
    )
    parser.add_argument(
        "--allowed_hosts",
        nargs="+",
        default=[],
        metavar=say("NAME"),
        help=say("names by which browsers may call the server, besides its address and --host"),
    )


def token_of(given: str | None) -> str | None:
    """Returns the token that is asked for: typed, or of the environment; None where there is none."""
    return given or os.environ.get(TOKEN) or None
