"""The page that answers by itself in a real browser, opened from disk without a network: also damaged, and on old ones."""

import os
import re
import shutil
from contextlib import contextmanager

import pytest

from finetune.commands.export.browser import served
from tests.finetune.page.fake_server import answer, facts
from tests.finetune.page.looks import CONTRASTS, UNNAMED
from tests.finetune.page.offline.pages import folder, page, part_of
from tests.in_browser import NEEDED, faults, opened

pytestmark = NEEDED

LABELS = facts()["labels"]
TEXT = "A ferrugem apareceu nas folhas."
OVER = "#readiness:is([data-state=ready], .tone-severe)"


@pytest.fixture(scope="module")
def browser():
    with opened() as one:
        yield one


@contextmanager
def looking(browser, content, tmp_path, *, locale="en-US", before="", expected=(), until=OVER, **context):
    """A page that lies on disk, once it is ready or has said why it never is: nothing was asked for besides."""
    file = tmp_path / "página.html"
    file.write_bytes(content)
    there = browser.new_context(**{"offline": True, "locale": locale, **context})
    one, wrong, asked = there.new_page(), [], []
    one.set_default_timeout(5000)
    one.on("pageerror", lambda error: wrong.append(str(error)))
    one.on("console", lambda message: wrong.append(message.text))
    one.on("request", lambda request: asked.append(request.url))
    if before:
        one.add_init_script(before)
    one.goto(file.as_uri())
    one.wait_for_selector(until)
    yield one
    assert [each for each in wrong if not any(said in each for said in expected)] == []
    assert [each for each in asked if not each.startswith(("blob:", "data:"))] == [file.as_uri()]
    there.close()


def ask(one, text=TEXT):
    one.fill("#field-0", text)
    one.keyboard.press("Control+Enter")
    one.wait_for_selector("#answer[aria-busy=false] .result")
    return one.inner_text("#answer .head")


@pytest.mark.parametrize(
    ("locale", "lang", "said"),
    [("pt-BR", "pt-BR", "Pergunte"), ("en-GB", "en", "Ask the model"), ("de-DE", "en", "Ask the model")],
)
def test_it_is_ready_in_the_readers_language_and_answers(browser, tmp_path, locale, lang, said):
    with looking(browser, page(), tmp_path, locale=locale) as one:
        assert one.get_attribute("html", "lang") == lang
        assert said in one.inner_text("h1")
        assert said in one.title()
        assert one.get_attribute("#readiness", "data-state") == "ready"
        assert ask(one) == LABELS[0]
        # the letters of the parts were taken out, and nothing is kept
        assert one.evaluate("document.querySelectorAll('[id^=part-]').length") == 0
        assert one.evaluate(
            "[location.href.startsWith('file:'), localStorage.length, sessionStorage.length]"
        ) == [
            True,
            0,
            0,
        ]


SAID = {
    "multi_label": (
        {"task": "multi_label", "problem_type": "multi_label_classification"},
        {
            "labels": LABELS[:2],
            "confidence": 0.8,
            "abstained": False,
            "probabilities": dict.fromkeys(LABELS, 0.5),
        },
        "\n".join(LABELS[:2]),
    ),
    "ordinal": ({"task": "ordinal", "labels": LABELS[:3]}, answer(LABELS[:3]), LABELS[0]),
    "number": (
        {"task": "number", "problem_type": "regression", "labels": ["preço"], "scores": None},
        {"value": 12.5, "low": 10, "high": 15, "abstained": False},
        "12.5",
    ),
    "unsure": ({}, answer(LABELS, abstained=True), "Don't know"),
}


@pytest.mark.parametrize("kind", SAID)
def test_every_task_has_its_answer(browser, tmp_path, kind):
    told, said, head = SAID[kind]
    with looking(browser, page(said, **told), tmp_path) as one:
        assert ask(one) == head


def test_another_language_takes_along_what_was_typed_and_answered(browser, tmp_path):
    with looking(browser, page(), tmp_path) as one:
        ask(one)
        one.click("text=Português")
        assert one.get_attribute("html", "lang") == "pt-BR"
        assert one.input_value("#field-0") == TEXT
        assert one.inner_text("#answer .head") == LABELS[0]
        assert one.evaluate("document.activeElement.value") == "pt"
        assert "muito provável" in one.inner_text("#answer")
        assert one.get_attribute("#readiness", "data-state") == "ready"


