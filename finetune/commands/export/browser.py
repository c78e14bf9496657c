"""A real browser without a window and without a network, in which a page answers by itself. Judges no answer."""

import json
import shutil
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from finetune.commands.export.watched import Watched, own_processes, watched
from finetune.errors import ConfigError, ModelError
from finetune.page.offline.marked import INDEX
from finetune.plugins import have, require, require_all

if TYPE_CHECKING:
    from finetune.commands.export.source import Row

AUTO, NONE = "auto", "none"
"""Words for a browser: the one that is there, and not even that."""

DRIVER = "playwright"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome", "msedge")

AT_ONCE = 20
"""Texts of one request."""

START_SECONDS = 60
"""After which a browser that has not started is given up."""

READY_SECONDS = 300
"""After which a page that is not ready is given up."""

ASK = """(body) => request("answers", { method: "POST", body }).then((got) => got.json())"""
"""Texts as they are kept: a template has made them, and the page would make them once more."""

OVER = "#readiness:is([data-state=ready], .tone-severe)"


def browser_of(wish: str) -> Path | None:
    """Returns the browser that is to try a page; None where there is none, or none is wanted.

    Args:
        wish: `AUTO`, `NONE`, or a program.

    Raises:
        UserError: if the one that was named is not there, or what drives it is not installed.
    """
    if wish == NONE:
        return None
    found = next(filter(None, map(shutil.which, NAMES if wish == AUTO else (wish,))), None)
    if wish == AUTO:
        return Path(found) if found and have(DRIVER) else None
    require_all(DRIVER)
    if found is None:
        raise ConfigError(
            "--browser {path} is no program that can be started. Give the path of Chromium, Chrome or Edge, or leave "
            "the option away.",
            path=wish,
        )
    return Path(found)


def check_starts(program: Path) -> None:
    """Starts a browser, and closes it: whether it can be is known before anything is computed.

    Raises:
        ConfigError: It cannot.
    """
    with launched(program):
        pass


@contextmanager
def launched(program: Path) -> Iterator[Any]:
    """Gives a browser without a window, until the block ends.

    Raises:
        ConfigError: It cannot be started.
    """
    sync = require(f"{DRIVER}.sync_api")
    with ExitStack() as stack:
        try:
            chromium = stack.enter_context(sync.sync_playwright()).chromium
            browser = chromium.launch(executable_path=program, timeout=1000 * START_SECONDS)
        except (sync.Error, OSError) as error:
            raise ConfigError(
                "{program} could not be started as a browser. ({driver} said: {text}) Give the path of Chromium, "
                "Chrome or Edge: --browser PROGRAM; or have the page without it having been tried in one: --browser "
                "none",
                program=program,
                driver=DRIVER,
                text=first_line(error),
            ) from error
        stack.callback(browser.close)
        yield browser


def first_line(error: Exception) -> str:
    """Returns what the driver says of an error; the lines behind are the browser's own log."""
    return next(iter(str(error).strip().splitlines()), "-")


class Tried:
    """A page that is open.

    Args:
        page: As the driver has it.
        name: The browser and its version.

    Attributes:
        name: The same.
        seen: What was seen of the browser's processes.
        strange: Addresses that the page asked for besides its own files.
        seconds: Until it was ready.
    """

    def __init__(self, page: Any, name: str) -> None:
        self.page, self.name = page, name
        self.seen, self.seconds, self.strange = Watched(), 0.0, list[str]()

    def visit(self, address: str) -> None:
        """Opens the page and waits until it can answer.

        Raises:
            ModelError: It cannot.
        """
        driver = require(f"{DRIVER}.sync_api")
        began = time.perf_counter()
        try:
            self.page.goto(address, timeout=1000 * READY_SECONDS)
            self.page.wait_for_selector(OVER, timeout=1000 * READY_SECONDS)
            state, said = (
                self.page.get_attribute("#readiness", "data-state"),
                self.page.inner_text("#readiness"),
            )
        except driver.Error as error:
            state, said = "", error.message
        self.seconds = time.perf_counter() - began
        if state != "ready":
            raise ModelError(
                "the page was made, but {browser} could not open it, so it was taken away again. (It said: {text}) To "
                "have it all the same: --browser none",
                browser=self.name,
                text=" ".join(said.split()) or "-",
            )

    def answers(self, rows: "Sequence[Row]") -> tuple[list[dict[str, Any]], list[float]]:
        """Returns what it answers to rows, and the seconds that a text took of each request."""
        found, seconds = list[dict[str, Any]](), list[float]()
        for at in range(0, len(rows), AT_ONCE):
            some = rows[at : at + AT_ONCE]
            texts = [[each["text"], each["pair"]] if "pair" in each else [each["text"]] for each in some]
            began = time.perf_counter()
            found += self.page.evaluate(ASK, json.dumps({"rows": texts}))["answers"]
            seconds.append((time.perf_counter() - began) / len(some))
        return found, seconds


@contextmanager
def tried(program: Path, file: Path, *, slowly: bool = False) -> Iterator[Tried]:
    """Opens a page, until the block ends.

    Args:
        program: The browser.
        file: The page; one with its parts beside it is opened from a server, and once more when that cannot be reached.
        slowly: Whether the processor is four times as slow.

    Raises:
        UserError: The browser cannot be started, or fails while the block asks it.
    """
    before = own_processes()
    try:
        with ExitStack() as stack:
            address = (
                stack.enter_context(served(file.parent)) if file.name == INDEX else file.absolute().as_uri()
            )
            browser = stack.enter_context(launched(program))
            context = browser.new_context(offline=file.name != INDEX)
            page = Tried(context.new_page(), f"{browser.browser_type.name.capitalize()} {browser.version}")
            page.page.on("request", partial(_noted, page, address))
            page.seen = stack.enter_context(watched(before, slowly=slowly))
            page.visit(address)
            if file.name == INDEX:
                context.set_offline(True)
                page.visit(address)
            yield page
    except require(f"{DRIVER}.sync_api").Error as error:
        raise ModelError(
            "{program} failed while the page was asked in it, so the page was taken away again. (It said: {text}) Try "
            "once more, with another browser (--browser PROGRAM), or have the page without: --browser none",
            program=program,
            text=first_line(error),
        ) from error


def _noted(page: Tried, own: str, request: Any) -> None:
    """Keeps an address that is asked for, unless it is the page's own file, or of the server of it alone."""
    is_own = request.url == own or (own.startswith("http:") and request.url.startswith(own))
    if not is_own and not request.url.startswith(("blob:", "data:")):
        page.strange.append(request.url)


@contextmanager
def served(folder: Path) -> Iterator[str]:
    """Serves a folder to this machine alone; gives its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Silent, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class _Silent(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass
