"""The address at which is listened: free, and open to others only with a token. Answers nobody."""

import errno
import ipaddress
import os
import socket

from finetune.errors import ConfigError
from finetune.language.say import reason

SHORTEST_TOKEN = 16
BACKLOG = 2048
LAST_PORT = 65_535

SENT_AHEAD = 256 * 1024
"""Bytes of an answer that the system holds for a reader: of megabytes, one that reads slowly would look deaf."""


def listening(host: str, port: int, *, token: str | None, verb: str = "serve") -> socket.socket:
    """Returns a socket that listens, before anything heavy is loaded.

    Args:
        host: A name or number of this machine.
        port: That is to be free; 0 for any that is.
        token: What every request has to show.
        verb: The command that listens, as it is told what to type.

    Raises:
        ConfigError: if the address is not of this machine, is taken, or would be open to anybody.
    """
    if not 0 <= port <= LAST_PORT:
        raise ConfigError("--port {port}: a port is a number from 0 to 65535, such as 8000.", port=port)
    family, address = _resolved(host, port)
    refuse_open(host, address[0], token)
    # by its number asyncio knows what is TCP, of which it sends the end of an answer at once: 40 ms are lost else
    opened = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        if os.name == "posix":  # elsewhere it would let two listen at once
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, SENT_AHEAD)  # each connection has its own
        opened.bind(address)
        opened.listen(BACKLOG)
    except OSError as error:
        opened.close()
        raise _not_ours(host, port, error, verb) from error
    return opened


def _resolved(host: str, port: int) -> tuple[socket.AddressFamily, tuple[str, int]]:
    try:
        found = socket.getaddrinfo(host.strip("[]"), port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    except (OSError, UnicodeError) as error:
        raise ConfigError(
            "--host {host}: there is no such name or number. Leave it away to serve this machine alone, or give one "
            "of this machine, such as 0.0.0.0 for all.",
            host=host,
        ) from error
    found.sort(key=lambda each: each[0] != socket.AF_INET)
    family, _, _, _, address = found[0]
    return family, (str(address[0]), port)


def refuse_open(host: str, address: str, token: str | None) -> None:
    """Refuses to be asked by other machines without a token, or with one that can be guessed.

    Raises:
        ConfigError: if it would be.
    """
    if token is None:
        if not ipaddress.ip_address(address).is_loopback:
            raise ConfigError(
                "--host {host}: other machines could ask, and read what is asked is not for all. Add --token with at "
                "least {n} characters that nobody can guess, or leave --host away.",
                host=host,
                n=SHORTEST_TOKEN,
            )
    elif len(token) < SHORTEST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigError(
            "--token: it has to have at least {n} letters, digits or signs of ASCII, without blanks. One that nobody "
            'can guess:\n  python -c "import secrets; print(secrets.token_urlsafe())"',
            n=SHORTEST_TOKEN,
        )


def _not_ours(host: str, port: int, error: OSError, verb: str) -> ConfigError:
    if error.errno == errno.EADDRINUSE:
        return ConfigError(
            "port {port} is taken: another program listens there, maybe another finetune {verb}. Give another one:\n"
            "  finetune {verb} --port {other}",
            verb=verb,
            port=str(port),
            other=str(port + 1 if port < LAST_PORT else port - 1),
        )
    return ConfigError(
        "{host}, port {port}: nothing can be served there ({why}). Give an address of this machine, and a port from "
        "1024 on.",
        host=host,
        port=str(port),
        why=reason(error),
    )