def test_words_that_are_weighed_outlast_another_language(browser, tmp_path):
    with looking(browser, page(), tmp_path) as one:
        ask(one)
        one.click("#explain")
        one.wait_for_selector("#explaining:has-text('1 of 2')")
        one.click("text=Português")
        one.wait_for_selector("#weighed:not([hidden])")
        assert "folhas" in one.inner_text("#strongest")
        assert one.get_attribute("#explain", "aria-disabled") == "false"


HELD_BACK = """
const Theirs = Worker, awaited = new Promise((done) => (window.letGo = done));
window.Worker = class extends Theirs {
  set onmessage(heard) {
    super.onmessage = (event) => (event.data.ready ? awaited.then(() => heard(event)) : heard(event));
  }
};
"""


IS_LOST_WITHOUT_A_WORD = "window.dispatchEvent(new Event('beforeunload', { cancelable: true }))"


def test_a_table_handed_over_while_it_gets_ready_outlasts_another_language(browser, tmp_path):
    with looking(browser, page(), tmp_path, before=HELD_BACK, until="#readiness[data-state=starting]") as one:
        one.click("text=Or paste a column")
        one.fill("#pasted", "o boi\na vaca")
        one.set_input_files(
            "#file", {"name": "perguntas.csv", "mimeType": "text/csv", "buffer": b"texto\noi\n"}
        )
        one.wait_for_selector("#job:not([hidden])")
        assert one.evaluate(IS_LOST_WITHOUT_A_WORD) is False
        one.click("text=Português")
        assert one.inner_text("#job-name") == "perguntas.csv"
        one.evaluate("letGo()")
        one.wait_for_selector("#download:not([hidden])")
        assert "Pronto" in one.inner_text("#job-state")
        assert one.evaluate(IS_LOST_WITHOUT_A_WORD) is False
        with one.expect_download() as fetched:
            one.click("#download")
        assert one.evaluate(IS_LOST_WITHOUT_A_WORD) is True
        assert fetched.value.path().read_bytes() == b"texto;label"
        assert one.input_value("#pasted") == "o boi\na vaca"


@pytest.mark.parametrize("touched", [True, False])
def test_who_has_no_keys_and_no_mouse_is_told_of_neither(browser, tmp_path, touched):
    with looking(browser, page(), tmp_path, has_touch=touched, is_mobile=touched) as one:
        assert [one.is_visible(each) for each in ("#asking-keys", "#or-drop")] == [not touched] * 2


def test_a_model_that_stops_is_told_by_the_table_and_the_page(browser, tmp_path):
    with looking(browser, page(), tmp_path, expected=("out of memory",)) as one:
        fatal = {"name": "fatal.csv", "mimeType": "text/csv", "buffer": b"texto\noi\n"}
        one.set_input_files("#file", fatal)
        one.wait_for_selector("#table-error:not([hidden])")
        assert "not enough memory" in one.inner_text("#table-error")
        assert "not enough memory" in one.inner_text("#readiness")


def test_an_example_is_asked_by_one_key(browser, tmp_path):
    examples = {label: [f"Um texto: {label}"] for label in LABELS}
    with looking(browser, page(examples=examples), tmp_path) as one:
        one.click("text=Its labels")
        one.focus(".example")
        one.keyboard.press("Enter")
        one.wait_for_selector("#answer .result")
        assert one.input_value("#field-0") == examples[LABELS[0]][0]


def cut(content):
    return content[: content.index(b'id="part-network"') + 100]


def one_byte_less(content):
    part = part_of(content, "network")
    return content.replace(part, part[:-30] + part[-29:])


def one_byte_another(content):
    part = part_of(content, "network")
    middle = len(part) // 2
    other = bytes([65 if part[middle] != 65 else 66])
    return content.replace(part, part[:middle] + other + part[middle + 1 :])


def as_utf_8(content):
    return content.decode("cp1252", errors="replace").encode("utf-8").replace(b"windows-1252", b"utf-8", 1)


@pytest.mark.parametrize("harm", [cut, one_byte_less, one_byte_another, as_utf_8])
def test_a_damaged_page_says_so_and_stays_usable(browser, tmp_path, harm):
    content = page()
    # a sign before it would make another byte of it, too
    with looking(browser, harm(content), tmp_path, expected=("damaged", "TypeError", "Failed")) as one:
        assert "This page is damaged" in one.inner_text("#readiness")
        one.fill("#field-0", TEXT)
        one.click("#ask")
        one.wait_for_selector("#asking-error:not([hidden])")
        assert "damaged" in one.inner_text("#asking-error")
        one.click("text=Português")
        assert one.input_value("#field-0") == TEXT


