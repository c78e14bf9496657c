"""A page opened and asked in a real browser, as the proof does: one that is whole, one that is not, one that asks others."""

import sys
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from finetune.commands.export import in_browser
from finetune.commands.export.browser import check_starts, tried
from finetune.commands.export.held import Said
from finetune.commands.export.in_browser import asked_in_browser
from finetune.commands.export.pages import copy_page
from finetune.errors import ConfigError, ModelError
from finetune.page.offline.assembled import one_file
from finetune.page.offline.parts import packed
from finetune.tasks.calibration import Calibration
from finetune.tasks.table import TASKS
from tests.finetune.page.fake_server import answer, facts
from tests.finetune.page.offline.pages import folder, page, parts, told
from tests.in_browser import BROWSER, NEEDED

LABELS = facts()["labels"]
ROWS = 30


@pytest.fixture
def program():
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    return Path(BROWSER)


def written(tmp_path, content):
    (tmp_path / "page.html").write_bytes(content)
    return tmp_path / "page.html"


def source(rows=ROWS):
    return SimpleNamespace(
        task=TASKS["single_label"](),
        labels=LABELS,
        truth=np.arange(rows) % 2,
        rows=[{"text": f"texto {row}"} for row in range(rows)],
    )


def first_of(rows=ROWS):
    """An answer that the first label fits, of every row."""
    return Said(
        np.tile(np.eye(len(LABELS))[0], (rows, 1)), np.tile(np.eye(len(LABELS))[0], (rows, 1)), Calibration()
    )


@NEEDED
def test_a_page_answers_every_row_and_is_held_against_run_and_python(program, tmp_path):
    run, python = first_of(), first_of()
    run.logits[:3] = np.eye(len(LABELS))[1]
    found = asked_in_browser(program, written(tmp_path, page()), source(), run=run, python=python)
    assert (found.run.rows, found.run.equal, found.python.equal) == (ROWS, ROWS - 3, ROWS)
    assert found.name.startswith("Chromium ")
    assert found.memory > 10**7
    assert (found.plain()["network"], found.plain()["requests"]) == ("cut", 0)
    assert found.slowed is not None  # a process that shows the page was found, and stood still


@NEEDED
def test_of_more_rows_than_are_asked_the_truth_is_taken_of_the_same(program, tmp_path, monkeypatch):
    monkeypatch.setattr(in_browser, "MOST_ROWS", 4)
    found = asked_in_browser(program, written(tmp_path, page()), source(), run=first_of(), python=first_of())
    assert found.run.rows == 4  # rows 0, 9, 19 and 29, of which one has the first label


@NEEDED
def test_a_page_beside_its_parts_answers_once_its_server_cannot_be_reached(program, tmp_path):
    file = folder(tmp_path / "there") / "index.html"
    found = asked_in_browser(program, file, source(3), run=first_of(3), python=first_of(3))
    assert found.run.equal == 3
    assert (found.plain()["network"], found.plain()["requests"]) == ("cut after the first opening", 0)


ECHO = """
self.onmessage = ({ data: { id, start, method, path, body } }) =>
  self.postMessage(start ? { ready: { seconds: 1 } } : { id, status: 200, json: { answers: [{ method, path, body }] } });
"""


@NEEDED
def test_kept_texts_are_asked_as_they_are_also_where_a_template_has_made_them(program, tmp_path):
    told_of = told(columns=["titulo", "corpo"])
    file = written(tmp_path, one_file(told_of, [packed("worker", ECHO.encode()), *parts()[1:]]))
    with tried(program, file) as one:
        answers, _ = one.answers([{"text": "Chuva: chove"}, {"text": "Praga: come"}])
    assert answers == [
        {"method": "POST", "path": "answers", "body": {"rows": [["Chuva: chove"], ["Praga: come"]]}}
    ]


@NEEDED
def test_a_page_that_never_gets_ready_is_refused_with_what_it_says(program, tmp_path):
    damaged = written(tmp_path, page(network=b"another"))
    with pytest.raises(ModelError) as refused, tried(program, damaged):
        pass
    assert "could not open it, so it was taken away again" in str(refused.value)
    assert "(mixed up)" in str(refused.value)
    assert "--browser none" in str(refused.value)


@NEEDED
def test_a_program_that_is_no_browser_is_told_at_once_with_what_would_help(program):
    check_starts(program)
    with pytest.raises(ConfigError) as refused:
        check_starts(Path(sys.executable))
    said = str(refused.value)
    assert (
        f"{sys.executable} could not be started as a browser. (playwright said: BrowserType.launch: " in said
    )
    assert "\n" not in said
    assert "--browser none" in said


@NEEDED
@pytest.mark.parametrize(
    "fails",
    [
        lambda page: page.evaluate("() => { throw Error('broken'); }"),
        lambda page: page.goto("chrome://crash"),
    ],
    ids=["page", "browser"],
)
def test_a_browser_that_fails_while_it_is_asked_is_told_in_words(program, tmp_path, fails):
    one = tried(program, written(tmp_path, page()))
    with pytest.raises(ModelError, match="failed while the page was asked in it") as refused, one as there:
        fails(there.page)
    assert "\n" not in str(refused.value)
    assert "--browser none" in str(refused.value)


@NEEDED
def test_a_page_that_asks_anybody_for_anything_is_refused(program, tmp_path):
    (tmp_path / "other.png").write_bytes(b"a file beside it")
    other = (tmp_path / "other.png").as_uri()
    for address in ("http://127.0.0.1:9/x.png", other):
        with tried(program, written(tmp_path, ASKING % address.encode())) as one:
            assert one.strange == [address]


ASKING = b"""<img src="%s"><p id="readiness" data-state="ready">ok</p>"""


@pytest.mark.parametrize("slowly", [False, True])
def test_also_where_it_does_so_only_with_a_slow_processor(tmp_path, monkeypatch, slowly):
    @contextmanager
    def opened(program, file, **how):
        told = [answer(LABELS)] * ROWS
        yield SimpleNamespace(
            answers=lambda rows: (told, [0.1]),
            strange=["http://there"] if how.get("slowly", False) == slowly else [],
        )

    monkeypatch.setattr(in_browser, "tried", opened)
    with pytest.raises(ModelError, match="the page asked for http://there, and a page asks nobody"):
        asked_in_browser(Path("chromium"), tmp_path, source(), run=first_of(), python=first_of())


def test_a_page_that_cannot_be_copied_is_still_there(tmp_path):
    export, blocked = tmp_path / "html", tmp_path / "blocked"
    export.mkdir()
    (export / "page.html").write_bytes(b"page")
    blocked.write_text("a file, and no folder")
    with pytest.raises(ConfigError, match=r"The page is whole in .*page\.html: copy it from there"):
        copy_page(export, blocked / "pagina.html")
    copy_page(export, tmp_path / "new" / "pagina.html")
    assert (tmp_path / "new" / "pagina.html").read_bytes() == b"page"
