"""The pages in a real browser, from disk: nothing is asked of the network, nothing overflows, every figure is seen."""

import pytest

from finetune.language.which import speaking
from finetune.report.attribution import Explained
from finetune.report.facts import gather
from finetune.report.page import report_page
from finetune.report.side_by_side.page import comparison_page
from finetune.report.side_by_side.pairs import compare
from tests.in_browser import NEEDED, faults, opened

pytestmark = NEEDED

KINDS = {
    "five": {},
    "two": {"labels": ("sim", "não")},
    "sixty": {
        "labels": tuple(f"Habilidade {n:02} do currículo" for n in range(60)),
        "rows": (200, 400),
        "skill": 3.5,
    },
    "long": {
        "labels": (
            "Classe de nome realmente muito comprido da cooperativa",
            "Sem_espacos_" * 6,
            "<script>alert(1)</script>",
        ),
        "texts": ["semespaços" * 60, "<script>alert(1)</script> " + "palavra " * 300],
    },
}


@pytest.fixture(scope="module")
def browser():
    with opened() as browser:
        yield browser


def look(browser, file, *, width):
    """Opens a file as a phone or a desk would, and holds it against what every page owes its reader."""
    page = browser.new_page(viewport={"width": width, "height": 900})
    said, asked = [], []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.on("dialog", lambda dialog: said.append(dialog.message))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(file.as_uri())
    page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
    assert said == []
    assert [url for url in asked if not url.startswith("data:")] == [file.as_uri()]
    assert faults(page) == []
    overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert overflow <= 0, f"{overflow} px too wide at {width} px"
    for figure in page.query_selector_all("svg"):
        box = figure.bounding_box()
        assert figure.is_visible()
        assert box["width"] > 150
        assert box["height"] > 80
    count = len(page.query_selector_all("svg"))
    page.close()
    return count


@pytest.mark.parametrize("kind", KINDS)
def test_a_report_is_whole_on_a_phone_and_on_a_desk(browser, new_run, tmp_path, kind):
    facts, file = gather(new_run(**KINDS[kind])), tmp_path / "report.html"
    for language in ("en", "pt"):
        with speaking(language):
            html = report_page(facts, Explained(why="not_asked"), version="0.1.0")
        file.write_text(html, encoding="utf-8")
        assert {look(browser, file, width=width) for width in (390, 1280)} == {16}


def test_runs_side_by_side_are_whole_on_a_phone_and_on_a_desk(browser, new_run, tmp_path):
    runs = [new_run("version_1", skill=0.8), new_run("version_2", skill=3.0), new_run("version_3", seed=2)]
    file = tmp_path / "comparison.html"
    for language in ("en", "pt"):
        with speaking(language):
            html = comparison_page(compare([gather(run) for run in runs]), version="0.1.0")
        file.write_text(html, encoding="utf-8")
        for width in (390, 1280):
            look(browser, file, width=width)


@pytest.mark.parametrize("task", ["multi_label", "number"])
def test_the_pages_of_other_tasks_are_whole_on_a_phone(browser, runs_of, tmp_path, task):
    file = tmp_path / "report.html"
    with speaking("pt"):
        html = report_page(gather(runs_of(task)), Explained(why="not_asked"), version="0.1.0")
    file.write_text(html, encoding="utf-8")
    assert look(browser, file, width=390) == html.count("<svg") > 9