@pytest.mark.parametrize(
    ("before", "lacking"),
    [
        ("WebAssembly.validate = () => false", "WebAssembly SIMD"),
        ("delete globalThis.DecompressionStream", "DecompressionStream"),
        ("delete Intl.Segmenter", "Intl.Segmenter"),
        ("delete globalThis.Worker", "Worker"),
    ],
)
def test_an_old_browser_is_told_what_it_lacks(browser, tmp_path, before, lacking):
    with looking(browser, page(), tmp_path, before=before, expected=("no_simd",)) as one:
        assert f"too old for the model ({lacking} is missing)" in one.inner_text("#readiness")
        one.click("#ask")
        assert one.inner_text("#asking-error") == "Write or paste a text first."


def test_what_the_worker_refuses_is_told(browser, tmp_path):
    with looking(browser, page(network=b"another one"), tmp_path, expected=("Unready: network",)) as one:
        assert "none that it can open" in one.inner_text("#readiness")
        assert "(mixed up)" in one.inner_text("#readiness")


@pytest.mark.parametrize(
    ("fault", "told"),
    [("x is not defined", "a fault of its own"), ("Array buffer allocation failed", "not enough memory")],
)
def test_a_fault_of_the_script_is_not_said_of_the_model(browser, tmp_path, fault, told):
    before = f"TextDecoder.prototype.decode = () => {{ throw new RangeError({fault!r}); }}"
    with looking(browser, page(), tmp_path, before=before, expected=("RangeError",)) as one:
        assert told in one.inner_text("#readiness")
        one.click("text=Português")
        one.fill("#field-0", TEXT)
        one.click("#ask")
        one.wait_for_selector("#asking-error:not([hidden])")
        assert one.inner_text("#asking-error") == one.inner_text("#readiness-state")


def test_whoever_runs_no_script_reads_what_to_do(browser, tmp_path):
    file = tmp_path / "page.html"
    file.write_bytes(page())
    there = browser.new_context(java_script_enabled=False)
    one = there.new_page()
    one.goto(file.as_uri())
    shown = one.inner_text("body")
    assert "what shows the page does not run it" in shown
    assert "or the file did not arrive whole" in shown
    there.close()


def test_a_text_of_a_megabyte_is_told_to_be_too_long(browser, tmp_path):
    told = {"limits": {"texts": 1000, "characters": 100_000, "file_bytes": 1024}}
    with looking(browser, page(**told), tmp_path) as one:
        one.evaluate("document.getElementById('field-0').value = 'uva '.repeat(300000)")
        one.click("#ask")
        assert "1,200,000 letters; the model takes 100,000" in one.inner_text("#asking-error")
        assert ask(one) == LABELS[0]


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("locale", ["en-US", "pt-BR"])
def test_the_page_is_whole_readable_and_named(browser, tmp_path, locale, dark, width):
    examples = {label: ["palavra" * 30, "Outro."] for label in LABELS}
    looked = looking(
        browser,
        page(examples=examples),
        tmp_path,
        locale=locale,
        viewport={"width": width, "height": 800},
        color_scheme="dark" if dark else "light",
    )
    with looked as one:
        ask(one)
        one.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        too_wide = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        assert one.evaluate(too_wide) <= 0
        assert one.evaluate(CONTRASTS) == []
        assert one.evaluate(UNNAMED) == []


def test_nothing_keeps_people_from_using_it(browser, tmp_path):
    examples = {label: ["Um texto."] for label in LABELS}
    with looking(
        browser, page(examples=examples), tmp_path, bypass_csp=True
    ) as one:  # what looks is put into it
        ask(one)
        one.evaluate("document.querySelectorAll('details').forEach(each => each.open = true)")
        assert faults(one) == []
        one.click("text=Português")
        assert faults(one) == []


def test_a_folder_is_kept_by_the_browser_and_opens_without_its_server(browser, tmp_path):
    there = browser.new_context(locale="en-US")
    one = there.new_page()
    one.set_default_timeout(8000)
    with served(folder(tmp_path / "page")) as address:
        one.goto(address)
        one.wait_for_selector(OVER)
        assert one.get_attribute("#readiness", "data-state") == "ready"
    one.goto(address)
    one.wait_for_selector(OVER)
    assert one.get_attribute("#readiness", "data-state") == "ready"
    assert ask(one) == LABELS[0]
    there.close()


