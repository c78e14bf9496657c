"""How much one request, and all of them together, may ask for. Refuses nothing itself."""

import sys
from dataclasses import dataclass

MOST_TEXTS = 1000
"""Texts of one request: a table takes more."""

MOST_COLUMNS = 200
"""Columns of a row that is sent as JSON."""


MOST_CONNECTIONS, OTHER_FILES = 1000, 100
"""Connections at once, and what else may be open where the system allows few files."""


@dataclass(frozen=True)
class Limits:
    """What is taken.

    Attributes:
        body_bytes: Of a request of texts.
        characters: Of a text, or of the cells of a row together.
        waiting_texts: Texts of all requests that wait for an answer; more are to come again.
        answer_seconds: How long a request waits for its answer.
        body_seconds: How long a request of texts takes to come in.
        head_seconds: How long its headers take, and how long a connection may say nothing.
        read_seconds: How long whoever asked may read nothing of an answer.
        connections: At once.
        file_bytes: Of a table.
        file_seconds: How long one takes to come in.
        unpacked_bytes: Of a workbook, which is a zip file: a small one may hold as much as anybody likes.
        cells: Of a table: a small file may say that most are empty, and would be written as a large one.
        tables: That are kept at once, waiting, under way or done.
        table_seconds: How long one is kept when it is done.
        unfetched_seconds: How long one that nobody has fetched is kept where others need the room.
        explained_pieces: Words of a text that are left out in turn; of a longer one, neighbours are left out together.
    """

    body_bytes: int = 4 * 2**20
    characters: int = 100_000
    waiting_texts: int = 20_000
    answer_seconds: float = 60
    body_seconds: float = 30
    head_seconds: float = 10
    read_seconds: float = 60
    connections: int = MOST_CONNECTIONS
    file_bytes: int = 25 * 2**20
    file_seconds: float = 300
    unpacked_bytes: int = 400 * 2**20
    cells: int = 20_000_000
    tables: int = 16
    table_seconds: float = 3600
    unfetched_seconds: float = 300
    explained_pieces: int = 64


def connections_here() -> int:
    """Returns how many connections this process may hold at once."""
    if sys.platform == "win32":
        return MOST_CONNECTIONS
    import resource

    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = MOST_CONNECTIONS if files == resource.RLIM_INFINITY else files - OTHER_FILES
    return max(1, min(MOST_CONNECTIONS, allowed))