IS_REPLACED = """async (version) => {
  for (let look = 0; look < 100; look++, await pause(0.05)) {
    const names = await caches.keys();
    if (names.length === 1 && names[0].endsWith(`-${version}`)) return true;
  }
  return false;
}"""


def test_a_folder_that_takes_the_place_of_another_is_kept_whole_after_one_visit(browser, tmp_path):
    place, newer = folder(tmp_path / "page"), folder(tmp_path / "newer", answer(LABELS[::-1]))
    (version,) = re.findall(r'VERSION = "(\w+)"', (newer / "service.js").read_text(encoding="utf-8"))
    there = browser.new_context(locale="en-US")
    one = there.new_page()
    one.set_default_timeout(8000)
    with served(place) as address:
        one.goto(address)
        one.wait_for_selector(OVER)
        shutil.rmtree(place)
        later = newer.stat().st_mtime + 60
        newer.rename(place)
        for each in place.iterdir():
            os.utime(each, (later, later))  # of one second a server says that nothing has changed
        one.goto(address)
        one.wait_for_selector(OVER)
        assert one.get_attribute("#readiness", "data-state") == "ready"
        assert one.evaluate(IS_REPLACED, version)
    one.goto(address)
    one.wait_for_selector(OVER)
    assert one.get_attribute("#readiness", "data-state") == "ready"
    assert ask(one) == LABELS[-1]
    there.close()


NO_ROOM = 'Cache.prototype.put = () => Promise.reject(new DOMException("", "QuotaExceededError"));'
NO_SERVICE = """
delete Navigator.prototype.serviceWorker;
Object.defineProperty(window, "isSecureContext", { value: false });
"""


@pytest.mark.parametrize(
    ("of_service", "of_page", "said"),
    [
        ("", "", "This page is kept"),
        (NO_ROOM, "", "does not keep the page (it has no room, or may not)"),
        ("throw new Error();", "", "does not keep the page (it has no room, or may not)"),
        ("", NO_SERVICE, "does not keep the page (that needs https)"),
    ],
    ids=["kept", "no room", "no service", "no https"],
)
def test_a_folder_says_whether_the_browser_keeps_it(browser, tmp_path, of_service, of_page, said):
    place = folder(tmp_path / "page")
    service = place / "service.js"
    service.write_text(of_service + service.read_text(encoding="utf-8"), encoding="utf-8")
    one = browser.new_page(locale="en-US")
    one.set_default_timeout(8000)
    one.add_init_script(of_page)
    with served(place) as address:
        one.goto(address)
        one.wait_for_selector("#readiness-kept:not([hidden])")
        assert said in one.inner_text("#readiness-kept")
        assert one.get_attribute("#readiness", "data-state") == "ready"
        one.click("text=Português")
        assert one.is_visible("#readiness-kept")
        assert one.evaluate(CONTRASTS) == []
    one.context.close()


def test_a_folder_says_that_it_belongs_on_a_server_and_what_did_not_come(browser, tmp_path):
    place = folder(tmp_path / "page")
    one = browser.new_page()
    one.set_default_timeout(5000)
    one.goto((place / "index.html").as_uri())
    one.wait_for_selector(OVER)
    assert "belongs on a web server" in one.inner_text("#readiness")
    (network,) = place.glob("network-*")
    whole = network.read_bytes()
    network.write_bytes(whole[:-1])
    with served(place) as address:
        one.goto(address)
        one.wait_for_selector(OVER)
        assert "did not arrive whole" in one.inner_text("#readiness")
        one.evaluate("caches.open(`finetune-page-${location.href}other/-1`)")
        one.evaluate("caches.open('finetune-page-1')")
        one.goto(address)
        one.wait_for_selector(OVER)
        assert one.evaluate("caches.keys()") == [f"finetune-page-{address}other/-1", "finetune-page-1"]
        network.write_bytes(whole)
        one.goto(address)
        one.wait_for_selector(OVER)
        assert one.get_attribute("#readiness", "data-state") == "ready"
        network.unlink()
    with served(place) as address:
        one.goto(address)
        one.wait_for_selector(OVER)
        assert "could not be loaded (network-" in one.inner_text("#readiness")
        assert "404" in one.inner_text("#readiness")
    one.context.close()
